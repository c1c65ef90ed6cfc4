"""Read the do-not-call lists of the United States (FTC) and Canada (National DNCL).

A ZIP archive with one file for each area code, one of them alone, or one national file. Each is

    AAA,NNNNNNN or AAANNNNNNN      text, one number a line
    <list type='full' ...> <ac val='416'> <ph val='1234567'/> ... </list>      XML

The XML that the DNCL's operator published as a sample is not well-formed (`<list .../>`, and a
`</list>` later), so tags are read one by one and no tree is asked for. Lists of changes have a
layout of their own, and are refused: only a full list says who is not in it. Memory: one line.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from codecs import BOM_UTF8 as UTF8_MARK
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from ringfence.readers.gb_tps import truncated
from ringfence.readers.header import checked_names
from ringfence.readers.row import (
    CELL_LIMIT,
    MEMBER,
    NUMBER,
    FormatSpec,
    Row,
    RowFault,
    no_rows,
    rejected,
)
from ringfence.readers.sniff import Content, content_of

HEAD = 4096
CHUNK = 64 * 1024
Found = tuple[str, RowFault | None]
"""A number in E.164, or what stood there and why it is none."""

_LINE = re.compile(r"([2-9]\d{2}),?(\d{7})")
_WITHOUT_AREA = re.compile(r"\d{7}")
_TAG = re.compile(r"<[^<>]*>")
_KNOWN = re.compile(r"<(/?)(list|ac|ph)\b([^<>]*?)/?>", re.IGNORECASE)
_PROLOGUE = re.compile(r"<[?!].*>", re.DOTALL)
_VALUE = re.compile(r"\bval\s*=\s*(['\"])(.*?)\1", re.IGNORECASE)
_KIND = re.compile(r"\btype\s*=\s*(['\"])(.*?)\1", re.IGNORECASE)


def read_north_american_list(
    path: Path, spec: FormatSpec, needed: Collection[str]
) -> Iterator[Row]:
    """Yield one row a number; a row with a fault names the archive's member it stood in."""
    checked_names((NUMBER,), needed, path)
    number = 0
    try:
        for member, opened in _members(path):
            before = number
            with opened() as file:
                found = _read(file, _head(opened, path), path, number)
                for text, fault in found:
                    number += 1
                    cells = {NUMBER: text}
                    yield Row(number, cells | {MEMBER: member} if fault else cells, fault)
                if number == before:
                    raise rejected(
                        "file_has_no_rows",
                        "A file of this delivery is empty; no area code is without a number.",
                        path,
                        "download it again; what is in force stays in force",
                    )
    except NotImplementedError:
        # What `zipfile` says of a way of packing that it does not know.
        raise rejected(
            "file_broken",
            "The archive is packed in a way that is not read here.",
            path,
            "unpack it and pack it again as a plain ZIP",
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise rejected(
            "file_broken",
            "The archive is damaged or was cut short.",
            path,
            "download it again; what is in force stays in force",
        ) from None
    if number == 0:
        raise no_rows(path)


def _members(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Yield name and opener of each file there is; the name of one without an archive is ''."""
    with path.open("rb") as head:
        if content_of(head.read(HEAD)) != Content.ZIP:
            yield "", lambda: path.open("rb")
            return
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.flag_bits & 1:
                raise rejected(
                    "file_encrypted",
                    "The archive has a password.",
                    path,
                    "unpack it and pack it again without one",
                )
            if not member.is_dir():
                yield member.filename, partial(archive.open, member)


def _head(opened: Callable[[], IO[bytes]], path: Path) -> bytes:
    """Return the first bytes of a member; refuses one that is no text."""
    with opened() as file:
        head = file.read(HEAD)
    content = content_of(head)
    if content not in {Content.TEXT, Content.EMPTY}:
        raise rejected(
            "file_is_html" if content == Content.HTML else "file_is_not_text",
            f"What should be a list of numbers is {content.value}.",
            path,
            "download the list while logged in, and deliver nothing else with it",
        )
    return head


def _read(file: IO[bytes], head: bytes, path: Path, number: int) -> Iterator[Found]:
    is_xml = head.removeprefix(UTF8_MARK).lstrip().startswith(b"<")
    return (_from_xml if is_xml else _from_text)(file, path, number)


def _from_text(file: IO[bytes], path: Path, number: int) -> Iterator[Found]:
    while line := file.readline(CHUNK):
        text = line.removeprefix(UTF8_MARK).decode("latin-1").strip()
        if not text:
            continue
        number += 1
        found = _LINE.fullmatch(text)
        if not found and not line.endswith(b"\n") and len(line) < CHUNK:
            raise truncated(path, number, f"its last line has {len(text)} characters")
        if found:
            yield f"+1{found[1]}{found[2]}", None
        elif _WITHOUT_AREA.fullmatch(text):
            yield text, RowFault.AREA_CODE_MISSING
        else:
            yield text[:CELL_LIMIT], RowFault.NOT_A_NUMBER


def _from_xml(file: IO[bytes], path: Path, number: int) -> Iterator[Found]:
    area = ""
    is_closed = False
    for tag, stray in _tags(file, path):
        if stray:
            yield stray[:CELL_LIMIT], RowFault.NOT_AN_ELEMENT
        known = _KNOWN.fullmatch(tag)
        if not known:
            if tag and not _PROLOGUE.fullmatch(tag):
                yield tag, RowFault.NOT_AN_ELEMENT
            continue
        is_end, name, attributes = bool(known[1]), known[2].lower(), known[3]
        is_closed = is_end and name == "list"
        value = (_VALUE.search(attributes) or ("", "", ""))[2].strip()
        if name == "ac":
            area = "" if is_end else value
        elif name == "list" and not is_end:
            _refuse_changes(attributes, path)
        elif name == "ph" and not is_end:
            found = _LINE.fullmatch(area + value)
            if found:
                yield f"+1{found[1]}{found[2]}", None
            else:
                yield value, RowFault.NOT_A_NUMBER if area else RowFault.AREA_CODE_MISSING
    if not is_closed:
        raise truncated(path, number, "`</list>` is missing at its end")


def _refuse_changes(attributes: str, path: Path) -> None:
    kind = _KIND.search(attributes)
    if kind and kind[2].strip().lower() != "full":
        raise rejected(
            "register_not_full",
            "This is a list of changes, not the full list.",
            path,
            "download the full list: who is not in a list of changes may be in the register",
        )


def _tags(file: IO[bytes], path: Path) -> Iterator[tuple[str, str]]:
    """Yield each tag with the text before it that is not blank."""
    rest = ""
    while True:
        chunk = file.read(CHUNK)
        rest += chunk.removeprefix(UTF8_MARK).decode("latin-1")
        place = 0
        for found in _TAG.finditer(rest):
            yield found[0], rest[place : found.start()].strip()
            place = found.end()
        rest = rest[place:]
        if not chunk:
            break
        if len(rest) > CELL_LIMIT + CHUNK:
            raise rejected(
                "file_broken",
                "The XML of this list holds a tag or a text without end.",
                path,
                "download it again, or as text",
            )
    if rest.strip():
        yield "", rest.strip()
