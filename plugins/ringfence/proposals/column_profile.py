"""Look over a file once; keep a spread sample of it, and which columns could be keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import rphonenumbers

from ringfence.phones import NumberStatus, normalise_country, read_cell
from ringfence.readers import Row

ROWS_LOOKED_AT = 200_000
ROWS_SAMPLED = 1000
CELLS_READ = 200
ALL_CELLS = 1_000_000
CODES_KEPT = 200
_NUMBER = re.compile(r"[+(]?\d[\d\s()./+-]{4,24}")
_DATE = re.compile(r"(19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d.*|[0-3]?\d[-/.][01]?\d[-/.](19|20)?\d\d")
_TOP_LEVEL = re.compile(r"\.([a-z]{2})(?:[/?:]|$)", re.IGNORECASE)


@dataclass(slots=True)
class Profile:
    """Hold the sample and, per column, the first row in which a cell was empty or came again.

    `codes` are all cells of each column that holds no more than CODES_KEPT different ones, `dates`
    the order of day and month that its cells prove.
    """

    columns: list[str] = field(default_factory=list)
    sample: list[dict[str, str]] = field(default_factory=list)
    rows: int = 0
    faulty_rows: int = 0
    is_whole: bool = True
    is_ascii: bool = True
    not_a_key: dict[str, int] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=dict)
    dates: str | None = None

    def cells(self, column: str, most: int = CELLS_READ) -> list[str]:
        """Return the sampled non-empty cells of a column."""
        filled = (row[column].strip() for row in self.sample if row.get(column, "").strip())
        return [cell for _, cell in zip(range(most), filled, strict=False)]

    def words(self, column: str) -> list[str]:
        """Return the different non-empty cells of a column, of the sample if they are many."""
        cells = self.codes.get(column) or {row.get(column, "") for row in self.sample}
        return sorted({cell.strip() for cell in cells} - {""})

    def share(self, column: str, pattern: re.Pattern[str]) -> float:
        """Return how many of a column's non-empty cells match as a whole."""
        cells = self.cells(column)
        return sum(bool(pattern.fullmatch(cell)) for cell in cells) / len(cells) if cells else 0.0

    def is_key(self, column: str) -> bool:
        return column not in self.not_a_key and self.rows > 1

    def looks_like_numbers(self, column: str) -> float:
        """Return the share of cells in the shape of a phone number and not of a date."""
        cells = self.cells(column)
        good = sum(bool(_NUMBER.fullmatch(c)) and not _DATE.fullmatch(c) for c in cells)
        return good / len(cells) if cells else 0.0

    def read_share(
        self, column: str, country: str | None, country_column: str | None, most: int = CELLS_READ
    ) -> float:
        """Return the share of cells that hold a phone number of that country, or of the row's."""
        pairs = [
            (row[column], row.get(country_column, "") if country_column else country)
            for row in self.sample
            if row.get(column, "").strip()
        ][:most]
        good = sum(_holds_number(cell, context) for cell, context in pairs)
        return good / len(pairs) if pairs else 0.0

    def region(self, column: str, share: float) -> str | None:
        """Return the country that this share of a column's complete numbers belongs to."""
        points = [p for cell in self.cells(column) for p in read_cell(cell, None) if p.region]
        regions = Counter(point.region for point in points)
        region, count = regions.most_common(1)[0] if regions else (None, 0)
        return region if count >= share * len(points) else None

    def countries_in_full(self, columns: Iterable[str], share: float) -> list[str]:
        """Return the countries of complete numbers (+39 …), most frequent first, but for a rest.

        The rest is less than `share` of the numbers. Of one calling code the first stands for all:
        their national numbers are read alike.
        """
        by_code: dict[int, Counter[str]] = {}
        for column in columns:
            for cell in self.cells(column)[:CELLS_READ]:
                for region in {p.region for p in read_cell(cell, None) if p.region}:
                    code = rphonenumbers.country_code_for_region(region)
                    by_code.setdefault(code, Counter())[region] += 1
        total = sum(found.total() for found in by_code.values())
        often = [found for found in by_code.values() if found.total() >= share * total]
        often.sort(key=lambda found: -found.total())
        return [found.most_common(1)[0][0] for found in often]

    def join(self, first: str, second: str) -> str:
        """Add a column to the sample that holds both cells of each row, and return its name."""
        name = f"{first}\x1f{second}"
        for row in self.sample:
            row[name] = f"{row.get(first, '')} {row[second]}" if row.get(second, "").strip() else ""
        return name

    def country_share(self, column: str) -> float:
        cells = self.cells(column)
        return sum(bool(normalise_country(cell)) for cell in cells) / len(cells) if cells else 0.0

    def top_levels(self) -> dict[str, int]:
        """Count the two-letter ends of mail and web addresses, over the whole sample."""
        counts: dict[str, int] = {}
        for row in self.sample:
            for cell in row.values():
                if ("@" in cell or "www." in cell or "://" in cell) and " " not in cell.strip():
                    match = _TOP_LEVEL.search(cell.strip().split("://")[-1].split("/")[0])
                    if match:
                        end = match[1].lower()
                        counts[end] = counts.get(end, 0) + 1
        return counts


def percent(share: float) -> str:
    """Write a share; only what is whole is 100 %."""
    return f"{int(share * 100 + 1e-9)} %"


def _holds_number(cell: str, country: str | None) -> bool:
    unusable = (NumberStatus.invalid, NumberStatus.ambiguous)
    return any(point.e164 and point.status not in unusable for point in read_cell(cell, country))


def profile_of(rows: Iterable[Row]) -> Profile:
    """Read up to ROWS_LOOKED_AT rows; the sample is spread evenly over them."""
    profile = Profile()
    seen: dict[str, set[int]] = {}
    stride = 1
    for row in rows:
        if profile.rows == ROWS_LOOKED_AT:
            profile.is_whole = False
            break
        profile.rows += 1
        if row.fault:
            profile.faulty_rows += 1
            continue
        for column in row.cells:
            if column not in seen:
                seen[column] = set()
                profile.codes[column] = set()
                profile.columns.append(column)
                if profile.rows > profile.faulty_rows + 1:
                    profile.not_a_key[column] = 1  # JSON lines: earlier rows had no such column
        profile.is_ascii = profile.is_ascii and all(map(str.isascii, row.cells.values()))
        _note_keys(profile, row, seen)
        _note_codes(profile, row)
        if profile.rows % stride == 0:
            profile.sample.append(row.cells)
            if len(profile.sample) > 2 * ROWS_SAMPLED:
                del profile.sample[::2]
                stride *= 2
    return profile


def _note_keys(profile: Profile, row: Row, seen: dict[str, set[int]]) -> None:
    for column, cells in seen.items():
        if column in profile.not_a_key:
            continue
        cell = row.cells.get(column, "")
        mark = hash(cell)
        if not cell or mark in cells:
            profile.not_a_key[column] = row.number
            cells.clear()
        else:
            cells.add(mark)


def _note_codes(profile: Profile, row: Row) -> None:
    for column, codes in [*profile.codes.items()]:
        codes.add(row.cells.get(column, ""))
        if len(codes) > CODES_KEPT:
            del profile.codes[column]
