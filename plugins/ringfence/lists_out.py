"""Name the lists that a dialler may be holding at this moment: published and still valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg import Connection

from ringfence.counted import counted


@dataclass(frozen=True, slots=True)
class ListOut:
    """Hold what somebody needs to find a list in a dialler; `count_rows` are the rows in the file.

    `controller_ids` are those of the run it stands on and of every register since: a campaign that
    was given to another controller has not left the dialler of the first.
    """

    list_id: UUID
    campaign_id: str
    controller_ids: tuple[str, ...]
    call_date: date
    edition: int
    count_rows: int
    valid_until: datetime

    def __str__(self) -> str:
        return (
            f"{self.campaign_id} of {self.call_date}, edition {self.edition},"
            f" {counted(self.count_rows, 'row')},"
            f" valid until {self.valid_until:%Y-%m-%d %H:%M} UTC"
        )


def lists_out(
    connection: Connection, campaign_id: str | None = None, *, with_recalled: bool = False
) -> tuple[ListOut, ...]:
    """Return the lists that are out, of one campaign or of all, in the order of their campaigns.

    `with_recalled` are also those that a recall has replaced: rows were taken out of them in the
    dialler, and nobody knows whether it has loaded the newer edition of the same run.
    """
    rows = connection.execute(
        """
        select
            lists.list_id, lists.campaign_id, array(
                select distinct entry ->> 'controller' as controller_id
                from ledger.config_versions as versions, jsonb_array_elements(content) as entry
                where versions.kind = 'campaigns' and entry ->> 'campaign_id' = lists.campaign_id
                    and versions.seq >= coalesce((
                        select max(seq) from ledger.config_versions
                        where kind = 'campaigns' and accepted_at <= runs.known_as_of
                    ), 0)
                order by 1
            ),
            lists.call_date, lists.edition,
            lists.count_rows - (
                select count(distinct removals.subject_id)
                from ledger.publication_removals as removals
                where removals.list_id = lists.list_id
            ),
            lists.valid_until
        from ledger.current_publications as lists
        inner join ledger.decision_runs as runs using (run_id)
        where lists.valid_until > (select ledger.now())
            and (lists.status = 'published' or (
                %(with_recalled)s and lists.status = 'superseded' and exists (
                    select from ledger.publications as later
                    where later.run_id = lists.run_id and later.campaign_id = lists.campaign_id
                        and later.status = 'published' and later.edition > lists.edition
                )
            ))
            and coalesce(lists.campaign_id = %(campaign)s, %(campaign)s::text is null)
        order by lists.campaign_id, lists.call_date, lists.edition
        """,
        {"campaign": campaign_id, "with_recalled": with_recalled},
    ).fetchall()
    return tuple(
        ListOut(list_id, named, tuple(controllers), *rest)
        for list_id, named, controllers, *rest in rows
    )
