"""Check the parts of a source's register that say how its files arrive and how they are read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ringfence.readers.lines import CODECS
from ringfence.readers.row import NUMBER, REGISTER_FORMATS, FormatSpec, FormatType
from ringfence.registers.sources import DeliveryPlan, PublishedAt
from ringfence.registers.yaml_marks import Section

_EVERY = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_ESCAPES = {r"\t": "\t", "tab": "\t"}


def read_delivery(top: Section, source_id: str, *, carries_stops: bool) -> DeliveryPlan:
    """Return how deliveries arrive; faults go to `top`."""
    plan = DeliveryPlan(folder=f"inbox/{source_id}", pattern="*")
    section = top.section("delivery")
    every = None
    if section:
        plan = replace(
            plan,
            folder=section.text("folder") or plan.folder,
            pattern=section.text("pattern", pattern=r"[^/]+", shape="a file name, * allowed")
            or "*",
            connection=section.text("connection"),
            query=section.text("query", pattern=r"(?is)(select|with)\b.*", shape="one `select`"),
            schedule=_schedule(section),
            published_at=_published_at(section),
        )
        every = section.text("expected_every", pattern=_EVERY.pattern, shape="like 1d, 12h or 30m")
        if bool(plan.connection) != bool(plan.query):
            section.fault("`connection` and `query` need one another")
        if plan.query and "pattern" in (section.marked.plain() or {}):
            section.fault("`pattern` is for files, `query` for tables: give one of them")
        if ".." in Path(plan.folder).parts:
            section.fault("`delivery.folder` must not lead out of the home by `..`")
        section.close()
    if every is None:
        if carries_stops:
            top.fault(
                "`delivery.expected_every` is missing: rows that stop calls must not stay away "
                "unnoticed",
                section.marked.line if section else None,
            )
        return plan
    number, unit = _EVERY.fullmatch(every).groups()  # type: ignore[union-attr]
    return replace(plan, expected_every=timedelta(**{_UNITS[unit]: int(number)}))


def _schedule(section: Section) -> str | None:
    from croniter import croniter  # type: ignore[import-untyped]

    schedule = section.text("schedule")
    if schedule and not croniter.is_valid(schedule):
        section.fault("`delivery.schedule` must be a cron line such as `0 5 * * *`")
    return schedule


def _published_at(section: Section) -> PublishedAt | None:
    inner = section.section("published_at")
    if inner is None:
        return None
    ways = {
        "file_name": inner.text("file_name"),
        "column": inner.text("column"),
        "sidecar": "true" if inner.flag("sidecar", default=False) else None,
    }
    inner.close()
    given = [PublishedAt(way, value) for way, value in ways.items() if value]
    if len(given) != 1:
        inner.fault("`published_at` needs one of `file_name`, `column`, `sidecar: true`")
        return None
    if given[0].way == "file_name" and not _tells_a_day(given[0].value):
        inner.fault("`published_at.file_name` must hold year, month and day: leads_%Y-%m-%d.csv")
    return given[0]


def _tells_a_day(pattern: str) -> bool:
    day = datetime(2001, 12, 31)  # noqa: DTZ001 - only its spelling matters
    try:
        return datetime.strptime(day.strftime(pattern), pattern).date() == day.date()  # noqa: DTZ007
    except ValueError:
        return False


def read_format(top: Section) -> FormatSpec:
    """Return how files are to be read; faults go to `top`."""
    section = top.section("format", required=True)
    if section is None:
        return FormatSpec()
    types = [kind.value for kind in FormatType]
    form = FormatType(section.text("type", required=True, choices=types) or "csv")
    if form in REGISTER_FORMATS:
        section.close()
        return FormatSpec(form, header=False, columns=(NUMBER,))
    spec = FormatSpec(
        type=form,
        delimiter=_sign(section, "delimiter", ","),
        quote=_sign(section, "quote", '"'),
        header=section.flag("header", default=True),
        encoding=section.text("encoding", choices=tuple(CODECS)) or "utf-8",
        columns=section.texts("columns"),
        widths=_widths(section),
        sheet=section.text("sheet"),
        skip_rows=int(section.text("skip_rows", pattern=r"\d{1,4}", shape="a number") or 0),
    )
    if spec.type == FormatType.FIXED_WIDTH and not spec.widths:
        section.fault("`format.widths` is missing: fixed width needs the width of every column")
    if spec.widths and spec.columns and len(spec.widths) != len(spec.columns):
        section.fault("`format.widths` and `format.columns` must be equally many")
    if (
        spec.columns
        and spec.header
        and spec.type not in (FormatType.PARQUET, FormatType.JSON_LINES)
    ):
        section.fault("`format.columns` names the columns of a file with `header: false`")
    section.close()
    return spec


def _sign(section: Section, key: str, default: str) -> str:
    """Return a one-character sign; `''` means none, which only a quote may be."""
    found = section.sign(key, default)
    value = found.value if isinstance(found.value, str) else "?" * 2
    value = _ESCAPES.get(value, value)
    if len(value) > 1 or value in ("\r", "\n") or (not value and key == "delimiter"):
        section.fault(rf"`format.{key}` must be one character, or \t", found.line)
        return default
    return value


def _widths(section: Section) -> tuple[int, ...]:
    widths = section.texts("widths")
    if not all(re.fullmatch(r"[1-9]\d{0,4}", width) for width in widths):
        section.fault("`format.widths` must be a list of numbers", section.line_of("widths"))
        return ()
    return tuple(map(int, widths))
