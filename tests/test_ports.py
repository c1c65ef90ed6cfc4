"""Choose ports beside real listeners."""

from __future__ import annotations

import socket

from ringfence.services import ports


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    port = ports.choose_port(None, "a service")
    assert ports.choose_port(port, "another name") == port


def test_a_port_somebody_listens_on_is_passed_over() -> None:
    port = ports.choose_port(None, "a service")
    with socket.create_server((ports.HOST, port)):
        assert ports.answers(port)
        assert not ports.is_free(port)
        assert ports.choose_port(port, "a service") != port
    assert not ports.answers(port)


def test_ports_stay_below_those_of_outgoing_connections() -> None:
    chosen = {ports.choose_port(None, f"service {number}") for number in range(20)}
    assert all(ports.FIRST <= port <= ports.LAST < 32768 for port in chosen)
    assert len(chosen) > 15


def test_ports_to_avoid_are_avoided() -> None:
    port = ports.choose_port(None, "a service")
    assert ports.choose_port(port, "a service", avoid=frozenset({port})) != port
