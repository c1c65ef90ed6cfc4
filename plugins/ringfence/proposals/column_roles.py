"""Decide which column of a profiled file is what; guesses carry their reason as a comment."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

from ringfence.proposals.column_profile import Profile, percent
from ringfence.proposals.header_words import role_of_header
from ringfence.proposals.phone_columns import (
    COORDINATE,
    PHONE_BY_CONTENT,
    PHONE_BY_HEADER,
    Context,
    Named,
    asked,
    contradicted,
    long_figures,
    named_phones,
    told_by_content,
    told_by_header,
    told_further,
    unnamed_phones,
)
from ringfence.proposals.proposed_emission import time_share
from ringfence.registers.yaml_marks import spelt
from ringfence.settings import PACKAGE

CERTAIN = 0.9
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
_NAMED_ROLES = (
    "title", "first_name", "last_name", "company", "postcode", "city", "region", "language",
    "birth_date", "collected_at",
)  # fmt: skip
_WORDY = frozenset({"title", "first_name", "last_name", "company", "city", "region"})
_DATED = frozenset({"birth_date", "collected_at"})
_FIGURES = re.compile(r"[\d\W_]+")


@dataclass(slots=True)
class Roles:
    """Hold canonical name → column, the phone columns in order, and remarks for the reader.

    `phone_rules` are written instead of `phones` where a number must be put together. `flags` are
    the columns that say whom not to call. `phone_remarks` tell how each phone was found, `asks`
    what is in doubt about a column unless it turns out to be something else.
    """

    columns: dict[str, str] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    phone_rules: list[str] = field(default_factory=list)
    phone_remarks: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    asks: dict[str, str] = field(default_factory=dict)
    country: str | None = None
    remarks: dict[str, str] = field(default_factory=dict)


def find_roles(profile: Profile, flags: list[str], *, has_header: bool) -> Roles:
    """Return what every recognised column is; headers count only where the file has them."""
    named = _named(profile, flags) if has_header else {}
    roles = Roles(flags=flags)
    for role in _NAMED_ROLES:
        fitting = [
            column
            for column in named.get(role, ())
            if not (role in _WORDY and _is_figures(profile, column))
            and not (role in _DATED and _is_no_date(profile, column))
        ]
        if fitting:
            roles.columns[role] = fitting[0]
    _find_email(profile, named, roles)
    _find_postcode(profile, roles)
    _find_phones(profile, named, roles, has_header=has_header)
    _find_record_id(profile, named, roles)
    return roles


def _named(profile: Profile, flags: list[str]) -> Named:
    """Return role → the columns whose header names it, nearest first."""
    named: Named = {}
    matches = [(role_of_header(c), c) for c in profile.columns if c not in flags]
    ranked = sorted(((m[1], c, m[0]) for m, c in matches if m), key=lambda match: match[0])
    for _, column, role in ranked:
        named.setdefault(role, []).append(column)
    return named


def _is_no_date(profile: Profile, column: str) -> bool:
    return bool(profile.cells(column)) and time_share(profile, column) < PHONE_BY_HEADER


def _is_figures(profile: Profile, column: str) -> bool:
    return profile.share(column, _FIGURES) > PHONE_BY_HEADER


def _find_email(profile: Profile, named: Named, roles: Roles) -> None:
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


def _find_phones(profile: Profile, named: Named, roles: Roles, *, has_header: bool) -> None:
    """Note the phone columns, in order, and how each was found."""
    phones = named_phones(profile, named)
    roles.phones = [*phones]
    others = unnamed_phones(profile, named, phones, (*roles.flags, *roles.columns.values()))
    area = named.get("area_code", [""])[0]
    read = [profile.join(area, phones[0]) if area else phones[0]] if phones else others
    further = [*phones[1:], *others] if phones else others[1:]
    possible = _find_country(profile, named, read[:1], further, roles)
    context = (
        roles.country or _best_country(profile, possible, further),
        roles.columns.get("country"),
    )
    if area and phones:
        roles.phone_rules = [f"{{join: [{spelt(area)}, {spelt(phones[0])}]}}"]
        roles.phone_rules += [spelt(column) for column in phones[1:]]
    for column in phones:
        whole = read[0] if column == phones[0] else column
        roles.phone_remarks[column] = told_by_header(profile, whole, context)
    _add_unnamed(profile, others, roles, context, has_header=has_header)
    if not roles.phones:
        return
    roles.asks |= contradicted(profile, named, phones, context)
    told = (*others, *phones, *roles.flags, *roles.columns.values())
    for column in long_figures(profile, named, told) if has_header else ():
        if profile.read_share(column, *context) >= PHONE_BY_CONTENT:
            roles.asks[column] = asked(profile, column, context)


def _best_country(profile: Profile, possible: list[str], further: list[str]) -> str | None:
    """Return the country, of several that fit the first column, in which the others read best."""
    return max(
        possible,
        key=lambda country: sum(profile.read_share(c, country, None) for c in further),
        default=None,
    )


def _add_unnamed(
    profile: Profile, others: list[str], roles: Roles, context: Context, *, has_header: bool
) -> None:
    """Add the columns whose cells read as numbers; of a file without headers only the first."""
    for column in others:
        share = profile.read_share(column, *context)
        if share < PHONE_BY_HEADER:
            continue
        if not roles.phones:
            roles.phones = [column]
            roles.phone_remarks[column] = told_by_content(profile, column, context)
        elif has_header and share >= PHONE_BY_CONTENT:
            roles.phones.append(column)
            roles.phone_rules += [spelt(column)] if roles.phone_rules else []
            roles.phone_remarks[column] = told_further(profile, column, context)
        else:
            roles.asks[column] = asked(profile, column, context)


def add_unnamed_phones(profile: Profile, roles: Roles) -> None:
    """Add to the phones of a known export the columns that somebody has added to it."""
    named = _named(profile, roles.flags)
    others = unnamed_phones(profile, named, roles.phones, (*roles.flags, *roles.columns.values()))
    _add_unnamed(profile, others, roles, (None, roles.columns.get("country")), has_header=True)


def _find_country(
    profile: Profile, named: Named, phones: list[str], further: list[str], roles: Roles
) -> list[str]:
    """Note the country column, or the one country something speaks for; return all that fit."""
    columns = [c for c in named.get("country", ()) if profile.country_share(c) >= CERTAIN]
    if columns:
        # Two letters say more surely what is meant than a name in some language.
        roles.columns["country"] = min(columns, key=lambda c: max(map(len, profile.cells(c))))
        return []
    if not phones:
        return []
    is_complete = profile.read_share(phones[0], None, None) >= CERTAIN
    if not is_complete and _note_country_column(profile, phones[0], roles):
        return []
    if _are_of_several(profile, [*phones, *further], roles):
        return []
    if is_complete:
        return _note_own_country(profile, phones[0], further, roles)
    shares = {country: profile.read_share(phones[0], country, None) for country in _countries()}
    likely = [country for country, share in shares.items() if share >= CERTAIN]
    for column in roles.phones[1:]:
        fitting = [c for c in likely if profile.read_share(column, c, None) >= CERTAIN]
        likely = fitting or likely
    hinted = _hinted_countries(profile, roles)
    chosen = likely if len(likely) == 1 else [c for c in hinted if c in likely][:1]
    if chosen:
        roles.country = chosen[0]
        told = hinted.get(chosen[0], "they read so in no other country")
        roles.remarks["country"] = (
            f"CHECK: {percent(shares[chosen[0]])} of the numbers read so; {told}"
        )
    elif likely:
        roles.remarks["no_country"] = "the numbers read in " + ", ".join(likely[:12])
    return likely


def _note_country_column(profile: Profile, phone: str, roles: Roles) -> bool:
    """Note the column in whose countries the numbers read, whatever it is called."""
    for column in profile.columns:
        if column not in roles.phones and profile.country_share(column) >= CERTAIN:
            share = profile.read_share(phone, None, column)
            if share >= CERTAIN:
                roles.columns["country"] = column
                roles.remarks["country"] = f"CHECK: {percent(share)} of the numbers read so"
                return True
    return False


def _are_of_several(profile: Profile, phones: list[str], roles: Roles) -> bool:
    """Tell whether numbers without + may be of several countries; a constant would be a guess."""
    several = profile.countries_in_full(phones, 1 - CERTAIN)
    if len(several) < 2 or all(profile.read_share(c, None, None) == 1.0 for c in phones):
        return False
    roles.remarks["several_countries"] = (
        f"numbers with + are of {', '.join(several[:12])}, so a column has to be named that says"
        " the country of each row, or each country gets a file and a source of its own"
    )
    return True


def _note_own_country(profile: Profile, phone: str, further: list[str], roles: Roles) -> list[str]:
    """Note the country of complete numbers (+39 …) if those of a further column lack it."""
    country = profile.region(phone, CERTAIN)
    for column in further:
        share = profile.read_share(column, country, None)
        if country and share >= CERTAIN > profile.read_share(column, None, None):
            roles.country = country
            told = f"{percent(share)} of the numbers in {spelt(column)} read so"
            roles.remarks["country"] = f"CHECK: {told}, and most with + are of it"
            break
    return []


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


def _find_record_id(profile: Profile, named: Named, roles: Roles) -> None:
    taken = {*roles.columns.values(), *roles.phones, *roles.flags, *named.get("fax", ())}
    called = named.get("source_record_id", [])
    coded = [
        column
        for column in profile.columns
        if column not in taken and profile.share(column, _CODE) == 1.0
    ]
    for column in (*called, *coded):
        if profile.is_key(column) and profile.share(column, COORDINATE) < PHONE_BY_HEADER:
            roles.columns["source_record_id"] = column
            looked = "all" if profile.is_whole else "the first"
            roles.remarks["source_record_id"] = f"unique in {looked} {profile.rows:,} rows"
            return
    told = "no column is filled and unique in every row"
    if called:
        row = profile.not_a_key.get(called[0], 0)
        told = f"{spelt(called[0])} is empty or repeated (row {row:,})"
    roles.remarks["source_record_id"] = f"{told}, so the row's own hash serves"
