"""Stop and resume publication: at once, with a reason, each scope for itself."""

from __future__ import annotations

import pytest
from tests.support_publish import lay_day, publish

from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.publish import Step
from ringfence.settings import Settings
from ringfence.stops import resume, standing_stops, stop, stop_reason


def test_a_stopped_campaign_is_not_published_until_it_is_resumed(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, campaign_id="energy_gb", reason="wrong script", actor="ops")
    report = publish(fresh_database)
    assert (report.status, report.reason, report.count_rows) == ("stopped", "wrong script", 0)
    assert not any((fresh_database.home / "published").iterdir())
    assert resume(fresh_database, campaign_id="energy_gb", reason="mended", actor="ops") == ()
    assert publish(fresh_database).status == "published"


def test_a_stop_of_all_outlives_the_release_of_one(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    stop(fresh_database, reason="regulator called", actor="ops")
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
        assert standing_stops(connection) == {None: "drill"}
        row = connection.execute(
            "select actor, action, object_id, details from ledger.audit_events order by seq desc"
        ).fetchone()
    assert row == ("ops", "stop_publication", "*", {"reason": "drill"})


def test_a_mistyped_campaign_is_not_silently_stopped(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with pytest.raises(Misconfigured, match="no campaign `enrgy_gb`") as refused:
        stop(fresh_database, campaign_id="enrgy_gb", reason="drill", actor="ops")
    assert refused.value.remedy == "one of: energy_gb"
