"""Lay out an invented day, case by case, and what must come of each.

The subject of a case says what it is about; CASES gives its verdict and reasons, in their order.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support_decision import LAST_SPRING, NOW, OTHER, YESTERDAY, World, days, key

from ringfence.landing.suppress import OPERATOR

LATER = LAST_SPRING + days(30)


def build(world: World) -> None:
    """Lay out every case of this module; the subject's name says what it is about."""
    for build_part in (build_grounds, build_stops, build_persons, build_law, build_registers):
        build_part(world)


def build_grounds(world: World) -> None:
    def lead_with(subject: str, event_type: str = "given", **values: object) -> None:
        world.lead(subject)
        world.consent(subject, event_type, **values)

    lead_with("consenting")
    world.lead("silent")
    lead_with("renewing only", "renewed")
    lead_with("renewing", event_at=LAST_SPRING - days(400), expires_at=LATER)
    world.consent("renewing", "renewed", event_at=LATER - days(1))
    lead_with("renewing late", event_at=LAST_SPRING, expires_at=LATER)
    world.consent("renewing late", "renewed", event_at=LATER + days(1))
    lead_with("expired", expires_at=datetime(2026, 11, 24, 12, tzinfo=UTC))
    lead_with("other purpose", purpose="solar_offers")
    lead_with("no purpose", purpose=None)
    lead_with("by e-mail only", channel="email")
    lead_with("by phone", channel="Voice")
    lead_with("other controller", controller_id=OTHER)
    lead_with("no evidence", evidence_status=None)
    lead_with("asserted", evidence_status="asserted")
    lead_with("asserted by a seller", evidence_status="asserted", source="bought")
    lead_with("from an unapproved source", source="unapproved")
    lead_with("unknown notice", notice_version="n9")
    lead_with("no notice", notice_version=None)
    lead_with("asked on a marketing call", collection_context="outbound_marketing")
    lead_with("recorded without notice", recording_notice_given=False)
    lead_with("asked nobody knows where", collection_context="cold call")
    lead_with("confirmed by e-mail", verified_channel="email")
    # The notice begins on 2020-01-01; whether it is that day is asked where the callee is.
    new_year = datetime(2019, 12, 31, 23, tzinfo=UTC)
    lead_with("notice of this very day", event_at=new_year)
    lead_with("notice of the next day", event_at=new_year - timedelta(minutes=1))
    lead_with("notice of the next year", event_at=new_year - days(300))
    lead_with(
        "lacking much", evidence_status=None, notice_version=None,
        collection_context="outbound_marketing",
    )  # fmt: skip
    lead_with("no time", event_at=None, event_time_status="absent")
    lead_with("no zone", event_time_status="zoneless")
    lead_with("future", event_at=None, event_time_status="future")
    today = datetime(2026, 11, 23, 23, tzinfo=UTC)  # midnight of the 24th in Berlin
    # Landing dates a grant of a bare date at the end of that day.
    lead_with("dated today", event_at=today + days(1), event_time_status="date_only")
    lead_with("dated yesterday", event_at=today, event_time_status="date_only")
    world.lead("business customer", audience="generic_company")
    world.relation("business customer")
    world.lead("former customer", audience="generic_company")
    world.relation("former customer", ended_at=YESTERDAY)
    world.lead("never offered to object", audience="generic_company")
    world.relation("never offered to object", is_objection_offered=None)
    world.lead("consumer customer")
    world.relation("consumer customer")
    world.lead("contract ended since", audience="generic_company")
    contract = key("contract", "K-1")
    world.relation(
        "contract ended since",
        contract_id=contract,
        batch=world.batch("web", name="before", accepted_at=YESTERDAY - days(30)),
    )
    world.relation("contract ended since", contract_id=contract, ended_at=YESTERDAY)
    lead_with("expiring tonight", expires_at=datetime(2026, 11, 24, 20, tzinfo=UTC))


