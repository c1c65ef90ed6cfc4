"""Read fixed-width text: `widths` in characters, one line per row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import accumulate
from pathlib import Path

from ringfence.readers.header import checked_names
from ringfence.readers.lines import Record, open_text, physical_lines, refuse_unsound_file
from ringfence.readers.row import CELL_LIMIT, FormatSpec, Row, RowFault, no_rows, rejected


def read_fixed_width(path: Path, spec: FormatSpec, needed: Collection[str]) -> Iterator[Row]:
    """Yield one row per non-blank line, padding removed.

    Lines may end early, since many tools trim them; only a short last line without a line end
    counts as cut off.
    """
    ends = list(accumulate(spec.widths))
    slices = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    with open_text(path, spec.encoding, spec.skip_rows) as file:
        record = Record()
        names = () if spec.header else checked_names(_columns(spec), needed, path)
        number = misfits = 0
        for line in physical_lines(file, record):
            text = line.rstrip("\r\n")
            if not text.strip() and not record.fault:
                record.begin()
                continue
            cells = [text[part].strip() for part in slices]
            if not names:
                names = checked_names(cells, needed, path)
                record.begin()
                continue
            number += 1
            fault = record.fault or _misfit(line, text, ends[-1])
            misfits += fault == RowFault.WRONG_CELL_COUNT
            yield Row(number, dict(zip(names, cells, strict=True)), fault)
            record.begin()
        refuse_unsound_file(record, spec.encoding, path)
    if number == 0:
        raise no_rows(path)
    if number == misfits:
        raise rejected(
            "cell_count_wrong",
            f"No line is {ends[-1]} characters long, which is the sum of the widths.",
            path,
            "check `format.widths` against the sender's record description",
        )


def _columns(spec: FormatSpec) -> tuple[str, ...]:
    return spec.columns or ("",) * len(spec.widths)


def _misfit(line: str, text: str, width: int) -> RowFault | None:
    if len(text) > CELL_LIMIT:
        return RowFault.CELL_TOO_LARGE
    cut_off = len(text) < width and len(line) == len(text)
    return RowFault.WRONG_CELL_COUNT if cut_off or text[width:].strip() else None
