"""Read the words of a law case: each fact a lawyer may state becomes the values of one World call.

Whatever a case does not state has the lawful default of its builder in support_decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support_decision import ACME, LAST_SPRING, NOW, OTHER

from ringfence.landing.times import EventTime, read_event_time
from ringfence.registers.values import entries, take_date, take_number
from ringfence.registers.yaml_marks import Marked, Section

NUMBER, PERSON = "the number", "the person"
BEFORE = timedelta(days=60)
MORNING = time(9, tzinfo=UTC)

Words = dict[str, Any]
YES_NO: Words = {"yes": True, "no": False, "unknown": None}
AUDIENCES = {
    name.replace("_", " "): name
    for name in (
        "consumer", "generic_company", "named_contact", "sole_trader_or_partnership", "unknown",
    )
}  # fmt: skip
LINES = {
    "mobile": "mobile", "fixed": "fixed", "fixed or mobile": "fixed_or_mobile", "voip": "voip",
    "premium rate": "premium", "of a kind nobody knows": "unknown",
}  # fmt: skip
NUMBERS = {
    "valid": "valid", "invalid": "invalid", "ambiguous": "ambiguous", "mangled": "mangled",
    "of a kind nobody answers": "not_callable_kind", "of no country": "no_country",
    "fictional": "fictional",
}  # fmt: skip
SOURCES = {
    "our web form": "web", "our second list": "web_two", "bought": "bought",
    "bought without a sample": "unsampled", "not approved": "unapproved",
}  # fmt: skip
PURPOSES: Words = {
    "energy offers": "energy_offers", "solar offers": "solar_offers", "none": None,
    "a purpose nobody knows": "energy_ofers",
}  # fmt: skip
CHANNELS: Words = {"any": None, "phone": "phone", "e-mail": "email", "sms": "sms", "post": "post"}
CALL_MODES: Words = {
    "live manual": "live_manual", "live predictive": "live_predictive",
    "automated or ai": "automated_or_ai", "none": None,
}  # fmt: skip
CONTROLLERS: Words = {"us": ACME, "another controller": OTHER, "nobody named": None}
NOTICES: Words = {"registered": "n1", "not registered": "n9", "none": None}
CONTEXTS: Words = {
    "web": "web", "inbound": "inbound", "in person": "in_person", "import": "import",
    "outbound marketing": "outbound_marketing", "not stated": None,
}  # fmt: skip
EVIDENCE: Words = {"verified": "verified", "asserted": "asserted", "none": None}
COLLECTORS: Words = {"us": ACME, "a supplier": "supplier", "not stated": None}
GRANTS = ("given", "renewed")
EVENTS = (
    *GRANTS, "refused", "withdrawn", "objected", "restricted", "unreadable", "do not call",
    "called",
)  # fmt: skip
KINDS = ("objection", "withdrawal", "complaint", "wrong number", "deceased", "erasure")
SCOPES = ("controller", "purpose", "all")
OUTCOMES = (
    "no contact", "answered", "refused", "objected", "wrong party", "reassigned", "deceased",
    "minor", "callback requested", "unreadable",
)  # fmt: skip

# Nearly every day is a local holiday of some Italian province, so the lead names one unless its
# case names another, or `unknown`.
CERTAIN_STATES: Words = {"IT": "IT-MI"}


@dataclass(frozen=True)
class Step:
    """Hold one call of a World builder; names of numbers and persons are the case's own."""

    builder: str
    subject: str
    values: dict[str, Any]


