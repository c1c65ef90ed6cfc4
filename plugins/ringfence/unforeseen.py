"""Turn what the machine, Postgres or nobody foresaw into our three lines, without its own words.

Postgres and Python quote values in theirs, and a log is no place for a phone number: an unexpected
error is told by its class and place alone.
"""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path

import psycopg

from ringfence.clear_text import shown_name
from ringfence.errors import MachineFault, Refusal, RejectedBatch, RingfenceError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_no_room(error: BaseException) -> bool:
    """Tell whether a disk or a quota is full: ours, or that of Postgres."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return isinstance(error, psycopg.errors.DiskFull)


def refusal_of(error: Exception) -> RingfenceError:
    """Return an error of any kind as one of ours."""
    if isinstance(error, RingfenceError):
        return error
    if is_no_room(error):
        return no_room(_place(error))
    if isinstance(error, OSError):
        return Refusal(
            f"The system does not do what is asked of it: {_reason(error)}.",
            where=_place(error),
            remedy="check that this is there, its rights and its disk, then run this again",
        )
    if isinstance(error, psycopg.OperationalError):
        return MachineFault(
            "Postgres went away, or did not do it in time.",
            where=error.sqlstate or "",
            remedy="start it (`./ringfence up`, or your own server), then run this again",
        )
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
        return Refusal(
            "The database lacks a table that this version needs.",
            where=_name(error),
            remedy="run `./ringfence migrate` (`decide` for tables of dbt), then this again",
        )
    return Refusal(
        "\n".join([f"An unexpected {_name(error)} ended this.", *_places(error)]),
        remedy="look at the last place named; if it is ours, report these lines",
    )


def no_room(where: str = "") -> MachineFault:
    """Build the refusal of work for which a disk has no room."""
    return MachineFault(
        "The disk is full, or its quota used up. What was not finished does not count.",
        where=where,
        remedy="make room and run this again; it begins anew by itself",
    )


def rejection_of(error: Exception, label: str) -> RejectedBatch:
    """Return the rejection of one delivery for an error that is no fault of the whole machine.

    Raises the error itself, or its sentence, if it is one: the next delivery would meet it too.
    """
    if isinstance(error, RejectedBatch):
        return error
    if is_no_room(error) or isinstance(error, psycopg.Error | MachineFault):
        raise error
    if isinstance(error, RingfenceError):
        return RejectedBatch(
            error.what, code="unexpected_error", where=error.where, remedy=error.remedy
        )
    if isinstance(error, OSError):
        return RejectedBatch(
            f"The file cannot be read: {_reason(error)}.",
            code="file_unreadable",
            where=label,
            remedy="check its rights and its disk, then run this again",
        )
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
    return RejectedBatch(
        f"An unexpected {type(error).__name__} ended the reading ({place}).",
        code="unexpected_error",
        where=label,
        remedy="report these lines; the source's other deliveries go on",
    )


def describe(error: Exception) -> str:
    """Say what an unexpected error is and where it arose, without the words it came with."""
    lines = [f"An unexpected {_name(error)} ended this task.", *_places(error)]
    lines.append("  do:    look at the last place named; if it is ours, report these lines")
    return "\n".join(lines)


def _name(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _place(error: BaseException) -> str:
    """Return the file that an error of the system is about; its name may hold a number."""
    name = getattr(error, "filename", None)
    if not isinstance(name, str | bytes):
        return ""
    path = Path(os.fsdecode(name))
    return str(path.parent / shown_name(path.name))


def _places(error: Exception) -> list[str]:
    lines = []
    if isinstance(error, psycopg.Error) and error.sqlstate:
        said = error.diag
        names = (said.schema_name, said.table_name, said.column_name, said.constraint_name)
        place = ".".join(part for part in names if part)
        lines.append(f"  Postgres: SQLSTATE {error.sqlstate} {place}".rstrip())
    lines += [
        f"  at {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return lines
