"""Hold the registers of sources: what a source delivers, in which shape, and what its rows emit.

dags/sources/<source_id>.yml  →  Source, or Faults with file and line (see source_checks.py)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from ringfence.readers.row import FormatSpec
from ringfence.registers.column_map import Mapper, Rule, compile_map
from ringfence.registers.conditions import Condition
from ringfence.registers.yaml_marks import Fault, Marked

__all__ = ["Fault", "Mapper", "Source", "compile_map", "load_sources"]

MAPPING_VERSION = "1"
"""Part of every mapping_sha256: raise it when the same register comes to emit something else."""


class Kind(StrEnum):
    """Name what a row can emit."""

    LEADS = "leads"
    CONSENT_EVENTS = "consent_events"
    SUPPRESSION = "suppression"
    REGISTER = "register"
    CALL_ATTEMPTS = "call_attempts"
    CUSTOMER_RELATIONS = "customer_relations"


STOPS = frozenset({Kind.SUPPRESSION, Kind.CONSENT_EVENTS, Kind.CALL_ATTEMPTS})
"""Kinds that carry stops: silence of such a source holds lists back (`expected_every`)."""

# Required columns end in *; of columns joined by | one is required.
CANONICAL: Mapping[Kind, str] = {
    Kind.LEADS: "source_record_id* phone* country person_ref title first_name last_name company "
    "email postcode city region address_country audience birth_date collected_at language campaign",
    Kind.CONSENT_EVENTS: "phone* event_type* event_at purpose call_mode channel notice_version "
    "collection_context collection_method collector recording_notice_given pre_ticked bundled "
    "verified_channel evidence_status evidence_ref expires_at person_ref country",
    Kind.SUPPRESSION: "phone* kind event_at scope purpose channel person_ref country",
    Kind.REGISTER: "phone|hash* country is_listed listed_at flag proof",
    Kind.CALL_ATTEMPTS: "call_ref|phone* attempted_at* disposition* abandoned campaign country",
    Kind.CUSTOMER_RELATIONS: "phone* country person_ref contract_ref* product started_at ended_at "
    "last_purchase_at inquiry_at objection_offered_at_collection",
}
DISPOSITIONS = (
    "no_contact",
    "answered",
    "refused",
    "objected",
    "wrong_party",
    "reassigned",
    "deceased",
    "minor",
    "callback_requested",
)
DAY_FIRST = "day_first"
DATE_ORDERS = (DAY_FIRST, "month_first")
"""How a source writes 03/04/2026; without a word on it that is two days, and no time."""
OBTAINED = ("from_person", "bought", "public")


def canonical_columns(kind: Kind) -> tuple[str, ...]:
    """Return every canonical column of a kind, in order."""
    return tuple(CANONICAL[kind].replace("*", "").replace("|", " ").split())


def required_columns(kind: Kind) -> tuple[tuple[str, ...], ...]:
    """Return the required columns of a kind; of each inner tuple one is enough."""
    marked = (word for word in CANONICAL[kind].split() if word.endswith("*"))
    return tuple(tuple(word.rstrip("*").split("|")) for word in marked)


@dataclass(frozen=True, slots=True)
class Approval:
    """Say who approved the source or the campaign, and when."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Dossier:
    """Say how many consents of a seller were looked into, of how many, and how many had to be."""

    sample_rate: Decimal
    verified: int
    of: int
    on: date


@dataclass(frozen=True, slots=True)
class PublishedAt:
    """Say where a delivery's own date stands; `way` is file_name, column or sidecar.

    `value` is a strptime pattern, a column's name, or nothing of interest.
    """

    way: str
    value: str


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """Say where deliveries come from: a query, or a folder (a relative one lies in the home)."""

    folder: str
    pattern: str
    connection: str | None = None
    query: str | None = None
    schedule: str | None = None
    expected_every: timedelta | None = None
    published_at: PublishedAt | None = None


@dataclass(frozen=True, slots=True)
class Emission:
    """Say which rows emit a kind, and how its canonical columns are filled."""

    condition: Condition | None
    map: Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class Source:
    """Hold one valid register; `emits` goes from Kind to Emission."""

    source_id: str
    title: str
    controller: str
    obtained: str
    approved: Approval | None
    dossier: Dossier | None
    demo_only: bool
    delivery: DeliveryPlan
    format: FormatSpec
    keep: tuple[str, ...]
    emits: Mapping[Kind, Emission]
    register: str | None
    timezone: str | None
    dates: str | None
    mapping_sha256: str
    file: Path


def mapping_hash(register: Marked) -> str:
    """Hash the parts of a register that change what its rows emit, or for whom."""
    content = register.plain()
    parts = ("controller", "format", "columns", "keep", "emits", "register", "dispositions")
    told = {name: content[name] for name in (*parts, "timezone", "dates") if name in content}
    delivery = content.get("delivery")
    told["query"] = delivery.get("query") if isinstance(delivery, dict) else None
    spelt = json.dumps([MAPPING_VERSION, told], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(spelt.encode()).hexdigest()


def load_sources(registers: Path, *, mode: str) -> tuple[list[Source], list[Fault]]:
    """Return the valid sources of `registers`/sources and every fault of the others.

    Sources marked `demo_only` are left out unless `mode` is "demo"; their faults never are.
    """
    from ringfence.registers.source_checks import read_source

    folder = registers / "sources"
    sources: list[Source] = []
    faults = [
        Fault(file, 1, f"rename the file to {file.stem}.yml: other names are not read")
        for file in sorted(folder.glob("*.yaml"))
    ]
    for file in sorted(folder.glob("*.yml")):
        source = read_source(file, faults)
        if source and (mode == "demo" or not source.demo_only):
            sources.append(source)
    return sources, faults
