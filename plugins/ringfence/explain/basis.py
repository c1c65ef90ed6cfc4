"""Tell all that a callable verdict rests on: who signs it off need not open another file.

The law and its row, who signed it; who approved source and campaign; the ground with what proves
it; what the registers said. As it stood at the run's instant; what is not on record is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from psycopg.types.json import Jsonb

from ringfence.explain import sentences
from ringfence.explain.evidence import find_entries
from ringfence.explain.model import Entry, Row, Support
from ringfence.explain.names import Names, register
from ringfence.explain.policy_basis import law, registers_named
from ringfence.explain.queries import COPIES, ENTRY_SINCE, SCREENINGS, Lookup
from ringfence.explain.sentences import instant
from ringfence.registers import in_force
from ringfence.registers.official import holder_of

NOBODY = "NOBODY IS ON RECORD as having"


@dataclass(frozen=True)
class Rested:
    """Hold a frozen verdict with the run it stands by; without `policy_ids` none were kept."""

    decision: Row
    run: Row
    policy_ids: tuple[str, ...] | None


def of_verdict(
    ask: Lookup, rested: Rested, reading: Row, leads: Iterable[Row], names: Names
) -> tuple[Support, ...]:
    """Return what a callable verdict rests on in order of time; what has no time comes last."""
    if rested.decision["verdict"] != "callable":
        return ()
    at = rested.run["known_as_of"]
    known = {
        kind: in_force.register(ask.connection, kind, at)
        for kind in ("sources", "campaigns", "controllers", "policy_signoffs", "policy_overlays")
    }
    campaign = _entry(known["campaigns"], "campaign_id", rested.decision["campaign_id"])
    entries = find_entries(ask, map(str, rested.decision["evidence_ids"]), names)
    brought: dict[str, str] = dict.fromkeys(_of_leads(leads, campaign, at), "its lead")
    for _, entry in entries.values():
        source_id = entry.facts["source_id"]
        brought[source_id] = "its lead and the ground" if source_id in brought else "the ground"
    found = [
        *law(
            rested.policy_ids,
            rested.run | {"ground": rested.decision["ground"]},
            reading,
            campaign,
            known,
        ),
        *_campaign(ask, campaign, rested, names),
        *_ground(campaign, rested, entries, known["controllers"], names),
        *_sources(brought, known["sources"]),
        *_registers(ask, campaign, rested, names),
    ]
    told = {(one.kind, one.sentence): one for one in found}
    return tuple(sorted(told.values(), key=_when))


def _when(support: Support) -> tuple[bool, datetime]:
    on = support.on or date.max
    at = on if isinstance(on, datetime) else datetime.combine(on, time.min, tzinfo=UTC)
    return support.on is None, at


def _entry(entries: list[dict[str, Any]], key: str, value: object) -> dict[str, Any]:
    return next((one for one in entries if one[key] == value), {key: value})


def _approved(kind: str, what: str, entry: dict[str, Any], since: str = "") -> Support:
    approved = entry.get("approved") or {}
    if not (approved.get("by") and approved.get("on")):
        return Support(kind, None, f"{NOBODY} approved {what}{since}", entry, is_missing=True)
    on = date.fromisoformat(approved["on"])
    return Support(kind, on, f"{what} was approved by {approved['by']}{since}", entry)


def _campaign(
    ask: Lookup, campaign: dict[str, Any], rested: Rested, names: Names
) -> Iterator[Support]:
    given = Jsonb([campaign])
    (since,) = ask.rows(ENTRY_SINCE, entry=given, known_as_of=rested.run["known_as_of"])
    stands = f"; it stands in the registers as it is since {instant(since['accepted_at'])}"
    what = (
        f"the campaign {campaign['campaign_id']} of"
        f" {names.controller(campaign.get('controller', ''))}"
    )
    yield _approved("campaign", what, campaign, stands if since["accepted_at"] else "")


def _of_leads(leads: Iterable[Row], campaign: dict[str, Any], at: datetime) -> list[str]:
    """Return the campaign's sources that had brought the number, and not been taken back."""
    return [
        row["source_id"]
        for row in leads
        if row["source_id"] in campaign.get("sources", ())
        and row["accepted_at"]
        and row["accepted_at"] <= at
        and not (row["retracted_at"] and row["retracted_at"] <= at)
    ]