@dataclass
class Reader:
    """Gather the steps of one case; faults go to the sections they stand in."""

    on: date
    country: str | None = None
    steps: list[Step] = field(default_factory=list)
    regions: set[str] = field(default_factory=set)

    def leads(self, given: Section) -> None:
        for section in one_or_many(given, "lead") or [empty(given)]:
            self._lead(section)

    def _lead(self, section: Section) -> None:
        region = section.text("country") or self.country or "DE"
        status = word(section, "number", NUMBERS)
        person = section.text("person") or PERSON
        values = {
            "region": "" if status == "no_country" else region,
            "person": person,
            "collected_at": moment(section, "collected") or min(LAST_SPRING, self._long_before()),
        }
        told = {
            "source": word(section, "source", SOURCES), "status": status,
            "audience": word(section, "audience", AUDIENCES),
            "line_type": word(section, "line", LINES),
            "state": section.text("state") or CERTAIN_STATES.get(region),
            "birth_date": take_date(section, "born"),
            "country": section.text("declared country"),
            "address_country": section.text("address country"),
        }  # fmt: skip
        values |= {name: value for name, value in told.items() if value is not None}
        if values.get("state") == "unknown":
            del values["state"]
        if values.get("country") == "none":
            values["country"] = None
        self.regions |= {
            str(values[name])
            for name in ("region", "country", "address_country")
            if values.get(name)
        }
        self.steps.append(Step("lead", section.text("line of") or NUMBER, values))
        for further in section.texts("further numbers"):
            self.steps.append(Step("number", further, {"person": person, "region": region}))
        former = section.text("former number")
        if former:
            self.steps.append(Step("old_number", former, {"person": person}))
        section.close()

    def consents(self, given: Section) -> None:
        found = given.take("consent")
        if found is not None and found.value == "none":
            return
        sections = one_or_many(given, "consent") or [empty(given)]
        for section in sections:
            event_type = section.text("kind", choices=GRANTS) or "given"
            self._consent(section, event_type, self._time(section, "on", is_stop=False))

    def _consent(self, section: Section, event_type: str, told: dict[str, Any]) -> None:
        self._event(
            "consent", section,
            {"event_type": event_type} | told | words(
                section,
                {
                    "purpose": PURPOSES, "channel": CHANNELS, "call mode": CALL_MODES,
                    "to": CONTROLLERS, "notice": NOTICES, "context": CONTEXTS,
                    "evidence": EVIDENCE, "collector": COLLECTORS,
                    "recording notice": YES_NO, "confirmed by": CHANNELS,
                    "pre-ticked": YES_NO, "bundled": YES_NO,
                },
            ) | optional("expires_at", moment(section, "expires")),
        )  # fmt: skip

    def later(self, given: Section) -> None:
        """Read `then`: what happened since, each entry named for its event and dated by it."""
        for section in entries(given, "then"):
            kinds = [
                kind
                for kind in EVENTS
                if isinstance(section.marked.value, dict) and kind in section.marked.value
            ]
            if len(kinds) != 1:
                section.fault(f"an entry of `then` names one event: {', '.join(EVENTS)}")
                continue
            self._later(section, kinds[0])

    def _later(self, section: Section, kind: str) -> None:
        is_stop = kind not in GRANTS
        told = self._time(section, kind, is_stop=is_stop)
        if kind == "do not call":
            listed = {
                "kind": (section.text("kind", choices=KINDS) or "objection").replace(" ", "_"),
                "scope": section.text("scope", choices=SCOPES) or "controller",
            }
            chosen = words(section, {"purpose": PURPOSES, "channel": CHANNELS, "to": CONTROLLERS})
            self._event("stop", section, listed | told | chosen)
        elif kind == "called":
            outcome = section.text("outcome", required=True, choices=OUTCOMES) or "unreadable"
            values = {"disposition": outcome.replace(" ", "_"), "attempted_at": told["event_at"]}
            self._event("attempt", section, values | words(section, {"to": CONTROLLERS}))
        else:
            self._consent(section, kind, told)

    def customer(self, given: Section) -> None:
        for section in one_or_many(given, "customer"):
            values = {
                "started_at": moment(section, "since") or self._long_before(),
                **optional("ended_at", moment(section, "until")),
                **optional("last_purchase_at", moment(section, "last bought")),
                **optional("inquiry_at", moment(section, "last asked")),
                **words(
                    section, {"product": PURPOSES, "objection offered": YES_NO, "to": CONTROLLERS}
                ),
            }  # fmt: skip
            self._event("relation", section, values)

    def _event(self, builder: str, section: Section, values: dict[str, Any]) -> None:
        """Close an event: whose it is, at which number, in which delivery it came."""
        by = section.text("by") or PERSON
        if by != "nobody named" and builder != "attempt":
            values["person"] = by
        source = word(section, "source", SOURCES)
        values |= optional("source", source)
        values |= optional("arrived", moment(section, "arrived"))
        delivery = section.text("delivery", choices=("rejected", "taken back"))
        values |= optional("delivery", delivery)
        if delivery == "rejected" and (builder == "relation" or values.get("event_type") in GRANTS):
            section.fault("only stops are taken from a rejected delivery")
        self.steps.append(Step(builder, section.text("at") or NUMBER, values))
        section.close()

    def _time(self, section: Section, key: str, *, is_stop: bool) -> dict[str, Any]:
        """Read when an event happened: exactly, or as the source sent it (`as sent`)."""
        sent = section.sign("as sent", "\0").value
        zone = section.text("zone of the source")
        if sent == "\0":
            at = moment(section, key) or min(LAST_SPRING, self._long_before())
            return {"event_at": at}
        section.take(key)
        read = read_event_time(str(sent), zone, is_stop=is_stop)
        if read.at and read.at > NOW:
            read = EventTime(None, "future")
        return {"event_at": read.at, "event_time_status": read.status}

    def _long_before(self) -> datetime:
        return datetime.combine(self.on - BEFORE, MORNING)


