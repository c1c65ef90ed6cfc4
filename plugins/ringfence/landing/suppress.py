"""Enter a stop by hand: the smallest delivery there is, through the same door into the ledger."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from ringfence import clock
from ringfence.audit import record
from ringfence.clear_text import refuse_personal
from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.keys import Keys, load_keys
from ringfence.kinds import Suppression
from ringfence.known_names import check_known
from ringfence.landing import batches, incoming
from ringfence.landing.accept_stops import NewStops, accept_stops
from ringfence.landing.batches import Identity
from ringfence.landing.context import Context
from ringfence.landing.emissions import emit
from ringfence.landing.ledger_rows import Part
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.login_name import login_name
from ringfence.phones.typed import not_one_number
from ringfence.publish.last_look import StoppedRow, rows_out_of_reach
from ringfence.settings import Settings

OPERATOR = "operator"
EVERY_CONTROLLER = "*"
KINDS = ("suppression",)


@dataclass(frozen=True, slots=True)
class SuppressReport:
    """Tell what was entered, and which rows with this person a dialler may hold all the same."""

    batch_id: UUID
    kind: str
    count_entries: int
    rows_out: tuple[StoppedRow, ...]
    not_done: str = ""
    """What is left to do although the objection counts; '' is nothing."""


def suppress(
    settings: Settings,
    number: str,
    country: str | None,
    *,
    controller_id: str | None,
    kind: str,
    by: str | None = None,
    reference: str | None = None,
) -> SuppressReport:
    """Suppress every number that `number` can be read as; it counts from its acceptance.

    Without `controller_id` the stop binds every controller. `by` is who asked for it (else the
    login), `reference` where that can be read again. Raises Misconfigured when nothing can be
    read, and for a controller nobody knows: a stop that matches nobody is no stop.
    """
    for text, option in ((by, "--by"), (reference, "--reference")):
        refuse_personal(text, where=option, number=number)
    with connect(settings, name="suppress", autocommit=True) as connection:
        keys = load_keys(settings, connection)
        if controller_id is not None:
            check_known(connection, "controller", controller_id)
        told = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
        identity = Identity(OPERATOR, told, None, told)
        context = Context(
            source_id=OPERATOR,
            controller_id=controller_id or EVERY_CONTROLLER,
            batch_id=identity.batch_id("stops", 0),
            keys=keys,
            received_at=clock.now(connection),
            zone=None,
            dates=None,
        )
        fields = {"phone": [number], "country": country or "", "kind": Suppression(kind).value}
        outcome = emit(1, iter([("suppression", fields)]), {}, context)
        if not outcome.records or outcome.unmatched:
            raise not_one_number("nothing was entered")
        # All or nothing: what was asked for and broken off is not on record as done.
        with connection.transaction():
            batch_id = batches.open_batch(
                connection, identity, controller_id or EVERY_CONTROLLER, "stops"
            )
            record(
                connection,
                actor=login_name(),
                action="suppress",
                object_kind="batch",
                object_id=str(batch_id),
                details={
                    "kind": kind, "by": by or login_name(), "reference": reference,
                    "controller_id": controller_id,
                },
            )  # fmt: skip
            incoming.create(connection, batch_id, KINDS)
            rows = [values for _, values in outcome.records]
            incoming.copy_rows(connection, batch_id, "suppression", rows)
            part = Part(batch_id, batch_id, OPERATOR, controller_id, None)
            count = accept_stops(connection, part, KINDS, NewStops()).entries
            incoming.drop(connection, batch_id)
        rows_out = tuple(rows_out_of_reach(connection, batch_id))
        return SuppressReport(
            batch_id, kind, count, rows_out, _checkpoint_missed(connection, settings, keys)
        )


def _checkpoint_missed(connection: Connection, settings: Settings, keys: Keys) -> str:
    """Write a checkpoint, or say why not: the objection is in, and must not look refused."""
    try:
        write_checkpoint(connection, settings, keys)
    except Refusal as error:
        return str(error)
    return ""
