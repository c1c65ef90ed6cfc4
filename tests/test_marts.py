"""Read the marts as an analyst after the sample day: all of them, and never a phone number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection
from psycopg.rows import dict_row

from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source, sources_in_order
from ringfence.publish import publish_call_lists
from ringfence.sample import CALL_DATE, place
from ringfence.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
SECTION = README.partition("## For the analyst")[2].partition("\n## ")[0]
QUERIES = re.findall(r"```sql\n-- (.*?)\n(.*?)```", SECTION, re.DOTALL)
RELATIONS = """
    select format('%s.%s', namespaces.nspname, classes.relname)
    from pg_class as classes
    inner join pg_namespace as namespaces on classes.relnamespace = namespaces.oid
    where namespaces.nspname in ('marts', 'governance') and classes.relkind in ('r', 'v')
    order by 1
"""


@pytest.fixture(scope="module")
def day(database: Settings) -> Settings:
    """Decide the day after the sample's, then the sample's own, and publish its lists.

    Every file is found twice, as at every run of a day: what was rejected is tried again.
    """
    place(Home(database.home))
    for source in 2 * list(sources_in_order(database, "demo")):
        ingest_source(database, source.source_id)
    decide(database, call_date=CALL_DATE + timedelta(days=1))
    decide(database)
    publish_call_lists(database)
    return database


@pytest.fixture
def analyst(day: Settings) -> Iterator[Connection[dict[str, Any]]]:
    with connect(day, "analyst", name="a test") as connection:
        connection.row_factory = dict_row  # type: ignore[assignment]
        yield connection  # type: ignore[misc]


@pytest.fixture
def pipeline(day: Settings) -> Iterator[Connection]:
    with connect(day, name="a test", autocommit=True) as connection:
        yield connection


def relations(connection: Connection[dict[str, Any]]) -> list[str]:
    found = [str(row["format"]) for row in connection.execute(RELATIONS)]
    assert len(found) > 12
    return found


def test_an_analyst_reads_every_mart_and_meets_no_number_in_it(
    analyst: Connection[dict[str, Any]], pipeline: Connection
) -> None:
    numbers = {
        row[0].lstrip("+")
        for row in pipeline.execute(
            "select distinct e164 from landing.lead_contact_points where e164 is not null"
        )
    }
    assert len(numbers) > 500
    for relation in relations(analyst):
        rows = analyst.execute(f"select told::text from {relation} as told".encode()).fetchall()
        met = {digits for row in rows for digits in re.findall(r"\d{7,}", row["told"])}
        assert not met & numbers, relation


def test_whoever_objected_is_in_no_mart_to_score_or_to_target(
    analyst: Connection[dict[str, Any]],
) -> None:
    of_persons = [
        relation
        for relation in relations(analyst)
        if analyst.execute(
            "select attnum from pg_attribute"
            " where attrelid = %s::regclass and attname = 'subject_id'",
            [relation],
        ).fetchone()
    ]
    # What was looked up, decided, consented to: a mart that picks people would be a new one.
    assert of_persons == [
        "governance.look_ups", "marts.call_decision_reasons", "marts.call_decisions",
        "marts.consent_register",
    ]  # fmt: skip
    told = analyst.execute(
        """
        select count(*) as objected, count(*) filter (where verdict = 'callable') as callable
        from marts.call_decisions
        where reason_codes && '{objected,suppressed_internally,erased}'
        """
    ).fetchone()
    assert told
    assert (told["objected"] > 10, told["callable"]) == (True, 0)


def test_an_analyst_reads_nothing_behind_the_marts(analyst: Connection[dict[str, Any]]) -> None:
    rows = analyst.execute(
        """
        select format('%I.%I', table_schema, table_name) as readable
        from information_schema.role_table_grants
        where grantee = current_user and table_schema in ('landing', 'ledger', 'intermediate')
        """
    ).fetchall()
    assert rows == []


def test_every_mart_and_column_says_in_psql_what_it_is(
    analyst: Connection[dict[str, Any]],
) -> None:
    silent = analyst.execute(
        """
        select concat_ws('.', relation, attributes.attname) as name
        from unnest(%s::text[]) as relation
        inner join pg_attribute as attributes on attributes.attrelid = relation::regclass
        where
            attributes.attnum > 0
            and not attributes.attisdropped
            and (
                coalesce(col_description(relation::regclass, attributes.attnum), '') = ''
                or coalesce(obj_description(relation::regclass, 'pg_class'), '') = ''
            )
        """,
        [relations(analyst)],
    ).fetchall()
    assert [row["name"] for row in silent] == []


def test_the_readme_names_every_mart_and_no_other(analyst: Connection[dict[str, Any]]) -> None:
    named = re.findall(r"^\| `((?:marts|governance)\.\w+)` \|", SECTION, re.MULTILINE)
    assert sorted(named) == relations(analyst)


def rows_of(analyst: Connection[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    """Return what the README's query with these words in its heading finds."""
    (query,) = [query for heading, query in QUERIES if words in heading]
    return analyst.execute(query.encode()).fetchall()


