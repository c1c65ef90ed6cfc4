"""Ask a register by hashes: write what to ask, and find in the answer whose number a hash is.

A number is asked for by several hashes: alone, and with each name its leads give. It is listed when
one of them is, and free only when all of them are answered and none is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

from psycopg import Connection, sql

from ringfence import lista_robinson
from ringfence.home import write_atomically
from ringfence.landing import incoming
from ringfence.registers.official import OfficialRegister

A_REQUEST = 20
"""Hashes that the service takes at once."""
CHUNK_ROWS = 20_000


def write_query(
    connection: Connection, register: OfficialRegister, controller_id: str, file: Path
) -> int:
    """Write a CSV with `request,hash` for every number of a controller in the register's country.

    Returns how many hashes it holds. It names nobody, but whoever has it can try all numbers.
    """
    with connection.transaction():
        own = _hash_table(connection, uuid4(), register, controller_id)
        write_atomically(file, _query_lines(connection, own))
        counted = connection.execute(
            sql.SQL("select count(distinct asked_hash) from {}").format(own)
        ).fetchone()
        connection.execute(sql.SQL("drop table {}").format(own))
    return int(counted[0]) if counted else 0


def _query_lines(connection: Connection, own: sql.Identifier) -> Iterator[bytes]:
    yield b"request,hash\n"
    with connection.cursor(name="asked") as cursor:
        cursor.execute(sql.SQL("select distinct asked_hash from {} order by 1").format(own))
        for place, (asked,) in enumerate(cursor):
            yield f"{place // A_REQUEST + 1},{asked}\n".encode()


def resolve_hashes(
    connection: Connection, delivery_id: UUID, register: OfficialRegister, controller_id: str
) -> None:
    """Put the number behind each hash of an incoming answer; hashes of nobody we have are left out.

    A number of which a hash was not answered, and none says "listed", was not asked about.
    """
    answers = incoming.identifier(delivery_id, "register")
    with connection.transaction():
        own = _hash_table(connection, delivery_id, register, controller_id)
        connection.execute(
            sql.SQL(
                """
                with said as (
                    select own.subject_id, own.e164, own.number_status, own.number_region,
                        min(answers.row_number) as row_number,
                        bool_or(answers.is_listed) as is_listed,
                        bool_and(answers.asked_hash is not null) as is_whole,
                        string_agg(distinct answers.proof, ' ') as proof
                    from (select distinct * from {own}) as own
                    left join {answers} as answers using (asked_hash)
                    group by own.subject_id, own.e164, own.number_status, own.number_region
                ),
                taken as (delete from {answers} where asked_hash is not null)
                insert into {answers} (
                    row_number, subject_id, e164, number_status, number_region, is_listed, proof
                )
                select row_number, subject_id, e164, number_status, number_region, is_listed, proof
                from said
                where is_listed or (is_whole and is_listed is not null)
                """
            ).format(answers=answers, own=own)
        )
        connection.execute(sql.SQL("drop table {}").format(own))


def _hash_table(
    connection: Connection, delivery_id: UUID, register: OfficialRegister, controller_id: str
) -> sql.Identifier:
    """Fill a table with the hashes, for this transaction; only a chunk is held in memory."""
    own = incoming.identifier(delivery_id, "own_hashes")
    connection.execute(
        sql.SQL(
            "create unlogged table {} (asked_hash text, subject_id uuid, e164 text,"
            " number_status text, number_region text)"
        ).format(own)
    )
    rows = _hashes(connection, register, controller_id)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        with connection.cursor().copy(sql.SQL("copy {} from stdin").format(own)) as copy:
            for row in chunk:
                copy.write_row(row)
    connection.execute(sql.SQL("analyze {}").format(own))
    return own


def _hashes(
    connection: Connection, register: OfficialRegister, controller_id: str
) -> Iterator[tuple[str, UUID, str, str, str]]:
    """Yield every hash of each number of a controller whose lead names the country."""
    with connection.cursor(name="own_numbers") as cursor:
        cursor.execute(
            """
            select distinct points.e164, points.subject_id, points.number_status,
                points.number_region, leads.first_name, leads.last_name
            from landing.lead_contact_points as points
            inner join landing.lead_records as leads using (record_id)
            where leads.controller_id = %s and points.e164 is not null
                and %s in (points.number_region, leads.country, leads.address_country)
            """,
            [controller_id, register.country_code],
        )
        for e164, subject_id, status, region, first_name, last_name in cursor:
            for one in lista_robinson.hashes_of(e164, first_name, last_name):
                yield one, subject_id, e164, status, region
