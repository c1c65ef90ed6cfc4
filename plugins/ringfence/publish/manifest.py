"""Write down what a list is and what it stands on, signed, and chained to the manifest before it.

The manifest is the mark that a list is out: a list file without the manifest that names its hash
does not count, and `verify` says so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from ringfence import __version__, clock
from ringfence.decision import versions
from ringfence.keys import Keys
from ringfence.publish import commitments, facts, last_look
from ringfence.publish.model import Campaign, Prepared
from ringfence.publish.writing import Written
from ringfence.signing import sign

FORMAT = "ringfence manifest 1"
FILE_NAME = "manifest.json"


def build(
    connection: Connection, prepared: Prepared, written: Written, last_look_at: datetime
) -> dict[str, Any]:
    """Return the manifest of a list whose files lie ready, before it is signed."""
    run, campaign = prepared.run, prepared.campaign
    return {
        "format": FORMAT,
        "demo": clock.mode(connection) == "demo",
        "list_id": str(prepared.list_id),
        "edition": prepared.edition,
        **told_of(campaign),
        "call_date": run.call_date.isoformat(),
        "run_id": str(run.run_id),
        "known_as_of": instant(run.known_as_of),
        "last_look_at": instant(last_look_at),
        "valid_until": instant(prepared.valid_until),
        "count_rows": written.count_rows,
        "files": {file.path.name: file.facts() for file in written.files},
        "commitments": {"file": commitments.FILE_NAME, "root": written.root.hex()},
        "totals": _totals(connection, prepared, written),
        "config_versions": facts.config_hashes(connection, run.known_as_of)
        | {name: told for name, told in run.versions.items() if name not in versions.PACKAGES},
        "registers": _registers(prepared),
        "policy_overlays": [
            overlay | {"valid_until": overlay["valid_until"].isoformat()}
            for overlay in prepared.overlays
        ],
        "versions": {
            "decided_by": run.code_version,
            "ringfence": __version__,
            **{name: run.versions.get(name, "not recorded") for name in versions.PACKAGES},
        },
        "previous": _previous(connection, prepared),
        "supersedes": _superseded(connection, prepared),
    }


def told_of(campaign: Campaign) -> dict[str, str]:
    """Return what a manifest says of its campaign; in other words it is another list."""
    return {
        "campaign_id": campaign.campaign_id,
        "campaign": campaign.title,
        "controller_id": campaign.controller_id,
        "controller": campaign.controller_name,
        "dialler": campaign.dialler,
    }


def signed(document: dict[str, Any], keys: Keys) -> bytes:
    """Return the bytes of manifest.json."""
    return sign(document, keys)


def instant(at: datetime) -> str:
    """Return an instant in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _totals(connection: Connection, prepared: Prepared, written: Written) -> dict[str, Any]:
    """Count rows on the way in and candidates on the way out; `verify` adds both up again."""
    funnel = prepared.funnel
    row = connection.execute(
        """
        select count(*), coalesce(sum(rows_read), 0)::bigint,
            coalesce(sum(rows_landed), 0)::bigint, coalesce(sum(rows_quarantined), 0)::bigint
        from landing.batches
        where part = 'rest' and source_id = any(%(sources)s)
            and status in ('accepted', 'retracted') and accepted_at <= %(known)s
            and (retracted_at is null or retracted_at > %(known)s)
        """,
        {"sources": list(prepared.campaign.sources), "known": prepared.run.known_as_of},
    ).fetchone()
    count_batches, read, landed, quarantined = row or (0, 0, 0, 0)
    return {
        "rows": {
            "deliveries": count_batches,
            "read": read,
            "landed": landed,
            "quarantined": quarantined,
        },
        "candidates": {
            "candidates": funnel.count_candidates,
            "callable": written.count_rows,
            "blocked": funnel.blocked,
            "undetermined": funnel.undetermined,
            "last_look": last_look.count_removed(connection, prepared),
        },
    }


def _registers(prepared: Prepared) -> list[dict[str, Any]]:
    """Return the registers that this list's decisions required, fresh or not."""
    return [
        {
            **register,
            "snapshot_id": str(register["snapshot_id"]) if register["snapshot_id"] else None,
            "published_at": instant(register["published_at"]) if register["published_at"] else None,
        }
        for register in prepared.registers
    ]


def _previous(connection: Connection, prepared: Prepared) -> dict[str, Any] | None:
    """Name the campaign's manifest before this one, or None for its first."""
    row = connection.execute(
        """
        select list_id, call_date, edition, manifest_sha256
        from ledger.publications
        where campaign_id = %s and status = 'published' and list_id <> %s
        order by seq desc
        limit 1
        """,
        [prepared.campaign.campaign_id, prepared.list_id],
    ).fetchone()
    if row is None:
        return None
    return {
        "list_id": str(row[0]),
        "call_date": row[1].isoformat(),
        "edition": row[2],
        "sha256": row[3],
    }


def _superseded(connection: Connection, prepared: Prepared) -> dict[str, Any] | None:
    """Name the day's list that this one takes the place of, or None for the day's first."""
    row = connection.execute(
        """
        select lists.list_id, lists.edition, lists.manifest_sha256, (
            select count(*) from ledger.publication_removals as removals
            where removals.list_id = lists.list_id and removals.reason = 'recall'
        )
        from ledger.current_publications as lists
        where lists.campaign_id = %s and lists.call_date = %s and lists.status = 'published'
            and lists.list_id <> %s
        order by lists.edition desc
        limit 1
        """,
        [prepared.campaign.campaign_id, prepared.run.call_date, prepared.list_id],
    ).fetchone()
    if row is None:
        return None
    return {
        "list_id": str(row[0]), "edition": row[1], "sha256": row[2], "rows_recalled": row[3],
    }  # fmt: skip