def build_stops(world: World) -> None:
    def stopped(subject: str) -> str:
        world.lead(subject)
        world.consent(subject)
        return subject

    world.consent(stopped("refusing"), "refused", event_at=LATER)
    world.consent(stopped("withdrawing"), "withdrawn", event_at=LATER)
    world.consent(stopped("objecting"), "objected", event_at=LATER)
    world.consent(stopped("disputing"), "restricted", event_at=LATER)
    world.consent(stopped("sending something unreadable"), "unreadable", event_at=LATER)
    world.consent(stopped("withdrawing elsewhere"), "withdrawn", purpose="solar_offers")
    world.consent(stopped("withdrawing from a typo"), "withdrawn", purpose="solar_ofers")
    world.consent(stopped("withdrawing from e-mail"), "withdrawn", channel="email")
    world.consent(stopped("withdrawing from another"), "withdrawn", controller_id=OTHER)
    world.stop(stopped("suppressed"))
    world.stop(stopped("suppressed everywhere"), scope="all", controller_id=OTHER)
    world.stop(stopped("suppressed by another"), controller_id=OTHER)
    world.stop(stopped("suppressed without controller"), controller_id=None)
    world.stop(stopped("suppressed for solar"), scope="purpose", purpose="solar_offers")
    world.attempt(stopped("said no on the phone"), "refused")
    world.attempt(stopped("said never"), "objected")
    world.attempt(stopped("mumbled"), "unreadable")
    world.attempt(stopped("died"), "deceased")
    # Said no on a call of which only the day is known, and consented that very day.
    day = datetime(2026, 5, 4, 22, tzinfo=UTC)
    world.attempt(
        stopped("no and yes on one day"), "objected", attempted_at=day,
        event_time_status="date_only",
    )  # fmt: skip
    world.consent("no and yes on one day", event_at=day + timedelta(hours=9))
    world.attempt(stopped("did not answer"), "no_contact")
    world.consent(stopped("coming back"), "withdrawn", event_at=LATER)
    world.consent("coming back", event_at=LATER + days(1))
    world.consent(stopped("brought back by import"), "withdrawn", event_at=LATER)
    world.consent("brought back by import", event_at=LATER + days(1), collection_context="import")
    world.stop(stopped("back after a complaint"), "complaint", event_at=LATER)
    world.consent("back after a complaint", event_at=LATER + days(1))
    same_day = datetime(2026, 5, 4, 22, tzinfo=UTC)
    world.stop(stopped("back on the same day"), event_at=same_day, event_time_status="date_only")
    world.consent("back on the same day", event_at=same_day + timedelta(hours=9))
    autumn = datetime(2026, 10, 24, 22, tzinfo=UTC)  # the clocks of Berlin go back on the 25th
    world.stop(stopped("back in the long day"), event_at=autumn, event_time_status="date_only")
    world.consent("back in the long day", event_at=autumn + timedelta(hours=24, minutes=30))
    # A bare day of consent may lie before a stop of that day.
    evening = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)
    for subject, until in (("yes on the same day", 30), ("yes on a later day", 72 * 60)):
        world.stop(stopped(subject), event_at=evening)
        midnight = evening + timedelta(minutes=until)
        world.consent(subject, event_at=midnight, event_time_status="date_only")
    world.stop(stopped("entered by hand"), source=OPERATOR)
    world.stop(stopped("told by a source that is gone"), source="gone")
    # Its own time is worthless, so it counts from its acceptance, after the second consent.
    world.stop(stopped("stopped at no time"), event_at=None, event_time_status="absent")
    world.consent("stopped at no time", event_at=LATER)
    rejected = world.batch("web_two", name="stops", part="stops")
    world.stop(stopped("stopped by a rejected batch"), batch=rejected)
    tomorrow = world.batch("web", accepted_at=NOW + days(1))
    world.stop(stopped("stopped tomorrow"), batch=tomorrow)
    retracted = world.batch(
        "web", name="retracted", status="retracted", retracted_at=YESTERDAY + timedelta(hours=1)
    )
    world.lead("consented in a retracted batch")
    world.consent("consented in a retracted batch", batch=retracted)
    world.lead("delivered in a retracted batch", batch=retracted)


def build_persons(world: World) -> None:
    record = world.lead("her mobile", person="she")
    world.number("her landline", record, person="she")
    for subject in ("her mobile", "her landline"):
        world.consent(subject, person="she")
    world.stop("her landline")
    # Two persons share a line; his objection closes the line and his mobile, not her other number.
    world.number("shared line", world.lead("his mobile", person="he"), person="he")
    world.number("shared line", world.lead("her other number", person="spouse"), person="spouse")
    for subject, person in (("his mobile", "he"), ("her other number", "spouse")):
        world.consent(subject, person=person)
    world.consent("shared line", person="spouse")
    world.stop("shared line", person="he")
    # He consents for his own line only through a lead of his own in the campaign.
    world.lead("flat share", person="first tenant")
    world.lead("flat share", person="second tenant", source="other_web")
    world.consent("flat share", person="second tenant")
    world.lead("given by a stranger")
    world.consent("given by a stranger", person="whose lead is nowhere")
    world.lead("given by one of two", person="either")
    world.lead("given by one of two", person="or the other")
    world.consent("given by one of two")
    world.lead("one of two elsewhere")
    for person in ("one elsewhere", "another elsewhere"):
        world.lead("one of two elsewhere", person=person, source="other_web", controller_id=OTHER)
    world.consent("one of two elsewhere")
    # Retention deleted the lead of one of two; of another pair one is known by her consent alone.
    world.lead("one of two has left", person="who stayed")
    world.old_number("one of two has left", person="who left")
    world.consent("one of two has left")
    for subject, source in (("one of two in the log", "web"), ("one in another log", "other_web")):
        world.lead(subject, person=f"{subject}, of a lead")
        world.consent(subject, person=f"{subject}, of no lead", source=source)
        world.consent(subject)
    for person in ("renewing tenant", "consenting tenant"):
        world.lead("renewed by the other", person=person)
    world.consent(
        "renewed by the other", person="consenting tenant", event_at=LAST_SPRING - days(400),
        expires_at=LATER,
    )  # fmt: skip
    world.consent(
        "renewed by the other", "renewed", person="renewing tenant", event_at=LATER - days(1)
    )
    for person in ("one of the stopped", "other of the stopped"):
        world.lead("one of two said stop", person=person)
    world.stop("one of two said stop", event_at=LAST_SPRING)
    world.consent("one of two said stop", person="one of the stopped", event_at=LATER)
    for person in ("first clerk", "second clerk"):
        world.lead("customer unknown on a shared line", person=person, audience="generic_company")
    world.relation("customer unknown on a shared line", person="a clerk of no lead")
    world.lead("in two lists", person="number 7 of the web")
    world.lead("in two lists", person="number 8 of the seller", source="bought")
    world.consent("in two lists")
    world.stop("coming back as nobody", person="coming back as nobody", event_at=LAST_SPRING)
    world.lead("coming back as nobody")
    world.consent("coming back as nobody", event_at=LAST_SPRING + days(30))
    world.stop("coming back herself", person="coming back herself", event_at=LAST_SPRING)
    world.lead("coming back herself")
    world.consent(
        "coming back herself", person="coming back herself", event_at=LAST_SPRING + days(30)
    )
    world.lead("new number", person="mover")
    world.old_number("number of long ago", person="mover")
    world.stop("number of long ago")
    world.consent("new number", person="mover")
    world.lead("two leads", person="first", source="bought")
    world.lead("two leads", person="second")
    world.consent("two leads", person="second")


