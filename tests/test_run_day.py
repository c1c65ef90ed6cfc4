"""One day at a time: a second run says so at once and changes nothing."""

from __future__ import annotations

import pytest

from ringfence.cli.terminal import quiet_step
from ringfence.database import connect, held
from ringfence.errors import Busy
from ringfence.run_day import run_day
from ringfence.settings import Settings


def test_a_day_is_not_run_twice_at_once(database: Settings) -> None:
    with connect(database, name="another run", autocommit=True) as other, held(other, "run-day"):
        with pytest.raises(Busy, match="`run-day` is already being worked on by `another run`"):
            run_day(database, quiet_step)
        ((runs,),) = other.execute("select count(*) from ledger.decision_runs").fetchall()
    assert runs == 0
