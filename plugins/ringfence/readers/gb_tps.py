"""Read the licensed file of the British TPS or CTPS: one number in 12 characters, then CR LF.

Source: the operator's technical page (corporate.mpsonline.org.uk, technical_desc.asp, undated). Two
layouts are in use: a dialling code left-justified in 5 with the rest right-justified in 7, and all
digits left-justified in 12. Blanks mean nothing in either; the leading 0 stands for +44. There is
no header. An update file has another layout, which is not known, and is refused as unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ringfence.readers.header import checked_names
from ringfence.readers.row import NUMBER, FormatSpec, Row, RowFault, no_rows, rejected

RECORD = 12
LONGEST_READ = 4096
_NUMBER = re.compile(rb"0[1-9][0-9]{8,9}")


def read_gb_tps(path: Path, spec: FormatSpec, needed: Collection[str]) -> Iterator[Row]:
    """Yield one row a record, its number in E.164; a file that ends within a record is refused."""
    checked_names((NUMBER,), needed, path)
    number = misfits = 0
    line = b""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_READ):
            number += 1
            record = line.rstrip(b"\r\n")  # LF alone is left of it where it was sent as text
            digits = record.replace(b" ", b"")
            if len(record) == RECORD and _NUMBER.fullmatch(digits):
                last = Row(number, {NUMBER: f"+44{digits[1:].decode('ascii')}"})
            else:
                misfits += len(record) != RECORD
                last = _unusable(number, record)
            if not line.endswith(b"\n") and len(line) < LONGEST_READ:
                raise truncated(path, number, f"{len(line)} of its {RECORD + 2} bytes are there")
            yield last
    if number == 0:
        raise no_rows(path)
    if number == misfits:
        raise rejected(
            "cell_count_wrong",
            f"No record of this file is {RECORD} characters and a line end, as those of TPS are.",
            path,
            "take the full file; an update file cannot stand in for it",
        )


def is_tps_record(line: str) -> bool:
    """Tell whether a line with its line end is such a record."""
    digits = line.replace(" ", "").rstrip("\r\n").encode("latin-1", "replace")
    return len(line) == RECORD + 2 and bool(_NUMBER.fullmatch(digits))


def _unusable(number: int, record: bytes) -> Row:
    fault = RowFault.NOT_A_NUMBER if len(record) == RECORD else RowFault.WRONG_CELL_COUNT
    return Row(number, {NUMBER: record.decode("latin-1")}, fault)


def truncated(path: Path, number: int, how: str) -> Exception:
    """Build the refusal of a file that ends before its last record does."""
    return rejected(
        "file_truncated",
        f"The file ends within a record, so nobody knows what stood behind it: {how}.",
        path,
        "download it again; what is in force stays in force",
        row=number,
    )
