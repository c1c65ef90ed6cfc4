"""Check all registers beside one another, and keep what was in force for decisions and replay.

dags/sources/*.yml, campaigns/*.yml, controllers.yml, policy_signoffs.yml  →  ledger.config_versions
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence import clock
from ringfence.errors import Misconfigured
from ringfence.registers.campaigns import Campaign, load_campaigns
from ringfence.registers.content import content_of
from ringfence.registers.controllers import Controller, load_controllers
from ringfence.registers.policy_signoffs import PolicySignoff, load_policy_signoffs
from ringfence.registers.sources import Source, load_sources
from ringfence.registers.values import line_of
from ringfence.registers.yaml_marks import Fault
from ringfence.settings import Settings


@dataclass(frozen=True)
class Registers:
    """Hold every valid entry that counts in one mode."""

    sources: list[Source]
    campaigns: list[Campaign]
    controllers: list[Controller]
    policy_signoffs: list[PolicySignoff]


def load_registers(registers: Path, mode: str) -> tuple[Registers, list[Fault]]:
    """Return what counts in `mode`, and every fault of every register, sorted by file and line."""
    sources, source_faults = load_sources(registers, mode=mode)
    campaigns, campaign_faults = load_campaigns(registers, mode)
    controllers, controller_faults = load_controllers(registers, mode)
    signoffs, signoff_faults = load_policy_signoffs(registers, mode)
    found = Registers(sources, campaigns, controllers, signoffs)
    faults = [
        *source_faults,
        *campaign_faults,
        *controller_faults,
        *signoff_faults,
        *_faults_between(registers),
    ]
    return found, sorted(faults, key=lambda fault: (str(fault.file), fault.line, fault.message))


def check_registers(registers: Path, mode: str) -> list[Fault]:
    """Return every fault of every register; the mode hides entries, never faults."""
    return load_registers(registers, mode)[1]


def accept_registers(connection: Connection, settings: Settings, mode: str) -> None:
    """Write each kind of register that changed to `ledger.config_versions`, as of now.

    Raises Misconfigured with every fault, before anything is written.
    """
    found, faults = load_registers(settings.registers, mode)
    if faults:
        raise Misconfigured(
            "The registers have faults:\n" + "\n".join(str(fault) for fault in faults),
            where=str(settings.registers),
            remedy="mend the lines named, then `./ringfence sources check`",
        )
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('registers', 0))")
        rows = connection.execute(
            "select distinct on (kind) kind, sha256 from ledger.config_versions"
            " order by kind, seq desc"
        ).fetchall()
        known: dict[str, str] = dict(rows)
        for kind, content in content_of(found).items():
            text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            if known.get(kind) != digest:
                connection.execute(
                    "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
                    " values (%s, %s, %s, %s)",
                    [kind, digest, Jsonb(content), clock.now(connection)],
                )


def _faults_between(registers: Path) -> Iterator[Fault]:
    """Yield what one register says of another that is not so; demo-only entries included."""
    sources = {source.source_id: source for source in load_sources(registers, mode="demo")[0]}
    campaigns = load_campaigns(registers, "demo")[0]
    controllers = {
        controller.controller_id: controller
        for controller in load_controllers(registers, "demo")[0]
    }
    entries: list[Source | Campaign] = [*sources.values(), *campaigns]
    for entry in entries:
        known = controllers.get(entry.controller)
        if known is None:
            message = f"the controller `{entry.controller}` is not in controllers.yml"
            yield Fault(entry.file, line_of(entry.file, "controller"), message)
        elif known.demo_only and not entry.demo_only:
            message = f"the controller `{entry.controller}` is for the demo only"
            yield Fault(entry.file, line_of(entry.file, "controller"), message)
    for campaign in campaigns:
        controller = controllers.get(campaign.controller)
        purposes = {purpose.purpose for purpose in controller.purposes} if controller else set()
        if controller and campaign.purpose not in purposes:
            message = f"`{campaign.purpose}` is no purpose of `{campaign.controller}`"
            yield Fault(campaign.file, line_of(campaign.file, "purpose"), message)
        for source_id in campaign.sources:
            message = _fault_of_source(campaign, source_id, sources, registers)
            if message:
                yield Fault(campaign.file, line_of(campaign.file, "sources"), message)
    yield from _faults_of_priority(campaigns)


def _fault_of_source(
    campaign: Campaign, source_id: str, sources: dict[str, Source], registers: Path
) -> str:
    source = sources.get(source_id)
    if source is None:
        # A source that has faults of its own is reported there.
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
