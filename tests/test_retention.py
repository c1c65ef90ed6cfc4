"""Retention: what is due goes, what is needed stays, and a killed run is taken up again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.support_retention import LIST_FILES, NOW, World, days_ago

from ringfence.database import connect
from ringfence.errors import Busy, Misconfigured
from ringfence.retention import apply, load_periods, periods, plan
from ringfence.settings import Settings


@pytest.fixture
def world(fresh_database: Settings):
    with connect(fresh_database, name="a test of retention", autocommit=True) as connection:
        yield World(fresh_database, connection)


def test_a_prospect_goes_three_years_after_collection_and_not_a_day_earlier(world: World):
    batch_id = world.batch(days_ago(1200))
    old, _ = world.lead(batch_id, collected=days_ago(1095.1))
    young, _ = world.lead(batch_id, collected=days_ago(1094.9))
    undated, _ = world.lead(batch_id)
    assert world.due()["prospect"] == 2
    receipt = apply(world.settings)
    assert receipt.totals["prospect"] == 2
    assert world.remaining() == {young}
    assert not {old, undated} & world.remaining()
    points = world.connection.execute("select count(*) from landing.lead_contact_points")
    assert points.fetchone() == (1,)


def test_an_italian_number_goes_after_two_years(world: World):
    batch_id = world.batch(days_ago(800))
    world.lead(batch_id, collected=days_ago(731), region="IT")
    british, _ = world.lead(batch_id, collected=days_ago(731))
    apply(world.settings)
    assert world.remaining() == {british}


def test_a_later_consent_or_a_running_contract_counts_from_anew(world: World):
    batch_id = world.batch(days_ago(1200))
    kept = []
    for renew in (
        lambda subject: world.consent(subject, "given", days_ago(100)),
        lambda subject: world.relation(subject, None),
        lambda subject: world.relation(subject, days_ago(30)),
    ):
        record_id, subject = world.lead(batch_id, collected=days_ago(1150))
        renew(subject)
        kept.append(record_id)
    _, subject = world.lead(batch_id, collected=days_ago(1150))
    world.consent(subject, "withdrawn", days_ago(100))
    apply(world.settings)
    assert world.remaining() == set(kept)


def test_a_lead_on_a_valid_list_or_in_dispute_stays_and_the_plan_says_why(world: World):
    batch_id = world.batch(days_ago(1200))
    listed, subject = world.lead(batch_id, collected=days_ago(1150))
    world.published(NOW + timedelta(hours=10), subject)
    disputed, other = world.lead(batch_id, collected=days_ago(1150))
    world.consent(other, "restricted", days_ago(10))
    planned = next(one for one in plan(world.settings).categories if one.category == "prospect")
    assert (planned.count_due, planned.count_kept) == (0, 2)
    assert "1 on a list that is valid" in planned.why_kept
    assert "1 restricted by the person" in planned.why_kept
    apply(world.settings)
    assert world.remaining() == {listed, disputed}


def test_a_bought_lead_goes_after_a_month_unless_the_person_was_told(world: World):
    batch_id = world.batch(days_ago(31), "broker")
    world.lead(batch_id)
    called, subject = world.lead(batch_id)
    world.attempt(subject, days_ago(5))
    consented, subject = world.lead(batch_id)
    world.consent(subject, "given", days_ago(5))
    fresh, _ = world.lead(world.batch(days_ago(29), "broker"))
    from_person, _ = world.lead(world.batch(days_ago(31), "web"))
    planned = next(one for one in plan(world.settings).categories if one.category == "not_informed")
    assert (planned.count_due, planned.count_kept) == (1, 2)
    apply(world.settings)
    assert world.remaining() == {called, consented, fresh, from_person}


def test_an_old_version_goes_but_never_the_one_that_says_since_when_a_lead_is_known(world: World):
    dated, undated = uuid4(), uuid4()
    batches = [world.batch(days_ago(age)) for age in (200, 100, 40)]
    dated_versions = [
        world.lead(batch_id, lead_id=dated, collected=days_ago(210))[0] for batch_id in batches
    ]
    undated_versions = [world.lead(batch_id, lead_id=undated)[0] for batch_id in batches]
    apply(world.settings)
    assert world.remaining() == {
        dated_versions[-1], undated_versions[0], undated_versions[-1],
    }  # fmt: skip


def test_a_version_replaced_last_week_stays(world: World):
    lead_id = uuid4()
    for age in (200, 7):
        world.lead(world.batch(days_ago(age)), lead_id=lead_id, collected=days_ago(210))
    assert world.due()["superseded_version"] == 0


def test_what_a_retracted_delivery_left_goes_after_a_week(world: World):
    world.lead(world.batch(days_ago(20), retracted=days_ago(8)))
    young, _ = world.lead(world.batch(days_ago(20), retracted=days_ago(6)))
    assert apply(world.settings).totals["retracted_batch"] == 1
    assert world.remaining() == {young}


def test_rows_set_aside_go_after_a_month(world: World):
    batch_id = world.batch(days_ago(40))
    world.connection.execute(
        "insert into landing.quarantined_records values (%s, 1, 'x', '\\x00', %s),"
        " (%s, 2, 'x', '\\x00', %s)",
        [batch_id, days_ago(31), batch_id, days_ago(29)],
    )
    assert apply(world.settings).totals["quarantined_record"] == 1
    assert world.connection.execute(
        "select row_number from landing.quarantined_records"
    ).fetchall() == [(2,)]


def test_list_files_go_a_week_after_their_time_and_the_manifest_stays(world: World):
    over, current = days_ago(8), days_ago(6)
    list_id = world.published(over, uuid4(), files=True)
    world.published(current, uuid4(), files=True)
    count = len(LIST_FILES)
    assert world.due()["list_file"] == count
    assert apply(world.settings).totals["list_file"] == count
    left = sorted(path.name for path in world.folder(over).iterdir())
    assert left == ["commitments.csv", "manifest.json"]
    assert (world.folder(current) / "call_list.csv").exists()
    status = world.connection.execute(
        "select status from ledger.current_publications where list_id = %s", [list_id]
    ).fetchone()
    assert status == ("deleted",)
    assert apply(world.settings).totals["list_file"] == 0


def test_a_suppression_outlives_the_lead_it_came_with(world: World):
    _, subject = world.lead(world.batch(days_ago(1200)), collected=days_ago(1150))
    world.suppression(subject, days_ago(1190))
    apply(world.settings)
    assert world.remaining() == set()
    left = world.connection.execute("select subject_id from ledger.suppression_entries").fetchall()
    assert left == [(subject,)]


def links(world: World) -> set[tuple[UUID, UUID]]:
    rows = world.connection.execute("select person_ref, subject_id from landing.person_links")
    return {(row[0], row[1]) for row in rows}


def test_an_old_number_still_binds_the_person_after_its_version_is_deleted(world: World):
    lead_id, person, origin = uuid4(), uuid4(), days_ago(100)
    first = {"lead_id": lead_id, "person_ref": person, "collected": origin}
    _, old = world.lead(world.batch(days_ago(99)), **first)
    world.lead(world.batch(days_ago(60)), **first)
    assert apply(world.settings).totals["superseded_version"] == 1
    assert links(world) == {(person, old)}
    assert apply(world.settings).totals["person_link"] == 0


def test_links_stay_for_a_stop_and_go_with_the_last_thing_they_matter_to(world: World):
    stopped, free = uuid4(), uuid4()
    long_ago = {"collected": days_ago(1150)}
    _, objecting = world.lead(world.batch(days_ago(1150)), person_ref=stopped, **long_ago)
    _, other = world.lead(world.batch(days_ago(1150)), person_ref=stopped, **long_ago)
    world.lead(world.batch(days_ago(1150)), person_ref=free, **long_ago)
    world.lead(world.batch(days_ago(1150)), person_ref=free, **long_ago)
    world.suppression(objecting, days_ago(900))
    receipt = apply(world.settings, batch_rows=1)
    assert receipt.totals["prospect"] == 4
    # Each went in a batch of its own, so the first of the free one's left a link for a moment.
    assert receipt.totals["person_link"] == 1
    assert links(world) == {(stopped, objecting), (stopped, other)}


def test_a_line_of_two_is_known_as_such_after_one_of_them_is_deleted(world: World):
    line, gone, stayed = uuid4(), uuid4(), uuid4()
    told = {"subject_id": line}
    world.lead(world.batch(days_ago(1150)), person_ref=gone, collected=days_ago(1150), **told)
    left, _ = world.lead(world.batch(days_ago(100)), person_ref=stayed, **told)
    apply(world.settings)
    assert world.remaining() == {left}
    assert links(world) == {(gone, line)}
    assert apply(world.settings).totals["person_link"] == 0


def test_a_retracted_delivery_leaves_no_links(world: World):
    person = uuid4()
    retracted = world.batch(days_ago(20), retracted=days_ago(10))
    _, subject = world.lead(retracted, person_ref=person)
    world.suppression(subject, days_ago(15))
    assert apply(world.settings).totals["retracted_batch"] == 1
    assert links(world) == set()


def test_a_receipt_is_on_record_chained_and_signed(world: World):
    world.lead(world.batch(days_ago(1200)), collected=days_ago(1150))
    receipt = apply(world.settings)
    row = world.connection.execute(
        "select receipt_id, totals from ledger.retention_receipts"
    ).fetchone()
    assert row == (receipt.receipt_id, receipt.totals)
    link = world.connection.execute(
        "select kind, object_id from ledger.chain_links order by seq desc limit 1"
    ).fetchone()
    assert link == ("retention", str(receipt.receipt_id))
    assert list(world.settings.checkpoints.glob("*.json"))


KILLED_RUN = """
import os, signal, sys, json
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from ringfence.retention import apply
from ringfence.settings import Settings
from tests.support_retention import NOW, World, days_ago
told = json.loads(sys.argv[2])
for name in ("home", "registers", "checkpoints"):
    told[name] = Path(told[name])