def _sources(brought: dict[str, str], known: list[dict[str, Any]]) -> Iterator[Support]:
    for source_id, what_it_brought in brought.items():
        source = _entry(known, "source_id", source_id)
        obtained = str(source.get("obtained") or "in a way nobody declared").replace("_", " ")
        what = f"the source {source_id}, which brought {what_it_brought} (obtained: {obtained}),"
        yield _approved("source", what, source)
        dossier = source.get("dossier")
        if dossier and "ground" in what_it_brought:
            told = (
                f"the dossier of the source {source_id}: {dossier['verified']} of {dossier['of']}"
                f" consents verified, at least {100 * float(dossier['sample_rate']):g} % had to be"
            )
            yield Support("dossier", date.fromisoformat(dossier["on"]), told, dossier)


def _ground(
    campaign: dict[str, Any],
    rested: Rested,
    entries: dict[str, tuple[str, Entry]],
    controllers: list[dict[str, Any]],
    names: Names,
) -> Iterator[Support]:
    """Tell what the ground is proven by: an entry of a ledger, or the campaign's assessment."""
    ids = {str(one) for one in rested.decision["evidence_ids"]}
    for other, entry in entries.values():
        yield Support(entry.kind, entry.at, f"ground: {other}{entry.sentence}", entry.facts)
        if entry.kind == "consent":
            yield _notice(entry.facts, controllers)
    interest = campaign.get("legitimate_interest") or {}
    if interest.get("assessment") in ids:
        yield _assessment(interest, campaign, names)
        ids.discard(interest["assessment"])
    lost = ids - entries.keys()
    if lost or not rested.decision["evidence_ids"]:
        named = f" ({', '.join(sorted(lost))})" if lost else ""
        ground = sentences.ground(rested.decision["ground"])
        told = f"NOTHING IS ON RECORD that proves the ground, {ground}{named}"
        yield Support("ground", None, told, {"evidence_ids": sorted(lost)}, is_missing=True)


def _notice(event: Row, controllers: list[dict[str, Any]]) -> Support:
    controller = _entry(controllers, "controller_id", event["controller_id"])
    version = event["notice_version"]
    for notice in controller.get("notices", ()):
        if notice["version"] == version:
            told = f"notice {version} in force from this day, its language `{notice['language']}`"
            return Support("notice", date.fromisoformat(notice["from"]), told, notice)
    told = f"NO NOTICE IS ON RECORD by the name the consent gives, {version or 'none'}"
    return Support("notice", None, told, {"version": version}, is_missing=True)


def _assessment(interest: dict[str, Any], campaign: dict[str, Any], names: Names) -> Support:
    by = interest.get("approved_by")
    approved = f"approved by {by}" if by else f"{NOBODY} approved it"
    told = (
        f"ground: the assessment {interest['assessment']} of the legitimate interest of"
        f" {names.controller(campaign.get('controller'))}, made on this day, valid until"
        f" {interest['valid_until']}; {approved}"
    )
    on = date.fromisoformat(interest["on"])
    return Support("assessment", on, told, interest, is_missing=not by)


def _registers(
    ask: Lookup, campaign: dict[str, Any], rested: Rested, names: Names
) -> Iterator[Support]:
    """Tell what each register last said of the number, and the copy the run stood on."""
    at = rested.run["known_as_of"]
    copies = {
        (row["register_id"], holder_of(row["register_id"], row["controller_id"])): row
        for row in ask.rows(COPIES, known_as_of=at)
    }
    last: dict[tuple[str, str], Row] = {}
    for row in ask.rows(SCREENINGS):
        holder = row["controller_id"] or ""
        if row["screened_at"] <= at and holder in ("", campaign.get("controller")):
            last[row["register_id"], holder] = row
    for key, row in last.items():
        copy = copies.get(key)
        newest = f"; newest copy then: published {instant(copy['published_at'])}" if copy else ""
        told = f"{sentences.screening(row)}; so since this screening{newest}"
        yield Support("register", row["screened_at"], told, row)
    named = registers_named(rested.policy_ids, rested.run["call_date"])
    for wanted, members in named.items():
        if not any(name in members for name, _ in last):
            told = f"NO RESULT IS ON RECORD of the register {register(wanted)}, which the law names"
            yield Support("register", None, told, {"register_id": wanted}, is_missing=True)
