"""Tell the policy rows that let a call be: the law, who signed it, what changed it for a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date
from typing import Any

from ringfence.decision.versions import in_use
from ringfence.explain.model import Row, Support
from ringfence.explain.names import seed
from ringfence.registers.official import law_country, registers_of_law
from ringfence.registers.policy_rows import PolicyRow, policy_rows

Known = dict[str, list[dict[str, Any]]]
ASKS = {
    "require_consent": "consent",
    "require_consent_or_customer": "consent or a customer relation",
    "require_consent_and_screen_register": "consent, and screening against the register",
    "screen_register_then_allow": "screening against the register, then legitimate interest is"
    " enough",
    "allow_with_lia": "an assessed legitimate interest",
}
SEED = "country_call_policy"


def law(
    policy_ids: tuple[str, ...] | None, run: Row, reading: Row, campaign: Row, known: Known
) -> Iterator[Support]:
    """Yield each row that bound the candidate, its signature, its overlays, and what is not known.

    Without the ids, which the last run alone keeps, the rows of the number's country are told.
    """
    day: date = run["call_date"]
    by_id = {row.row_id: row for row in policy_rows()}
    if policy_ids is None:
        rows = [row for row in by_id.values() if _is_of(row, reading, day)]
        told = (
            "WHICH POLICY ROW bound it is kept of the last run alone (`./ringfence replay` rebuilds"
            " a past day); told are the rows of the number's country on that day"
        )
        yield Support("policy row", None, told, {"policy_ids": None}, is_missing=True)
    else:
        rows = [by_id[base] for one in policy_ids if (base := one.split("+")[0]) in by_id]
        for lost in sorted({one.split("+")[0] for one in policy_ids} - by_id.keys()):
            told = f"NOTHING IS ON RECORD of the policy row {lost}"
            yield Support("policy row", None, told, {"policy_id": lost}, is_missing=True)
    if rows and run["versions"].get(SEED) not in (None, in_use()[SEED]):
        told = "THE POLICY HAS CHANGED since that run: its rows are told as they read now"
        yield Support("policy row", None, told, {"versions": run["versions"]}, is_missing=True)
    for row in rows:
        yield _row(row)
        yield _signature(row, run, known["policy_signoffs"])
    for one in policy_ids or ():
        base, *overlays = one.split("+")
        for overlay_id in overlays:
            yield _overlay(overlay_id, base, known["policy_overlays"])
    if run["ground"] == "customer":
        yield from _customers({row.key[0] for row in rows}, campaign, day)


def _is_of(row: PolicyRow, reading: Row, day: date) -> bool:
    """Tell whether a row is of the number's own country and kind of line, and in force that day."""
    country = law_country(reading["region"])
    line = "fixed" if reading["line_type"] == "fixed" else "mobile"
    return row.key[0] == country and row.key[2] in ("any", line) and row.is_in_force(day, day)


def registers_named(policy_ids: tuple[str, ...] | None, day: date) -> dict[str, tuple[str, ...]]:
    """Return the registers that the rows name by law, each with its members."""
    bound = {one.split("+")[0] for one in policy_ids or ()}
    named: dict[str, tuple[str, ...]] = {}
    for row in policy_rows():
        if row.row_id in bound and row.is_screening:
            for one in registers_of_law(*row.key, day):
                named[one.group_id] = (*named.get(one.group_id, ()), one.register_id)
    return named


def _row(row: PolicyRow) -> Support:
    cells = row.cells
    country, audience, line_type = row.key
    until = f"until {cells['valid_to']}" if cells["valid_to"] else "and no end is set"
    asks = ASKS.get(cells["pipeline_default"], cells["pipeline_default"])
    told = (
        f"the policy row {row.row_id}: {country}, {audience}, {line_type} line, in force from this"
        f" day {until}; it asks for {asks}; law: {cells['legal_citation']} (confidence"
        f" {cells['confidence']})"
    )
    return Support("policy row", row.valid_from, told, dict(cells))


def _signature(row: PolicyRow, run: Row, signoffs: Iterable[Row]) -> Support:
    known_on = run["known_as_of"].astimezone(UTC).date()
    named = ("country", "audience", "line_type", "valid_from", "content")
    wanted = (*row.key, row.cells["valid_from"], row.content)
    for one in signoffs:
        signed_on = date.fromisoformat(one["on"])
        if tuple(one[name] for name in named) == wanted and signed_on <= known_on:
            told = f"the policy row {row.row_id}, as it reads, was signed by {one['signed_by']}"
            return Support("signature", signed_on, told, dict(one))
    told = f"NOBODY IS ON RECORD as having signed the policy row {row.row_id} as it reads"
    is_needed = row.needs_signature
    if not is_needed:
        told += "; it needs nobody, for it lets nobody be called without consent"
    return Support("signature", None, told, {"policy_id": row.row_id}, is_needed)


def _overlay(overlay_id: str, base: str, overlays: Iterable[Row]) -> Support:
    for one in overlays:
        if one["overlay_id"] == overlay_id:
            cells = "; ".join(
                f"{cell['column']} {cell['value']} from {cell['from']} until {cell['until']}"
                for cell in one["cells"]
                if base.startswith(f"{cell['country']}/{cell['audience']}/{cell['line_type']}/")
            )
            by = ", ".join(f"{told['by']} on {told['on']}" for told in one["approvals"])
            told = (
                f"the overlay {overlay_id} of the policy row {base} ({one['reason']}): {cells};"
                f" approved by {by}"
            )
            last = max((told["on"] for told in one["approvals"]), default=None)
            on = date.fromisoformat(last) if last else None
            return Support("overlay", on, told, dict(one))
    told = f"NOBODY IS ON RECORD as having approved the overlay {overlay_id}"
    return Support("overlay", None, told, {"overlay_id": overlay_id}, is_missing=True)


def _customers(countries: set[str], campaign: Row, day: date) -> Iterator[Support]:
    """Tell what the law of these countries calls a customer; `*` stands for the rest."""
    for one in seed("relation_windows"):
        is_ours = one["country_code"] in {"*", *countries}
        is_sector = one["sector"] in {"*", campaign.get("sector")}
        in_time = one["valid_from"] <= day.isoformat() <= (one["valid_to"] or "9999-12-31")
        if is_ours and is_sector and in_time:
            months = f" for {one['months']} months" if one["months"] else ""
            told = (
                f"what makes a customer ({one['country_code']}, {one['kind']}{months}), from this"
                f" day: {one['legal_citation']}"
            )
            yield Support("customer law", date.fromisoformat(one["valid_from"]), told, dict(one))
