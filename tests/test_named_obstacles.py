"""What holds a list back, or is read by nobody, is named by its file, with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support_landing import CRM, ROWS, deliver
from tests.support_registers import write_source

from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.publish.facts import refuse_unread_stops
from ringfence.publish.model import Campaign
from ringfence.settings import Settings


@pytest.fixture
def of_csv(fresh_database: Settings) -> Settings:
    """Read *.csv alone."""
    text = CRM.replace("expected_every: 1d", 'expected_every: 1d, pattern: "*.csv"')
    registers = write_source(Home(fresh_database.home).root / "registers", "crm", text)
    return replace(fresh_database, registers=registers)


def test_a_refused_list_names_each_file_that_holds_it_back_and_what_ends_it(
    of_csv: Settings,
) -> None:
    campaign = Campaign("autumn", "Autumn", "acme", "Acme", "UTC", "generic", ("crm",), 1)
    deliver(of_csv, *ROWS, name="of_447700900001.txt")
    (missed,) = ingest_source(of_csv, "crm")
    with connect(of_csv) as connection, pytest.raises(Refusal) as refusal:
        refuse_unread_stops(connection, campaign)
    assert "a name that `delivery.pattern` fits" in refusal.value.remedy
    assert "keep its name" not in refusal.value.remedy
    deliver(of_csv, name="web.csv").write_text("<html>please log in</html>")
    broken, _ = ingest_source(of_csv, "crm")
    broken, _ = ingest_source(of_csv, "crm")
    with connect(of_csv) as connection, pytest.raises(Refusal) as refusal:
        refuse_unread_stops(connection, campaign)
    assert refusal.value.where == (
        f"source crm, of_….txt, batch {missed.batch_id};"
        f" source crm, web.csv, batch {broken.batch_id}"
    )
    assert "of_….txt: put the file itself there" in refusal.value.remedy
    assert "web.csv: mend that file, keep its name" in refusal.value.remedy
