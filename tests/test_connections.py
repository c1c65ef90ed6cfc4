from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from ringfence.airflow_dags.connections import Login, database_url
from ringfence.errors import Misconfigured

LOGIN = Login(
    conn_id="warehouse",
    conn_type="postgres",
    host="db.example",
    port=None,
    schema="calls",
    login="ringfence",
    password="",
    extra={},
)


def parts(login: Login) -> dict[str, object]:
    return psycopg.conninfo.conninfo_to_dict(database_url(login))


def test_a_url_is_made_of_the_connections_parts() -> None:
    assert database_url(LOGIN) == "postgresql://ringfence@db.example:5432/calls"


def test_signs_in_a_password_or_a_name_survive_the_url() -> None:
    odd = replace(LOGIN, login="ring@fence", password="a:b/c?d#e%f", schema="calls & more")
    assert parts(odd) == {
        "user": "ring@fence",
        "password": "a:b/c?d#e%f",
        "host": "db.example",
        "port": "5432",
        "dbname": "calls & more",
    }


def test_an_address_of_ipv6_and_a_way_to_encrypt_are_kept_and_airflows_own_extras_are_not() -> None:
    secure = replace(LOGIN, host="::1", port=6432, extra={"sslmode": "verify-full", "cursor": "x"})
    found = parts(secure)
    assert (found["host"], found["port"], found["sslmode"]) == ("::1", "6432", "verify-full")
    assert "cursor" not in found


def test_a_connection_of_another_type_is_refused_and_a_password_is_never_shown() -> None:
    with pytest.raises(Misconfigured, match="is of type `mysql`, not `postgres`"):
        database_url(replace(LOGIN, conn_type="mysql"))
    assert "secret" not in repr(replace(LOGIN, password="secret"))
