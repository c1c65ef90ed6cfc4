"""Publish a decided day: the protocol, step by step, on a real database and real files."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
from tests.support_publish import (
    Word,
    accept,
    decide,
    door,
    lay_day,
    new_batch,
    number,
    object_to_calls,
    publish,
    subject,
)

from ringfence.database import connect, held
from ringfence.errors import Misconfigured, Refusal
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish import Step, publish_call_lists
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def rows(settings: Settings) -> list[dict[str, str]]:
    with (folder(settings) / "call_list.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fingerprint(settings: Settings) -> str:
    return str(json.loads((settings.home / "run.json").read_text())["key_fingerprint"])


def statuses(settings: Settings) -> list[tuple[int, str]]:
    with connect(settings) as connection:
        return connection.execute(
            "select edition, status from ledger.publications order by seq"
        ).fetchall()


def test_a_list_leaves_with_its_manifest_and_both_prove_themselves(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    report = publish(fresh_database)
    assert (report.status, report.count_rows, report.edition) == ("published", 5, 1)
    found = rows(fresh_database)
    assert {row["phone"] for row in found} == {number(index) for index in range(5)}
    assert [row["call_ref"] for row in found] == sorted(row["call_ref"] for row in found)
    assert found[0]["source"] == "The web form"
    assert found[0]["controller"] == "Northwind Energy"
    proof = verify_manifest(folder(fresh_database), fingerprint(fresh_database))
    assert proof.is_passed, [check.sentence for check in proof.checks if not check.is_passed]
    with connect(fresh_database) as connection:
        assert verify_ledger(connection, fresh_database).is_passed
    assert {path.name for path in folder(fresh_database).iterdir()} == {
        "call_list.csv", "commitments.csv", "manifest.json", "vicidial.txt",
    }  # fmt: skip


def test_nothing_but_the_listed_columns_leaves(fresh_database: Settings) -> None:
    lay_day(fresh_database, 1)
    publish(fresh_database)
    text = "".join(path.read_text() for path in folder(fresh_database).iterdir())
    assert "ada@example.org" not in text
    assert str(subject(0)) not in text


def test_the_manifest_says_what_the_list_stands_on(fresh_database: Settings) -> None:
    run = lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 2)
    publish(fresh_database)
    manifest = json.loads((folder(fresh_database) / "manifest.json").read_bytes())
    assert manifest["demo"] is True
    assert manifest["run_id"] == str(run)
    assert manifest["totals"] == {
        "rows": {"deliveries": 1, "read": 5, "landed": 5, "quarantined": 0},
        "candidates": {
            "candidates": 8, "callable": 4, "blocked": {"objected": 2},
            "undetermined": {"policy_missing": 1}, "last_look": 1,
        },
    }  # fmt: skip
    assert sorted(manifest["config_versions"]) == [
        "campaigns", "controllers", "reason_codes", "sources",
    ]  # fmt: skip
    assert manifest["versions"]["dbt-core"] == "1.11.0"
    assert manifest["known_as_of"] < manifest["last_look_at"] < manifest["valid_until"]


def test_the_manifest_names_the_registers_that_the_decisions_required(
    fresh_database: Settings,
) -> None:
    run = lay_day(fresh_database)
    publish(fresh_database)
    manifest = json.loads((folder(fresh_database) / "manifest.json").read_bytes())
    assert manifest["registers"] == [
        {
            "register_id": "gb_ctps", "state": "missing", "count_candidates": 1,
            "snapshot_id": None, "file_sha256": None, "published_at": None, "count_entries": None,
        },
        {
            "register_id": "gb_tps", "state": "fresh", "count_candidates": 8,
            "snapshot_id": str(run), "file_sha256": "ab12",
            "published_at": "2026-11-20T00:00:00.000000+00:00", "count_entries": 184,
        },
    ]  # fmt: skip


def test_registers_of_another_run_keep_the_list_in(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute("update governance.campaign_registers set run_id = gen_random_uuid()")
    assert "not known which registers" in str(publish(fresh_database).reason)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute("drop table governance.campaign_registers")
    assert "not known which registers" in str(publish(fresh_database).reason)
    assert statuses(fresh_database) == []


def test_the_same_run_is_published_once(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    before = {path: path.stat().st_mtime_ns for path in folder(fresh_database).iterdir()}
    report = publish(fresh_database)
    assert (report.status, report.count_rows) == ("unchanged", 5)
    assert {path: path.stat().st_mtime_ns for path in folder(fresh_database).iterdir()} == before
    assert statuses(fresh_database) == [(1, "prepared"), (1, "published")]


def test_two_homes_of_the_same_day_agree_to_the_byte(
    fresh_database: Settings, database: Settings
) -> None:
    for settings in (fresh_database, database):
        lay_day(settings)
        publish(settings)
    for name in ("call_list.csv", "vicidial.txt", "commitments.csv"):
        assert (folder(fresh_database) / name).read_bytes() == (
            folder(database) / name
        ).read_bytes()


def test_a_new_run_of_the_day_supersedes_the_list_and_keeps_its_proof(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    report = publish(fresh_database)
    assert (report.status, report.edition, report.count_rows) == ("published", 2, 3)
    assert statuses(fresh_database)[-2:] == [(2, "published"), (1, "superseded")]
    trusted = fingerprint(fresh_database)
    new = verify_manifest(folder(fresh_database), trusted)
    old = verify_manifest(folder(fresh_database) / "manifest-edition-1.json", trusted)
    assert "replaced by a later edition" in old.checks[-1].sentence
    assert new.is_passed
    assert old.is_passed
    told = " ".join(check.sentence for check in new.checks)
    assert "edition 1 of 2026-11-24) lies beside it and is the one it names" in told
    with connect(fresh_database) as connection:
        assert verify_ledger(connection, fresh_database).is_passed


def test_a_list_of_nobody_is_a_list_too(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(0))
    assert publish(fresh_database).count_rows == 0
    assert rows(fresh_database) == []
    assert verify_manifest(folder(fresh_database), fingerprint(fresh_database)).is_passed


def test_a_past_day_is_never_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), call_date="2026-11-23")
    report = publish(fresh_database)
    assert report.status == "refused"
    assert "2026-11-23 is over" in str(report.reason)
    assert not (fresh_database.home / "published").joinpath("2026-11-23").exists()


def test_a_replay_is_never_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), mode="replay")
    assert "A replayed day is never published" in str(publish(fresh_database).reason)


def test_decisions_of_an_unfinished_run_are_not_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute("update marts.call_decisions set run_id = gen_random_uuid()")
    assert "not those of the last run" in str(publish(fresh_database).reason)


def test_a_run_that_compared_days_is_never_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), further_call_dates=[date(2026, 12, 1)])
    assert "compared several days" in str(publish(fresh_database).reason)


def test_rows_whose_time_has_run_out_are_not_published(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), valid_until="2026-11-24 04:59+00")
    assert "time of these rows has run out" in str(publish(fresh_database).reason)


def test_a_lead_that_vanished_since_the_decision_stops_the_list(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute("delete from landing.lead_records where row_number = 3")
    assert "counted 5 callable rows; 4 can be written" in str(publish(fresh_database).reason)
    assert statuses(fresh_database) == []


def test_totals_that_do_not_add_up_stop_the_list(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute("update marts.call_funnel set count_candidates = 9")
    assert "totals do not add up" in str(publish(fresh_database).reason)


def test_a_retracted_delivery_stops_the_list(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "update landing.batches set status = 'retracted', retracted_at = ledger.now()"
        )
    assert "was retracted since" in str(publish(fresh_database).reason)


def test_a_failed_door_check_keeps_the_list_in(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    report = publish(fresh_database, check=lambda *_, **__: Word(False))
    assert report.status == "refused"
    assert statuses(fresh_database) == []
    assert not folder(fresh_database).exists()
    with connect(fresh_database) as connection:
        left = connection.execute(
            "select count(*) from pg_tables where tablename like 'outgoing_%'"
        ).fetchone()
    assert left == (0,)


def test_the_real_door_lets_a_sound_list_pass(fresh_database: Settings) -> None:
    lay_day(fresh_database, 2)
    (report,) = publish_call_lists(fresh_database)
    assert (report.status, report.count_rows) == ("published", 2)


def test_a_single_campaign_raises_its_refusal(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(5), call_date="2026-11-23")
    with pytest.raises(Refusal, match="is over"):
        publish_call_lists(fresh_database, campaign_id="energy_gb", check=door)
    with pytest.raises(Misconfigured, match="no active campaign `enrgy`"):
        publish_call_lists(fresh_database, campaign_id="enrgy", check=door)


def test_without_a_finished_run_there_is_nothing_to_publish(fresh_database: Settings) -> None:
    with pytest.raises(Refusal, match="No decision run has ended well"):
        publish_call_lists(fresh_database, check=door)


def test_two_publishers_of_one_campaign_do_not_meet(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with (
        connect(fresh_database, name="another publisher", autocommit=True) as other,
        held(other, "publish:energy_gb"),
    ):
        assert "already being worked on by `another publisher`" in str(
            publish(fresh_database).reason
        )


def test_a_list_changed_on_disk_is_not_called_unchanged(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with (folder(fresh_database) / "call_list.csv").open("a") as file:
        file.write("x")
    assert "was changed on disk" in str(publish(fresh_database).reason)


def test_a_full_disk_leaves_the_list_prepared_and_the_next_call_finishes_it(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    folder(fresh_database).parent.parent.mkdir(exist_ok=True)
    in_the_way = folder(fresh_database).parent
    in_the_way.write_text("a file where the folder belongs")
    report = publish(fresh_database)
    assert report.status == "refused"
    assert "it stays prepared" in str(report.reason)
    in_the_way.unlink()
    report = publish(fresh_database)
    assert (report.status, report.edition) == ("published", 1)


def test_a_delivery_on_its_way_in_is_waited_for_and_then_counts(fresh_database: Settings) -> None:
    """The publisher reaches its lock while a stop is half accepted; the stop must win."""
    import threading

    lay_day(fresh_database)
    reports = []
    with connect(fresh_database) as delivery:
        delivery.execute("select pg_advisory_xact_lock_shared(hashtextextended('knowledge', 0))")
        publisher = threading.Thread(target=lambda: reports.append(publish(fresh_database)))
        publisher.start()
        with connect(fresh_database, autocommit=True) as watcher:
            while not watcher.execute(
                "select 1 from pg_locks where locktype = 'advisory' and not granted"
            ).fetchone():
                pass
        batch = new_batch(delivery, source_id="inbox", part="stops")
        delivery.execute(
            """
            insert into ledger.suppression_entries (
                entry_id, batch_id, row_number, source_id, subject_id, scope, kind,
                event_time_status, commitment
            )
            values (gen_random_uuid(), %s, 1, 'inbox', %s, 'all', 'objection', 'absent', '')
            """,
            [batch, subject(1)],
        )
        accept(delivery, batch)
    publisher.join()
    assert (reports[0].status, reports[0].count_rows, reports[0].count_removed) == (
        "published", 4, 1,
    )  # fmt: skip
    assert number(1) not in {row["phone"] for row in rows(fresh_database)}


def test_a_steady_flow_of_stops_cannot_keep_the_list_from_leaving(fresh_database: Settings) -> None:
    lay_day(fresh_database, 9)
    stopped = iter(range(9))

    def another_stop(step: Step) -> None:
        if step == Step.LIST_WRITTEN:
            with connect(fresh_database, autocommit=True) as connection:
                object_to_calls(connection, next(stopped))

    report = publish(fresh_database, on_step=another_stop)
    assert (report.count_rows, report.count_removed) == (6, 3)
    assert {row["phone"] for row in rows(fresh_database)} == {
        number(index) for index in range(3, 9)
    }
    assert verify_manifest(folder(fresh_database), fingerprint(fresh_database)).is_passed
