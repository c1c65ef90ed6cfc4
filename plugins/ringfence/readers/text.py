"""Turn typed values into the text a person would have typed, without guessing a type back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

BETWEEN_LIST_ITEMS = " | "


class DoubledKeyError(ValueError):
    """Two values of one record claim the same column; which is meant cannot be known."""


def text_of(value: Any) -> str:
    """Return `value` as text: '' for nothing or blanks, no '.0', dates and times in ISO 8601.

    Raises UnicodeDecodeError for bytes that are not UTF-8.
    """
    if isinstance(value, str):
        return "" if value.isspace() else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _text_of_float(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value.is_finite() else ""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return text_of(bytes(value).decode("utf-8"))
    return str(value)


def _text_of_float(value: float) -> str:
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def flatten(record: Mapping[str, Any]) -> dict[str, str]:
    """Return dotted columns: `{"a": {"b": 1}, "c": [1, 2]}` → `a.b`, and `c` = "1 | 2".

    A list that holds objects is spelt by index (`a.0.b`). Raises DoubledKeyError.
    """
    cells: dict[str, str] = {}
    for name, text in _flat(record, ""):
        if name in cells:
            raise DoubledKeyError(name)
        cells[name] = text
    return cells


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        if any(isinstance(item, Mapping | list | tuple) for item in value):
            for position, item in enumerate(value):
                yield from _flat(item, f"{name}.{position}")
        else:
            yield name, BETWEEN_LIST_ITEMS.join(filter(None, map(text_of, value)))
    else:
        yield name, text_of(value)
