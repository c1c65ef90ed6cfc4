"""Look after the sources: check them, propose one from a file, take a wrong batch back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg

from ringfence import clock
from ringfence.cli import terminal
from ringfence.cli.context import working_home
from ringfence.cli.recall import rows_to_recall, tell_rows_to_recall
from ringfence.counted import counted
from ringfence.errors import Misconfigured, RingfenceError
from ringfence.home import Home
from ringfence.settings import Settings, check_folders, load_settings

if TYPE_CHECKING:
    from ringfence.registers.sources import Source


@click.group("sources")
def sources_command() -> None:
    """Check the registers, or propose one from a file."""


@sources_command.command("check")
def check_command() -> None:
    """Report every fault of every register, with file and line."""
    from ringfence.doors import check_suites
    from ringfence.landing.unheard import unclaimed
    from ringfence.registers.hints import hints
    from ringfence.registers.law_hints import law_hints
    from ringfence.registers.load import load_registers
    from ringfence.settings import product_folder

    settings = load_settings()
    check_folders(settings)
    check_suites(product_folder("expectations"))
    mode = str(Home(settings.home).read_run().get("mode", "live"))
    registers, faults = load_registers(settings.registers, mode)
    if faults:
        raise Misconfigured(
            "\n".join(str(fault) for fault in faults),
            where=str(settings.registers),
            remedy="mend the lines named; sources and campaigns without faults run meanwhile",
        )
    sources = registers.sources
    terminal.table(
        f"{counted(len(sources), 'source')}, no faults ({mode} mode)",
        ("source", "controller", "emits", "approved"),
        [
            (s.source_id, s.controller, ", ".join(s.emits), "yes" if s.approved else "NO")
            for s in sources
        ],
    )
    told = [*hints(registers), *law_hints(registers, clock.without_database().date())]
    lying = unclaimed(settings, sources)
    for hint in (*map(str, told), *lying, *_stale(settings, sources)):
        terminal.say(f"hint: {hint}")


def _stale(settings: Settings, sources: Sequence[Source]) -> Iterator[str]:
    """Yield what the database knows of the registers' age, or that nobody could ask it."""
    from ringfence.alarms import stale_registers
    from ringfence.database import connect

    if not any(source.register for source in sources):
        return
    is_set_up = settings.database_url or settings.database_conn_id
    if not (is_set_up or "database_url" in Home(settings.home).read_run()):
        yield "how old the loaded registers are nobody knows yet: this home has no database"
        return
    try:
        with working_home() as home, connect(home, name="sources check") as connection:
            alarms = list(stale_registers(connection, sources, clock.now(connection)))
    except (RingfenceError, psycopg.Error) as error:
        why = error.what if isinstance(error, RingfenceError) else type(error).__name__
        yield f"how old the loaded registers are could not be looked up: {why}"
        return
    for alarm in alarms:
        yield f"{alarm.sentence} Put its newest copy into the inbox."


@sources_command.command("propose")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "source_id", help="The source's id; made from the file's name without this.")
@click.option("--write", is_flag=True, help="Write it into the registers instead of printing it.")
def propose_command(file: Path, source_id: str | None, write: bool) -> None:
    """Read a file's shape and write the YAML of a source for it."""
    from ringfence.proposals.propose import propose, source_id_for

    text = propose(file, source_id)
    if not write:
        print(text, end="")
        return
    settings = load_settings()
    check_folders(settings)
    target = settings.registers / "sources" / f"{source_id or source_id_for(file)}.yml"
    if target.exists():
        raise Misconfigured(
            "There is a source of this name already.",
            where=str(target),
            remedy="give another --id" if source_id else "give an --id",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    terminal.say(f"Wrote {target}")
    terminal.say(
        "It is not used yet. Next: fill in its DECIDE lines, then `./ringfence sources check`."
    )


@sources_command.command("ask")
@click.argument("source_id")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write it.")
def ask_command(source_id: str, out: Path) -> None:
    """Write what a register is to be asked: the hashes of its controller's numbers."""
    from ringfence.landing.ask import ask_register

    with working_home() as settings:
        count = ask_register(settings, source_id, out)
    terminal.say(f"Wrote {count:,} hashes to {out}. Send it to that register only, then delete it.")


@sources_command.command("retire")
@click.argument("source_id")
@click.option("--reason", required=True, help="Why it brings nothing any more.")
@click.option("--approved-by", required=True, help="Who says so; what it brought goes on counting.")
def retire_command(source_id: str, reason: str, approved_by: str) -> None:
    """Let a source of objections go; until then its absence holds its controller's lists back."""
    from ringfence.registers.retire import retire_source

    with working_home() as settings:
        retire_source(settings, source_id, reason=reason, approved_by=approved_by)
    terminal.say(f"Retired {source_id}. What it brought goes on counting.")


@click.command("retract")
@click.argument("batch_id")
@click.option("--reason", required=True, help="Why the batch is wrong; kept in the audit ledger.")
@click.option("--approved-by", help="Who approved taking back stops (only then are they).")
def retract_command(batch_id: str, reason: str, approved_by: str | None) -> None:
    """Take a wrong batch back: its leads and grants count no more, at once.

    BATCH_ID is the whole id, or the first 8 characters that the pages show.
    """
    from ringfence.database import connect
    from ringfence.landing.batch_ids import find_batch
    from ringfence.landing.retract import retract_batch

    with working_home() as settings:
        with connect(settings, name="ringfence retract") as connection:
            found = find_batch(connection, batch_id)
        taken = retract_batch(settings, found, reason=reason, approved_by=approved_by)
        count = rows_to_recall(settings)
    terminal.say(f"Retracted {found}: {taken}. Run `decide` and `publish` for a new list.")
    tell_rows_to_recall(count)
