"""One number stands in one list a day of a controller, by whatever id the controller goes."""

from __future__ import annotations

import hashlib

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb
from tests.support_publish import (
    CAMPAIGN,
    decide,
    door,
    land_leads,
    object_to_calls,
    write_files,
    write_registers,
)

from ringfence.database import connect
from ringfence.lists_out import lists_out
from ringfence.publish import PublicationReport, publish_call_lists
from ringfence.settings import Settings

ENERGY = CAMPAIGN
SOLAR = CAMPAIGN | {"campaign_id": "solar_gb", "title": "Solar GB", "priority": 2}
NORTHWIND = {"controller_id": "northwind", "name": "Northwind Energy"}
RENAMED = {"controller_id": "northwind_plc", "name": "NORTHWIND  Energy"}
ELSEWHERE = {"controller_id": "elsewhere", "name": "Elsewhere"}
Register = dict[str, object]


def accept(connection: Connection, kind: str, *content: Register) -> None:
    connection.execute(
        "insert into ledger.config_versions (kind, sha256, content, accepted_at)"
        " values (%s, %s, %s, ledger.now())",
        [kind, hashlib.sha256(repr(content).encode()).hexdigest(), Jsonb(list(content))],
    )


def publish_in_turn(
    settings: Settings,
    first: Register,
    second: tuple[Register, ...],
    controllers: tuple[Register, ...],
) -> PublicationReport:
    """Publish a list of energy, change the registers, publish one of solar with the same rows."""
    write_files(settings.registers, ENERGY, SOLAR)
    with connect(settings, autocommit=True) as connection:
        land_leads(connection, range(5))
        write_registers(connection, first)
        decide(connection, range(3))
    (energy,) = publish_call_lists(settings, check=door, campaign_id="energy_gb")  # type: ignore[arg-type]
    assert (energy.status, energy.count_rows) == ("published", 3)
    with connect(settings, autocommit=True) as connection:
        accept(connection, "campaigns", *second)
        accept(connection, "controllers", *controllers)
        decide(connection, range(5), campaign_id="solar_gb")
    (solar,) = publish_call_lists(settings, check=door, campaign_id="solar_gb")  # type: ignore[arg-type]
    return solar


def of(campaign: Register, controller: str) -> Register:
    return campaign | {"controller": controller}


SAME = {
    "both are of one controller": (ENERGY, (ENERGY, SOLAR), (NORTHWIND,)),
    "its campaign is gone from the registers": (ENERGY, (SOLAR,), (NORTHWIND,)),
    "its campaign was given to another controller since": (
        ENERGY, (of(ENERGY, "elsewhere"), SOLAR), (NORTHWIND, ELSEWHERE),
    ),
    "its campaign came from another controller": (
        of(ENERGY, "elsewhere"), (ENERGY, SOLAR), (NORTHWIND, ELSEWHERE),
    ),
    "it is of a joint controller": (
        of(ENERGY, "elsewhere"),
        (of(ENERGY, "elsewhere"), SOLAR),
        (NORTHWIND | {"joint_with": ["elsewhere"]}, ELSEWHERE | {"joint_with": ["northwind"]}),
    ),
    "the controller was given another id": (
        ENERGY, (of(SOLAR, "northwind_plc"),), (RENAMED,),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second", "controllers"), SAME.values(), ids=SAME)
def test_a_number_in_another_list_of_the_controller_is_not_listed_twice(
    fresh_database: Settings,
    first: Register,
    second: tuple[Register, ...],
    controllers: tuple[Register, ...],
) -> None:
    solar = publish_in_turn(fresh_database, first, second, controllers)
    assert (solar.count_rows, solar.count_removed) == (2, 3)


def test_a_number_in_a_list_of_somebody_else_may_be_listed(fresh_database: Settings) -> None:
    solar = publish_in_turn(
        fresh_database,
        of(ENERGY, "elsewhere"),
        (of(ENERGY, "elsewhere"), SOLAR),
        (NORTHWIND, ELSEWHERE),
    )
    assert (solar.count_rows, solar.count_removed) == (5, 0)


def test_a_list_that_is_out_names_every_controller_it_may_be_of(fresh_database: Settings) -> None:
    publish_in_turn(fresh_database, *SAME["its campaign was given to another controller since"])
    with connect(fresh_database) as connection:
        (energy,) = lists_out(connection, "energy_gb")
    assert energy.controller_ids == ("elsewhere", "northwind")


def test_an_objection_to_a_controllers_earlier_id_is_one_to_it(fresh_database: Settings) -> None:
    write_files(fresh_database.registers, SOLAR)
    with connect(fresh_database, autocommit=True) as connection:
        land_leads(connection, range(5))
        write_registers(connection, SOLAR)
        accept(connection, "controllers", NORTHWIND)
        accept(connection, "campaigns", of(SOLAR, "northwind_plc"))
        accept(connection, "controllers", RENAMED)
        decide(connection, range(5), campaign_id="solar_gb")
        object_to_calls(connection, 4, "northwind")
    (solar,) = publish_call_lists(fresh_database, check=door, campaign_id="solar_gb")  # type: ignore[arg-type]
    assert (solar.count_rows, solar.count_removed) == (4, 1)
