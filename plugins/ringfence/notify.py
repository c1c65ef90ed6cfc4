"""Tell people about alarms: in the log always, over one Airflow connection if one is named.

RINGFENCE_NOTIFY_CONN_ID names it. Type `smtp`: host, port, login, password, and in the extra
`{"from_email": …, "to": "a, b"}`. Type `http` or `https`: a webhook that takes a JSON POST with
`text` and `alarms`; schema, host, port and, in the extra, `{"path": "/…", "headers": {…}}`.
A message holds ids, counts and times, never personal data.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from ringfence.alarms import Alarm
from ringfence.audit import record
from ringfence.errors import Misconfigured, Refusal
from ringfence.settings import Settings

if TYPE_CHECKING:
    from ringfence.airflow_dags.connections import Login

log = logging.getLogger("ringfence.alarm")
SILENCE = "20 hours"
TIMEOUT = 20.0


def notify(settings: Settings, connection: Connection, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Tell what has not been told in the last twenty hours; returns what was told.

    It is kept in `ledger.audit_events` once it has been sent. Raises Refusal if sending fails.
    """
    fresh = [alarm for alarm in alarms if not _was_told(connection, alarm)]
    if not fresh:
        return []
    send(settings.notify_conn_id, fresh)
    way = "connection" if settings.notify_conn_id else "log"
    with connection.transaction():
        for alarm in fresh:
            record(
                connection,
                actor="notify",
                action=alarm.kind.value,
                object_kind=alarm.object_kind,
                object_id=alarm.object_id,
                details={"sentence": alarm.sentence, "told_by": way},
            )
    return fresh


def _was_told(connection: Connection, alarm: Alarm) -> bool:
    row = connection.execute(
        """
        select exists (
            select from ledger.audit_events
            where action = %s and object_id = %s
                and recorded_at > ledger.now() - %s::interval
        )
        """,
        [alarm.kind.value, alarm.object_id, SILENCE],
    ).fetchone()
    return bool(row and row[0])


def send(conn_id: str | None, alarms: Sequence[Alarm]) -> None:
    """Write alarms to the log, and over the connection if there is one. Raises Refusal."""
    for alarm in alarms:
        log.warning("%s: %s", alarm.kind.value, alarm.sentence)
    if conn_id is None:
        return
    from ringfence.airflow_dags.connections import find_login

    login = find_login(conn_id)
    try:
        if login.conn_type == "smtp":
            _mail(login, alarms)
        elif login.conn_type in {"http", "https"}:
            _post(login, alarms)
        else:
            raise Misconfigured(
                f"The connection `{conn_id}` is of type `{login.conn_type}`.",
                where="RINGFENCE_NOTIFY_CONN_ID",
                remedy="name a connection of type SMTP or HTTP",
            )
    except (Refusal, Misconfigured):
        raise
    except Exception as error:
        # The words of such an error may hold an address; its class says enough.
        raise Refusal(
            f"The alarm could not be sent ({type(error).__name__}).",
            where=f"connection {conn_id}",
            remedy="test this connection in Airflow; the alarm stands in this log",
        ) from None


def _mail(login: Login, alarms: Sequence[Alarm]) -> None:
    from html import escape

    from airflow.providers.smtp.hooks.smtp import SmtpHook

    to = login.extra.get("to")
    if not to:
        raise Misconfigured(
            "This connection does not say whom to write to.",
            where=f"connection {login.conn_id}",
            remedy='add `"to": "<address>, <address>"` to its extra',
        )
    lines = "".join(f"<li>{escape(alarm.sentence)}</li>" for alarm in alarms)
    with SmtpHook(smtp_conn_id=login.conn_id) as hook:
        hook.send_email_smtp(to=to, subject=_title(alarms), html_content=f"<ul>{lines}</ul>")


def _post(login: Login, alarms: Sequence[Alarm]) -> None:
    import httpx

    text = "\n".join([_title(alarms), *(f"- {alarm.sentence}" for alarm in alarms)])
    body: dict[str, Any] = {"text": text, "alarms": [asdict(alarm) for alarm in alarms]}
    host = login.host if "://" in login.host else f"{login.schema or 'https'}://{login.host}"
    port = f":{login.port}" if login.port else ""
    answer = httpx.post(
        f"{host.rstrip('/')}{port}/{str(login.extra.get('path', '')).lstrip('/')}",
        json=body,
        headers=login.extra.get("headers"),
        auth=(login.login, login.password) if login.login else None,
        timeout=TIMEOUT,
    )
    if not answer.is_success:
        raise Refusal(
            f"The webhook answered {answer.status_code}; the alarm was not taken.",
            where=f"connection {login.conn_id}",
            remedy="check its address and headers in Airflow; the alarm stands in this log",
        )


def _title(alarms: Sequence[Alarm]) -> str:
    return f"Ringfence: {len(alarms)} alarm{'s' if len(alarms) != 1 else ''}"
