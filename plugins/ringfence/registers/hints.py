"""Tell what registers without a fault will never bring about; a hint refuses nothing.

Each hint names what a reader would otherwise meet days later as a list with no row on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ringfence.kinds import GRANTS
from ringfence.registers.campaigns import Campaign
from ringfence.registers.column_map import Column, Constant, Rule
from ringfence.registers.controllers import Controller
from ringfence.registers.load import Registers
from ringfence.registers.official import register_of
from ringfence.registers.sources import Kind, Source
from ringfence.registers.values import line_of

_NO_GROUND = "no consent of this source can ever be a ground"
_EVIDENCE = ("evidence_status", "notice_version")


@dataclass(frozen=True, slots=True)
class Hint:
    """Say what cannot come of an entry, and where it stands."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.message}"


def hints(registers: Registers) -> list[Hint]:
    """Return the hints on registers that count, sorted by file and line. Reads files for lines."""
    controllers = {one.controller_id: one for one in registers.controllers}
    active = [campaign for campaign in registers.campaigns if campaign.active]
    found = [hint for controller in registers.controllers for hint in _of_controller(controller)]
    for source in registers.sources:
        found += _of_consents(source, controllers.get(source.controller))
        found += _of_relations(source)
        found += _of_leads(source, active)
        found += _of_register(source)
    for campaign in active:
        found += _of_campaign(campaign, registers.sources)
    return sorted(found, key=lambda hint: (str(hint.file), hint.line, hint.message))


def _of_controller(controller: Controller) -> Iterator[Hint]:
    if not controller.notices:
        yield Hint(
            controller.file,
            controller.line,
            f"`{controller.controller_id}` has no `notices`: a consent names the version of the"
            " text the person read, so none can be a ground (consent_evidence_missing)",
        )


def _of_consents(source: Source, controller: Controller | None) -> Iterator[Hint]:
    emission = source.emits.get(Kind.CONSENT_EVENTS)
    if emission is None or not any(_may_be(emission.map.get("event_type"), g) for g in GRANTS):
        return
    line = line_of(source.file, "emits", "consent_events")
    missing = [column for column in _EVIDENCE if column not in emission.map]
    if missing:
        told = " and no ".join(f"`{column}`" for column in missing)
        yield Hint(source.file, line, f"{_NO_GROUND}: it maps no {told} (consent_evidence_missing)")
    elif not _is_proof(source, emission.map["evidence_status"]):
        yield Hint(
            source.file,
            line,
            f"{_NO_GROUND}: its `evidence_status` is never `verified`, and `asserted` is enough"
            " only with `obtained: from_person` (consent_evidence_missing)",
        )
    elif source.obtained != "from_person" and not _is_dossier_complete(source):
        yield Hint(
            source.file,
            line,
            f"{_NO_GROUND}: it was not given to `{source.controller}` itself, and its `dossier`"
            " does not show the sample that was verified (consent_evidence_missing)",
        )
    if "event_at" not in emission.map:
        yield Hint(source.file, line, f"{_NO_GROUND}: it maps no `event_at` (consent_missing)")
    if "purpose" not in emission.map:
        message = f"{_NO_GROUND}: it maps no `purpose` (consent_purpose_mismatch)"
        yield Hint(source.file, line, message)
    if "collection_context" not in emission.map:
        yield Hint(
            source.file,
            line,
            "no consent of this source can lift an earlier refusal, withdrawal or objection: it"
            " maps no `collection_context`",
        )
    if controller:
        yield from _of_constants(source, controller, line)


def _of_constants(source: Source, controller: Controller, line: int) -> Iterator[Hint]:
    """Tell of a notice or a purpose, written into the register, that its controller lacks."""
    rules = source.emits[Kind.CONSENT_EVENTS].map
    notices = {notice.version for notice in controller.notices}
    purposes = {purpose.purpose for purpose in controller.purposes}
    for column, known, place in (
        ("notice_version", notices, "notices"),
        ("purpose", purposes, "purposes"),
    ):
        rule = rules.get(column)
        if isinstance(rule, Constant) and known and rule.value not in known:
            yield Hint(
                source.file,
                line,
                f"{_NO_GROUND}: its `{column}` is not among the `{place}` of"
                f" `{controller.controller_id}` (controllers.yml:{controller.line})",
            )


