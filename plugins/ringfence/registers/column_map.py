"""Map the cells of a row to canonical columns, as a register's `columns` and `map` say.

Phone                                   the cell of one column
{column: Phone, optional: true}         may be absent from the file
{column: Status, values: {A: given}, default: refused}
{join: [Area, Number], with: ""}        parts may be constants: {constant: "+"}
{constant: GB}
[Phone, MobilePhone]                    `phone` only: several contact points, in that order
{row: true}                             `source_record_id` only: SHA-256 of the whole row
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.registers.yaml_marks import Marked, Section

if TYPE_CHECKING:
    from ringfence.readers import Row
    from ringfence.registers.sources import Source

PHONE = "phone"
RECORD_ID = "source_record_id"
CODED = frozenset({"event_type", "kind", "disposition"})
UNLISTED = "unlisted:"
"""Put before a code that a closed list does not hold: landing then reads no meaning into it."""

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """Take one cell; `values` translates it, and is closed unless there is a `default`."""

    name: str
    optional: bool = False
    values: tuple[tuple[str, str], ...] = ()
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """Give the same text for every row."""

    value: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Join parts; constants among them stand only where no other part is empty."""

    parts: tuple[Rule, ...]
    between: str


@dataclass(frozen=True, slots=True)
class Several:
    """Give several phone cells."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class WholeRow:
    """Give the hash of all cells, for sources whose rows have no id."""


Rule = Column | Constant | Joined | Several | WholeRow


def parse_rule(
    marked: Marked, canonical: str, section: Section, *, is_part: bool = False
) -> Rule | None:
    """Return the rule under `canonical`, or None with a fault added to `section`."""
    if isinstance(marked.value, str):
        return Column(marked.value)
    if isinstance(marked.value, list):
        if canonical != PHONE or is_part:
            section.fault(f"only `{PHONE}` takes a list; use `join`", marked.line)
            return None
        rules = [parse_rule(item, canonical, section, is_part=True) for item in marked.value]
        return None if None in rules or not rules else Several(tuple(filter(None, rules)))
    ways = [way for way in ("column", "join", "constant", "row") if way in marked.value]
    if len(ways) != 1:
        section.fault(
            f"`{canonical}` needs a column name or one of `column`, `join`, `constant`", marked.line
        )
        return None
    inner = Section(marked, f"{section.name}.{canonical}", section.file, section.faults)
    rule = _PARSERS[ways[0]](inner, canonical)
    inner.close()
    return rule


def _parse_column(inner: Section, canonical: str) -> Rule | None:
    name = inner.text("column", required=True)
    optional = inner.flag("optional", default=False)
    default = inner.text("default")
    values: dict[str, str] = {}
    given = inner.section("values")
    for raw, meaning in given.items() if given else ():
        known = values.setdefault(fold(raw), str(meaning.value))
        if known != meaning.value or not isinstance(meaning.value, str):
            inner.fault(f"`{raw}` needs one meaning; case does not tell two apart", meaning.line)
    if default is not None and not values:
        inner.fault("`default` goes with `values`")
    return Column(name, optional, tuple(values.items()), default) if name else None


def _parse_join(inner: Section, canonical: str) -> Rule | None:
    found = inner.take("join")
    between = inner.sign("with", "" if canonical == PHONE else " ")
    if found is None or not isinstance(found.value, list) or len(found.value) < 2:
        inner.fault("`join` needs a list of at least two columns")
        return None
    parts = [parse_rule(item, canonical, inner, is_part=True) for item in found.value]
    if None in parts or not any(isinstance(part, Column) for part in parts):
        inner.fault("`join` needs at least one column")
        return None
    return Joined(tuple(filter(None, parts)), str(between.value))


def _parse_constant(inner: Section, canonical: str) -> Rule | None:
    value = inner.text("constant", required=True)
    return Constant(value) if value else None


def _parse_row(inner: Section, canonical: str) -> Rule | None:
    if inner.flag("row", default=False) and canonical == RECORD_ID:
        return WholeRow()
    inner.fault(f"`row: true` is for `{RECORD_ID}` only")
    return None


_PARSERS: dict[str, Callable[[Section, str], Rule | None]] = {
    "column": _parse_column,
    "join": _parse_join,
    "constant": _parse_constant,
    "row": _parse_row,
}


def fold(text: str) -> str:
    """Return `text` as codes are compared: without case and outer blanks."""
    return text.strip().casefold()


def columns_of(rule: Rule) -> Iterator[Column]:
    """Yield every column that a rule reads."""
    if isinstance(rule, Column):
        yield rule
    elif isinstance(rule, Joined | Several):
        for part in rule.parts if isinstance(rule, Joined) else rule.rules:
            yield from columns_of(part)


@dataclass(frozen=True, slots=True)
class _Compiled:
    kind: str
    is_wanted: Callable[[Cells], bool] | None
    plain: tuple[tuple[str, str], ...]
    computed: tuple[tuple[str, Callable[[Cells], str]], ...]
    phones: tuple[Callable[[Cells], str], ...]


class Mapper:
    """Turn rows into what their source emits; make one with `compile_map`.

    `columns_needed` must be in every file (give them to `read_rows`), others are optional;
    `columns_read` are both, None where the whole row is read.
    """

    def __init__(self, source: Source) -> None:
        self._kinds = tuple(
            _compile(
                kind.value, emission.condition.holds if emission.condition else None, emission.map
            )
            for kind, emission in source.emits.items()
        )
        self._keep = source.keep
        needed = set(source.keep)
        for emission in source.emits.values():
            needed |= emission.condition.columns if emission.condition else set()
            for rule in emission.map.values():
                needed |= {column.name for column in columns_of(rule) if not column.optional}
        published_at = source.delivery.published_at
        if published_at and published_at.way == "column":
            needed.add(published_at.value)
        self.columns_needed = frozenset(needed)
        rules = [rule for emission in source.emits.values() for rule in emission.map.values()]
        optional = {column.name for rule in rules for column in columns_of(rule)}
        has_all = any(isinstance(rule, WholeRow) for rule in rules)
        self.columns_read = None if has_all else frozenset(needed | optional)

    def emissions(self, row: Row) -> Iterator[tuple[str, dict[str, str | list[str]]]]:
        """Yield (kind, canonical columns) for a row without fault; all but `phone` are text.

        `phone` is the list of its non-empty cells. Values are stripped of outer blanks.
        """
        cells = row.cells
        get = cells.get
        for kind in self._kinds:
            if kind.is_wanted and not kind.is_wanted(cells):
                continue
            fields: dict[str, str | list[str]] = {
                name: get(column, "").strip() for name, column in kind.plain
            }
            for name, compute in kind.computed:
                fields[name] = compute(cells)
            if kind.phones:
                fields[PHONE] = [text for text in (read(cells) for read in kind.phones) if text]
            yield kind.kind, fields

    def kept(self, row: Row) -> dict[str, str]:
        """Return the extra columns that `keep` lets through."""
        return {name: row.cells.get(name, "") for name in self._keep}


def compile_map(source: Source) -> Mapper:
    """Return the mapper of a source; make it once per delivery."""
    return Mapper(source)


def _compile(
    kind: str, is_wanted: Callable[[Cells], bool] | None, rules: Mapping[str, Rule]
) -> _Compiled:
    plain, computed = [], []
    phones: tuple[Callable[[Cells], str], ...] = ()
    for name, rule in rules.items():
        if name == PHONE:
            several = rule.rules if isinstance(rule, Several) else (rule,)
            phones = tuple(_reader(item, PHONE) for item in several)
        elif isinstance(rule, Column) and not rule.values:
            plain.append((name, rule.name))
        else:
            computed.append((name, _reader(rule, name)))
    return _Compiled(kind, is_wanted, tuple(plain), tuple(computed), phones)


def _reader(rule: Rule, canonical: str) -> Callable[[Cells], str]:
    match rule:
        case Column(name=name, values=()):
            return lambda cells: cells.get(name, "").strip()
        case Column():
            return _translator(rule, canonical)
        case Constant(value=value):
            return lambda cells: value
        case Joined():
            return _joiner(rule, canonical)
        case WholeRow():
            return _hash_of
        case Several():
            raise AssertionError("a list of phones is read cell by cell")


def _translator(rule: Column, canonical: str) -> Callable[[Cells], str]:
    values = dict(rule.values)
    default = rule.default

    def translate(cells: Cells) -> str:
        raw = cells.get(rule.name, "").strip()
        meaning = values.get(raw.casefold())
        if meaning is not None:
            return meaning
        if default is not None:
            return default
        return UNLISTED + raw if raw and canonical in CODED else ""

    return translate


def _joiner(rule: Joined, canonical: str) -> Callable[[Cells], str]:
    """Return the reader of a join.

    A phone whose last part is empty is no number (an area code alone). With another part missing
    the constants are left out: `+` before a number without its country code is another number.
    """
    parts = [(isinstance(part, Constant), _reader(part, canonical)) for part in rule.parts]
    last = max(place for place, (is_constant, _) in enumerate(parts) if not is_constant)

    def join(cells: Cells) -> str:
        texts = [read(cells) for _, read in parts]
        if canonical == PHONE and not texts[last]:
            return ""
        if not all(texts):
            texts = [
                text for text, (is_constant, _) in zip(texts, parts, strict=True) if not is_constant
            ]
        return rule.between.join(filter(None, texts))

    return join


def _hash_of(cells: Cells) -> str:
    digest = hashlib.sha256()
    for name, cell in sorted(cells.items()):
        for text in (name.encode(), cell.encode()):
            digest.update(len(text).to_bytes(4, "big") + text)
    return digest.hexdigest()
