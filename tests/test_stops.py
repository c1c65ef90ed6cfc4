"""Stop and resume publication: at once, with a reason, each scope for itself."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
import pytest
from tests.support_commands import run_command
from tests.support_publish import at, decide, lay_day, object_to_calls, publish
from tests.support_settings import settings_for

from ringfence.cli.control import stop_command
from ringfence.cli.days import publish_command
from ringfence.cli.running import status_command
from ringfence.database import connect
from ringfence.decision import funnel
from ringfence.errors import Misconfigured
from ringfence.home import Home
from ringfence.publish import Step
from ringfence.settings import Settings
from ringfence.stops import resume, standing_stops, stop, stop_reason


def test_a_stopped_campaign_is_not_published_until_it_is_resumed(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, campaign_id="energy_gb", reason="wrong script", actor="ops")
    report = publish(fresh_database)
    assert (report.status, report.count_rows) == ("stopped", 0)
    assert report.reason == "stopped since 2026-11-24 05:00 UTC: wrong script"
    assert not any((fresh_database.home / "published").iterdir())
    assert resume(fresh_database, campaign_id="energy_gb", reason="mended", actor="ops") == ()
    assert publish(fresh_database).status == "published"


def test_a_stop_of_all_outlives_the_release_of_one(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, reason="regulator called", actor="ops")
    stop(fresh_database, campaign_id="energy_gb", reason="wrong script", actor="ops")
    left = resume(fresh_database, campaign_id="energy_gb", reason="mine is fine", actor="ops")
    assert left == ("every campaign",)
    assert publish(fresh_database).status == "stopped"


def test_a_stop_of_one_outlives_the_release_of_all(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, campaign_id="energy_gb", reason="wrong script", actor="ops")
    stop(fresh_database, reason="regulator called", actor="ops")
    assert resume(fresh_database, reason="settled", actor="ops") == ("energy_gb",)
    with connect(fresh_database) as connection:
        assert stop_reason(connection, "energy_gb") == "wrong script"
        assert stop_reason(connection, "another") is None


def test_a_resume_without_a_stop_of_its_scope_is_refused_and_not_recorded(
    fresh_database: Settings,
) -> None:
    def recorded() -> object:
        with connect(fresh_database) as connection:
            return connection.execute(
                "select (select count(*) from ledger.publication_stops),"
                " (select count(*) from ledger.audit_events)"
            ).fetchone()

    lay_day(fresh_database)
    before = recorded()
    with pytest.raises(Misconfigured, match="not stopped for every campaign") as refused:
        resume(fresh_database, reason="go", actor="ops")
    assert refused.value.where == "stops that stand: none"
    assert recorded() == before
    stop(fresh_database, campaign_id="energy_gb", reason="wrong script", actor="ops")
    before = recorded()
    with pytest.raises(Misconfigured, match="nothing was resumed") as refused:
        resume(fresh_database, reason="go", actor="ops")
    assert refused.value.where == "stops that stand: energy_gb"
    assert "`./ringfence resume --campaign energy_gb`" in str(refused.value.remedy)
    assert recorded() == before
    resume(fresh_database, campaign_id="energy_gb", reason="mended", actor="ops")
    stop(fresh_database, reason="regulator called", actor="ops")
    with pytest.raises(Misconfigured, match="energy_gb has no stop of its own") as refused:
        resume(fresh_database, campaign_id="energy_gb", reason="go", actor="ops")
    assert refused.value.where == "stops that stand: every campaign"


def test_a_stop_during_publication_keeps_the_list_in(fresh_database: Settings) -> None:
    lay_day(fresh_database)

    def stop_now(step: Step) -> None:
        if step == Step.LIST_WRITTEN:
            stop(fresh_database, reason="at the last second", actor="ops")

    report = publish(fresh_database, on_step=stop_now)
    assert report.status == "refused"
    assert "at the last second" in str(report.reason)
    folder = fresh_database.home / "published" / "2026-11-24" / "energy_gb"
    assert list(folder.iterdir()) == []
    with connect(fresh_database) as connection:
        row = connection.execute("select status from ledger.current_publications").fetchone()
    assert row == ("voided",)


def test_a_stop_needs_a_reason_and_is_written_down(fresh_database: Settings) -> None:
    with pytest.raises(Misconfigured, match="stop needs a reason"):
        stop(fresh_database, reason="  ", actor="ops")
    stop(fresh_database, reason="drill", actor="ops")
    with connect(fresh_database) as connection:
        (standing,) = standing_stops(connection)
        assert (standing.scope, standing.reason, standing.actor) == (
            "every campaign",
            "drill",
            "ops",
        )
        row = connection.execute(
            "select actor, action, object_id, details from ledger.audit_events order by seq desc"
        ).fetchone()
    assert row == ("ops", "stop_publication", "*", {"reason": "drill"})


def test_a_mistyped_campaign_is_not_silently_stopped(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with pytest.raises(Misconfigured, match="no campaign `enrgy_gb`") as refused:
        stop(fresh_database, campaign_id="enrgy_gb", reason="drill", actor="ops")
    assert refused.value.remedy == "one of: energy_gb"


def test_a_stop_names_the_lists_that_are_out_already(fresh_database: Settings) -> None:
    lay_day(fresh_database, 5)
    assert stop(fresh_database, reason="too early", actor="ops") == ()
    resume(fresh_database, reason="go", actor="ops")
    with connect(fresh_database, autocommit=True) as connection:
        object_to_calls(connection, 1)  # taken out at the last look
    report = publish(fresh_database)
    (out,) = stop(fresh_database, reason="regulator called", actor="ops")
    assert (str(out.list_id), out.controller_ids) == (report.list_id, ("northwind",))
    assert str(out) == (
        "energy_gb of 2026-11-24, edition 1, 4 rows, valid until 2026-11-25 00:00 UTC"
    )
    assert stop(fresh_database, campaign_id="energy_gb", reason="again", actor="ops") == (out,)


def test_a_list_that_has_run_out_is_not_out_any_more(fresh_database: Settings) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        lay_day(fresh_database)
        decide(connection, range(2), valid_until="2026-11-24 05:30+00")
    publish(fresh_database)
    with connect(fresh_database, "owner", autocommit=True) as owner:
        owner.execute("update ledger.clock set stands_at = %s", [at("2026-11-24 06:00:00")])
    assert stop(fresh_database, reason="late", actor="ops") == ()


def test_the_funnel_says_since_when_and_why_a_campaign_is_stopped(
    fresh_database: Settings,
) -> None:
    def state() -> str:
        with connect(fresh_database) as connection:
            (line,) = funnel.campaigns(connection)
        return line.list_status

    lay_day(fresh_database)
    assert state() == "none"
    stop(fresh_database, reason="wrong script", actor="ops")
    assert state() == "stopped since 2026-11-24 05:00 UTC: wrong script"
    resume(fresh_database, reason="mended", actor="ops")
    publish(fresh_database)
    assert state() == "published"
    stop(fresh_database, reason="regulator called", actor="ops")
    assert state() == "published; stopped since 2026-11-24 05:00 UTC: regulator called"


def test_the_commands_tell_a_stop_to_people_and_to_machines(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)

    def run(command: click.Command, *arguments: str) -> str:
        return run_command(monkeypatch, fresh_database, command, *arguments).output

    words = run(stop_command, "--reason", "regulator called")
    assert "Stopped: every campaign." in words
    assert "energy_gb of 2026-11-24, edition 1, 5 rows, valid until" in words
    assert "Do now: pause these lists in the dialler" in words
    machine = json.loads(run(stop_command, "--reason", "again", "--json"))
    assert machine["lists_out"][0]["count_rows"] == 5
    since = "stopped since 2026-11-24 05:00 UTC: again"
    assert f"unchanged; {since}" in run(publish_command, "--campaign", "energy_gb")
    told = json.loads(run(status_command, "--json"))["publication"]
    assert told.startswith(f"every campaign: {since} (by ")


@pytest.mark.parametrize(
    ("url", "why"),
    [(None, "is down"), ("postgresql://nobody@127.0.0.1:1/nothing", "cannot be read: ")],
)
def test_with_the_database_down_nobody_can_take_silence_for_no_stop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str | None, why: str
) -> None:
    settings = settings_for(tmp_path, url, "ringfence_", tmp_path)
    unknown = f"NOT KNOWN which stops of publication stand: the database that keeps them {why}"
    told = run_command(monkeypatch, settings, status_command, "--json").output
    assert json.loads(told)["publication"].startswith(unknown)
    assert "till then take it that every campaign is stopped" in json.loads(told)["publication"]
    assert "NOT KNOWN which stops" in run_command(monkeypatch, settings, status_command).output


def test_with_the_database_down_status_still_says_what_lies_in_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, None, "ringfence_", tmp_path)
    home = Home(settings.home)

    def told() -> dict[str, str]:
        output = run_command(monkeypatch, settings, status_command, "--json").output
        return dict(json.loads(output))

    assert (told()["pages"], told()["newest lists"]) == ("none built yet", "none")
    for day, campaign in (("2026-11-23", "solar"), ("2026-11-24", "wind"), ("2026-11-24", "gas")):
        folder = home.list_folder(date.fromisoformat(day), campaign)
        folder.mkdir(parents=True)
        (folder / "call_list.csv").touch()
    (home.published / "2026-11-25").mkdir()
    (home.site / "index.html").parent.mkdir(exist_ok=True)
    (home.site / "index.html").touch()
    assert told()["newest lists"] == f"gas, wind of 2026-11-24, in {home.published}"
    assert told()["pages"] == str(home.site / "index.html")
    assert told()["home"] == str(home.root)


def test_status_names_the_place_of_a_server_of_ones_own_and_whether_it_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/nothing"
    settings = settings_for(tmp_path, url, "ringfence_", tmp_path)
    told = run_command(monkeypatch, settings, status_command, "--json").output
    assert json.loads(told)["postgres"] == "your own, 127.0.0.1:1/nothing: it does not answer"
    assert "secret" not in told
