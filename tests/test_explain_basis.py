"""Sign off a callable number by its memo alone: law, signatures, approvals, ground, registers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from tests.support_publish import decide as decide_by_hand
from tests.support_publish import decision, lay_day, number, publish, subject

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.explain import Explanation, explain
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.sample import place
from ringfence.settings import Settings


@pytest.fixture(scope="module")
def day(database: Settings) -> Settings:
    place(Home(database.home))
    for source in sources_in_order(database, "demo"):
        ingest_source(database, source.source_id)
    decide(database)
    return database


def callable_one(settings: Settings, condition: str) -> Explanation:
    with connect(settings) as connection:
        row = connection.execute(
            f"""
            select points.e164 from marts.call_decisions as decisions
            inner join landing.lead_contact_points as points using (subject_id)
            where verdict = 'callable' and points.e164 is not null and {condition}
            order by 1 limit 1
            """.encode()
        ).fetchone()
    assert row
    return explain(settings, row[0], None, actor="auditor")


def basis(found: Explanation) -> str:
    (verdict,) = found.verdicts
    return "\n".join(f"{one.on} {one.sentence}" for one in verdict.basis)


def change(settings: Settings, kind: str, mend: Callable[[dict[str, Any]], object]) -> None:
    """Accept the newest version of a register once more, each of its entries changed."""
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(
            "select content from ledger.config_versions where kind = %s order by seq desc limit 1",
            [kind],
        ).fetchone()
        assert row
        for entry in row[0]:
            mend(entry)
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
            " values (%s, %s, %s, (select max(known_as_of) from ledger.decision_runs))",
            [kind, hashlib.sha256(json.dumps(row[0]).encode()).hexdigest(), Jsonb(row[0])],
        )


def test_a_memo_of_a_legitimate_interest_can_be_signed_without_another_file(day: Settings) -> None:
    found = callable_one(day, "ground = 'legitimate_interest'")
    told = basis(found)
    assert (
        "2026-02-05 the policy row GB/consumer/any/2026-02-05: GB, consumer, any line, in force"
        " from this day and no end is set; it asks for screening against the register" in told
    )
    assert "law: PECR 2003 reg. 21, 24 as amended by DUAA 2025" in told
    assert (
        "2026-10-01 the policy row GB/consumer/any/2026-02-05, as it reads, was signed by sample"
        in told
    )
    assert "was approved by dpo" in told
    assert "2026-10-01 the campaign broadband_upgrade of Halcyon Example" in told
    assert "2026-03-02 ground: the assessment LIA-2026-03 of the legitimate interest" in told
    assert "valid until 2027-03-01; approved by dpo" in told
    assert "Telephone Preference Service (gb_tps), copy published 2026-11-20 00:00 UTC: not" in told
    assert "!" not in found.text
    assert "MISSING" not in found.text


def test_a_memo_of_a_consent_names_its_event_its_notice_and_its_source(day: Settings) -> None:
    told = basis(callable_one(day, "ground = 'consent' and campaign_id = 'energy_autumn'"))
    assert "ground: consent given for energy_offers" in told
    assert "2024-01-01 notice nl-fr-2024-1 in force from this day, its language `fr`" in told
    assert "2026-07-20 the source partner_leads_fr, which brought its lead and the ground" in told
    assert "(obtained: bought), was approved by dpo" in told
    assert "2026-11-19 the dossier of the source partner_leads_fr: 6 of 94 consents" in told


def test_a_memo_of_a_customer_names_the_law_of_customers(day: Settings) -> None:
    told = basis(callable_one(day, "ground = 'customer'"))
    assert "what makes a customer (*, contract)" in told
    assert "ground: customer of Nordlicht Beispiel Energie GmbH (electricity)" in told
    assert "the source customers_nordlicht, which brought the ground" in told


def test_the_basis_stands_in_order_of_time_also_for_machines(day: Settings) -> None:
    found = callable_one(day, "ground = 'legitimate_interest'")
    (verdict,) = json.loads(json.dumps(found.as_dict()))["verdicts"]
    dates = [one["on"][:10] for one in verdict["basis"]]
    assert dates == sorted(dates)
    kinds = {one["kind"]: one for one in verdict["basis"]}
    assert set(kinds) >= {"policy row", "signature", "source", "campaign", "assessment", "register"}
    assert kinds["signature"]["facts"]["signed_by"] == "sample"
    assert kinds["policy row"]["facts"]["source"].startswith("https://")
    assert not any(one["is_missing"] for one in verdict["basis"])


def test_what_is_not_on_record_is_said_aloud(day: Settings) -> None:
    change(day, "campaigns", lambda one: one.pop("approved"))
    change(day, "campaigns", lambda one: (one["legitimate_interest"] or {}).pop("approved_by", 0))
    change(day, "sources", lambda one: one.update(approved=None))
    change(day, "policy_signoffs", lambda one: one.update(content="000000000000"))
    found = callable_one(day, "ground = 'legitimate_interest'")
    text = " ".join(found.text.split())
    for what in (
        "approved the campaign broadband_upgrade",
        "approved it",
        "approved the source",
        "signed the policy row GB/consumer/any/2026-02-05 as it reads",
    ):
        assert f"NOBODY IS ON RECORD as having {what}" in text
    assert text.count("MISSING:") == 3
    assert "have it answered before you sign" in text


def test_an_older_run_says_that_its_policy_rows_are_not_kept(day: Settings) -> None:
    with connect(day, autocommit=True) as connection:
        row = connection.execute(
            "select points.e164 from marts.call_decisions"
            " inner join landing.lead_contact_points as points using (subject_id)"
            " where verdict = 'callable' and ground = 'legitimate_interest' limit 1"
        ).fetchone()
    assert row
    with connect(day) as builder:
        builder.execute("lock table marts.call_decisions, marts.call_decision_reasons")
        found = explain(day, row[0], None, actor="auditor")
    assert "WHICH POLICY ROW bound it is kept of the last run alone" in basis(found)
    assert "the policy row GB/consumer/any/2026-02-05: GB, consumer" in basis(found)


def freeze(settings: Settings, index: int) -> None:
    """Freeze what the last run decided of a number that it found callable."""
    with connect(settings, autocommit=True) as connection:
        connection.execute(
            """
            insert into ledger.call_decisions (
                decision_id, run_id, subject_id, campaign_id, call_date, verdict, reason_codes,
                evidence_ids, ground
            )
            select %s, run_id, %s, 'energy_gb', call_date, 'callable', '{}', '{}', 'consent'
            from ledger.decision_runs order by seq desc limit 1
            """,
            [decision(index), subject(index)],
        )


def test_a_number_that_left_is_told_by_what_was_frozen_for_its_list(
    fresh_database: Settings,
) -> None:
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "create table marts.call_decision_reasons"
            " (candidate_id uuid, reason_code text, evidence_id text, detail text)"
        )
    lay_day(fresh_database, 3)
    freeze(fresh_database, 1)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide_by_hand(connection, range(1))
    found = explain(fresh_database, number(1), None, call_date=date(2026, 11, 24), actor="auditor")
    text = " ".join(found.text.split())
    assert "It was not a candidate" not in text
    assert "It is no candidate of any campaign by the run of 2026-11-24 05:00 UTC, but it left" in (
        text
    )
    assert "edition 1, 2026-11-24 05:00 UTC: below is what was frozen for it" in text
    assert "energy_gb (Energy GB): CALLABLE This is what was frozen for edition 1" in text
    assert "NOTHING IS ON RECORD that proves the ground, the person's consent" in text
    assert [one.of_edition for one in found.verdicts] == [1]


def test_a_list_without_a_frozen_decision_is_said_aloud(fresh_database: Settings) -> None:
    lay_day(fresh_database, 3)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        decide_by_hand(connection, range(1))
    text = " ".join(explain(fresh_database, number(1), None, actor="auditor").text.split())
    assert "NOTHING IS ON RECORD of the decision it left by" in text
