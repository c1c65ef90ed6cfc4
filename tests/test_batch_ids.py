"""A batch is named by its id, or by as much of it as the pages show."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from psycopg import Connection
from tests.support_commands import run_command
from tests.support_publish import accept, new_batch

from ringfence.cli.sources import retract_command
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.landing.batch_ids import find_batch
from ringfence.settings import Settings

ALIKE = ("aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002")


def insert(connection: Connection, batch: str) -> None:
    connection.execute(
        """
        insert into landing.batches (
            batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
            status, rows_read, rows_landed, received_at
        )
        values (%(b)s::uuid, %(b)s::uuid, 'rest', 'web_form', 'northwind',
            %(b)s::text, 'm', 'received', 0, 0,
            ledger.now())
        """,
        {"b": batch},
    )


def test_a_batch_is_found_by_the_characters_that_pages_show(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        one, other = new_batch(connection), new_batch(connection)
        assert find_batch(connection, str(one)[:8]) == one
        assert find_batch(connection, f" {str(other).upper()} ") == other


def test_a_beginning_that_several_batches_share_names_them_all(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        for batch in ALIKE:
            insert(connection, batch)
        with pytest.raises(Misconfigured, match="2 batches begin so") as refused:
            find_batch(connection, "aaaaaaaa")
        assert all(batch in refused.value.what for batch in ALIKE)
        assert find_batch(connection, ALIKE[1]) == UUID(ALIKE[1])


@pytest.mark.parametrize("typed", ["", "aaaaaaa", "%", "________", "no batch at all", "a" * 40])
def test_what_is_no_id_of_a_batch_is_wrong_usage(fresh_database: Settings, typed: str) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        insert(connection, ALIKE[0])
        with pytest.raises(Misconfigured, match="no id of a batch"):
            find_batch(connection, typed)
        with pytest.raises(Misconfigured, match="There is no such batch"):
            find_batch(connection, str(uuid4()))


def test_a_batch_is_retracted_by_what_the_page_shows(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        batch = new_batch(connection)
        with connection.transaction():
            accept(connection, batch)
    told = run_command(
        monkeypatch, fresh_database, retract_command, str(batch)[:8], "--reason", "a wrong export"
    )
    assert f"Retracted {batch}" in " ".join(told.output.split())
    with connect(fresh_database) as connection:
        row = connection.execute("select status from landing.batches").fetchone()
    assert row == ("retracted",)
