"""Take a seller's dossier out of a source's YAML: the sample in which its consents were checked.

dossier: {sample_rate: 0.05, verified: 40, of: 800, on: 2026-09-01}
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from ringfence.registers.sources import Dossier
from ringfence.registers.values import take_date, take_number
from ringfence.registers.yaml_marks import Section

MOST = 999_999_999


def take_dossier(top: Section) -> Dossier | None:
    """Return the dossier, or None; `sample_rate` is the share that had to be verified."""
    section = top.section("dossier")
    if section is None:
        return None
    rate = _rate(section)
    verified = take_number(section, "verified", least=0, most=MOST, required=True)
    of = take_number(section, "of", least=1, most=MOST, required=True)
    on = take_date(section, "on", required=True)
    section.close()
    if rate is None or verified is None or of is None or on is None:
        return None
    if verified > of:
        section.fault("`dossier.verified` is more than `of`", section.line_of("verified"))
    return Dossier(rate, verified, of, on)


def _rate(section: Section) -> Decimal | None:
    text = section.text("sample_rate", required=True)
    if text is None:
        return None
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if rate.is_finite() and 0 < rate <= 1:
        return rate
    section.fault(
        "`dossier.sample_rate` must be a share such as 0.05, above 0 and at most 1",
        section.line_of("sample_rate"),
    )
    return None
