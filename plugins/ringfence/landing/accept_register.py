"""Make a delivery the copy of its register that is in force, and keep the answers to us.

A snapshot is everybody's: it names who is listed, and whoever it does not name is not. An answer
(shapes `wash` and `hashed_query`) is the controller's who asked, about the numbers asked for: who
is not in it was not asked about, which is no answer.
"""

from __future__ import annotations

from uuid import UUID

from psycopg import Connection, sql

from ringfence.landing import incoming
from ringfence.landing.ledger_rows import Part
from ringfence.registers.official import holder_of, official_registers, register_of


def keep_each_entry_once(connection: Connection, delivery_id: UUID, register_id: str) -> None:
    """Forget repeated lines, of which the strictest stays: the door compares entries with entries.

    A shared register lists; a line of it that says "not listed" is no entry.
    """
    found = register_of(register_id)
    connection.execute(
        sql.SQL(
            """
            delete from {incoming} as again
            using (
                select ctid, is_listed,
                    row_number() over (
                        partition by subject_id
                        order by is_listed desc, is_revoking_all is false,
                            listed_at desc nulls first, row_number
                    ) as place
                from {incoming}
            ) as ranked
            where again.ctid = ranked.ctid
                and (ranked.place > 1 or not (ranked.is_listed or %(asked)s))
            """
        ).format(incoming=incoming.identifier(delivery_id, "register")),
        {"asked": bool(found and found.is_asked)},
    )


def replace_register(connection: Connection, part: Part) -> int:
    """Make the snapshot the register's current one, set-based; unchanged entries stay untouched.

    An entry that goes on saying the same keeps the snapshot in which it was first seen.
    """
    holder = holder_of(part.register_id, part.controller_id)
    names = {
        "incoming": incoming.identifier(part.delivery_id, "register"),
        "faults": incoming.identifier(part.delivery_id, "faults"),
        # Whoever stood in a row that cannot be read must not come off the register by it.
        "is_removing": sql.SQL(
            "true" if _is_absence_blocking(part) else "not is_listed or not exists (select from {})"
        ).format(incoming.identifier(part.delivery_id, "faults")),
    }
    given = {"register": part.register_id, "holder": holder, "snapshot": part.batch_id}
    removed = connection.execute(
        sql.SQL(
            """
            delete from landing.register_entries as entries
            where entries.register_id = %(register)s and entries.controller_id = %(holder)s
                and not exists (
                    select from {incoming} as incoming
                    where incoming.subject_id = entries.subject_id
                ) and ({is_removing})
            """
        ).format(**names),
        given,
    ).rowcount
    if holder or _tells_more(connection, part):
        connection.execute(sql.SQL(UPDATE).format(**names), given)
    added = connection.execute(sql.SQL(INSERT).format(**names), given).rowcount
    counted = connection.execute(
        "select count(*) from landing.register_entries"
        " where register_id = %(register)s and controller_id = %(holder)s",
        given,
    ).fetchone()
    entries = int(counted[0]) if counted else 0
    connection.execute(
        """
        insert into ledger.register_snapshots (
            snapshot_id, register_id, batch_id, published_at, count_entries, count_added,
            count_removed
        )
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [
            part.batch_id, part.register_id, part.batch_id, part.published_at, entries, added,
            removed,
        ],
    )  # fmt: skip
    if holder:
        connection.execute(KEEP_ANSWERS, given)
    return entries


UPDATE = """
    update landing.register_entries as entries
    set is_listed = incoming.is_listed, is_revoking_all = incoming.is_revoking_all,
        listed_at = incoming.listed_at, proof = incoming.proof,
        snapshot_id = case
            when entries.is_listed = incoming.is_listed then entries.snapshot_id
            else %(snapshot)s::uuid
        end
    from {incoming} as incoming
    where entries.register_id = %(register)s and entries.controller_id = %(holder)s
        and entries.subject_id = incoming.subject_id
        and (entries.is_listed, entries.is_revoking_all, entries.listed_at, entries.proof)
        is distinct from
        (incoming.is_listed, incoming.is_revoking_all, incoming.listed_at, incoming.proof)
"""
INSERT = """
    insert into landing.register_entries (
        register_id, controller_id, subject_id, snapshot_id, is_listed, is_revoking_all, listed_at,
        proof
    )
    select %(register)s, %(holder)s, subject_id, %(snapshot)s::uuid, is_listed, is_revoking_all,
        listed_at, proof
    from {incoming}
    on conflict do nothing
"""
# Whoever is asked about is ours: an answer may annul a consent even if a newer one replaces it
# before any run has looked at it. Without a result nobody has asked since.
KEEP_ANSWERS = """
    insert into ledger.screenings (
        subject_id, register_id, controller_id, snapshot_id, is_listed, is_revoking_all, listed_at,
        proof, screened_at
    )
    select
        coalesce(answers.subject_id, kept.subject_id), %(register)s, %(holder)s, %(snapshot)s,
        answers.is_listed, answers.is_revoking_all, answers.listed_at, answers.proof, at.now
    from (
        select * from landing.register_entries
        where register_id = %(register)s and controller_id = %(holder)s
    ) as answers
    full join (
        select distinct on (subject_id) * from ledger.screenings
        where register_id = %(register)s and controller_id = %(holder)s
        order by subject_id, seq desc
    ) as kept on answers.subject_id = kept.subject_id
    cross join (select ledger.now() as now) as at
    where (answers.is_listed, answers.is_revoking_all, answers.listed_at, answers.proof)
        is distinct from (kept.is_listed, kept.is_revoking_all, kept.listed_at, kept.proof)
    order by 1
"""


def _tells_more(connection: Connection, part: Part) -> bool:
    """Tell whether any row says more than that its number is listed."""
    row = connection.execute(
        sql.SQL(
            "select exists (select from {} where"
            " coalesce(is_revoking_all::text, listed_at::text, proof) is not null)"
        ).format(incoming.identifier(part.delivery_id, "register"))
    ).fetchone()
    return bool(row and row[0])


def _is_absence_blocking(part: Part) -> bool:
    """Tell whether it is staying away from this register that blocks, not standing in it."""
    return any(
        one.is_absence_blocking
        for one in official_registers()
        if one.register_id == part.register_id
    )
