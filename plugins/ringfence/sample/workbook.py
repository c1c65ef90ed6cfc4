"""Write XLSX bytes that depend on their content alone: no clock, no compression level."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

MADE_AT = (2026, 11, 18, 8, 0, 0)
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def workbook_bytes(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a workbook with one sheet."""
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    written = io.BytesIO()
    workbook.save(written)
    return _without_clock(written.getvalue())


def _without_clock(content: bytes) -> bytes:
    """Store every member under one fixed date: openpyxl stamps the file with the present."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in sorted(source.namelist()):
            member = zipfile.ZipInfo(name, MADE_AT)
            member.create_system = 3
            archive.writestr(member, STAMP.sub(rb"\g<1>2026-11-18T08:00:00Z", source.read(name)))
    return target.getvalue()
