"""List what a suite may say: the expectation types, their arguments, the columns that hold people.

A type is here only if its result is a count. Types whose observed value IS a cell (minimum, most
common value, value sets, quantiles) are left out, whatever column they would stand on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ringfence.registers.yaml_marks import Marked

# Columns with a person's data: no list of allowed values and no bound may be written down for them,
# since a suite is printed, shown on the site and kept in version control.
PERSONAL_COLUMNS = frozenset(
    {
        "title", "first_name", "last_name", "company", "email", "postcode", "city", "region",
        "birth_date", "kept", "source_record_id", "e164", "raw", "phone", "contract_ref",
        "evidence_ref", "event_at_original", "event_type_original", "kind_original",
        "attempted_at_original", "disposition_original",
    }
)  # fmt: skip
DERIVED = ("previous_rows_times", "days_from_now", "register_country")
IDENTIFIER = r"[a-z_][a-z0-9_]*"


class Shape(StrEnum):
    """Say what an expectation stands on."""

    table = "table"
    column = "column"
    columns = "columns"
    rows = "rows"


@dataclass(frozen=True, slots=True)
class Derived:
    """Stand for a value that is known only at the door, such as four fifths of last time's rows."""

    name: str
    number: float = 0


Value = str | int | float | bool | datetime | tuple[str, ...] | Derived
Reader = Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class ExpectationType:
    """Describe one type: what it stands on, its arguments, whether it suits a personal column."""

    shape: Shape
    arguments: dict[str, Reader]
    required: frozenset[str] = frozenset()
    fits_personal: bool = True


def read_argument(reader: Reader, marked: Marked) -> Value:
    """Turn the YAML of one argument into its value; raises ValueError with the reason."""
    plain = marked.plain()
    if isinstance(plain, dict):
        return _derived(plain)
    return reader(plain)


def _derived(plain: dict[str, Any]) -> Derived:
    if len(plain) != 1 or next(iter(plain)) not in DERIVED:
        raise ValueError(f"a value worked out at the door is one of {', '.join(DERIVED)}")
    name, told = next(iter(plain.items()))
    return Derived(name, 0 if name == "register_country" else float(_number(told)))


def _number(told: Any) -> int | float:
    try:
        return int(told) if re.fullmatch(r"-?\d+", str(told)) else float(told)
    except (TypeError, ValueError):
        raise ValueError("this must be a number") from None


def _whole(told: Any) -> int:
    number = _number(told)
    if not isinstance(number, int) or number < 0:
        raise ValueError("this must be a whole number")
    return number


def _share(told: Any) -> float:
    share = float(_number(told))
    if not 0 < share <= 1:
        raise ValueError("a share lies above 0 and at most at 1")
    return share


def _bound(told: Any) -> int | float | datetime:
    try:
        return _number(told)
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(str(told))
    except ValueError:
        raise ValueError("this must be a number, a date, or a value worked out") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _texts(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list) or not told or not all(isinstance(one, str) for one in told):
        raise ValueError("this must be a list of values")
    return tuple(told)


def _pattern(told: Any) -> str:
    try:
        re.compile(str(told))
    except re.error as error:
        raise ValueError(f"this is no regular expression ({error.msg})") from None
    return str(told)


def _condition(told: Any) -> str:
    text = str(told).strip()
    if not text or ";" in text:
        raise ValueError("this must be one SQL condition about `entry`, without `;`")
    return text


_MOSTLY: dict[str, Reader] = {"mostly": _share}
_BOUNDS: dict[str, Reader] = {"min_value": _bound, "max_value": _bound}

TYPES = {
    "expect_table_row_count_to_be_between": ExpectationType(Shape.table, _BOUNDS),
    "expect_column_values_to_not_be_null": ExpectationType(Shape.column, _MOSTLY),
    "expect_column_values_to_be_null": ExpectationType(Shape.column, _MOSTLY),
    "expect_column_values_to_be_unique": ExpectationType(Shape.column, _MOSTLY),
    "expect_compound_columns_to_be_unique": ExpectationType(Shape.columns, _MOSTLY),
    "expect_column_values_to_be_in_set": ExpectationType(
        Shape.column, {"value_set": _texts, **_MOSTLY}, frozenset({"value_set"}), False
    ),
    "expect_column_values_to_not_be_in_set": ExpectationType(
        Shape.column, {"value_set": _texts, **_MOSTLY}, frozenset({"value_set"}), False
    ),
    "expect_column_values_to_be_between": ExpectationType(
        Shape.column, {**_BOUNDS, **_MOSTLY}, frozenset(), False
    ),
    "expect_column_values_to_match_regex": ExpectationType(
        Shape.column, {"regex": _pattern, **_MOSTLY}, frozenset({"regex"})
    ),
    "expect_column_values_to_not_match_regex": ExpectationType(
        Shape.column, {"regex": _pattern, **_MOSTLY}, frozenset({"regex"})
    ),
    "expect_column_value_lengths_to_be_between": ExpectationType(
        Shape.column, {"min_value": _whole, "max_value": _whole, **_MOSTLY}
    ),
    "unexpected_rows_expectation": ExpectationType(
        Shape.rows, {"where": _condition}, frozenset({"where"})
    ),
}
