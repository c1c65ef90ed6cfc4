"""Find what a file is that holds no leads: call results, contracts, stop lists, registers.

Where two readings fit, the one that calls fewer people is taken, and its remark names the other.
"""

from __future__ import annotations

import re

from ringfence.proposals.column_profile import ALL_CELLS, Profile
from ringfence.proposals.column_roles import Roles
from ringfence.proposals.header_words import plain
from ringfence.proposals.kind_words import (
    Meanings,
    columns_of_kind,
    is_whole,
    meanings_of,
    words,
)
from ringfence.proposals.proposed_emission import (
    MOSTLY,
    ProposedEmission,
    is_not_empty,
    take,
    time_share,
    translated,
)
from ringfence.proposals.stop_columns import ask_flags, flag_of
from ringfence.proposals.stop_words import dispositions
from ringfence.registers.sources import Kind

_HALF = 0.5
_SCREENED = re.compile(r"\b(leads?|contacts?|prospects?|checked|screened|washed|clean(ed)?|ok)\b")
"""In a file's name: numbers that were compared with a register are not the register."""


def find_attempts(profile: Profile, taken: set[str]) -> tuple[ProposedEmission, Meanings] | None:
    """Return the call results of a dialler's export, and what its codes mean.

    It needs a column of call times under a header that says so, and one of results.
    """
    named = columns_of_kind(Kind.CALL_ATTEMPTS, profile.columns)
    times = [c for _, c in named.get("attempted_at", ()) if time_share(profile, c) >= MOSTLY]
    for distance, column in named.get("disposition", ()):
        meanings = meanings_of(profile.cells(column, ALL_CELLS), dispositions())
        is_vague = plain(column) in ("status", "result", "resultat", "ergebnis")
        if not times or column in taken or not meanings.known:
            continue
        if meanings.share < (_HALF if is_whole(distance) and not is_vague else MOSTLY):
            continue
        emission = ProposedEmission(Kind.CALL_ATTEMPTS)
        if len(profile.cells(column, ALL_CELLS)) < len(profile.sample):
            emission.when = is_not_empty(column)
        emission.read("disposition", column)
        take(
            emission, profile, "attempted_at", "call_ref", "campaign",
            taken={*taken, column},
        )  # fmt: skip
        return emission, meanings
    return None


def find_relations(profile: Profile, taken: set[str]) -> ProposedEmission | None:
    """Return the contracts that a file lists: a number of each, and when it began or ended."""
    emission = ProposedEmission(
        Kind.CUSTOMER_RELATIONS, told="CHECK: each row is read as one contract"
    )
    named = columns_of_kind(Kind.CUSTOMER_RELATIONS, profile.columns)
    contracts = [c for d, c in named.get("contract_ref", ()) if is_whole(d) and c not in taken]
    if not contracts:
        return None
    used = {*taken}
    take(
        emission, profile, "contract_ref", "started_at", "ended_at", "last_purchase_at",
        "inquiry_at", "product", "objection_offered_at_collection",
        taken=used,
    )  # fmt: skip
    if not {"started_at", "ended_at", "last_purchase_at"} & set(emission.rules):
        return None
    contract = contracts[0]
    if len(profile.cells(contract, ALL_CELLS)) < len(profile.sample):
        emission.when = is_not_empty(contract)
    missing = {
        "started_at": "started_at: …  # DECIDE: without it no contract is a ground",
        "product": "product: {constant: …}  # DECIDE: a purpose, or one of a campaign's"
        " `customer_products`; without it no ground",
        "objection_offered_at_collection": "objection_offered_at_collection: {constant: yes}"
        "  # DECIDE: only if all of them were told that they may object; without it no ground",
    }
    emission.asks += [line for name, line in missing.items() if name not in emission.rules]
    return emission


def find_list(
    profile: Profile, roles: Roles, file_name: str, *, has_people: bool
) -> tuple[ProposedEmission, str | None, str] | None:
    """Return the stops or the register that a bare list of numbers is, the register's id, and why.

    The file's name may say it; without a name of that kind, numbers with nothing but a date or a
    reason beside them are read as a stop list.
    """
    name = f" {plain(file_name)} "
    used = {*roles.phones, roles.columns.get("country", "")}
    emission = ProposedEmission(Kind.SUPPRESSION)
    # Flags in a list of stops count only if one of them spares somebody: else the whole list stops.
    flags = [flag_of(profile, column) for column in roles.flags]
    if any(flag.spares(profile) for flag in flags):
        ask_flags(emission, profile, flags)
        used |= {*roles.flags}
    _take_reason(emission, profile, used)
    take(emission, profile, "event_at", "scope", "purpose", "channel", taken=used)
    if "channel" in emission.rules:
        emission.remarks["channel"] = "CHECK: a stop for email, sms, post or fax stops no call"
    used |= {*roles.flags}
    register = next(
        (
            register_id
            for register_id, listed in words("register_names").items()
            if any(f" {word} " in name for word in listed)
        ),
        None,
    )
    if register and not has_people and not _SCREENED.search(name):
        told = (
            f"CHECK: read as the national register {register}, whole, by the file's name. A part of"
            " it, or your own list, must not stand in for it: then emit `suppression`."
        )
        return ProposedEmission(Kind.REGISTER), register, told
    if any(f" {word} " in name for word in words("suppression_names")["suppression_names"]):
        return emission, None, "CHECK: read as numbers that must not be called, by the file's name."
    if {*profile.columns} - used:
        return None
    told = (
        "CHECK: a list of bare numbers says not what it is; this reading calls the fewest. If they"
        " are leads, emit `leads` (with `source_record_id: {row: true}`); if it is a national"
        " register, emit `register`."
    )
    return emission, None, told


def _take_reason(emission: ProposedEmission, profile: Profile, used: set[str]) -> None:
    """Map the reason of a stop; one that is not known is an objection at landing."""
    for _, column in columns_of_kind(Kind.SUPPRESSION, profile.columns).get("kind", ()):
        cells = profile.cells(column, ALL_CELLS)
        meanings = meanings_of(cells, words("suppressions"), words("loose_suppressions"))
        if column not in used and meanings.share >= _HALF:
            remark = "a word that is not listed is an objection"
            emission.read("kind", column, translated(column, meanings), remark)
            used.add(column)
            return
    emission.rules["kind"] = "{constant: objection}"