def test_the_readme_has_three_queries() -> None:
    assert len(QUERIES) == 3


def test_the_readmes_query_tells_why_leads_are_blocked_by_source(
    analyst: Connection[dict[str, Any]],
) -> None:
    rows = rows_of(analyst, "blocked this week")
    assert rows[0]["last_day"] >= rows[-1]["last_day"] > 0
    auction = [row for row in rows if row["source_id"] == "auction_leads_gb"]
    assert [row["first_reason_code"] for row in auction] == ["source_not_approved"]
    assert auction[0]["sentence"] == "No approved source stands behind this lead."


def test_the_readmes_query_tells_which_sources_consent_lacks_what(
    analyst: Connection[dict[str, Any]],
) -> None:
    rows = rows_of(analyst, "consent lacks what")
    assert {row["part"] for row in rows} == {"evidence_status", "event_at"}
    lacking = analyst.execute(
        "select count(*) as n from marts.consent_register where missing_evidence is not null"
    ).fetchone()
    assert lacking == {"n": sum(row["count_consents"] for row in rows)}


def test_the_readmes_query_tells_the_lists_that_were_published_after_the_build(
    analyst: Connection[dict[str, Any]],
) -> None:
    rows = {row["campaign_id"]: row for row in rows_of(analyst, "left on each list")}
    callable_ = {
        row["campaign_id"]: row["count_callable"]
        for row in analyst.execute("select campaign_id, count_callable from marts.call_funnel")
    }
    assert {campaign: row["count_published"] for campaign, row in rows.items()} == callable_
    assert all(row["is_current"] and row["status"] == "published" for row in rows.values())
    assert all(row["call_date"] == CALL_DATE for row in rows.values())


def record(
    pipeline: Connection, list_id: UUID, edition: int, *statuses: str, removed: tuple[str, ...] = ()
) -> None:
    """Put the steps of a list of ten rows on record, and removals from it."""
    for status in statuses:
        pipeline.execute(
            """
            insert into ledger.publications (
                list_id, status, campaign_id, call_date, run_id, edition, count_rows, valid_until,
                recorded_at
            )
            select %s, %s, 'winter', '2026-12-01', run_id, %s, 10, '2026-12-02', ledger.now()
            from ledger.decision_runs order by seq limit 1
            """,
            [list_id, status, edition],
        )
    for reason in removed:
        pipeline.execute(
            "insert into ledger.publication_removals values (%s, %s, %s, ledger.now())",
            [list_id, uuid4(), reason],
        )


def test_each_edition_of_a_list_says_what_became_of_it(
    analyst: Connection[dict[str, Any]], pipeline: Connection
) -> None:
    out = ("prepared", "published")
    record(pipeline, uuid4(), 1, *out, "superseded", removed=("last_look",))
    record(pipeline, uuid4(), 2, "prepared", "voided")
    record(pipeline, uuid4(), 3, *out, "recalled", "deleted")
    record(pipeline, uuid4(), 4, *out, removed=("last_look", "last_look", "erasure"))
    record(pipeline, uuid4(), 5, "prepared", removed=("last_look",))
    rows = analyst.execute(
        """
        select
            edition, status, is_current, count_removed_at_last_look as looked, count_published,
            count_kept
        from marts.published_lists
        where campaign_id = 'winter'
        order by edition
        """
    ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (1, "superseded", False, 1, 9, 9),
        (2, "voided", False, 0, None, None),
        (3, "deleted", False, 0, 10, 10),
        (4, "published", True, 2, 8, 7),
        (5, "prepared", False, 1, None, None),
    ]


