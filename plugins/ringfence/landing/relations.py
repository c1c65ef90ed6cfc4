"""Turn a row about a customer into relations: who had which contract, and until when. Pure."""

from __future__ import annotations

from uuid import UUID

from ringfence.landing.context import Context
from ringfence.landing.fields import (
    Fields,
    Outcome,
    content_id,
    person_of,
    points_of,
    subject_of,
    text,
    trusted,
)
from ringfence.landing.flags import merit
from ringfence.landing.times import read_time


def customer_relation(
    outcome: Outcome, row_number: int, fields: Fields, context: Context
) -> str | None:
    """Add the relation of every number in the row; an end counts without a number too.

    It is the contract that ends, whoever held it: its reference names it.
    """
    contract_ref = text(fields, "contract_ref")
    names = ("started_at", "ended_at", "last_purchase_at", "inquiry_at")
    # An end that cannot be read ends the relation now: what is not known counts as "no".
    times = {}
    for name in names:
        is_end = name == "ended_at"
        read = read_time(text(fields, name), context.zone, is_stop=is_end, dates=context.dates)
        times[name] = trusted(read, context, is_stop=is_end)
    subjects: list[UUID | None] = [
        subject_of(point, fields, context.keys) for point in points_of(fields)
    ]
    if not subjects and times["ended_at"].at is None:
        return "number_missing"
    if not contract_ref:
        return "contract_missing"
    # Capitals, since most references have them: those of older rows stay what they were.
    contract = f"{context.source_id}\x1f{contract_ref.strip().upper()}".encode()
    contract_id = UUID(bytes=context.keys.derive("contract", contract)[:16])
    for subject_id in subjects or [None]:
        product = text(fields, "product") or None
        told = [text(fields, name) for name in names]
        outcome.add(
            "customer_relations",
            row_number=row_number,
            relation_id=content_id(context, "relation", subject_id, contract_ref, product, told),
            subject_id=subject_id, person_ref=person_of(fields, context), contract_id=contract_id,
            contract_ref=contract_ref, product=product,
            **{name: time.at for name, time in times.items()},
            is_objection_offered=merit(text(fields, "objection_offered_at_collection")),
        )  # fmt: skip
    return None
