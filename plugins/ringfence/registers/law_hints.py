"""Tell what the law of a campaign's countries waits for: signatures, and registers nobody loads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ringfence.registers.campaigns import Campaign
from ringfence.registers.hints import Hint
from ringfence.registers.load import Registers
from ringfence.registers.official import OfficialRegister, law_country, registers_of_law
from ringfence.registers.policy_rows import PolicyRow, policy_rows
from ringfence.registers.values import line_of


def law_hints(registers: Registers, day: date) -> list[Hint]:
    """Return the hints on active campaigns, as the policy reads on `day`; each refuses nothing."""
    signed = {one.row for one in registers.policy_signoffs if one.on <= day}
    loaded = {(source.register, source.controller) for source in registers.sources}
    return [
        Hint(campaign.file, line_of(campaign.file, "countries"), f"{country}: {told}")
        for campaign in registers.campaigns
        if campaign.active
        for country in campaign.countries
        for told in (
            *_unsigned(_rows(country, day), signed),
            *_unloaded(_rows(country, day), campaign, loaded, day),
        )
    ]


def _rows(country: str, day: date) -> list[PolicyRow]:
    law = law_country(country)
    return [row for row in policy_rows() if row.key[0] == law and row.is_in_force(day, day)]


def _unsigned(rows: list[PolicyRow], signed: set[tuple[str, str, str, str]]) -> Iterator[str]:
    if not rows:
        yield "no policy row says what its law asks; nobody there is called (policy_missing)"
    waiting = [
        row.row_id
        for row in rows
        if row.needs_signature and (*row.key, row.cells["valid_from"]) not in signed
    ]
    if waiting:
        yield (
            f"nobody has signed the policy of {', '.join(waiting)}; whoever it binds stays"
            " undetermined (policy_unreviewed). Read it with `./ringfence policy rows --country"
            f" {rows[0].key[0]}`, then sign it in policy_signoffs.yml"
        )


def _unloaded(
    rows: list[PolicyRow], campaign: Campaign, loaded: set[tuple[str | None, str]], day: date
) -> Iterator[str]:
    asked = {
        one.register_id: one
        for row in rows
        if row.is_screening
        for one in registers_of_law(*row.key, day)
    }
    missing = sorted(
        name for name, one in asked.items() if not _is_loaded(one, campaign.controller, loaded)
    )
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        yield (
            f"no source loads {listed}, which its law has asked; whoever must be screened stays"
            " undetermined (register_missing)"
        )


def _is_loaded(
    register: OfficialRegister, controller: str, loaded: set[tuple[str | None, str]]
) -> bool:
    """Tell whether some source brings the register; its answers are the controller's who asked."""
    return any(
        name == register.register_id and (not register.is_asked or holder == controller)
        for name, holder in loaded
    )
