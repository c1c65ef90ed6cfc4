"""Tell who answers for what the newest run stood on: sources, campaigns, policy rows, overlays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from ringfence.auditor_site.queries import Row
from ringfence.registers.in_force import register

NOBODY = "nobody is on record"


def approvals(connection: Connection, known_as_of: datetime) -> dict[str, list[Row]]:
    """Return each entry of the registers in force at an instant, with who approved it and when."""

    def known(kind: str, key: str) -> list[dict[str, Any]]:
        return sorted(register(connection, kind, known_as_of), key=lambda one: str(one[key]))

    return {
        "sources": [{**one, **_approval(one)} for one in known("sources", "source_id")],
        "campaigns": [
            {**one, **_approval(one), "assessment": _assessment(one)}
            for one in known("campaigns", "campaign_id")
        ],
        "signatures": [
            {
                "row": "/".join(
                    one[part] for part in ("country", "audience", "line_type", "valid_from")
                ),
                "by": one["signed_by"],
                "on": one["on"],
                "content": one["content"],
            }
            for one in known("policy_signoffs", "country")
        ],
        "overlays": [
            {
                "overlay_id": one["overlay_id"],
                "reason": one["reason"],
                "by": ", ".join(f"{told['by']} on {told['on']}" for told in one["approvals"])
                or NOBODY,
            }
            for one in known("policy_overlays", "overlay_id")
        ],
    }


def _approval(entry: dict[str, Any]) -> Row:
    approved = entry.get("approved") or {}
    return {"by": approved.get("by") or NOBODY, "on": approved.get("on") or "–"}


def _assessment(campaign: dict[str, Any]) -> str:
    interest = campaign.get("legitimate_interest")
    if not interest:
        return "none: it rests on consent or a customer relation"
    return (
        f"{interest['assessment']}, made on {interest['on']}, valid until"
        f" {interest['valid_until']}; approved by {interest.get('approved_by') or NOBODY}"
    )
