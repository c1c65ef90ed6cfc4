"""Lay out campaigns of every kind and the people each one calls, and what must come of each.

A lead belongs to the source that is named like its campaign, so that no campaign takes a number
from another. Every policy row is signed here: what is asked is the ground.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests.support_decision import (
    ACME,
    CALL_DATE,
    COUNTRIES,
    NOW,
    YESTERDAY,
    World,
    days,
    key,
    write_registers,
)

from ringfence.registers.policy_rows import FALLBACK, policy_rows

INTEREST = {"assessment": "LIA-1", "on": "2018-05-25", "valid_until": "2026-12-31"}
COMPANIES_ONLY = {"audiences": ["generic_company", "named_contact"]}
CALLS = {"call_attempts": {"map": {"phone": "phone", "attempted_at": "at", "disposition": "end"}}}
LEADS = {"leads": {"map": {"source_record_id": "id", "phone": "phone"}}}
SOURCES: dict[str, dict[str, Any]] = {
    name: {
        "emits": LEADS | CALLS, "delivery": {"expected_every": "2d"},
        "dispositions": {"SALE": "answered"},
    }
    for name in ("dialled_ahead", "dialled_ahead_well")
} | {
    "unheard": {
        "emits": LEADS | {"suppression": {"map": {"phone": "phone"}}},
        "delivery": {"expected_every": "1d"},
    }
}  # fmt: skip
DOSSIER = {"sample_rate": "0.05", "verified": "40", "of": "800", "on": "2026-03-01"}
SELLERS: dict[str, dict[str, Any]] = {
    "seller": {"obtained": "bought", "dossier": DOSSIER},
    "careless_seller": {"obtained": "bought", "dossier": DOSSIER | {"verified": "39"}},
    "seller_without_dossier": {"obtained": "bought"},
    "seller_of_next_year": {"obtained": "bought", "dossier": DOSSIER | {"on": "2027-03-01"}},
}
SOURCES |= SELLERS
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "plain": {},
    "companies": COMPANIES_ONLY,
    "claims": {"sector": "claims_management"},
    "funerals": {"sector": "prepaid_funeral_plans"},
    "power": {"sector": "energy_supply"},
    "insulation": {"sector": "energy_renovation_and_housing_adaptation"},
    "papers": {"sector": "newspapers_periodicals_magazines"},
    "mobiles": {"sector": "mobile_subscriptions"},
    "insurance": {"sector": "insurance"},
    "customers": {"customer_products": ["electricity"]},
    "robot": {"call_mode": "automated_or_ai"},
    "dialled_ahead": {"call_mode": "live_predictive", "controller": "predictor"},
    "dialled_ahead_well": {"call_mode": "live_predictive", "controller": "other"},
    "dialled_ahead_unseen": {"call_mode": "live_predictive"},
    "unheard": {"controller": "deaf"},
    "joint": {"controller": "left"},
    "health": {"special_category": "health", "explicit_consent_notice": "n2"},
    "until_summer": {"legitimate_interest": INTEREST | {"valid_until": "2026-06-30"}},
}
FR_EVE, FR_DAY = date(2026, 8, 10), date(2026, 8, 11)  # a Monday and a Tuesday
IT_EVE, IT_DAY = date(2026, 6, 18), date(2026, 6, 19)
# The last day under age of who was born on 29 February 2008, and the first day of age.
LEAP_EVE, LEAP_DAY = date(2026, 2, 28), date(2026, 3, 1)  # a weekend
NL_EVE, NL_DAY = date(2026, 6, 30), date(2026, 7, 1)
CALL_DATES = [CALL_DATE, FR_EVE, FR_DAY, IT_EVE, IT_DAY, NL_EVE, NL_DAY, LEAP_EVE, LEAP_DAY]
EVERYWHERE = [*COUNTRIES, "FI", "CA", "JE", "GG", "IM", "BM"]


def write_ground_registers(folder: Path) -> Path:
    """Write one source for each campaign, and a signature under every policy row."""
    campaigns = {
        name: {
            "sources": [name], "countries": EVERYWHERE, "priority": place,
            "legitimate_interest": INTEREST,
        } | changes
        for place, (name, changes) in enumerate(CAMPAIGNS.items(), start=10)
    }  # fmt: skip
    everything = [
        (*row.key, row.cells["valid_from"]) for row in policy_rows() if row.key[0] != FALLBACK
    ]
    write_registers(folder, signed=everything, signed_on="2020-01-02", **campaigns)
    for name in (*CAMPAIGNS, *SELLERS):
        source = {
            "source_id": name, "controller": CAMPAIGNS.get(name, {}).get("controller", ACME),
            "obtained": "from_person",
            "approved": {"by": "D. Officer", "on": "2020-01-02"}, "format": {"type": "csv"},
            "emits": {"leads": {"map": {"source_record_id": "id", "phone": "phone"}}},
        } | SOURCES.get(name, {})  # fmt: skip
        (folder / "sources" / f"{name}.yml").write_text(json.dumps(source, indent=1), "utf-8")
    controllers = json.loads((folder / "controllers.yml").read_text("utf-8"))
    (first, _) = controllers["controllers"]
    first["notices"].append({"version": "n2", "from": "2020-01-01", "language": "en"})
    controllers["controllers"] += [
        first | {"controller_id": name, "name": name.title()}
        for name in ("predictor", "deaf", "right")
    ]
    left = {"controller_id": "left", "name": "Left", "joint_with": ["right"]}
    controllers["controllers"].append(first | left)
    (folder / "controllers.yml").write_text(json.dumps(controllers), "utf-8")
    return folder


def build(world: World) -> None:
    """Lay out every case of this module; the subject's name says what it is about."""
    for build_part in (
        build_audiences, build_sectors, build_customers, build_robots, build_minors,
        build_dropped_calls, build_consents, build_silence, build_territories,
        build_joint_controllers,
    ):  # fmt: skip
        build_part(world)


