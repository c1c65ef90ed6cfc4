"""Alarms sent over real connections of Airflow to a real web server and a real mail server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ringfence.settings import PACKAGE, clean_environment

SEND = """
import logging, sys
logging.basicConfig(stream=sys.stdout)
from ringfence.alarms import Alarm, AlarmKind
from ringfence.errors import RingfenceError
from ringfence.notify import send
alarm = Alarm(AlarmKind.NO_LIST, "campaign", "energy_autumn", "`energy_autumn` has no call list.")
try:
    send(sys.argv[1], [alarm, alarm])
    print("sent")
except RingfenceError as error:
    print(error)
"""


def send(folder: Path, conn_id: str, connection: dict[str, Any] | None = None) -> str:
    """Send two alarms in a process with an Airflow of its own; return what it said."""
    named = {f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(connection)} if connection else {}
    environment = clean_environment(
        AIRFLOW_HOME=str(folder), AIRFLOW__CORE__LOAD_EXAMPLES="False",
        PYTHONPATH=str(PACKAGE.parent), **named,
    )  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", SEND, conn_id],
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip


@pytest.fixture
def webhook() -> Iterator[tuple[int, list[tuple[str, str, Any]]]]:
    """Serve a webhook; yields its port and what it was sent. The path /no is refused."""
    received: list[tuple[str, str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, self.headers.get("X-Team", ""), body))
            self.send_response(404 if self.path == "/no" else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, received
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[str]]]:
    """Serve one mail conversation, as plain as SMTP can be; yields its port and all it heard."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def converse() -> None:
        peer, _ = listener.accept()
        with peer, peer.makefile("rw", newline="\r\n", encoding="utf-8") as stream:

            def say(text: str) -> None:
                stream.write(text + "\n")
                stream.flush()

            say("220 here")
            in_message = False
            for line in stream:
                heard.append(line.rstrip())
                if in_message:
                    in_message = heard[-1] != "."
                    if in_message:
                        continue
                in_message = heard[-1].upper() == "DATA"
                say("354 go on" if in_message else "250 ok")

    threading.Thread(target=converse, daemon=True).start()
    yield listener.getsockname()[1], heard
    listener.close()


def test_a_webhook_gets_a_text_and_the_alarms(
    tmp_path: Path, webhook: tuple[int, list[tuple[str, str, Any]]]
) -> None:
    port, received = webhook
    extra = {"path": "/hooks/ringfence", "headers": {"X-Team": "night watch"}}
    hook = {"conn_type": "http", "host": "http://127.0.0.1", "port": port, "extra": extra}
    said = send(tmp_path, "hook", hook)
    assert "sent" in said
    assert "alarm_no_list_by_cut_off: `energy_autumn` has no call list." in said
    ((path, team, body),) = received
    assert (path, team) == ("/hooks/ringfence", "night watch")
    assert body["text"].startswith("Ringfence: 2 alarms\n- `energy_autumn` has no call list.")
    assert body["alarms"][0]["object_id"] == "energy_autumn"


def test_a_webhook_that_refuses_is_named_without_its_address(
    tmp_path: Path, webhook: tuple[int, list[tuple[str, str, Any]]]
) -> None:
    port, _ = webhook
    extra = {"path": "/no"}
    hook = {"conn_type": "http", "schema": "http", "host": "127.0.0.1", "port": port}
    said = send(tmp_path, "hook", {**hook, "extra": extra})
    assert "The webhook answered 404; the alarm was not taken.\n  where: connection hook" in said
    gone = send(tmp_path, "hook", {**hook, "port": 1})
    assert "The alarm could not be sent (ConnectError)." in gone
    assert "127.0.0.1" not in gone


def test_a_mail_goes_to_whom_the_connection_names(
    tmp_path: Path, mailbox: tuple[int, list[str]]
) -> None:
    port, heard = mailbox
    extra = {
        "from_email": "ringfence@nordlicht.example",
        "to": "watch@nordlicht.example, dpo@nordlicht.example",
        "disable_ssl": True,
        "disable_tls": True,
    }
    mail = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    assert "sent" in send(tmp_path, "mail", mail)
    told = "\n".join(heard)
    assert "rcpt TO:<watch@nordlicht.example>" in told
    assert "rcpt TO:<dpo@nordlicht.example>" in told
    assert "Subject: Ringfence: 2 alarms" in told


@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        (None, "Airflow has no connection `hook`."),
        ({"conn_type": "ftp", "host": "x"}, "The connection `hook` is of type `ftp`."),
        ({"conn_type": "smtp", "host": "x"}, "This connection does not say whom to write to."),
    ],
)
def test_a_connection_that_cannot_tell_anybody_is_a_sentence(
    tmp_path: Path, connection: dict[str, Any] | None, sentence: str
) -> None:
    said = send(tmp_path, "hook", connection)
    assert sentence in said
    assert "sent" not in said.splitlines()
