"""Keep what was in force, for decisions and replay.

registers  →  ledger.config_versions

What has a fault is left out; the sound rest is accepted, unless nothing sound is left to decide
about. One fault reaches further: a source that has brought objections and cannot be read any more
leaves its controller's ears shut, so no campaign of that controller is decided until it is mended.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from ringfence import clock
from ringfence.errors import Misconfigured
from ringfence.registers.content import content_of
from ringfence.registers.load import Registers, load_registers
from ringfence.registers.overlay_standing import tightenings_kept
from ringfence.registers.retire import RETIRED
from ringfence.registers.sources import STOPS
from ringfence.registers.values import line_of
from ringfence.registers.yaml_marks import Fault
from ringfence.settings import Settings


@dataclass(frozen=True)
class Accepted:
    """Hold what is in force from now on, and what was left out for its faults."""

    registers: Registers
    faults: list[Fault]


def accept_registers(connection: Connection, settings: Settings, mode: str) -> Accepted:
    """Write each kind of register that changed to `ledger.config_versions`, as of now.

    Raises Misconfigured with every fault when no campaign is sound, before anything is written.
    """
    found, faults = _sound(connection, settings, mode)
    if faults and not found.campaigns:
        raise Misconfigured(
            "The registers have faults, and no campaign is without:\n"
            + "\n".join(str(fault) for fault in faults),
            where=str(settings.registers),
            remedy="mend the lines named, then `./ringfence sources check`",
        )
    content = content_of(found)
    content["policy_overlays"] += tightenings_kept(connection, found.policy_overlays, faults)
    write_versions(connection, content)
    return Accepted(found, faults)


def sound_registers(connection: Connection, settings: Settings, mode: str) -> Registers:
    """Return what would be accepted at this moment; nothing is written."""
    return _sound(connection, settings, mode)[0]


def _sound(connection: Connection, settings: Settings, mode: str) -> tuple[Registers, list[Fault]]:
    found, faults = load_registers(settings.registers, mode)
    held = _held_campaigns(connection, found, faults)
    held_files = {fault.file for fault in held}
    sound = [campaign for campaign in found.campaigns if campaign.file not in held_files]
    return replace(found, campaigns=sound), [*faults, *held]


def _held_campaigns(
    connection: Connection, found: Registers, faults: Iterable[Fault]
) -> list[Fault]:
    """Return a fault for each campaign whose controller may miss an objection meanwhile.

    What counts is which sources brought objections when they were last in force, whatever their
    files are called now: one that is not read any more is missed until somebody retires it.
    """
    faulty = {fault.file.stem for fault in faults}
    rows = connection.execute(
        """
        with last_sound as (
            select distinct on (source ->> 'source_id')
                source ->> 'source_id' as source_id,
                source ->> 'controller' as controller_id,
                source -> 'emits' as emits,
                accepted_at
            from ledger.config_versions, jsonb_array_elements(content) as source
            where kind = 'sources'
            order by source ->> 'source_id', seq desc
        )
        select source_id, controller_id from last_sound
        where emits ?| %s and source_id <> all(%s) and not exists (
            select from ledger.audit_events as retired
            where retired.action = %s and retired.object_id = last_sound.source_id
                and retired.recorded_at >= last_sound.accepted_at
        )
        order by source_id
        """,
        [[str(kind) for kind in STOPS], [one.source_id for one in found.sources], RETIRED],
    ).fetchall()
    return [
        Fault(
            campaign.file,
            line_of(campaign.file, "controller"),
            f"held back: the source `{source_id}`, which brings objections to"
            f" `{campaign.controller}`, {_why_unread(source_id in faulty)}",
        )
        for source_id, controller in rows
        for campaign in found.campaigns
        if campaign.controller == controller
    ]


def _why_unread(is_faulty: bool) -> str:
    if is_faulty:
        return "has faults and is not read"
    return "is in no register any more; put it back, or `./ringfence sources retire` it"


def write_versions(connection: Connection, contents: Mapping[str, list[dict[str, Any]]]) -> None:
    """Write each kind whose content is not that of its newest version, as of now."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('registers', 0))")
        rows = connection.execute(
            "select distinct on (kind) kind, sha256 from ledger.config_versions"
            " order by kind, seq desc"
        ).fetchall()
        known: dict[str, str] = dict(rows)
        for kind, content in contents.items():
            text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()
            if known.get(kind) != digest:
                connection.execute(
                    "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
                    " values (%s, %s, %s, %s)",
                    [kind, digest, Jsonb(content), clock.now(connection)],
                )