def build_audiences(world: World) -> None:
    kinds = {
        "company": "generic_company", "clerk": "named_contact",
        "baker": "sole_trader_or_partnership", "unknown": "unknown",
    }  # fmt: skip
    for name, audience in kinds.items():
        world.lead(f"danish {name}", region="DK", audience=audience, source="plain")
        world.lead(f"a danish {name} for a few", region="DK", audience=audience, source="companies")
    for name in ("company", "clerk"):
        world.lead(
            "of two kinds", person=name, region="DK", audience=kinds[name], source="companies"
        )
    # His number is Danish, his address is not: each law sees its own audience in him.
    world.lead(
        "danish company in a country of consent", region="DK", audience="generic_company",
        address_country="AT", source="plain",
    )  # fmt: skip


def build_sectors(world: World) -> None:
    def lead(subject: str, campaign: str, region: str, **values: object) -> None:
        world.lead(subject, source=campaign, region=region, **values)

    for subject, campaign in (
        ("briton silent about claims", "claims"), ("briton asking about claims", "claims"),
        ("briton asking about her funeral", "funerals"), ("briton without a sector", "plain"),
    ):  # fmt: skip
        lead(subject, campaign, "GB")
    lead("british company and claims", "claims", "GB", audience="generic_company")
    lead("german number, british address", "funerals", "DE", address_country="GB")
    for subject in (
        "briton asking about claims", "briton asking about her funeral",
        "german number, british address",
    ):  # fmt: skip
        world.consent(subject)
    lead("italian silent about power", "power", "IT", state="IT-MI")
    lead("italian asking about power", "power", "IT", state="IT-MI")
    world.consent("italian asking about power")
    for subject in (
        "frenchwoman asking to insulate", "frenchwoman with a contract to insulate",
        "frenchwoman whose contract ended",
    ):  # fmt: skip
        lead(subject, "insulation", "FR")
        world.consent(subject)
    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    world.relation("frenchwoman with a contract to insulate", started_at=long_ago)
    world.relation(
        "frenchwoman whose contract ended", started_at=long_ago, ended_at=YESTERDAY,
        last_purchase_at=YESTERDAY,
    )  # fmt: skip
    lead("frenchwoman and a newspaper", "papers", "FR")
    lead("finn who asked for nothing", "mobiles", "FI")
    lead("finn and no sector", "plain", "FI")
    world.register("fi_asml")
    for subject, ended_at in (
        ("swiss insured", None),
        ("swiss insured until lately", datetime(2023, 12, 1, tzinfo=UTC)),
        ("swiss insured long ago", datetime(2023, 11, 1, tzinfo=UTC)),
    ):
        lead(subject, "insurance", "CH")
        world.relation(subject, started_at=long_ago, ended_at=ended_at)
    lead("swiss asking to be insured", "insurance", "CH")
    world.consent("swiss asking to be insured")
    lead("swiss until lately, of another sector", "customers", "CH", address_country="DE")
    world.relation(
        "swiss until lately, of another sector", started_at=long_ago,
        ended_at=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip
    world.register(
        "ch_directory_open", "swiss insured", "swiss insured until lately",
        "swiss insured long ago", "swiss asking to be insured",
    )  # fmt: skip
    world.register("gb_tps")
    world.register("gb_ctps")
    world.register("it_rpo", free=["italian silent about power", "italian asking about power"])
    world.register(
        "fr_bloctel",
        free=[
            "frenchwoman asking to insulate", "frenchwoman with a contract to insulate",
            "frenchwoman whose contract ended", "frenchwoman and a newspaper",
            "frenchwoman with a contract", "frenchwoman with a contract on shoes",
            "frenchwoman who bought once", "american living in france",
        ],
    )  # fmt: skip


def build_customers(world: World) -> None:
    """Americans and Canadians count from the last purchase or inquiry, others by the contract."""
    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    today = datetime(2026, 11, 24, 5, tzinfo=UTC)
    half_a_year = datetime(2026, 5, 27, tzinfo=UTC)
    bought, asked = datetime(2025, 5, 25, tzinfo=UTC), datetime(2026, 8, 25, tzinfo=UTC)
    told: dict[str, tuple[str, dict[str, Any]]] = {
        "american who bought in time": ("US", {"last_purchase_at": bought + days(1)}),
        "american who bought too early": ("US", {"last_purchase_at": bought - days(1)}),
        "american who asked in time": ("US", {"inquiry_at": asked + days(1)}),
        "american who asked too early": ("US", {"inquiry_at": asked - days(1)}),
        "american with a contract alone": ("US", {}),
        "american on our own list": ("US", {"last_purchase_at": today - days(9)}),
        "american never offered to object": (
            "US", {"last_purchase_at": today - days(9), "is_objection_offered": None},
        ),
        "american who bought of somebody else": (
            "US", {"last_purchase_at": today - days(9), "controller_id": "other"},
        ),
        "american who bought something else": (
            "US", {"last_purchase_at": today - days(9), "product": "shoes"},
        ),
        "canadian who asked in time": ("CA", {"inquiry_at": half_a_year}),
        "canadian who asked too early": ("CA", {"inquiry_at": half_a_year - days(4)}),
        "american living in france": ("US", {"last_purchase_at": today - days(9)}),
        "frenchwoman with a contract": ("FR", {"product": "electricity"}),
        "frenchwoman with a contract on shoes": ("FR", {"product": "shoes"}),
        "frenchwoman who bought once": (
            "FR", {"ended_at": today - days(9), "last_purchase_at": today - days(9)},
        ),
        "dutchwoman with a contract": ("NL", {}),
        "dutch shop with a contract": ("NL", {}),
    }  # fmt: skip
    for subject, (region, values) in told.items():
        world.lead(
            subject, source="customers", region=region, state="NY" if region == "US" else None,
            address_country="FR" if "living in france" in subject else None,
            audience="sole_trader_or_partnership" if "shop" in subject else "consumer",
        )  # fmt: skip
        world.relation(subject, **{"started_at": long_ago} | values)
    world.stop("american on our own list", event_at=today - days(5))
    world.register("us_ndncr")
    world.register("ca_dncl")
    # What a lead file says of itself is kept with the lead and read by nobody.
    world.lead(
        "a customer by her lead alone", source="customers", region="NL",
        kept={"existing_customer": "yes", "consent": "yes"},
    )  # fmt: skip


def build_robots(world: World) -> None:
    for subject, mode in (
        ("told a machine may call", "automated_or_ai"), ("told it as a shout", "Automated_Or_AI"),
        ("told people may call", "live_manual"), ("told no mode", None),
    ):  # fmt: skip
        world.lead(subject, source="robot")
        world.consent(subject, call_mode=mode)
    world.lead("company nobody asked", source="robot", region="DK", audience="generic_company")
    world.lead("customer nobody asked", source="robot", audience="generic_company")
    world.relation("customer nobody asked")
    world.lead("danish company in summer", source="until_summer", region="DK",
               audience="generic_company")  # fmt: skip


def build_minors(world: World) -> None:
    """Birthdays around the day; who was born on a 29 February comes of age on 1 March."""
    for subject, born in (
        ("eighteen today", date(2008, 11, 24)), ("eighteen tomorrow", date(2008, 11, 25)),
        ("born in a leap year", date(2008, 2, 29)), ("long of age", date(1950, 1, 1)),
    ):  # fmt: skip
        world.lead(subject, source="plain", birth_date=born)
        world.consent(subject, event_at=datetime(2026, 1, 5, tzinfo=UTC))
    record = world.lead("child's mobile", source="plain", person="child",
                        birth_date=date(2012, 5, 5))  # fmt: skip
    world.number("family line", record, person="child")
    hers = world.lead("mother's mobile", source="plain", person="mother")
    world.number("family line", hers, person="mother")
    for subject, person in (("family line", "mother"), ("mother's mobile", "mother")):
        world.consent(subject, person=person)
    world.lead("known as a child elsewhere", source="plain")
    world.lead("known as a child elsewhere", source="seller", birth_date=date(2012, 5, 5))
    world.lead("a stranger's child", source="plain")
    world.lead("a stranger's child", source="other_web", controller_id="other", person="stranger",
               birth_date=date(2012, 5, 5))  # fmt: skip
    world.lead("birth date corrected", source="plain", birth_date=date(2012, 5, 5))
    later = world.batch("plain", name="later", accepted_at=YESTERDAY + days(0.5))
    world.lead("birth date corrected", source="plain", record_id=key("corrected"), batch=later,
               birth_date=date(1982, 5, 5))  # fmt: skip
    for subject in (
        "known as a child elsewhere", "a stranger's child", "birth date corrected",
        "child on the phone", "restricted", "erased",
    ):  # fmt: skip
        world.consent(subject)
    for subject in ("child on the phone", "restricted", "erased"):
        world.lead(subject, source="plain")
    world.attempt("child on the phone", "minor")
    world.consent("restricted", "restricted", event_at=YESTERDAY)
    world.stop("erased", "erasure", event_at=YESTERDAY)


def build_dropped_calls(world: World) -> None:
    """Of a hundred calls that reached somebody yesterday, one controller dropped three."""
    for campaign, controller, dropped in (
        ("dialled_ahead", "predictor", 4), ("dialled_ahead_well", "other", 3),
    ):  # fmt: skip
        subject = f"called by {controller}"
        world.lead(subject, source=campaign, controller_id=controller)
        world.consent(subject, controller_id=controller)
        batch = world.batch(campaign, controller_id=controller)
        for place in range(100):
            world.attempt(
                f"{controller} {place}", "no_contact" if place < dropped else "answered",
                controller_id=controller, source=campaign, batch=batch,
                is_abandoned=place < dropped, attempted_at=YESTERDAY - days(0.3),
            )  # fmt: skip
        # What nobody picked up counts for neither side, a day before is another day.
        for place in range(20):
            world.attempt(
                f"{controller} {place}", "no_contact", controller_id=controller, source=campaign,
                batch=batch, is_abandoned=False, attempted_at=YESTERDAY - days(0.2),
            )  # fmt: skip
            world.attempt(
                f"{controller} {place}", "no_contact", controller_id=controller, source=campaign,
                batch=batch, is_abandoned=True, attempted_at=YESTERDAY - days(1),
            )  # fmt: skip
    canadian = "canadian called by predictor"
    world.lead(canadian, source="dialled_ahead", region="CA", controller_id="predictor")
    world.consent(canadian, controller_id="predictor")
    world.lead("called by who reports no calls", source="dialled_ahead_unseen")
    world.consent("called by who reports no calls")


def build_consents(world: World) -> None:
    def lead(subject: str, *, campaign: str = "plain", region: str = "DE", **consent: Any) -> None:
        world.lead(subject, source=campaign, region=region)
        world.consent(subject, **consent)

    lead("sold with a sample", source="seller")
    lead("sold with too small a sample", source="careless_seller")
    lead("sold without a sample", source="seller_without_dossier")
    lead("sold before the sample", source="seller_of_next_year")
    lead("ticked for her", is_pre_ticked=True)
    lead("ticked by herself", is_pre_ticked=False)
    lead("bound to a raffle", is_bundled=True)
    lead("asked for health", campaign="health", notice_version="n2")
    lead("asked for offers only", campaign="health")
    world.lead("healthy company", source="health", region="DK", audience="generic_company")
    # British consent that was bought lives 183 days, unless the first contact fell into them.
    at = datetime(2026, 5, 1, tzinfo=UTC)
    for subject, reached in (
        ("briton never reached", None), ("briton reached in time", days(183) - days(0.01)),
        ("briton reached too late", days(183)),
    ):  # fmt: skip
        lead(subject, campaign="claims", region="GB", source="seller", event_at=at)
        world.attempt(subject, "no_contact", attempted_at=at + days(1))
        if reached:
            world.attempt(subject, "answered", attempted_at=at + reached)


def build_silence(world: World) -> None:
    batch = world.batch("unheard", accepted_at=NOW - days(1.2), controller_id="deaf")
    for subject in ("of a deaf controller", "of a deaf controller, silent"):
        world.lead(subject, source="unheard", controller_id="deaf", batch=batch)
    world.consent("of a deaf controller", controller_id="deaf")


def build_joint_controllers(world: World) -> None:
    for subject in ("objected to the other of two", "objected to a stranger"):
        world.lead(subject, source="joint", controller_id="left")
        world.consent(subject, controller_id="left")
    world.stop("objected to the other of two", controller_id="right", event_at=YESTERDAY)
    world.stop("objected to a stranger", controller_id="predictor", event_at=YESTERDAY)


def build_territories(world: World) -> None:
    """Dependencies and islands with a law of their own, which nobody has modelled."""
    for region in ("JE", "GG", "IM", "BM"):
        world.lead(f"line in {region}", source="plain", region=region)
        world.consent(f"line in {region}")
    world.lead("briton in jersey", source="plain", region="GB", address_country="JE")
    world.consent("briton in jersey")
