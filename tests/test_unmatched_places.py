"""An unmatched stop is named as somebody finds it in the file, and by the beginning of its id."""

from __future__ import annotations

import json
import os

import pytest
from tests.support_landing import deliver, ingest
from tests.test_unmatched import IN_FULL, LED, STOPPED, home, open_id, run

from ringfence.auditor_site import gather
from ringfence.auditor_site.pages import render_pages
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.landing.unmatched import open_stops
from ringfence.settings import Settings

__all__ = ["home"]


def test_the_file_the_row_and_what_of_it_are_named(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = deliver(home, LED, STOPPED, '1,"Alice"x,020 7946 0011,,Web,,,true')
    ingest(home)
    told = json.loads(run(home, monkeypatch, "--json"))
    assert {one["file"] for one in told} == {file.name}
    assert {one["row"] for one in told} == {"row 2 below the header", "row 3 below the header"}
    of_row = [one["about"] for one in told if one["row_number"] == 3]
    assert "the row itself: quote broken" in of_row
    assert len(set(of_row)) == len(of_row)
    words = " ".join(run(home, monkeypatch).split())
    assert f"crm, {file.name}, row 2 below the header (its number, read for suppression)" in words
    with connect(home, autocommit=True) as connection:
        facts = gather(connection, home) | {"groups": []}
    page = dict(render_pages(facts))["deliveries.html"]
    assert f"{file.name}, row 2 below the header" in page
    assert "7946" not in words + page
    later = file.stat().st_mtime + 9
    os.utime(file, (later, later))
    assert "written anew since" in run(home, monkeypatch, "--json")
    file.unlink()
    assert "no longer lies in the folder" in run(home, monkeypatch, "--json")


@pytest.mark.parametrize("length", [8, 12])
def test_the_first_characters_of_an_id_settle_it(
    home: Settings, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    whole = open_id(home)
    told = ("--not-a-stop", "--reason", "a test row", "--approved-by", "dpo", "--json")
    with pytest.raises(Misconfigured, match="no id of an unmatched stop"):
        run(home, monkeypatch, "settle", whole[:7], *told)
    settled = json.loads(run(home, monkeypatch, "settle", whole[:length].upper(), *told))
    assert settled == {"settled": whole, "as": "no_stop"}


def test_an_id_that_begins_two_unmatched_stops_settles_none(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, STOPPED, LED)
    ingest(home)
    whole = open_id(home)
    twin = whole[:-1] + ("0" if whole[-1] != "0" else "1")
    with connect(home, "owner", autocommit=True) as owner:
        owner.execute(
            "insert into landing.unmatched_stops"
            " (unmatched_stop_id, batch_id, row_number, kind, received_at, due_at)"
            " select %s, batch_id, 2, kind, received_at, due_at from landing.unmatched_stops",
            [twin],
        )
    with pytest.raises(Misconfigured, match="2 unmatched stops begin so") as refused:
        run(home, monkeypatch, "settle", whole[:8], "--as-stop", typed=IN_FULL)
    assert whole in refused.value.what
    with connect(home) as connection:
        assert len(open_stops(connection)) == 2
