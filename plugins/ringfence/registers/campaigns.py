"""Hold the register of campaigns: who is called for what, from which leads, on which ground.

dags/campaigns/<campaign_id>.yml  →  Campaign, or Faults with file and line
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ringfence.phones import normalise_country
from ringfence.registers.source_checks import NAME, NAME_IN_WORDS, take_approval
from ringfence.registers.sources import Approval
from ringfence.registers.values import take_date, take_number, take_zone
from ringfence.registers.yaml_marks import Fault, Section, read_marked

CALL_MODES = ("live_manual", "live_predictive", "automated_or_ai")
# Who a campaign may be for; who is not known is a consumer.
AUDIENCES = ("generic_company", "named_contact", "sole_trader_or_partnership", "consumer")
# GDPR art. 9(1): what a segment may be of only with explicit consent.
SPECIAL_CATEGORIES = (
    "none",
    "racial_or_ethnic_origin",
    "political_opinions",
    "religious_or_philosophical_beliefs",
    "trade_union_membership",
    "genetic_data",
    "biometric_data",
    "health",
    "sex_life_or_orientation",
)
DIALLERS = ("generic", "vicidial", "genesys", "five9")
# Every sector that some country's law names, then the common rest; a new law adds its sector here.
SECTORS = (
    "books_newspapers_insurance_rescue_services",
    "charities_charity_lotteries_press_publishers",
    "claims_management",
    "energy_renovation_and_housing_adaptation",
    "energy_supply",
    "insurance",
    "mobile_subscriptions",
    "newspapers_periodicals_magazines",
    "pension_schemes",
    "prepaid_funeral_plans",
    "financial_services",
    "market_research",
    "retail",
    "software",
    "telecommunications",
    "travel",
    "other",
)


@dataclass(frozen=True, slots=True)
class LegitimateInterest:
    """Name the assessment a campaign rests on where no consent is needed, and who approved it."""

    assessment: str
    on: date
    valid_until: date
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """Hold one valid campaign; `priority` 1 comes first among those of its controller."""

    campaign_id: str
    title: str
    controller: str
    purpose: str
    call_mode: str
    sector: str
    countries: tuple[str, ...]
    audiences: tuple[str, ...]
    special_category: str
    explicit_consent_notice: str | None
    sources: tuple[str, ...]
    priority: int
    dialler: str
    cut_off: str
    timezone: str
    legitimate_interest: LegitimateInterest | None
    consent_max_age_days: int | None
    customer_products: tuple[str, ...]
    active: bool
    demo_only: bool
    file: Path
    approved: Approval | None = None


def load_campaigns(registers: Path, mode: str) -> tuple[list[Campaign], list[Fault]]:
    """Return the valid campaigns and every fault; demo-only ones count in demo mode alone."""
    folder = registers / "campaigns"
    faults = [
        Fault(file, 1, f"rename the file to {file.stem}.yml: other names are not read")
        for file in sorted(folder.glob("*.yaml"))
    ]
    campaigns = []
    for file in sorted(folder.glob("*.yml")):
        campaign = _read_campaign(file, faults)
        if campaign and (mode == "demo" or not campaign.demo_only):
            campaigns.append(campaign)
    return campaigns, faults


def _read_campaign(file: Path, faults: list[Fault]) -> Campaign | None:
    own: list[Fault] = []
    marked = read_marked(file, own)
    campaign = None
    if marked:
        top = Section(marked, "", file, own)
        campaign = _campaign(top)
        top.close()
    faults += own
    return None if own else campaign


def _campaign(top: Section) -> Campaign:
    def name(key: str) -> str:
        return top.text(key, required=True, pattern=NAME, shape=NAME_IN_WORDS) or ""

    campaign_id = name("campaign_id")
    if campaign_id and campaign_id != top.file.stem:
        top.fault(
            f"`campaign_id` must be the name of the file, {top.file.stem}",
            top.line_of("campaign_id"),
        )
    special = top.text("special_category", choices=SPECIAL_CATEGORIES) or "none"
    consent = top.section("consent")
    max_age = take_number(consent, "max_age_days", least=1, most=3650) if consent else None
    if consent:
        consent.close()
    return Campaign(
        campaign_id=campaign_id,
        title=top.text("title") or campaign_id,
        controller=name("controller"),
        purpose=name("purpose"),
        call_mode=top.text("call_mode", required=True, choices=CALL_MODES) or "",
        sector=top.text("sector", required=True, choices=SECTORS) or "",
        countries=_countries(top),
        audiences=_audiences(top),
        special_category=special,
        explicit_consent_notice=_explicit_notice(top, special),
        sources=_distinct(top, "sources"),
        priority=take_number(top, "priority", least=1, most=999, required=True) or 0,
        dialler=top.text("dialler", required=True, choices=DIALLERS) or "",
        cut_off=top.text(
            "cut_off", required=True, pattern=r"([01]\d|2[0-3]):[0-5]\d", shape="a time like 05:00"
        )
        or "",
        timezone=take_zone(top, "timezone", required=True) or "",
        legitimate_interest=_legitimate_interest(top),
        consent_max_age_days=max_age,
        customer_products=top.texts("customer_products"),
        active=top.flag("active", default=True),
        demo_only=top.flag("demo_only", default=False),
        file=top.file,
        approved=take_approval(top),
    )


def _distinct(top: Section, key: str) -> tuple[str, ...]:
    values = top.texts(key)
    if not values:
        top.fault(f"`{key}` is missing", top.line_of(key))
    if len(values) != len(set(values)):
        top.fault(f"`{key}` names the same one twice", top.line_of(key))
    return values


def _countries(top: Section) -> tuple[str, ...]:
    countries = _distinct(top, "countries")
    for country in countries:
        if normalise_country(country) != country:
            top.fault(
                f"`countries` holds `{country}`, which is no code such as DE",
                top.line_of("countries"),
            )
    return countries


def _audiences(top: Section) -> tuple[str, ...]:
    """Return the only kinds of people the campaign is for; none named means all."""
    audiences = top.texts("audiences")
    for audience in audiences:
        if audience not in AUDIENCES:
            top.fault(
                f"`audiences` must be of {', '.join(AUDIENCES)}; `{audience}` is none",
                top.line_of("audiences"),
            )
    return audiences


def _explicit_notice(top: Section, special: str) -> str | None:
    """Return the version of the notice that asks for the special category by its name."""
    notice = top.text("explicit_consent_notice")
    if special != "none" and notice is None:
        top.fault(
            f"a segment of `{special}` is refused without `explicit_consent_notice`: the version"
            " of the notice in which people agreed to exactly that",
            top.line_of("special_category"),
        )
    if special == "none" and notice is not None:
        top.fault(
            "`explicit_consent_notice` goes with `special_category`",
            top.line_of("explicit_consent_notice"),
        )
    return notice


def _legitimate_interest(top: Section) -> LegitimateInterest | None:
    section = top.section("legitimate_interest")
    if section is None:
        return None
    assessment = section.text("assessment", required=True)
    on = take_date(section, "on", required=True)
    valid_until = take_date(section, "valid_until", required=True)
    approved_by = section.text("approved_by")
    section.close()
    if not (assessment and on and valid_until):
        return None
    if valid_until < on:
        section.fault("`valid_until` lies before `on`", section.line_of("valid_until"))
    return LegitimateInterest(assessment, on, valid_until, approved_by)
