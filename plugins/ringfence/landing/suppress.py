"""Enter a stop by hand: the smallest delivery there is, through the same door into the ledger."""

from __future__ import annotations

import hashlib
import secrets

from ringfence import clock
from ringfence.audit import record
from ringfence.database import connect
from ringfence.errors import Misconfigured
from ringfence.keys import load_keys
from ringfence.landing import batches, incoming
from ringfence.landing.accept import Part, accept_stops
from ringfence.landing.batches import Identity
from ringfence.landing.emissions import Context, emit
from ringfence.ledger.checkpoints import write_checkpoint
from ringfence.settings import Settings

OPERATOR = "operator"
EVERY_CONTROLLER = "*"
KINDS = ("suppression",)


def suppress(
    settings: Settings, number: str, country: str | None, *, controller_id: str | None, kind: str
) -> int:
    """Suppress every number that `number` can be read as; returns how many entries were made.

    Without `controller_id` the stop binds every controller. It counts from its acceptance.
    Raises Misconfigured when nothing can be read: a stop that nobody can match is no stop.
    """
    with connect(settings, name="suppress", autocommit=True) as connection:
        keys = load_keys(settings, connection)
        told = hashlib.sha256(secrets.token_bytes(32)).hexdigest()
        identity = Identity(OPERATOR, told, None, told)
        context = Context(
            source_id=OPERATOR,
            controller_id=controller_id or EVERY_CONTROLLER,
            batch_id=identity.batch_id("stops", 0),
            keys=keys,
            received_at=clock.now(connection),
            zone=None,
        )
        fields = {"phone": [number], "country": country or "", "kind": kind}
        outcome = emit(1, iter([("suppression", fields)]), {}, context)
        if not outcome.records or outcome.unmatched:
            raise Misconfigured(
                "This cannot be read as one phone number; nothing was entered.",
                remedy="give it with its + and country code, or add --country",
            )
        batch_id = batches.open_batch(
            connection, identity, controller_id or EVERY_CONTROLLER, "stops", None
        )
        incoming.create(connection, batch_id, KINDS)
        rows = [values for _, values in outcome.records]
        incoming.copy_rows(connection, batch_id, "suppression", rows)
        part = Part(batch_id, batch_id, OPERATOR, controller_id, None)
        count = accept_stops(connection, part, KINDS)
        incoming.drop(connection, batch_id)
        record(connection, OPERATOR, "suppress", "batch", str(batch_id), {"kind": kind})
        write_checkpoint(connection, settings, keys)
    return count
