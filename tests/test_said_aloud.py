"""What a person has to know is said where the person looks, once, and no longer than it is so."""

from __future__ import annotations

import getpass
import re

import pytest
from psycopg import Connection
from tests.support_commands import run_command
from tests.support_publish import decide, lay_day, new_batch, number, publish

from ringfence.auditor_site import gather
from ringfence.auditor_site.lists import published_lists, refused_of, todays
from ringfence.auditor_site.pages import TEMPLATES, render_pages
from ringfence.auditor_site.queries import last_run
from ringfence.cli.control import resume_command, stop_command
from ringfence.cli.days import publish_command
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.explain import explain
from ringfence.publish.model import Step
from ringfence.settings import Settings
from ringfence.stops import resume, stop


def reject(connection: Connection, *, name: bytes, unread: bool = False, rows: int = 9) -> str:
    """Turn a delivery away at the door, as landing does."""
    batch = new_batch(connection, rows=rows)
    connection.execute(
        "update landing.batches set status = 'rejected', reason_code = 'door_check_failed',"
        " has_unread_stops = %s, name_hash = %s, rows_landed = 0 where batch_id = %s",
        [unread, name, batch],
    )
    return str(batch)


def not_searched(settings: Settings) -> str:
    text = " ".join(explain(settings, number(0), None, actor="auditor").text.split())
    return text.partition("WHAT WAS SEARCHED")[2]


def test_a_list_that_stays_says_that_an_objection_may_lie_unread(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    assert publish(fresh_database).reason is None
    with connect(fresh_database, autocommit=True) as connection:
        batch = reject(connection, name=b"stops", unread=True)
    report = publish(fresh_database)
    assert report.status == "unchanged"
    assert f"could not be read (source web_form, batch {batch})" in str(report.reason)
    told = run_command(monkeypatch, fresh_database, publish_command).output
    assert "may hold objections could not be read" in " ".join(told.split())


def test_what_was_not_searched_is_told_once_a_file_and_until_it_is_mended(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    assert "turned away" not in not_searched(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        first = reject(connection, name=b"one")
        connection.execute(
            "update landing.batches set is_retried = true where batch_id = %s", [first]
        )
        reject(connection, name=b"one")
        reject(connection, name=b"two")
        told = not_searched(fresh_database)
        assert told.count("web_form of 2026-11-24") == 1
        assert "web_form of 2026-11-24 (door check failed, 2 files)" in told
        for name, rows in ((b"one", 9), (b"two", 8)):
            mended = new_batch(connection, rows=rows)
            connection.execute(
                "update landing.batches set status = 'accepted', accepted_at = ledger.now(),"
                " name_hash = %s where batch_id = %s",
                [name, mended],
            )
    # The second file came back shorter: what it lacks nobody has searched.
    assert "web_form of 2026-11-24 (door check failed)." in not_searched(fresh_database)


def test_a_dismissed_delivery_is_counted_and_not_named_again(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        batch = reject(connection, name=b"one")
        connection.execute(
            "insert into ledger.audit_events"
            " (recorded_at, actor, action, object_kind, object_id, details)"
            " values (ledger.now(), 'ida', 'dismiss_unread_stops', 'batch', %s, '{}')",
            [batch],
        )
    told = not_searched(fresh_database)
    assert "1 unread delivery was dismissed by somebody who looked into it" in told
    assert "turned away" not in told


def test_a_national_number_is_refused_with_what_to_add(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with pytest.raises(Misconfigured, match="without its country") as refused:
        explain(fresh_database, "07700 900001", None, actor="auditor")
    assert "such as `--country GB`" in refused.value.remedy


def test_the_first_page_says_that_the_newest_runs_list_was_refused(
    fresh_database: Settings,
) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        facts = gather(connection, fresh_database) | {"groups": []}

    def first_page() -> str:
        with connect(fresh_database, autocommit=True) as connection:
            run = last_run(connection)
            lists = published_lists(connection, fresh_database, facts["now"])
        assert run
        facts["run"], facts["todays_lists"] = run, todays(lists, run["call_date"])
        facts["refused"] = refused_of(lists, run["run_id"])
        names = ("candidates", "callable", "blocked", "undetermined")
        counts = {f"count_{name}": 0 for name in names} | {"reasons": []}
        facts["campaigns"] = [{"campaign_id": "energy_gb", "title": "Energy"} | counts]
        page = dict(render_pages(facts))["index.html"]
        row = page.partition('data-label="List"')[2].partition("</td>")[0]
        return " ".join(re.sub("<[^>]+>", " ", row).partition(">")[2].split())

    def stop_now(step: Step) -> None:
        if step == Step.LIST_WRITTEN:
            stop(fresh_database, reason="at the last second", actor="ops")

    lay_day(fresh_database)
    assert first_page() == "no list of the newest run"
    publish(fresh_database)
    assert first_page() == "published, edition 1"
    with connect(fresh_database, autocommit=True) as connection:
        decide(connection, range(3))
    earlier = "published, edition 1 {}of an earlier run than the figures here"
    assert first_page() == f"no list of the newest run {earlier.format('is ')}"
    assert publish(fresh_database, on_step=stop_now).status == "refused"
    told = first_page()
    assert told.startswith("REFUSED ")
    assert "at the last second" in told
    assert earlier.format("") in told
    resume(fresh_database, reason="settled", actor="ops")
    publish(fresh_database)
    assert first_page() == "published, edition 3"


def test_a_resume_says_on_whose_word(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_day(fresh_database)
    run_command(monkeypatch, fresh_database, stop_command, "--reason", "a regulator called")
    told = run_command(monkeypatch, fresh_database, resume_command, "--reason", "it is settled")
    assert f"Resumed: every campaign, on the word of {getpass.getuser()}." in told.output
    helped = run_command(monkeypatch, fresh_database, resume_command, "--help").output
    assert "needs nobody's approval" in " ".join(helped.split())


def test_no_remark_on_a_page_is_glued_to_what_it_remarks_on() -> None:
    for template in TEMPLATES.glob("*.j2"):
        assert not re.search(r'\S<span class="why">', template.read_text("utf-8")), template.name