def build_law(world: World) -> None:
    for status in ("invalid", "ambiguous", "mangled", "not_callable_kind", "fictional"):
        world.lead(f"{status} number", status=status)
        world.consent(f"{status} number")
    world.lead("number of no country", status="no_country", region="", country=None)
    world.lead("premium number", line_type="premium", status="fictional")
    world.lead("australian", region="AU")
    world.lead("jersey", region="JE", country="GB")
    world.lead("austrian", region="AT")
    world.consent("austrian")
    world.lead("french overseas", region="RE", country="FR")
    world.consent("french overseas")
    world.lead("british number, german address", region="GB", country="GB", address_country="DE")
    world.lead("danish company", region="DK", audience="generic_company")
    world.lead("danish clerk", region="DK", audience="named_contact")
    world.lead("french company", region="FR", audience="generic_company")
    world.lead("french customer under an unsigned row", region="FR")
    world.relation("french customer under an unsigned row")
    world.lead("from an unapproved seller", source="unapproved")
    world.consent("from an unapproved seller")
    world.lead("old lead", collected_at=datetime(2021, 1, 1, tzinfo=UTC))
    world.lead("old lead, fresh consent", collected_at=datetime(2021, 1, 1, tzinfo=UTC))
    world.consent("old lead, fresh consent")
    world.lead("wanted twice")
    world.lead("wanted twice", source="web_two")
    world.consent("wanted twice")
    world.lead("stopped for the first", source="bought")
    world.consent("stopped for the first", purpose="solar_offers")
    for subject in ("robot with consent", "robot with plain consent"):
        world.lead(subject, source="unapproved")
        world.lead(subject, source="web_two")
    world.consent("robot with consent", call_mode="automated_or_ai", source="web")


def build_registers(world: World) -> None:
    world.lead("tps listed", region="GB")
    world.lead("tps listed, consenting", region="GB")
    world.consent("tps listed, consenting")
    world.lead("tps free", region="GB")
    world.lead("british company", region="GB", audience="generic_company")
    world.lead("swedish", region="SE")
    world.lead("american", region="US", state="New York")
    world.lead("floridian", region="US", state="FL")
    world.lead("american of an unknown state", region="US")
    for country in ("DE", "FR", "GB"):
        world.lead("claimed by three countries", person=country, country=country)
    world.consent("claimed by three countries", person="FR")
    world.lead("norwegian", region="NO")
    world.lead("swiss", region="CH")
    world.lead("swiss in the directory", region="CH")
    world.lead("italian consenting", region="IT", state="Milano")
    world.consent("italian consenting")
    world.lead("italian of no known province", region="IT", state="Lombardia")
    world.consent("italian of no known province")
    world.lead("italian listed", region="IT", state="IT-MI")
    world.consent("italian listed")
    world.register("gb_tps", "tps listed", "tps listed, consenting")
    old = world.register("no_reservasjon", free=["norwegian"], published_at=NOW - days(90))
    world.reconfirm(old, published_at=YESTERDAY)
    world.register("se_nix", free=["swedish"], published_at=NOW - days(61))
    world.register("ch_directory_open", "swiss in the directory")
    world.register(
        "it_rpo",
        "italian listed",
        published_at=NOW - days(5),
        free=["italian consenting", "italian of no known province"],
    )
