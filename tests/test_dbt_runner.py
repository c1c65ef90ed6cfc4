from __future__ import annotations

import pytest

from ringfence.decision.dbt_runner import without_values
from ringfence.settings import lent_environment


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            'Error in model x (models/x.sql)\n  invalid input syntax for type date: "Ada"\n'
            "  LINE 3: select 'Ada'\n  compiled code at target/x.sql",
            "Error in model x (models/x.sql) invalid input syntax for type date: …",
        ),
        (
            'permission denied for relation "landing.batches"',
            'permission denied for relation "landing.batches"',
        ),
        (
            'duplicate key value violates unique constraint "one"\n'
            "DETAIL:  Key (e164)=(+442079460000) already exists.",
            'duplicate key value violates unique constraint "one"',
        ),
        ("value 442079460123 is out of range", "value … is out of range"),
    ],
)  # fmt: skip
def test_a_databases_message_loses_its_values(message: str, told: str) -> None:
    assert without_values(message) == told


def test_a_lent_environment_is_taken_back() -> None:
    import os

    with lent_environment(RINGFENCE_TEST="here", HOME="/nonexistent"):
        assert os.environ["RINGFENCE_TEST"] == "here"
    assert "RINGFENCE_TEST" not in os.environ
    assert os.environ["HOME"] != "/nonexistent"
