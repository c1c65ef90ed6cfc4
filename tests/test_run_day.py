"""One day at a time: a second run says so at once and changes nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager

import psycopg
import pytest

from ringfence.cli.terminal import quiet_step
from ringfence.database import connect, database_url, held
from ringfence.errors import Busy
from ringfence.home import Home
from ringfence.run_day import run_day
from ringfence.sample.place import place
from ringfence.services.cluster import ClusterInfo
from ringfence.settings import Settings
from ringfence.steps import Line


def test_a_day_is_not_run_twice_at_once(database: Settings) -> None:
    with connect(database, name="another run", autocommit=True) as other, held(other, "run-day"):
        with pytest.raises(Busy, match="`run-day` is already being worked on by `another run`"):
            run_day(database, quiet_step)
        ((runs,),) = other.execute("select count(*) from ledger.decision_runs").fetchall()
    assert runs == 0


def test_a_day_that_loses_its_own_session_on_the_way_ends_like_any_other(
    database: Settings, cluster: ClusterInfo
) -> None:
    admin = cluster.url("postgres")

    def cut(name: str) -> AbstractContextManager[Line]:
        if name == "publish":
            with psycopg.connect(admin, autocommit=True) as other:
                ended = other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'run-day' and datname = %s",
                    [database_url(database).rpartition("/")[2]],
                ).fetchall()
                assert ended == [(True,)]
        return quiet_step(name)

    place(Home(database.home))
    report = run_day(database, cut)
    assert [one.status for one in report.publications] == ["published"] * 5
