"""One whole day on real services: the sample through a real scheduler, as the README promises."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.home import Home
from ringfence.sample.place import DAY
from ringfence.services.cluster import Cluster

CHECKOUT = Path(__file__).parents[1]
# How many rows each list has at least. Boiler care rests that day, and its list has none.
CAMPAIGNS = {
    "winter_care": 0,
    "voice_reminder": 2,
    "broadband_upgrade": 30,
    "energy_autumn": 30,
    "solar_checkup": 30,
}


def start(home: Path, *arguments: str, feed: str | None = None) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if "RINGFENCE" not in name}
    child = subprocess.Popen(
        [sys.executable, "-m", "ringfence", *arguments],
        env={**clean, "PYTHONPATH": str(CHECKOUT / "plugins"), "RINGFENCE_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if feed is not None and child.stdin:
        child.stdin.write(feed)
        child.stdin.close()
        child.stdin = None
    return child


def ringfence(home: Path, *arguments: str, feed: str | None = None) -> str:
    child = start(home, *arguments, feed=feed)
    out, told = child.communicate(timeout=400)
    assert child.returncode == 0, out + told
    return out


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Kill a first demo in the middle, then let a second one do the day."""
    home = tmp_path_factory.mktemp("demo") / "a home"
    first = start(home, "demo")
    deadline = time.monotonic() + 120
    while not list((home / "airflow" / "logs").glob("dag_id=ingest__*")):
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    yield home, ringfence(home, "demo")
    Cluster(Home(home)).remove()


def test_the_day_ends_with_the_funnel_and_the_lists(demo: tuple[Path, str]) -> None:
    home, told = demo
    assert "✓ decide_calls" in told
    assert re.search(r"✓ publish_call_list \(by its Asset\)\s+run asset_triggered", told)
    for campaign, least in CAMPAIGNS.items():
        folder = home / "published" / "2026-11-24" / campaign
        assert re.search(rf"{campaign}\s+│.*published", told)
        assert len((folder / "call_list.csv").read_text().splitlines()) > least
        assert json.loads((folder / "manifest.json").read_text())["demo"] is True
        assert "This list verifies." in ringfence(home, "verify", str(folder / "manifest.json"))
    assert (home / "site" / "index.html").exists()


def test_a_second_demo_changes_nothing_and_says_so(demo: tuple[Path, str]) -> None:
    home, _ = demo
    lists = {path: path.read_bytes() for path in (home / "published").rglob("*.*")}
    assert "nothing was changed" in ringfence(home, "demo")
    assert {path: path.read_bytes() for path in (home / "published").rglob("*.*")} == lists


def test_a_day_without_the_scheduler_gives_the_same_bytes(
    demo: tuple[Path, str], tmp_path: Path
) -> None:
    home, _ = demo
    other = tmp_path / "other"
    try:
        ringfence(other, "setup", "--demo")
        ringfence(other, "run-day")
        for campaign in CAMPAIGNS:
            place = Path("published", "2026-11-24", campaign, "call_list.csv")
            assert (other / place).read_bytes() == (home / place).read_bytes()
    finally:
        Cluster(Home(other)).remove()


def test_explain_takes_the_number_from_standard_input_and_never_repeats_it(
    demo: tuple[Path, str],
) -> None:
    home, _ = demo
    listed = home / "published" / "2026-11-24" / "energy_autumn" / "call_list.csv"
    number = listed.read_text().splitlines()[1].split(",")[1]
    told = ringfence(home, "explain", feed=f"{number}\n")
    assert "): CALLABLE" in told
    assert "Ground:   " in told
    assert number.removeprefix("+") not in told


def test_no_number_and_no_mail_stands_anywhere_but_where_it_must(demo: tuple[Path, str]) -> None:
    """Search every file of the home: only inbox and published lists may hold a number."""
    home, _ = demo
    held = "\n".join(
        path.read_text("utf-8", errors="replace") for path in DAY.glob("web_leads_de/*.csv")
    )
    needles = set(re.findall(r"[\w.]+@[\w.]+\.example|[\w.]+@example\.org", held))
    for listed in (home / "published").rglob("call_list.csv"):
        needles |= {line.split(",")[1][3:] for line in listed.read_text().splitlines()[1:]}
    assert len(needles) > 300
    wanted = re.compile("|".join(map(re.escape, needles)).encode())
    allowed = (home / "inbox", home / "published", home / "postgres", home / "reading")
    searched = [
        path
        for path in home.rglob("*")
        if path.is_file() and not any(path.is_relative_to(folder) for folder in allowed)
    ]
    assert len(searched) > 50
    assert [path for path in searched if wanted.search(path.read_bytes())] == []


def test_nothing_runs_when_the_demo_is_over(demo: tuple[Path, str]) -> None:
    home, _ = demo
    found = json.loads(ringfence(home, "status", "--json"))
    assert (found["postgres"], found["airflow"], found["supervisor"]) == ("stopped",) * 3
