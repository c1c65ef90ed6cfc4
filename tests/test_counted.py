"""A count agrees with its noun wherever one is told."""

from __future__ import annotations

import pytest

from ringfence.counted import counted
from ringfence.landing.batches import BatchReport, summary_of_batches
from ringfence.publish.model import summary_of_publications


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1200, "1,200 rows")]
)
def test_one_is_no_plural(count: int, told: str) -> None:
    assert counted(count, "row") == told


def test_summaries_of_one_row_and_one_stop_say_so() -> None:
    one = BatchReport("b", "crm", "accepted", rows_read=1, rows_landed=1, count_stops=1)
    assert summary_of_batches([one]) == "accepted: 1 of 1 row, 1 stop"
    assert summary_of_publications([]) == "0 lists, 0 rows"