def test_every_quarantined_row_is_counted_under_its_reason(
    analyst: Connection[dict[str, Any]],
) -> None:
    wrong = analyst.execute(
        """
        select totals.batch_id
        from governance.batch_control_totals as totals
        left join marts.quarantine_reasons as reasons using (batch_id)
        group by totals.batch_id, totals.rows_quarantined
        having totals.rows_quarantined <> coalesce(sum(reasons.count_rows), 0)
        """
    ).fetchall()
    found = {
        row["reason_code"]
        for row in analyst.execute("select reason_code from marts.quarantine_reasons")
    }
    assert wrong == []
    assert found == {"record_id_repeated", "row_wrong_cell_count", "number_missing"}


def test_a_file_that_was_tried_twice_is_one_delivery(
    analyst: Connection[dict[str, Any]], pipeline: Connection
) -> None:
    tried = {
        row["source_id"]
        for row in analyst.execute(
            "select source_id from governance.batch_control_totals where is_retried"
        )
    }
    files = pipeline.execute(
        """
        select
            source_id, count(distinct file_sha256),
            count(distinct file_sha256) filter (where status = 'rejected')
        from landing.batches
        where part = 'rest'
        group by source_id
        """
    ).fetchall()
    counted = {
        row["source_id"]: (row["count_deliveries"], row["count_rejected"])
        for row in analyst.execute("select * from marts.source_quality")
    }
    assert tried
    assert {source: (known, rejected) for source, known, rejected in files} == counted
    assert all(counted[source][1] for source in tried)


def test_every_day_keeps_its_funnel_and_its_run(analyst: Connection[dict[str, Any]]) -> None:
    days = analyst.execute(
        """
        select by_day.call_date, runs.call_date = by_day.call_date as is_run_of_day,
            sum(by_day.count_candidates) as count_candidates
        from marts.funnel_by_day as by_day
        inner join governance.decision_runs as runs using (run_id)
        group by 1, 2
        order by 1
        """
    ).fetchall()
    assert [(row["call_date"], row["is_run_of_day"]) for row in days] == [
        (CALL_DATE, True), (CALL_DATE + timedelta(days=1), True),
    ]  # fmt: skip
    differing = analyst.execute(
        """
        select campaign_id, count_candidates, count_callable, count_blocked, count_undetermined
        from marts.call_funnel
        except
        select campaign_id, count_candidates, count_callable, count_blocked, count_undetermined
        from marts.funnel_by_day
        where call_date = %s
        """,
        [CALL_DATE],
    ).fetchall()
    assert differing == []


def test_a_day_decided_twice_counts_once_and_makes_no_new_edition(
    analyst: Connection[dict[str, Any]], day: Settings
) -> None:
    again = decide(day)
    rows = analyst.execute(
        "select distinct run_id from marts.funnel_by_day where call_date = %s", [CALL_DATE]
    ).fetchall()
    assert rows == [{"run_id": again.run_id}]
    lists = publish_call_lists(day)
    assert {(one.status, one.edition, one.reason) for one in lists} == {("unchanged", 1, None)}


def test_the_days_reasons_by_source_are_those_of_the_sources(
    analyst: Connection[dict[str, Any]],
) -> None:
    differing = analyst.execute(
        """
        select source_id, count_candidate_leads, count_callable from marts.source_quality
        where count_candidate_leads > 0
        except
        select source_id, sum(count_candidate_leads),
            coalesce(sum(count_candidate_leads) filter (where verdict = 'callable'), 0)
        from marts.source_reasons_by_day
        where call_date = %s
        group by source_id
        """,
        [CALL_DATE],
    ).fetchall()
    assert differing == []


def test_numbers_kept_for_fiction_are_valid_in_a_demo(
    analyst: Connection[dict[str, Any]], pipeline: Connection
) -> None:
    valid = {
        row["source_id"]: (row["count_candidate_leads"], row["count_valid_numbers"])
        for row in analyst.execute("select * from marts.source_quality")
    }
    faulty = dict(
        pipeline.execute(
            """
            select leads.source_id, count(*)
            from intermediate.int_candidate_leads as leads
            where exists (
                select from marts.call_decision_reasons as reasons
                where reasons.subject_id = leads.subject_id
                    and reasons.campaign_id = leads.campaign_id and reasons.family = 'number'
            )
            group by 1
            """
        ).fetchall()
    )
    assert sum(count for _, count in valid.values()) > 800
    assert {source: led - count for source, (led, count) in valid.items() if led != count} == (
        faulty
    )
    assert faulty
