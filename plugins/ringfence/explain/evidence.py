"""Tell what proves a reason or a ground: an entry of a ledger, a register's copy, a policy row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from ringfence.explain import sentences
from ringfence.explain.model import Entry, Row
from ringfence.explain.names import Names, is_register
from ringfence.explain.queries import COPIES, LEDGERS, Lookup
from ringfence.explain.story import TELLERS, in_one_line
from ringfence.registers.official import holder_of

LINE_TYPES = ("any", "fixed", "mobile")
Copies = dict[str, dict[str, datetime]]
"""When the newest copy of a register was published, by whose answers it holds ('' for all)."""
LEDGER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def told_by_id(ask: Lookup, ids: Iterable[str], run: Row, names: Names) -> dict[str, str]:
    """Return what each evidence id stands for, in words, as it was known to the run."""
    wanted = set(ids)
    entries = {
        one: other + in_one_line(entry)
        for one, (other, entry) in find_entries(ask, wanted, names).items()
    }
    copies: Copies = {}
    for row in ask.rows(COPIES, known_as_of=run["known_as_of"]):
        held = holder_of(row["register_id"], row["controller_id"])
        copies.setdefault(row["register_id"], {})[held] = row["published_at"]
    return {one: entries.get(one) or _other(one, copies, names) for one in wanted}


def find_entries(ask: Lookup, ids: Iterable[str], names: Names) -> dict[str, tuple[str, Entry]]:
    """Return entries of the ledgers by id; some are of another number of the person, as is said."""
    missing = {one for one in ids if LEDGER_ID.fullmatch(one)}
    found: dict[str, tuple[str, Entry]] = {}
    # By subject goes by an index; by id alone is a scan, for what another number brought.
    for scope in ("told.subject_id = any(%(subjects)s) and ", ""):
        other = "" if scope else "Under another number of the same person: "
        for name, (_, id_column) in LEDGERS.items():
            condition = f"{scope}told.{id_column} = any(%(ids)s::uuid[])"
            rows = ask.ledger(name, condition, ids=sorted(missing)) if missing else []
            # The same entry may have come twice; the one that still counts is told.
            for row in sorted(rows, key=lambda one: one["retracted_at"] is not None):
                found.setdefault(str(row["id"]), (other, TELLERS[name](row, names)))
        missing = missing - found.keys()
    return found


def _other(evidence: str, copies: Copies, names: Names) -> str:
    if is_register(evidence):
        return sentences.proof_by_register(evidence, copies.get(evidence, {}), names)
    if evidence in names.campaigns:
        return f"the campaign {evidence} of the same controller"
    if LEDGER_ID.fullmatch(evidence):
        return f"the entry {evidence}, which is held no more"
    if "/" in evidence and not any(f"/{one}/" in evidence for one in LINE_TYPES):
        return f"the sector row {evidence} (country/audience/sector/in force since)"
    if "/" in evidence:
        return sentences.policy_row(evidence)
    return f"the assessment {evidence} of the controller's legitimate interest"
