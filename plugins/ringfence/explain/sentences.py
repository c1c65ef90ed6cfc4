"""Tell a row as a sentence that a lawyer can read aloud; codes only where they are names."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ringfence.explain.model import Row
from ringfence.explain.names import Names, register

CONSENT = {
    "given": "consent given",
    "renewed": "consent renewed",
    "refused": "consent refused",
    "withdrawn": "consent withdrawn",
    "objected": "objection to being called",
    "restricted": "use of the data disputed, and restricted until that is settled",
    "unreadable": "an entry whose kind cannot be read; it counts as an objection",
}
SUPPRESSED = {
    "objection": "objection to being called",
    "withdrawal": "consent withdrawn",
    "complaint": "complaint about being called",
    "wrong_number": "number reported as wrong",
    "deceased": "person reported as deceased",
    "erasure": "erasure asked for; the number is kept only to be left in peace",
}
CALLED = {
    "no_contact": "nobody was reached",
    "answered": "answered",
    "callback_requested": "the person asked to be called back",
    "refused": "the person was not interested, which is a refusal",
    "objected": "the person objected to being called",
    "wrong_party": "somebody else answered",
    "reassigned": "the number belongs to somebody else now",
    "deceased": "the person was reported as deceased",
    "minor": "the person is a minor",
    "unreadable": "the result cannot be read; it counts as an objection",
}
READ = {
    "valid": "a valid number",
    "invalid": "a number that cannot exist",
    "ambiguous": "a cell that can be read as several numbers",
    "mangled": "a number whose digits a spreadsheet destroyed",
    "fictional": "a number reserved for fiction",
    "not_callable_kind": "a number of a kind that belongs to no person",
    "missing": "a cell without a number",
    "no_country": "a number without its country",
}
GROUNDS = {
    "consent": "the person's consent",
    "legitimate_interest": "legitimate interest",
    "customer": "a customer relation",
    "contract": "a running contract",
}
NO_TIME = {
    "unreadable": "the time given cannot be read",
    "zoneless": "the time given has no time zone",
    "future": "the time given lay in the future",
}
KNOWN_TIMES = frozenset({"ok", "date_only"})


def instant(at: datetime | date | None) -> str:
    """Return a time in UTC to the minute, as it stands in the margin of a memo."""
    if at is None:
        return "not known"
    if not isinstance(at, datetime):
        return f"{at}"
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def ground(name: str | None) -> str:
    """Return a ground in words."""
    return GROUNDS.get(name or "", name or "no ground that is named")


def hours(windows: str | None, timezone: str | None) -> str | None:
    """Return the intervals of a row in words, or None where they are not known."""
    if not windows or not timezone:
        return None
    return f"{' and '.join(windows.split(';'))}, by the clock of {timezone}"


def reading(status: str, line_type: str | None, region: str | None) -> str:
    """Tell how a cell was read: what it is, its kind of line, its country."""
    kind = f"{line_type} line".replace("_", " ") if line_type not in {None, "unknown"} else ""
    return ", ".join(part for part in (READ.get(status, status), kind, region or "") if part)


def lead(row: Row, names: Names) -> str:
    """Tell whose lead it was, where it came from and how the number was read."""
    kind = reading(row["number_status"], row["line_type"], row["number_region"])
    others = row["count_other_numbers"]
    shared = f", beside {others} other number{'s' * (others > 1)} of the same person"
    when = "" if row["collected_at"] else "; when it was collected is not said"
    return (
        f"{'collected as a' if row['collected_at'] else 'a'} lead of"
        f" {names.controller(row['controller_id'])}, from source {row['source_id']}"
        f" (row {row['row_number']}; read as {kind}{shared if others else ''}){when}" + known(row)
    )


def consent(row: Row, names: Names) -> str:
    """Tell what the person said, to whom, and for a grant what stands behind it."""
    is_grant = row["event_type"] in {"given", "renewed"}
    any_purpose = " for a purpose not named" if is_grant else " for every purpose"
    parts: list[str] = [
        CONSENT.get(row["event_type"], str(row["event_type"])),
        f" for {row['purpose']}" if row["purpose"] else any_purpose,
        f" by {row['channel']}" if row["channel"] else "",
        f", {'to' if is_grant else 'towards'} {names.controller(row['controller_id'])}",
        f", recorded by source {row['source_id']}",
        _time_note(row),
    ]
    if is_grant:
        parts.append(f"; {_proof(row)}")
    return "".join(parts) + known(row)


def _proof(row: Row) -> str:
    """Say what stands behind a consent, and what does not."""
    return ", ".join(
        (
            f"evidence {row['evidence_status'] or 'not named'}",
            f"notice {row['notice_version'] or 'not named'}",
            f"collected {(row['collection_context'] or 'where is not said').replace('_', ' ')}",
            *([f"ends {instant(row['expires_at'])}"] if row["expires_at"] else []),
        )
    )


def suppression(row: Row, names: Names) -> str:
    """Tell who may not call, and who said so."""
    whose = names.controller(None if row["scope"] == "all" else row["controller_id"])
    purpose = f" for {row['purpose']}" if row["scope"] == "purpose" and row["purpose"] else ""
    if row["asked_by"]:
        reference = f", reference {row['reference']}" if row["reference"] else ""
        source = f"entered by hand for {row['asked_by']}{reference}"
    elif row["source_id"] == "operator":
        source = "entered by hand"
    else:
        source = f"recorded by source {row['source_id']}"
    channel = f" by {row['channel']}" if row["channel"] else ""
    what = SUPPRESSED.get(row["kind"], row["kind"])
    note = _time_note(row) + known(row)
    return f"{what}: not to be called by {whose}{purpose}{channel}, {source}{note}"


def attempt(row: Row, names: Names) -> str:
    """Tell a call and how it ended."""
    campaign = f" for {row['campaign_id']}" if row["campaign_id"] else ""
    reference = f" (call_ref {row['call_ref']})" if row["call_ref"] else ""
    unusable = "" if attempt_time(row) else "; the time given cannot be used"
    return (
        f"called by {names.controller(row['controller_id'])}{campaign}{reference}:"
        f" {CALLED.get(row['disposition'], row['disposition'])};"
        f" reported by source {row['source_id']}{unusable}" + known(row)
    )


def relation(row: Row, names: Names) -> str:
    """Tell a customer relation with all its dates."""
    product = f" ({row['product']})" if row["product"] else ""
    dates = (
        ("began", row["started_at"]),
        ("ended", row["ended_at"]),
        ("last purchase", row["last_purchase_at"]),
        ("last inquiry", row["inquiry_at"]),
    )
    told = ", ".join(f"{what} {instant(at)}" for what, at in dates if at)
    offered = {True: "a way to object was offered", False: "no way to object was offered"}.get(
        row["is_objection_offered"], "whether a way to object was offered is not said"
    )
    return (
        f"customer of {names.controller(row['controller_id'])}{product}: {told or 'no date given'};"
        f" {offered}; recorded by source {row['source_id']}" + known(row)
    )


def in_register(row: Row) -> str:
    """Tell since which copy of a register it says what it says of the number."""
    newest = row["newest_published_at"]
    until = (
        f", and in each copy up to the one of {instant(newest)}"
        if newest and newest != row["published_at"]
        else ""
    )
    what = "stands" if row["is_listed"] else "does not stand"
    return (
        f"{what} in the register {register(row['register_id'])}: in our copy published"
        f" {instant(row['published_at'])}{until}; known since {instant(row['accepted_at'])}"
        f"{_answer(row)}"
    )


def _answer(row: Row) -> str:
    """Tell what a register said beside "listed" or "not listed", and to whom."""
    revoking = {True: "revokes all consents", False: "leaves consents as they are"}
    told = [
        f"the answer is {row['controller_id']}'s alone" if row["controller_id"] else "",
        f"listed since {instant(row['listed_at'])}" if row["listed_at"] else "",
        f"the entry {revoking[row['is_revoking_all']]}"
        if row["is_revoking_all"] in revoking
        else "",
        f"its proof is {row['proof']}" if row["proof"] else "",
    ]
    return "".join(f"; {part}" for part in told if part)


def proof_by_register(register_id: str, copies: dict[str, datetime], names: Names) -> str:
    """Tell which copy of a register a decision stood on; answers are told with whose they are."""
    told = " and ".join(
        f"in its answer to {names.controller(holder)} of {instant(at)}"
        if holder
        else f"in its copy published {instant(at)}"
        for holder, at in copies.items()
    )
    return f"the register {register(register_id)}, {told or 'of which no copy had been loaded'}"


def policy_row(policy_id: str) -> str:
    """Tell a row of the country policy, and what changes it for a time."""
    row, *overlays = policy_id.split("+")
    told = f"the policy row {row} (country/audience/line type/in force since)"
    return f"{told}, as changed by the overlay {' and '.join(overlays)}" if overlays else told


def screening(row: Row) -> str:
    """Tell what a screening found."""
    result = {True: "listed", False: "not listed"}.get(
        row["is_listed"], "no answer, for it was not asked about this number"
    )
    return (
        f"screened against the register {register(row['register_id'])}, copy published"
        f" {instant(row['published_at'])}: {result}{_answer(row)}"
    )


def set_aside(row: Row) -> str:
    """Tell where the row stood, why it was set aside, and what is still to be done."""
    where = f"row {row['row_number']} of a delivery of {row['source_id']}"
    if row["kind"] == "quarantined":
        fault = row["reason_code"].replace("_", " ")
        return f"{where} was set aside for a fault ({fault}); nothing of it but a stop counts"
    state = (
        f"settled {instant(row['resolved_at'])}"
        if row["resolved_at"]
        else f"not settled; somebody has to by {instant(row['due_at'])}"
    )
    return (
        f"{where} holds a stop whose number could not be read with certainty: {state};"
        f" known since {instant(row['at'])}"
    )


def attempt_time(row: Row) -> datetime | None:
    """Return when a call was made; landing puts the receipt there for a time it cannot use."""
    at: datetime = row["attempted_at"]
    return None if at == row["received_at"] else at


def event_time(row: Row) -> datetime | None:
    """Return when an event happened, None when its own word for that could not be used."""
    at: datetime | None = row["event_at"]
    return at if row["event_time_status"] in KNOWN_TIMES else None


def _time_note(row: Row) -> str:
    if row["event_time_status"] == "date_only":
        return "; a date without a time, counted from this instant"
    why = NO_TIME.get(row["event_time_status"], "")
    return f"; {why}" if event_time(row) is None and why else ""


def known(row: Row) -> str:
    """Say since when a row counts, and whether it still does."""
    told = f"; known since {instant(row['accepted_at'])}"
    if row.get("count_deliveries", 1) > 1:
        told += f", delivered {row['count_deliveries']} times"
    if row["delivery_status"] == "rejected":
        why = str(row["delivery_reason_code"]).replace("_", " ")
        told += (
            f". The rest of that delivery was rejected ({why}); a stop in it counts all the same"
        )
    if row["retracted_at"]:
        by = row["retraction"] or ""
        told += f". TAKEN BACK {instant(row['retracted_at'])}{by}; it counts no more since"
    return told
