"""Read all registers beside one another: what counts in a mode, and what is wrong with the rest.

dags/sources/*.yml, campaigns/*.yml, policy_overlays/*.yml, controllers.yml, policy_signoffs.yml
→  Registers, Faults

An entry with a fault does not count, and takes nothing else with it: a campaign goes on without a
faulty source, never with one whose word is in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ringfence.registers.campaigns import Campaign, load_campaigns
from ringfence.registers.controllers import FILE, Controller, entry_lines, load_controllers
from ringfence.registers.policy_overlays import PolicyOverlay, load_policy_overlays
from ringfence.registers.policy_signoffs import PolicySignoff, load_policy_signoffs
from ringfence.registers.sources import Source, load_sources
from ringfence.registers.values import line_of
from ringfence.registers.yaml_marks import Fault

Entry = TypeVar("Entry", Source, Campaign, Controller)
FileEntry = TypeVar("FileEntry", Source, Campaign)


@dataclass(frozen=True)
class Registers:
    """Hold every valid entry that counts in one mode."""

    sources: list[Source]
    campaigns: list[Campaign]
    controllers: list[Controller]
    policy_signoffs: list[PolicySignoff]
    policy_overlays: list[PolicyOverlay] = field(default_factory=list)


def load_registers(registers: Path, mode: str) -> tuple[Registers, list[Fault]]:
    """Return what counts in `mode`, and every fault of every register, sorted by file and line.

    The mode hides entries that are for the demo only; it never hides a fault.
    """
    sources, source_faults = load_sources(registers, mode="demo")
    campaigns, campaign_faults = load_campaigns(registers, "demo")
    controllers, controller_faults = load_controllers(registers, "demo")
    signoffs, signoff_faults = load_policy_signoffs(registers, mode)
    overlays, overlay_faults = load_policy_overlays(registers, mode)
    known = {controller.controller_id: controller for controller in controllers}

    between = [*_faults_of_controllers([*sources, *campaigns], known, registers)]
    sources, campaigns = _without(between, sources), _without(between, campaigns)
    between += _faults_of_campaigns(campaigns, known, sources, registers)
    campaigns = _without(between, campaigns)

    found = Registers(
        _counting(mode, sources), _counting(mode, campaigns), _counting(mode, controllers),
        signoffs, overlays,
    )  # fmt: skip
    faults = [
        *source_faults, *campaign_faults, *controller_faults, *signoff_faults, *overlay_faults,
        *between,
    ]  # fmt: skip
    return found, sorted(faults, key=lambda fault: (str(fault.file), fault.line, fault.message))


def check_registers(registers: Path, mode: str) -> list[Fault]:
    """Return every fault of every register."""
    return load_registers(registers, mode)[1]


def _counting(mode: str, entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if mode == "demo" or not entry.demo_only]


def _without(faults: Iterable[Fault], entries: list[FileEntry]) -> list[FileEntry]:
    faulty = {fault.file for fault in faults}
    return [entry for entry in entries if entry.file not in faulty]


def _faults_of_controllers(
    entries: Iterable[Source | Campaign], known: dict[str, Controller], registers: Path
) -> Iterator[Fault]:
    declared = entry_lines(registers)
    for entry in entries:
        controller = known.get(entry.controller)
        if controller is None and entry.controller in declared:
            problem = f"has faults of its own ({FILE}:{declared[entry.controller]})"
        elif controller is None:
            problem = f"is not in {FILE}"
        elif controller.demo_only and not entry.demo_only:
            problem = "is for the demo only"
        else:
            continue
        message = f"the controller `{entry.controller}` {problem}"
        yield Fault(entry.file, line_of(entry.file, "controller"), message)


def _faults_of_campaigns(
    campaigns: list[Campaign],
    controllers: dict[str, Controller],
    sources: list[Source],
    registers: Path,
) -> Iterator[Fault]:
    by_id = {source.source_id: source for source in sources}
    for campaign in campaigns:
        purposes = {one.purpose for one in controllers[campaign.controller].purposes}
        if campaign.purpose not in purposes:
            message = f"`{campaign.purpose}` is no purpose of `{campaign.controller}`"
            yield Fault(campaign.file, line_of(campaign.file, "purpose"), message)
        notices = {one.version for one in controllers[campaign.controller].notices}
        explicit = campaign.explicit_consent_notice
        if explicit is not None and explicit not in notices:
            message = f"`{explicit}` is no notice of `{campaign.controller}`"
            yield Fault(campaign.file, line_of(campaign.file, "explicit_consent_notice"), message)
        for source_id in campaign.sources:
            message = _fault_of_source(campaign, source_id, by_id, registers)
            if message:
                yield Fault(campaign.file, line_of(campaign.file, "sources"), message)
    yield from _faults_of_priority(campaigns)


def _fault_of_source(
    campaign: Campaign, source_id: str, sources: dict[str, Source], registers: Path
) -> str:
    source = sources.get(source_id)
    if source is None:
        # A source that has faults of its own is reported there; the campaign goes on without it.
        exists = (registers / "sources" / f"{source_id}.yml").exists()
        return "" if exists else f"there is no source `{source_id}`"
    if "leads" not in source.emits:
        return f"the source `{source_id}` emits no leads"
    if source.controller != campaign.controller:
        return f"the source `{source_id}` belongs to another controller"
    if source.demo_only and not campaign.demo_only:
        return f"the source `{source_id}` is for the demo only"
    return ""


def _faults_of_priority(campaigns: list[Campaign]) -> Iterator[Fault]:
    taken: dict[tuple[str, int, bool], str] = {}
    for campaign in campaigns:
        if not campaign.active:
            continue
        key = (campaign.controller, campaign.priority, campaign.demo_only)
        first = taken.setdefault(key, campaign.campaign_id)
        if first != campaign.campaign_id:
            yield Fault(
                campaign.file,
                line_of(campaign.file, "priority"),
                f"`{first}` of the same controller has this priority already; a number that both"
                " want would have no owner",
            )
