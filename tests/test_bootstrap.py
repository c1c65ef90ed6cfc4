"""Run the bootstrap script for real, in small checkouts with one package of our own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringfence.settings import clean_environment

SCRIPT = Path(__file__).parent.parent / "ringfence"
BASE_PYTHON = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
MAIN = """
import json, sys
import tiny
if sys.argv[1:] == ["fail"]:
    sys.exit(7)
told = [sys.argv[1:], tiny.VERSION, __file__, sys.prefix, sys.path, sys.flags.optimize]
print(json.dumps(told))
"""
NOBODY = 65534


@dataclass
class Checkout:
    """Hold one small checkout and the index of its one package."""

    root: Path
    wheels: Path
    user: int | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str, script: Path | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(script or self.root / "ringfence"), *arguments],
            capture_output=True,
            text=True,
            cwd=cwd or "/",
            env=self.environment(),
            user=self.user,
            check=False,
            timeout=120,
        )

    def environment(self) -> dict[str, str]:
        quiet = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        kept = clean_environment(RINGFENCE_PYTHON=BASE_PYTHON, **quiet)
        return {**kept, **self.variables}

    def lock(self, version: str, sha256: str | None = None) -> None:
        digest = sha256 or hashlib.sha256(self.wheel(version).read_bytes()).hexdigest()
        text = f"tiny=={version} \\\n    --hash=sha256:{digest}\n"
        (self.root / "requirements.lock").write_text(text)

    def wheel(self, version: str) -> Path:
        path = self.wheels / f"tiny-{version}-py3-none-any.whl"
        if not path.exists():
            write_wheel(path, version)
        return path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def stamp(self) -> Path:
        return self.venv / "ringfence-stamp"


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def write_wheel(path: Path, version: str) -> None:
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{info}/RECORD,,"]
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record.append(f"{name},sha256={digest.decode().rstrip('=')},{len(text)}")
        wheel.writestr(f"{info}/RECORD", "\n".join(record) + "\n")


def make_checkout(root: Path) -> Checkout:
    checkout = Checkout(root / "my checkout", root / "wheels")
    package = checkout.root / "plugins" / "ringfence"
    package.mkdir(parents=True)
    checkout.wheels.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(MAIN)
    shutil.copy2(SCRIPT, checkout.root / "ringfence")
    checkout.lock("1.0")
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return make_checkout(tmp_path)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout whose environment is made, for tests that do not break it."""
    checkout = make_checkout(tmp_path_factory.mktemp("installed"))
    assert checkout.run().returncode == 0
    return checkout


def test_the_first_run_installs_and_the_second_touches_nothing(checkout: Checkout) -> None:
    first = checkout.run("demo", "two words", "--json")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith('[["demo", "two words", "--json"], "1.0"')
    assert first.stderr.startswith("ringfence: installing 1 packages into")
    before = checkout.stamp.stat().st_mtime_ns
    second = checkout.run("demo")
    assert (second.returncode, second.stderr) == (0, "")
    assert checkout.stamp.stat().st_mtime_ns == before


def test_the_exit_code_is_the_commands_own(installed: Checkout) -> None:
    assert installed.run("fail").returncode == 7


def test_it_runs_the_checkout_whatever_the_folder_and_the_environment(
    installed: Checkout, tmp_path: Path
) -> None:
    hostile = tmp_path / "hostile"
    (hostile / "ringfence").mkdir(parents=True)
    (hostile / "ringfence" / "__main__.py").write_text("raise SystemExit('wrong package')")
    (hostile / "json.py").write_text("raise SystemExit('wrong json')")
    installed.variables = {
        "PYTHONPATH": str(hostile), "PYTHONHOME": str(hostile), "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error", "PYTHONINSPECT": "1",
    }  # fmt: skip
    link = hostile / "link"
    link.symlink_to(installed.root / "ringfence")
    try:
        done = installed.run("status", script=link, cwd=hostile)
    finally:
        installed.variables = {}
    assert done.returncode == 0, done.stderr
    assert str(installed.root / "plugins" / "ringfence") in done.stdout
    assert json.loads(done.stdout)[-1] == 0  # not optimised


def test_a_half_made_environment_is_made_anew(checkout: Checkout) -> None:
    checkout.venv.mkdir()
    (checkout.venv / "ringfence-half-made").touch()
    (checkout.venv / "rubbish").touch()
    assert checkout.run().returncode == 0
    assert not (checkout.venv / "rubbish").exists()
    assert not (checkout.venv / "ringfence-half-made").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    assert checkout.run().returncode == 0
    for python in (checkout.venv / "bin").glob("python*"):
        python.unlink()
    (checkout.venv / "bin" / "python").symlink_to("/no/such/python")
    done = checkout.run()
    assert (done.returncode, "installing" in done.stderr) == (0, True)