batches = []
def on_batch(category, count):
    batches.append(count)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
apply(Settings(**told), batch_rows=100, on_batch=on_batch)
"""


def test_a_run_killed_in_the_middle_is_taken_up_and_its_receipt_counts_everything(world: World):
    batch_id = world.batch(days_ago(1200))
    for _ in range(750):
        world.lead(batch_id, collected=days_ago(1150))
    young, _ = world.lead(batch_id, collected=days_ago(10))
    told = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(world.settings).items()
    }
    plugins = str(Path(__file__).parents[1] / "plugins")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, plugins, json.dumps(told)], check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(world.remaining()) == 451
    assert world.connection.execute("select from ledger.retention_receipts").fetchall() == []
    begun = world.connection.execute(
        "select object_id from ledger.audit_events where action = 'retention_begin'"
    ).fetchall()

    receipt = apply(world.settings, batch_rows=100)

    assert [(str(receipt.receipt_id),)] == begun
    assert receipt.totals["prospect"] == 750
    assert world.remaining() == {young}
    assert apply(world.settings).receipt_id != receipt.receipt_id


def test_two_runs_at_once_are_one_too_many(world: World):
    with connect(world.settings, name="the other run", autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('retention', 0))")
        with pytest.raises(Busy, match="the other run"):
            apply(world.settings)


def test_a_period_without_days_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert {one.category for one in load_periods()} >= set(periods.CATEGORIES)
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "retention_periods.csv").write_text(
        "category,country_code,mode,days,trigger,citation\nprospect,*,days,,x,y\n"
    )
    monkeypatch.setattr(periods, "product_folder", lambda name: tmp_path)
    with pytest.raises(Misconfigured, match="no number of days"):
        load_periods()
