"""Recall in a test's own home, and read what a recall has left behind."""

from __future__ import annotations

import csv
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from tests.support_publish import (
    CAMPAIGN,
    decide,
    door,
    land_leads,
    number,
    write_files,
    write_registers,
)

from ringfence.database import connect
from ringfence.ledger.verify_ledger import verify_ledger
from ringfence.publish.recall import RecallReport, recall_lists
from ringfence.publish.verify import verify_manifest
from ringfence.settings import Settings


def no_step(step: StrEnum) -> None:
    """Do nothing."""


def recall(settings: Settings, on_step: Callable[[StrEnum], None] = no_step) -> list[RecallReport]:
    return recall_lists(settings, check=door, on_step=on_step)


def lay_day_in_two_deliveries(
    settings: Settings, campaign: dict[str, object] = CAMPAIGN
) -> tuple[object, object]:
    """Land leads 0 to 2 and 3 to 4 in a delivery each; return the two batches."""
    write_files(settings.registers, campaign)
    with connect(settings, autocommit=True) as connection:
        land_leads(connection, range(3))
        land_leads(connection, range(3, 5))
        write_registers(connection, campaign)
        decide(connection, range(5))
        rows = connection.execute("select batch_id from landing.batches order by accepted_at")
        first, second = rows.fetchall()
    return first[0], second[0]


def folder(settings: Settings) -> Path:
    return settings.home / "published" / "2026-11-24" / "energy_gb"


def listed(settings: Settings) -> set[int]:
    text = (folder(settings) / "call_list.csv").read_text("utf-8")
    return {index for index in range(40) if number(index) in text}


def recalled(settings: Settings, edition: int = 1) -> list[dict[str, str]]:
    path = folder(settings) / f"recall-{edition}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recalled_numbers(settings: Settings, edition: int = 1) -> set[int]:
    phones = {row["phone"] for row in recalled(settings, edition)}
    return {index for index in range(40) if number(index) in phones}


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def last_words(settings: Settings) -> list[tuple[object, ...]]:
    return ask(settings, "select edition, status from ledger.current_publications order by edition")


def everything(settings: Settings) -> dict[str, bytes]:
    """Return every file of the folder, to be compared."""
    return {path.name: path.read_bytes() for path in folder(settings).iterdir()}


def is_proved(settings: Settings) -> bool:
    """Tell whether the newest edition, those before it and the ledger all verify."""
    ((key,),) = ask(settings, "select key_id from ledger.keys where purpose = 'signing'")
    with connect(settings) as connection:
        is_whole = verify_ledger(connection, settings).is_passed
    manifests = folder(settings).glob("manifest*.json")
    return is_whole and all(verify_manifest(one, str(key)).is_passed for one in manifests)
