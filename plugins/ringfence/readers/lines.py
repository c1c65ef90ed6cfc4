"""Read physical lines as text and remember, per record, what is wrong with its bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ringfence.readers.row import RowFault, rejected
from ringfence.readers.sniff import HEAD_BYTES, encoding_of, says_utf8

LINE_LIMIT = 4 * 1024 * 1024
"""Characters of one physical line that are held in memory; a longer one is skipped."""
RECORD_LIMIT = 1024 * 1024
"""Characters that a record may run on over several lines."""
CODECS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1", "cp1252": "cp1252"}
"""The encodings a register may declare; utf-16 needs its byte order mark."""
MARK = "\udcff"
REPLACED = "\N{REPLACEMENT CHARACTER}"
_MARKS = "ringfence_mark"

# A lone surrogate cannot come out of a sound file: it marks the spot until the row is judged.
codecs.register_error(_MARKS, lambda error: (MARK, error.end))  # type: ignore[attr-defined]


class RecordTooLongError(Exception):
    """A record runs on over more lines than a sound one could."""


@dataclass(slots=True)
class Record:
    """Collect the lines of the record being read and the faults seen in them."""

    lines: list[str] = field(default_factory=list)
    fault: RowFault | None = None
    size: int = 0
    sound_lines: int = 0
    unsound_lines: int = 0
    total_lines: int = 0
    file_ended: bool = False

    def begin(self) -> None:
        self.lines.clear()
        self.fault = None
        self.size = 0


def physical_lines(file: TextIO, record: Record) -> Iterator[str]:
    """Yield each line with its line end, and note its faults in `record`.

    Raises RecordTooLongError when the caller takes ever more lines for one record.
    """
    while line := file.readline(LINE_LIMIT):
        if len(line) == LINE_LIMIT and line[-1] not in "\r\n":
            _skip_to_line_end(file)
            record.fault = RowFault.CELL_TOO_LARGE
            line = "\n"
        if not line.isascii():
            if MARK in line:
                record.unsound_lines += 1
                record.fault = record.fault or RowFault.BAD_ENCODING
                line = line.replace(MARK, REPLACED)
            else:
                record.sound_lines += 1
        if "\0" in line:
            record.fault = record.fault or RowFault.NUL_BYTE
            line = line.replace("\0", REPLACED)
        record.total_lines += 1
        if record.lines:
            record.size += len(line)
            if record.size > RECORD_LIMIT:
                raise RecordTooLongError
        record.lines.append(line)
        yield line
    record.file_ended = True


def _skip_to_line_end(file: TextIO) -> None:
    while (rest := file.readline(LINE_LIMIT)) and rest[-1] not in "\r\n":
        pass


@contextmanager
def open_text(path: Path, encoding: str, skip_rows: int) -> Iterator[TextIO]:
    """Open `path` without touching its line ends. Raises RejectedBatch for another encoding."""
    with path.open("rb") as raw:
        _refuse_other_encoding(raw.read(HEAD_BYTES), encoding, path)
    with path.open(encoding=CODECS[encoding], errors=_MARKS, newline="") as file:
        _skip_marks(file)
        for _ in range(skip_rows):
            _skip_to_line_end(file)
        yield file


def _skip_marks(file: TextIO) -> None:
    """Skip byte order marks behind the first: each program that passed the file on adds one."""
    start = file.tell()
    while file.read(1) == "\ufeff":
        start = file.tell()
    file.seek(start)


def _refuse_other_encoding(head: bytes, declared: str, path: Path) -> None:
    found = encoding_of(head)
    if declared in ("latin-1", "cp1252"):
        wrong = found == "utf-16" or says_utf8(head)
    elif declared == "utf-16":
        wrong = not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    else:
        wrong = found == "utf-16"
    if wrong:
        raise encoding_wrong(declared, path)


def refuse_unsound_file(record: Record, declared: str, path: Path) -> None:
    """Refuse at the end of a file in which nothing beyond ASCII could be decoded.

    One bad line among many is that row's fault; three, or one in ten, without a single good one
    mean that the whole file is written in another encoding.
    """
    bad = record.unsound_lines
    if record.sound_lines == 0 and (bad >= 3 or bad * 10 > record.total_lines):
        raise encoding_wrong(declared, path)


def encoding_wrong(declared: str, path: Path) -> Exception:
    """Build the refusal of a file that is not in the declared encoding."""
    with path.open("rb") as raw:
        found = encoding_of(raw.read(HEAD_BYTES))
    seen = f" It looks like {found}." if found != declared else ""
    return rejected(
        "encoding_wrong",
        f"The file is not written in {declared}, as the register says.{seen}",
        path,
        "set `format.encoding` to what the sender uses: " + ", ".join(CODECS),
    )
