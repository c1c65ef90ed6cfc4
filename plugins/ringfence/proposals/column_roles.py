"""Decide which column of a profiled file is what; guesses carry their reason as a comment."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from ringfence.proposals.column_profile import Profile
from ringfence.proposals.header_words import is_a_phone, role_of_header
from ringfence.registers.yaml_marks import spelt
from ringfence.settings import PACKAGE

PHONE_BY_HEADER = 0.5
PHONE_BY_CONTENT = 0.8
CERTAIN = 0.9
LONG_ENOUGH = 8
"""Digits; shorter figures are phone numbers only under a header that says so."""
# Shapes that belong to one country; four or five digits belong to a dozen.
POSTCODES = {
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE),
    "NL": re.compile(r"[1-9]\d{3} ?[A-Z]{2}", re.IGNORECASE),
    "IE": re.compile(r"(?:[AC-FHKNPRTV-Y]\d{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4}", re.IGNORECASE),
    "CA": re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.IGNORECASE),
    "PT": re.compile(r"\d{4}-\d{3}"),
    "PL": re.compile(r"\d{2}-\d{3}"),
    "SE": re.compile(r"\d{3} \d{2}"),
}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9._/-]{1,40}")
_COORDINATE = re.compile(r"-?\d{1,3}\.\d{3,}")
_NAMED_ROLES = (
    "title", "first_name", "last_name", "company", "postcode", "city", "region", "language",
    "birth_date", "collected_at",
)  # fmt: skip
_WORDY = frozenset({"title", "first_name", "last_name", "company", "city", "region"})
_FIGURES = re.compile(r"[\d\W_]+")
_TWO_LETTERS = re.compile(r"[A-Z]{2}")


@dataclass(slots=True)
class Roles:
    """Hold canonical name → column, the phone columns in order, and remarks for the reader.

    `phone_rules` are written instead of `phones` where a number must be put together. `flags` are
    the columns that say whom not to call.
    """

    columns: dict[str, str] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    phone_rules: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    country: str | None = None
    remarks: dict[str, str] = field(default_factory=dict)


def find_roles(profile: Profile, flags: list[str], *, has_header: bool) -> Roles:
    """Return what every recognised column is; headers count only where the file has them."""
    named: dict[str, list[str]] = {}
    if has_header:
        matches = [(role_of_header(c), c) for c in profile.columns if c not in flags]
        ranked = sorted(((m[1], c, m[0]) for m, c in matches if m), key=lambda match: match[0])
        for _, column, role in ranked:
            named.setdefault(role, []).append(column)
    roles = Roles(flags=flags)
    for role in _NAMED_ROLES:
        fitting = [
            column
            for column in named.get(role, ())
            if not (role in _WORDY and _is_figures(profile, column))
        ]
        if fitting:
            roles.columns[role] = fitting[0]
    _find_email(profile, named, roles)
    _find_postcode(profile, roles)
    _find_phones(profile, named, roles)
    _find_record_id(profile, named, roles)
    return roles


def _is_figures(profile: Profile, column: str) -> bool:
    return profile.share(column, _FIGURES) > PHONE_BY_HEADER


def _find_email(profile: Profile, named: dict[str, list[str]], roles: Roles) -> None:
    for column in (*named.get("email", ()), *profile.columns):
        if profile.share(column, _MAIL) > PHONE_BY_CONTENT:
            roles.columns["email"] = column
            return


def _find_postcode(profile: Profile, roles: Roles) -> None:
    """Find a column of postcodes by shape where no header names one."""
    if "postcode" in roles.columns:
        return
    for country, pattern in POSTCODES.items():
        for column in profile.columns:
            if country in ("GB", "NL", "CA") and profile.share(column, pattern) > CERTAIN:
                roles.columns["postcode"] = column
                roles.remarks["postcode"] = f"CHECK: the cells look like postcodes of {country}"
                return


def _find_phones(profile: Profile, named: dict[str, list[str]], roles: Roles) -> None:
    shares = {column: profile.looks_like_numbers(column) for column in profile.columns}
    area = named.get("area_code", [""])[0]
    phones = [c for c in named.get("phone", ()) if area or shares[c] >= PHONE_BY_HEADER]
    for role in ("mobile", "bare_number"):
        phones += [c for c in named.get(role, ()) if shares[c] >= PHONE_BY_HEADER]
    # What is empty today may hold a number tomorrow, under a header that can mean nothing else.
    phones += [
        c
        for c in (*named.get("phone", ()), *named.get("mobile", ()))
        if c not in phones and not profile.cells(c) and is_a_phone(c)
    ]
    faxes = named.get("fax", [])
    others = [
        c
        for c, share in shares.items()
        if share >= PHONE_BY_CONTENT
        and c not in (*phones, *faxes, area, *roles.flags, *roles.columns.values())
        and _is_phonelike(profile, c)
    ]
    others.sort(key=lambda column: _plainness(profile, column))
    read = [profile.join(area, phones[0]) if area else phones[0]] if phones else others
    possible = _find_country(profile, named, read, roles)
    context = (roles.country or next(iter(possible), None), roles.columns.get("country"))
    likely = [c for c in others if profile.read_share(c, *context) >= PHONE_BY_HEADER]
    found = "header" if phones else "content"
    roles.phones = phones or likely[:1]
    if area and phones:
        roles.phone_rules = [f"{{join: [{spelt(area)}, {spelt(phones[0])}]}}"]
        roles.phone_rules += [spelt(column) for column in phones[1:]]
    if roles.phones:
        first = read[0] if phones else likely[0]
        share = profile.read_share(first, *context)
        told = f"found by {found}; {share:.0%} of the sampled cells read as numbers"
        if not profile.cells(first):
            told = f"CHECK: found by {found}; it holds no number yet"
        if also := [spelt(c) for c in likely if c not in roles.phones]:
            told += f"; CHECK: is {', '.join(also)} one too, or a fax?"
        roles.remarks["phone"] = told


def _is_phonelike(profile: Profile, column: str) -> bool:
    """Tell phone numbers from other figures (coordinates, counters, account numbers)."""
    cells = profile.cells(column)
    starts = sum(cell.startswith(("0", "+", "(")) for cell in cells)
    digits = sorted(sum(map(str.isdigit, cell)) for cell in cells)
    return (
        starts > len(cells) / 2
        and digits[len(digits) // 2] >= LONG_ENOUGH
        and profile.share(column, _COORDINATE) < PHONE_BY_HEADER
    )


def _plainness(profile: Profile, column: str) -> int:
    """Count bare figures: the fewer, the more a column is written like phone numbers."""
    return sum(cell.isdigit() for cell in profile.cells(column))


def _find_country(
    profile: Profile, named: dict[str, list[str]], phones: list[str], roles: Roles
) -> list[str]:
    """Note the country column, or the one country something speaks for; return all that fit."""
    columns = [c for c in named.get("country", ()) if profile.country_share(c) >= CERTAIN]
    if columns:
        # Two letters say more surely what is meant than a name in some language.
        roles.columns["country"] = min(columns, key=lambda c: max(map(len, profile.cells(c))))
        return []
    for column in profile.columns if phones else ():
        if profile.share(column, _TWO_LETTERS) == 1.0 and profile.country_share(column) >= CERTAIN:
            share = profile.read_share(phones[0], None, column)
            if share >= CERTAIN:
                roles.columns["country"] = column
                roles.remarks["country"] = f"CHECK: {share:.0%} of the numbers read so"
                return []
    if not phones or profile.read_share(phones[0], None, None) >= CERTAIN:
        return []
    shares = {country: profile.read_share(phones[0], country, None) for country in _countries()}
    likely = [country for country, share in shares.items() if share >= CERTAIN]
    hinted = _hinted_countries(profile, roles)
    chosen = likely if len(likely) == 1 else [c for c in hinted if c in likely][:1]
    if chosen:
        roles.country = chosen[0]
        told = hinted.get(chosen[0], "they read so in no other country")
        roles.remarks["country"] = f"CHECK: {shares[chosen[0]]:.0%} of the numbers read so; {told}"
    elif likely:
        roles.remarks["no_country"] = "the numbers read in " + ", ".join(likely[:12])
    return likely


def _hinted_countries(profile: Profile, roles: Roles) -> dict[str, str]:
    """Return the countries that postcodes and addresses speak for, strongest first."""
    hints: dict[str, str] = {}
    if postcode := roles.columns.get("postcode"):
        for country, pattern in POSTCODES.items():
            if profile.share(postcode, pattern) > CERTAIN:
                hints[country] = "its postcodes have that shape"
    ends = Counter(profile.top_levels())
    if ends:
        end, count = ends.most_common(1)[0]
        if count > 0.6 * ends.total() and count >= 10:
            country = {"uk": "GB"}.get(end, end.upper())
            hints.setdefault(country, f"most addresses end in .{end}")
    return hints


@cache
def _countries() -> tuple[str, ...]:
    with (PACKAGE / "data" / "country_names.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["region"] for row in csv.DictReader(file))


def _find_record_id(profile: Profile, named: dict[str, list[str]], roles: Roles) -> None:
    taken = {*roles.columns.values(), *roles.phones, *roles.flags, *named.get("fax", ())}
    called = named.get("source_record_id", [])
    coded = [
        column
        for column in profile.columns
        if column not in taken and profile.share(column, _CODE) == 1.0
    ]
    for column in (*called, *coded):
        if profile.is_key(column) and profile.share(column, _COORDINATE) < PHONE_BY_HEADER:
            roles.columns["source_record_id"] = column
            looked = "all" if profile.is_whole else "the first"
            roles.remarks["source_record_id"] = f"unique in {looked} {profile.rows:,} rows"
            return
    told = "no column is filled and unique in every row"
    if called:
        row = profile.not_a_key.get(called[0], 0)
        told = f"{spelt(called[0])} is empty or repeated (row {row:,})"
    roles.remarks["source_record_id"] = f"{told}, so the row's own hash serves"
