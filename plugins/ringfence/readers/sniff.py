"""Tell by content, never by name, what a file is and how its text is encoded."""

from __future__ import annotations

import codecs
from enum import StrEnum

HEAD_BYTES = 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Content(StrEnum):
    """Name what the first bytes of a file show; the value completes "the file is …"."""

    EMPTY = "empty"
    HTML = "a web page"
    ZIP = "a ZIP archive or a workbook"
    PARQUET = "Parquet"
    OLD_EXCEL = "an old .xls workbook or one with a password"
    GZIP = "a gzip archive"
    PDF = "a PDF"
    ARCHIVE = "an archive"
    TEXT = "text"


_MAGIC = {
    b"PK\x03\x04": Content.ZIP,
    b"PK\x05\x06": Content.ZIP,  # one without a single member
    b"PAR1": Content.PARQUET,
    b"\xd0\xcf\x11\xe0": Content.OLD_EXCEL,
    b"\x1f\x8b": Content.GZIP,
    b"%PDF-": Content.PDF,
    b"7z\xbc\xaf": Content.ARCHIVE,
    b"BZh": Content.ARCHIVE,
}


def content_of(head: bytes) -> Content:
    """Return what `head`, the first HEAD_BYTES of a file, shows."""
    for magic, content in _MAGIC.items():
        if head.startswith(magic):
            return content
    encoding = encoding_of(head)
    text = head.decode(encoding, errors="replace").lstrip("\ufeff").strip("\0 \t\r\n")
    if not text:
        return Content.EMPTY
    start = text[:1000].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<table")):
        return Content.HTML
    if start.startswith(("<?xml", "<!--")) and ("<html" in start or "<table" in start):
        return Content.HTML
    return Content.TEXT


def encoding_of(head: bytes) -> str:
    """Return utf-16, utf-8, cp1252 or latin-1, whichever the bytes allow first.

    UTF-16 without its mark shows by its many NUL bytes; single ones are a fault of a row.
    """
    if head.startswith(_UTF16) or head.count(0) * 5 > len(head) > 1:
        return "utf-16"
    for encoding in ("utf-8", "cp1252"):
        if _decodes(head, encoding):
            return encoding
    return "latin-1"


def says_utf8(head: bytes) -> bool:
    """Tell whether the bytes are UTF-8 beyond doubt: a mark, or sequences of several bytes."""
    return not head.isascii() and _decodes(head, "utf-8")


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        # Not final: the head may end in the middle of a character.
        codecs.getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return False
    return True
