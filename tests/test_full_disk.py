"""On a full disk every command says so, and a brake still works."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support_settings import settings_for
from tests.support_shell import Done, check_told, is_root, shell, variables_of

from ringfence.home import Home
from ringfence.installation import set_up
from ringfence.sample import INSTANT, place
from ringfence.services.cluster import Cluster
from ringfence.settings import Settings, product_folder

Run = Callable[..., Done]


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder on a disk of 12 MB; only root may mount one, others get a plain folder."""
    folder = tmp_path_factory.mktemp("disk")
    if is_root():
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", folder], check=True)
    yield folder
    if is_root():
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def full(small_disk: Path, role_prefix: str) -> Iterator[Settings]:
    """Return a home with the sample day, its server running, and no byte left on its disk."""
    settings = settings_for(small_disk / "home", None, role_prefix, product_folder("dags"))
    home = Home(settings.home)
    set_up(settings, mode="demo", stands_at=INSTANT)
    place(home)
    Cluster(home).ensure_started(keep=True)
    if is_root():
        with (small_disk / "rest").open("wb", buffering=0) as rest:
            try:
                while rest.write(b"\0" * 4096):
                    pass
            except OSError:
                pass
        assert shutil.disk_usage(small_disk).free == 0
    yield settings
    (small_disk / "rest").unlink(missing_ok=True)
    Cluster(home).remove()


@pytest.fixture(scope="module")
def run(full: Settings) -> Run:
    """Run a command that cannot write a byte to a file."""

    def forbid_writing() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    def run(*arguments: str, given: str = "") -> Done:
        before = None if is_root() else forbid_writing
        return shell(*arguments, given=given, before=before, **variables_of(full))

    return run


@pytest.mark.parametrize("command", ["ingest crm_export", "run-day", "decide"])
def test_work_that_needs_room_is_refused_in_words(run: Run, command: str) -> None:
    check_told(run(*command.split()), 1, "disk is full", "make room")


def test_setting_up_again_needs_no_room(run: Run) -> None:
    done = run("setup", "--demo")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0 or "disk is full" in done.stderr


def test_a_stop_gets_through(run: Run, full: Settings) -> None:
    done = run("stop", "--reason", "disk full")
    assert done.returncode == 0, done.stderr
    assert "Stopped: every campaign." in done.stdout


def test_an_objection_by_hand_gets_through_and_its_checkpoint_is_missed(
    run: Run, full: Settings
) -> None:
    done = run("suppress", "--country", "GB", given="020 7946 0001\n")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert "Entered 1 objection: it counts from now on" in done.stdout
    assert "checkpoint could not be written" in done.stderr
    with psycopg.connect(str(Home(full.home).read_run()["database_url"])) as connection:
        connection.execute(f"set role {full.role('pipeline')}".encode())
        assert connection.execute(
            "select count(*) from ledger.suppression_entries where source_id = 'operator'"
        ).fetchone() == (1,)


def test_a_server_that_moved_is_reached_without_a_note_of_its_place(
    run: Run, full: Settings
) -> None:
    home = Home(full.home)
    remembered = home.root / "run.json"
    text = remembered.read_text("utf-8")
    # Of the same length: a full disk takes no byte more.
    port = str(Cluster(home).status().port)
    with remembered.open("r+", encoding="utf-8") as file:
        file.write(text.replace(port, "1" * len(port)))
    done = run("stop", "--reason", "moved")
    assert done.returncode == 0, done.stderr
    assert "Stopped: every campaign." in done.stdout
    with remembered.open("r+", encoding="utf-8") as file:
        file.write(text)
