"""Check whom the last look takes out: every stop since the decision, and the person behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb
from tests.support_publish import (
    accept,
    add_point,
    lay_day,
    new_batch,
    number,
    object_to_calls,
    person,
    publish,
    subject,
)

from ringfence.database import connect
from ringfence.publish import Step
from ringfence.settings import Settings

Stop = Callable[[Connection, UUID, int], None]


def consent_event(event_type: str, controller: str = "northwind") -> Stop:
    def write(connection: Connection, batch: UUID, index: int) -> None:
        connection.execute(
            """
            insert into ledger.consent_events (
                event_id, batch_id, row_number, source_id, controller_id, subject_id, event_type,
                event_time_status, commitment
            )
            values (gen_random_uuid(), %s, 1, 'inbox', %s, %s, %s, 'absent', '')
            """,
            [batch, controller, subject(index), event_type],
        )

    return write


def suppression(controller: str | None, scope: str = "controller", kind: str = "objection") -> Stop:
    def write(connection: Connection, batch: UUID, index: int) -> None:
        connection.execute(
            """
            insert into ledger.suppression_entries (
                entry_id, batch_id, row_number, source_id, controller_id, subject_id, scope, kind,
                event_time_status, commitment
            )
            values (gen_random_uuid(), %s, 1, 'inbox', %s, %s, %s, %s, 'absent', '')
            """,
            [batch, controller, subject(index), scope, kind],
        )

    return write


def attempt(disposition: str, controller: str = "northwind") -> Stop:
    def write(connection: Connection, batch: UUID, index: int) -> None:
        connection.execute(
            """
            insert into ledger.call_attempts (
                attempt_id, batch_id, row_number, source_id, controller_id, subject_id,
                attempted_at, disposition, commitment
            )
            values (gen_random_uuid(), %s, 1, 'inbox', %s, %s, ledger.now(), %s, '')
            """,
            [batch, controller, subject(index), disposition],
        )

    return write


def listed(settings: Settings) -> set[int]:
    folder: Path = settings.home / "published" / "2026-11-24" / "energy_gb"
    text = (folder / "call_list.csv").read_text("utf-8")
    return {index for index in range(40) if number(index) in text}


STOPS: tuple[Stop, ...] = (
    *map(consent_event, ("refused", "withdrawn", "objected", "restricted", "unreadable")),
    *(
        suppression("northwind", kind=kind)
        for kind in (
            "objection", "withdrawal", "complaint", "wrong_number", "deceased", "erasure",
        )
    ),
    suppression(None),
    suppression("elsewhere", scope="all"),
    *map(
        attempt,
        ("refused", "objected", "wrong_party", "reassigned", "deceased", "minor", "unreadable"),
    ),
)  # fmt: skip
NO_STOPS: tuple[Stop, ...] = (
    consent_event("given"),
    consent_event("renewed"),
    consent_event("objected", controller="elsewhere"),
    suppression("elsewhere"),
    attempt("no_contact"),
    attempt("answered"),
    attempt("callback_requested"),
    attempt("objected", controller="elsewhere"),
)


def test_every_kind_of_stop_takes_its_row_out_and_nothing_else_does(
    fresh_database: Settings,
) -> None:
    """Each entry comes in after the decision, for a number of its own."""
    entries = (*STOPS, *NO_STOPS)
    lay_day(fresh_database, len(entries) + 1)
    with connect(fresh_database, autocommit=True) as connection, connection.transaction():
        batch = new_batch(connection, source_id="inbox", part="stops")
        for index, write in enumerate(entries):
            write(connection, batch, index)
        accept(connection, batch)
    publish(fresh_database)
    assert listed(fresh_database) == set(range(len(STOPS), len(entries) + 1))


def test_a_stop_to_a_joint_controller_takes_the_row_out(fresh_database: Settings) -> None:
    lay_day(fresh_database, 3)
    entries = (suppression("elsewhere"), consent_event("objected", controller="elsewhere"))
    joint = [{"controller_id": "northwind", "joint_with": ["elsewhere"]}]
    with connect(fresh_database, autocommit=True) as connection, connection.transaction():
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values ('controllers', 'joint', %s, ledger.now())",
            [Jsonb(joint)],
        )
        batch = new_batch(connection, source_id="inbox", part="stops")
        for index, write in enumerate(entries):
            write(connection, batch, index)
        accept(connection, batch)
    publish(fresh_database)
    assert listed(fresh_database) == {2}


def test_a_stop_on_another_number_of_the_person_takes_the_row_out(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database, 3)
    with connect(fresh_database, autocommit=True) as connection:
        row = connection.execute(
            "select record_id, batch_id from landing.lead_records where person_ref = %s",
            [person(1)],
        ).fetchone()
        assert row
        add_point(connection, row[0], row[1], 9, person(1), position=1)
        object_to_calls(connection, 9)
    assert publish(fresh_database).count_removed == 1
    assert listed(fresh_database) == {0, 2}


def test_a_stop_on_a_number_that_retention_left_behind_takes_the_row_out(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database, 3)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "insert into landing.person_links select controller_id, person_ref, %s, batch_id"
            " from landing.lead_records where person_ref = %s",
            [subject(9), person(1)],
        )
        object_to_calls(connection, 9)
    assert publish(fresh_database).count_removed == 1
    assert listed(fresh_database) == {0, 2}


def test_a_stop_known_to_the_decision_is_not_looked_at_again(fresh_database: Settings) -> None:
    """The decision has weighed it: a later consent may have lifted it."""
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 1)
    lay_day(fresh_database, 3)
    assert publish(fresh_database).count_removed == 0


def test_a_retracted_stop_stops_nobody(fresh_database: Settings) -> None:
    lay_day(fresh_database, 3)
    with connect(fresh_database, autocommit=True) as connection:
        batch = object_to_calls(connection, 1)
        connection.execute(
            "update landing.batches set status = 'retracted', retracted_at = ledger.now()"
            " where batch_id = %s",
            [batch],
        )
    assert publish(fresh_database).count_removed == 0


@pytest.mark.parametrize("step", [Step.PREPARED, Step.LIST_WRITTEN])
def test_a_stop_accepted_while_the_list_is_made_is_honoured(
    fresh_database: Settings, step: Step
) -> None:
    lay_day(fresh_database, 3)
    waiting = [1]

    def stop_once(reached: Step) -> None:
        if reached == step and waiting:
            with connect(fresh_database, autocommit=True) as connection:
                object_to_calls(connection, waiting.pop())

    report = publish(fresh_database, on_step=stop_once)
    assert (report.count_rows, report.count_removed) == (2, 1)
    assert listed(fresh_database) == {0, 2}


def test_a_removed_row_stays_on_record_for_explain_and_recall(fresh_database: Settings) -> None:
    lay_day(fresh_database, 3)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 1)
        publish(fresh_database)
        rows = connection.execute(
            "select subject_id, reason from ledger.publication_removals"
            " inner join ledger.publication_rows using (list_id, subject_id)"
        ).fetchall()
        current = connection.execute("select count(*) from ledger.current_call_list").fetchone()
    assert rows == [(subject(1), "last_look")]
    assert current == (2,)