def test_an_environment_made_by_others_is_filled_and_not_deleted(checkout: Checkout) -> None:
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", str(checkout.venv)], check=True)
    (checkout.venv / "mine").touch()
    subprocess.run([str(checkout.venv / "bin" / "python"), "-m", "ensurepip"], check=True)
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    assert (checkout.venv / "mine").exists()
    assert checkout.stamp.exists()


def test_another_lock_makes_another_environment(checkout: Checkout) -> None:
    assert '"1.0"' in checkout.run().stdout
    checkout.lock("2.0")
    done = checkout.run()
    assert '"2.0"' in done.stdout, done.stderr


def test_a_package_with_another_hash_is_refused_and_the_log_named(checkout: Checkout) -> None:
    checkout.lock("1.0", sha256="0" * 64)
    done = checkout.run()
    assert done.returncode == 1
    assert "could not be made" in done.stderr
    log = checkout.venv / "install.log"
    assert f"where: {log}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hash" in log.read_text().lower()
    checkout.lock("1.0")
    assert checkout.run().returncode == 0


def test_two_at_once_install_once(checkout: Checkout) -> None:
    runs = [
        subprocess.Popen(
            [str(checkout.root / "ringfence")],
            env=checkout.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], told
    assert sum("installing" in errors for _, errors in told) == 1


def test_a_moved_checkout_still_runs_itself(checkout: Checkout, tmp_path: Path) -> None:
    assert checkout.run().returncode == 0
    checkout.root = checkout.root.rename(tmp_path / "moved")
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "moved" / "plugins") in done.stdout


def test_without_a_python_it_says_what_to_install(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "readlink", "dirname", "cat"):
        (tools / name).symlink_to(str(shutil.which(name)))
    checkout.variables = {"PATH": str(tools), "RINGFENCE_PYTHON": ""}
    done = checkout.run()
    assert done.returncode == 2
    assert "No Python 3.11, 3.12 or 3.13 was found." in done.stderr
    assert "apt install python3" in done.stderr


def test_a_python_of_another_version_is_refused_by_name(checkout: Checkout, tmp_path: Path) -> None:
    old = script(tmp_path / "python3.9", "exit 1")
    checkout.variables = {"RINGFENCE_PYTHON": str(old)}
    done = checkout.run()
    assert done.returncode == 2
    assert f"RINGFENCE_PYTHON={old}" in done.stderr


def test_without_ensurepip_the_pip_of_the_system_is_used(
    checkout: Checkout, tmp_path: Path
) -> None:
    # Debian's python3 without python3-venv: `venv` fails unless it is asked for no pip.
    packaged = tmp_path / "pip"
    subprocess.run([BASE_PYTHON, "-m", "venv", str(packaged)], check=True)
    debian = script(
        tmp_path / "debian python",
        'case "$*" in "-m venv --without-pip"*) ;; "-m venv"*) exit 1 ;; esac\n'
        f'case "$*" in "-m pip"*) exec "{packaged}/bin/python" "$@" ;; esac\n'
        f'exec "{BASE_PYTHON}" "$@"',
    )
    checkout.variables = {"RINGFENCE_PYTHON": str(debian)}
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    assert not list(checkout.venv.glob("lib/python3.*/site-packages/pip"))


def test_without_any_pip_it_names_the_package_to_install(
    checkout: Checkout, tmp_path: Path
) -> None:
    bare = script(
        tmp_path / "bare python",
        'case "$*" in "-m venv --without-pip"*) ;; "-m venv"* | "-m pip"*) exit 1 ;; esac\n'
        f'exec "{BASE_PYTHON}" "$@"',
    )
    checkout.variables = {"RINGFENCE_PYTHON": str(bare)}
    done = checkout.run()
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stderr


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Checkout]:
    """Return a checkout that its user cannot write to: as root, run by `nobody`."""
    root = Path(tempfile.mkdtemp(prefix="ringfence-test-"))
    root.chmod(0o755)
    checkout = make_checkout(root)
    (root / "user").mkdir()
    checkout.variables = {"HOME": str(root / "user"), "RINGFENCE_HOME": "", "XDG_CACHE_HOME": ""}
    if os.geteuid() == 0:
        checkout.user = NOBODY
        os.chown(root / "user", NOBODY, NOBODY)
        checkout.variables["RINGFENCE_PYTHON"] = ""
        checkout.variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    checkout.root.chmod(0o555)
    yield checkout
    checkout.root.chmod(0o755)
    shutil.rmtree(root)


def test_a_checkout_that_cannot_be_written_to_gets_its_environment_elsewhere(
    read_only: Checkout,
) -> None:
    done = read_only.run()
    assert done.returncode == 0, done.stderr
    user = read_only.root.parent / "user"
    assert f"state goes to {user}/.ringfence" in done.stderr
    assert (user / ".cache" / "ringfence" / "venv" / "ringfence-stamp").exists()
    assert not read_only.venv.exists()
    again = read_only.run()
    assert "installing" not in again.stderr
    read_only.variables["RINGFENCE_HOME"] = str(user / "home")
    assert read_only.run().returncode == 0
    assert (user / "home" / "venv" / "ringfence-stamp").exists()