def _is_dossier_complete(source: Source) -> bool:
    dossier = source.dossier
    return dossier is not None and dossier.verified >= dossier.sample_rate * dossier.of


def _is_proof(source: Source, rule: Rule) -> bool:
    return _may_be(rule, "verified") or (
        source.obtained == "from_person" and _may_be(rule, "asserted")
    )


def _of_relations(source: Source) -> Iterator[Hint]:
    emission = source.emits.get(Kind.CUSTOMER_RELATIONS)
    needed = ("started_at", "product", "objection_offered_at_collection")
    missing = [column for column in needed if emission and column not in emission.map]
    if missing:
        told = " and no ".join(f"`{column}`" for column in missing)
        yield Hint(
            source.file,
            line_of(source.file, "emits", "customer_relations"),
            f"no relation of this source can ever be a ground: it maps no {told}",
        )


def _of_register(source: Source) -> Iterator[Hint]:
    emission = source.emits.get(Kind.REGISTER)
    register = register_of(source.register)
    if emission is None or (
        register and not (register.is_asked and "is_listed" not in emission.map)
    ):
        return
    yield Hint(
        source.file,
        line_of(source.file, "register"),
        f"`{source.register}` answers about the numbers it is asked about, and this source maps no"
        " `is_listed`: nobody can be free by it, only listed (register_missing)"
        if register
        else f"`{source.register}` stands in no row of registers.csv: nobody is screened by it",
    )


def _of_leads(source: Source, active: list[Campaign]) -> Iterator[Hint]:
    if Kind.LEADS in source.emits and not any(source.source_id in c.sources for c in active):
        yield Hint(
            source.file,
            line_of(source.file, "emits", "leads"),
            "no active campaign takes its leads: name it under `sources` of one",
        )


def _of_campaign(campaign: Campaign, sources: list[Source]) -> Iterator[Hint]:
    own = [source for source in sources if source.controller == campaign.controller]
    reported = any(Kind.CALL_ATTEMPTS in source.emits for source in own)
    if campaign.call_mode == "live_predictive" and not reported:
        yield Hint(
            campaign.file,
            line_of(campaign.file, "call_mode"),
            f"nobody can be callable: no source of `{campaign.controller}` reports calls, so the"
            " share of dropped ones is not known (abandoned_share_exceeded)",
        )
    if campaign.legitimate_interest or any(_may_found(source, campaign) for source in own):
        return
    yield Hint(
        campaign.file,
        line_of(campaign.file, "sources"),
        f"nobody can be callable: no source of `{campaign.controller}` brings a consent or a"
        f" customer relation for `{campaign.purpose}`, and there is no `legitimate_interest`",
    )


def _may_found(source: Source, campaign: Campaign) -> bool:
    """Tell whether a row of the source could be a ground for the campaign."""
    consents = source.emits.get(Kind.CONSENT_EVENTS)
    if consents and _may_be(consents.map.get("purpose"), campaign.purpose):
        event_type = consents.map.get("event_type")
        if any(_may_be(event_type, grant) for grant in GRANTS):
            return True
    relations = source.emits.get(Kind.CUSTOMER_RELATIONS)
    product = relations.map.get("product") if relations else None
    return any(_may_be(product, name) for name in (campaign.purpose, *campaign.customer_products))


def _may_be(rule: Rule | None, value: str) -> bool:
    """Tell whether a rule can ever give `value`; what a file holds is not known here."""
    if isinstance(rule, Constant):
        return rule.value == value
    if isinstance(rule, Column) and rule.values:
        return value == rule.default or value in dict(rule.values).values()
    return rule is not None
