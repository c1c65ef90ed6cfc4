"""A stop by hand: it counts at once, says where it came too late, and never keeps the number."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from tests.support_commands import run_command
from tests.support_publish import lay_day, number, publish, subject
from tests.test_explain import told

from ringfence.cli.control import suppress_command
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.kinds import SUPPRESSIONS_BY_HAND
from ringfence.landing.suppress import SuppressReport, suppress
from ringfence.settings import Settings


def enter(
    settings: Settings, typed: str, country: str | None = None, **more: str
) -> SuppressReport:
    given = {"controller_id": None, "kind": "objection"} | more
    return suppress(settings, typed, country, **given)  # type: ignore[arg-type]


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_stop_by_hand_counts_for_every_controller(fresh_database: Settings) -> None:
    assert enter(fresh_database, "020 7946 0001", "GB").count_entries == 1
    assert ask(
        fresh_database, "select controller_id, kind, scope from ledger.suppression_entries"
    ) == [(None, "objection", "controller")]


def test_a_stop_by_hand_that_cannot_be_matched_is_refused(fresh_database: Settings) -> None:
    with pytest.raises(Misconfigured, match="cannot be read as one phone number") as refused:
        enter(fresh_database, "020 7946 0001")
    assert "--country" in refused.value.remedy
    assert ask(fresh_database, "select count(*) from landing.batches") == [(0,)]


@pytest.mark.parametrize("kind", SUPPRESSIONS_BY_HAND)
def test_every_kind_that_may_be_entered_by_hand_is_kept_as_it_is(
    database: Settings, kind: str
) -> None:
    entered = enter(database, "+44 20 7946 0002", kind=kind)
    assert entered.kind == kind
    assert (kind,) in ask(
        database,
        f"select kind from ledger.suppression_entries where batch_id = '{entered.batch_id}'",
    )


def test_a_mistyped_controller_is_not_silently_suppressed_for(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    with pytest.raises(Misconfigured, match="no controller `nrthwind`") as refused:
        enter(fresh_database, number(1), controller_id="nrthwind")
    assert "northwind" in refused.value.remedy
    assert ask(fresh_database, "select count(*) from ledger.suppression_entries") == [(0,)]


def test_who_asked_and_where_it_can_be_read_again_is_kept_and_told(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    entered = enter(fresh_database, number(1), by="complaints desk", reference="INC-4711")
    (event,) = ask(
        fresh_database,
        "select object_id, details from ledger.audit_events where action = 'suppress'",
    )
    assert event == (
        str(entered.batch_id),
        {
            "kind": "objection", "by": "complaints desk", "reference": "INC-4711",
            "controller_id": None,
        },
    )  # fmt: skip
    text = " ".join(told(fresh_database, 1).text.split())
    assert "entered by hand for complaints desk, reference INC-4711" in text
    assert "not to be called by every controller" in text


def test_a_stop_that_breaks_off_leaves_nothing_that_looks_like_one(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ringfence.landing.suppress.accept_stops", ends)
    with pytest.raises(KeyboardInterrupt):
        suppress(fresh_database, number(1), None, controller_id=None, kind="objection")
    with connect(fresh_database) as connection:
        for query in (
            "select from landing.batches",
            "select from ledger.audit_events where action = 'suppress'",
            "select from pg_tables where tablename like 'incoming%'",
        ):
            assert connection.execute(query.encode()).fetchall() == [], query


@pytest.mark.parametrize("option", ["by", "reference"])
@pytest.mark.parametrize(
    "text", ["+447700900001", "call of 07700 900 001", "7700-900001/x", "ref_X7700900001"]
)
def test_the_number_itself_is_never_kept_as_a_remark(
    database: Settings, option: str, text: str
) -> None:
    with pytest.raises(Misconfigured, match="looks like it holds") as refused:
        enter(database, number(1), **{option: text})
    assert "900001" not in str(refused.value)
    assert refused.value.where == f"--{option}"


def test_no_other_number_and_no_address_is_kept_as_a_remark(database: Settings) -> None:
    for text in ("+44 7700 900002", "jo@example.org"):
        with pytest.raises(Misconfigured, match="looks like it holds"):
            enter(database, number(1), reference=text)


def test_a_list_that_is_out_is_named_with_the_row_to_take_out(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    published = publish(fresh_database)
    (row,) = enter(fresh_database, number(1)).rows_out
    assert (row.subject_id, str(row.list_out.list_id)) == (subject(1), published.list_id)
    assert (row.list_out.campaign_id, row.list_out.edition) == ("energy_gb", 1)
    assert ask(
        fresh_database,
        f"select call_ref from ledger.publication_rows where subject_id = '{subject(1)}'",
    ) == [(row.call_ref,)]
    assert number(1)[3:] not in json.dumps(asdict(row), default=str)


def test_a_stop_before_publication_is_on_no_list(fresh_database: Settings) -> None:
    lay_day(fresh_database)
    assert enter(fresh_database, number(1)).rows_out == ()
    publish(fresh_database)
    assert enter(fresh_database, number(1)).rows_out == ()


def test_a_stop_towards_one_controller_leaves_the_lists_of_others_alone(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    with connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "insert into ledger.config_versions (kind, sha256, content, accepted_at) values"
            " ('controllers', 'x', '[{\"controller_id\": \"elsewhere\"}]', ledger.now())"
        )
    assert enter(fresh_database, number(1), controller_id="elsewhere").rows_out == ()
    assert len(enter(fresh_database, number(1), controller_id="northwind").rows_out) == 1


def test_the_command_says_what_to_do_and_never_the_number(
    fresh_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)

    def run(typed: str, *arguments: str) -> str:
        return run_command(
            monkeypatch, fresh_database, suppress_command, *arguments, typed=typed
        ).output

    words = run(number(1))
    assert "take each of these call_refs out in the dialler by hand" in " ".join(words.split())
    assert "edition 1, 5 rows, valid until" in words
    assert number(1)[3:] not in words
    found = json.loads(run(number(2), "--json"))
    assert found["rows_out"][0]["list_out"]["campaign_id"] == "energy_gb"
    clear = run("+442079460009", "--kind", "complaint")
    assert "On no list that is still valid" in clear


def test_a_list_that_is_out_is_not_called_unchanged_without_a_word(
    fresh_database: Settings,
) -> None:
    lay_day(fresh_database)
    publish(fresh_database)
    assert publish(fresh_database).reason is None
    enter(fresh_database, number(1))
    again = publish(fresh_database)
    assert again.status == "unchanged"
    assert "1 of its rows have been stopped since: `./ringfence recall`" in (again.reason or "")