def empty(section: Section) -> Section:
    """Return a section that states nothing."""
    return Section(Marked({}, section.marked.line), "", section.file, section.faults)


def one_or_many(section: Section, key: str) -> list[Section]:
    """Return the mappings under `key`; one alone needs no list."""
    found = section.take(key)
    if found is None:
        return []
    items: Iterable[Any] = found.value if isinstance(found.value, list) else [found]
    return [Section(item, key, section.file, section.faults) for item in items]


def word(section: Section, key: str, meaning: Words) -> Any:
    """Return what the word under `key` stands for, or None when there is none."""
    said = section.text(key, choices=tuple(meaning))
    return None if said is None else meaning[said]


COLUMNS = {
    "to": "controller_id", "notice": "notice_version", "context": "collection_context",
    "evidence": "evidence_status", "recording notice": "recording_notice_given",
    "confirmed by": "verified_channel", "call mode": "call_mode",
    "objection offered": "is_objection_offered", "pre-ticked": "is_pre_ticked",
    "bundled": "is_bundled",
}  # fmt: skip


def words(section: Section, meanings: dict[str, Words]) -> dict[str, Any]:
    """Return the columns that a section states; a word may stand for None."""
    found = {}
    for key, meaning in meanings.items():
        said = section.text(key, choices=tuple(meaning))
        if said is not None:
            found[COLUMNS.get(key, key)] = meaning[said]
    return found


def optional(column: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {column: value}


def moment(section: Section, key: str) -> datetime | None:
    """Read 2026-05-01 (its morning) or 2026-05-01 14:30 Europe/Berlin."""
    text = section.text(key)
    if text is None:
        return None
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d) ([A-Za-z_/]+))?", text)
    try:
        if match:
            day, clock, zone = match.groups()
            if clock is None:
                return datetime.combine(date.fromisoformat(day), MORNING)
            naive = datetime.fromisoformat(f"{day}T{clock}")
            return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OSError, KeyError):
        pass
    section.fault(
        f"`{key}` must be a day, 2026-05-01, or a time, 2026-05-01 14:30 Europe/Berlin",
        section.line_of(key),
    )
    return None


INTEREST = {
    "assessed": ("2018-01-01", "2027-12-31"), "lapsed": ("2018-01-01", "2026-11-23"),
    "assessed later": ("2026-11-25", "2027-12-31"), "not assessed": None,
}  # fmt: skip


def campaign_of(given: Section) -> dict[str, Any]:
    """Return what the case's campaign has beside the default, as its register would say it."""
    section = given.section("campaign")
    if section is None:
        return {}
    found: dict[str, Any] = {}
    found |= optional("call_mode", word(section, "call mode", CALL_MODES))
    found |= optional("purpose", word(section, "purpose", PURPOSES))
    found |= optional("sector", section.text("sector"))
    interest = word(section, "legitimate interest", INTEREST)
    if interest:
        found["legitimate_interest"] = {
            "assessment": "LIA-1", "on": interest[0], "valid_until": interest[1],
        }  # fmt: skip
    countries = section.texts("countries")
    if countries:
        found["countries"] = list(countries)
    similar = section.texts("similar products")
    if similar:
        found["customer_products"] = [PURPOSES[name] for name in similar if name in PURPOSES]
    age = take_number(section, "consent max age days", least=1, most=3650)
    if age is not None:
        found["consent"] = {"max_age_days": age}
    section.close()
    return found
