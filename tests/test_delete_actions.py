"""What a dialler is told to take out, in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support_publish import CAMPAIGN, number, object_to_calls, publish
from tests.support_recall import folder, lay_day_in_two_deliveries, recall, recalled

from ringfence.database import connect
from ringfence.landing.retract import retract_batch
from ringfence.publish.delete_actions import DELETE_ACTIONS
from ringfence.publish.diallers import DIALLERS
from ringfence.settings import Settings


def deleted(settings: Settings, dialler: str) -> dict[str, str]:
    """Recall one objection and two rows without a ground; return the dialler's own files."""
    _, second = lay_day_in_two_deliveries(settings, CAMPAIGN | {"dialler": dialler})
    publish(settings)
    retract_batch(settings, second, reason="a wrong export")  # type: ignore[arg-type]
    with connect(settings, autocommit=True) as connection:
        object_to_calls(connection, 0)
    recall(settings)
    return {
        path.name: path.read_bytes().decode()
        for path in folder(settings).glob("recall-*")
        if path.name != "recall-1.csv"
    }


def call_ref(settings: Settings, index: int) -> str:
    return next(row["call_ref"] for row in recalled(settings) if row["phone"] == number(index))


def test_vicidial_takes_each_row_out_and_lists_who_objected_and_nobody_else(
    fresh_database: Settings,
) -> None:
    (name, text), *others = deleted(fresh_database, "vicidial").items()
    assert (name, others) == ("recall-1-vicidial.txt", [])
    lines = text.splitlines()
    for index in (0, 3, 4):
        assert (
            "function=update_lead&search_method=VENDOR_LEAD_CODE&vendor_lead_code="
            f"{call_ref(fresh_database, index)}&status=RECALL&remove_from_hopper=Y"
        ) in lines
    listed = [line for line in lines if "add_dnc_phone" in line]
    assert listed == ["function=add_dnc_phone&campaign_id=SYSTEM_INTERNAL&phone_number=7700900000"]
    assert len(lines) == 4


def test_genesys_lists_who_objected_for_good_and_the_others_until_the_list_is_over(
    fresh_database: Settings,
) -> None:
    (name, text), *others = deleted(fresh_database, "genesys").items()
    assert (name, others) == ("recall-1-genesys.csv", [])
    header, *lines = text.split("\r\n")
    assert header == "phone,expires_at"
    assert sorted(lines) == [
        "", f"{number(0)},", f"{number(3)},2026-11-25T00:00Z", f"{number(4)},2026-11-25T00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize("dialler", ["generic", "five9"])
def test_a_dialler_without_a_delete_action_has_the_recall_file_alone(
    fresh_database: Settings, dialler: str
) -> None:
    assert dialler in DIALLERS
    assert deleted(fresh_database, dialler) == {}
    assert len(recalled(fresh_database)) == 3


def test_every_dialler_stands_in_the_readme_with_what_a_recall_writes_for_it() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    table = readme.partition("| dialler | file | how it takes the rows out |")[2].partition("\n- ")[
        0
    ]
    rows = [line for line in table.splitlines() if line.strip().startswith("| `")]
    for dialler in DIALLERS:
        (row,) = (line for line in rows if f"`{dialler}`" in line.split("|")[1])
        action = DELETE_ACTIONS.get(dialler)
        assert (f"`recall-1-{action.ending}`" if action else "`recall-1.csv`") in row
