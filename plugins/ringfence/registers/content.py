"""Write registers as the JSON that decisions read from `ledger.config_versions`."""

from __future__ import annotations

from typing import Any

from ringfence.registers.campaigns import Campaign
from ringfence.registers.controllers import Controller, joint_groups
from ringfence.registers.load import Registers
from ringfence.registers.policy_signoffs import PolicySignoff
from ringfence.registers.sources import Approval, Dossier, Source


def content_of(registers: Registers) -> dict[str, list[dict[str, Any]]]:
    """Return the content of each kind; keys as in the YAML, dates as ISO text."""
    joint = joint_groups(registers.controllers)
    return {
        "sources": [source_content(source) for source in registers.sources],
        "campaigns": [_campaign(campaign) for campaign in registers.campaigns],
        "controllers": [
            _controller(controller) | {"joint_with": list(joint[controller.controller_id])}
            for controller in registers.controllers
        ],
        "policy_signoffs": [_signoff(signoff) for signoff in registers.policy_signoffs],
        "policy_overlays": [overlay.content for overlay in registers.policy_overlays],
    }


def source_content(source: Source) -> dict[str, Any]:
    """Return one source as decisions know it."""
    every = source.delivery.expected_every
    return {
        "source_id": source.source_id,
        "title": source.title,
        "controller": source.controller,
        "obtained": source.obtained,
        "approved": _approval(source.approved),
        "dossier": _dossier(source.dossier),
        "emits": [str(kind) for kind in source.emits],
        "register": source.register,
        "expected_every": int(every.total_seconds()) if every else None,
        "timezone": source.timezone,
        "mapping_sha256": source.mapping_sha256,
        "demo_only": source.demo_only,
    }


def _approval(approved: Approval | None) -> dict[str, Any] | None:
    return {"by": approved.by, "on": approved.on.isoformat()} if approved else None


def _dossier(dossier: Dossier | None) -> dict[str, Any] | None:
    if dossier is None:
        return None
    return {
        "sample_rate": str(dossier.sample_rate),
        "verified": dossier.verified,
        "of": dossier.of,
        "on": dossier.on.isoformat(),
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    interest = campaign.legitimate_interest
    max_age = campaign.consent_max_age_days
    return {
        "campaign_id": campaign.campaign_id,
        "title": campaign.title,
        "approved": _approval(campaign.approved),
        "controller": campaign.controller,
        "purpose": campaign.purpose,
        "call_mode": campaign.call_mode,
        "sector": campaign.sector,
        "countries": list(campaign.countries),
        "audiences": list(campaign.audiences),
        "sources": list(campaign.sources),
        "special_category": campaign.special_category,
        "explicit_consent_notice": campaign.explicit_consent_notice,
        "priority": campaign.priority,
        "dialler": campaign.dialler,
        "cut_off": campaign.cut_off,
        "timezone": campaign.timezone,
        "legitimate_interest": {
            "assessment": interest.assessment,
            "on": interest.on.isoformat(),
            "valid_until": interest.valid_until.isoformat(),
            "approved_by": interest.approved_by,
        }
        if interest
        else None,
        "consent": {"max_age_days": max_age} if max_age else None,
        "customer_products": list(campaign.customer_products),
        "active": campaign.active,
        "demo_only": campaign.demo_only,
    }


def _controller(controller: Controller) -> dict[str, Any]:
    return {
        "controller_id": controller.controller_id,
        "name": controller.name,
        "contact": controller.contact,
        "purposes": [
            {"purpose": purpose.purpose, "title": purpose.title} for purpose in controller.purposes
        ],
        "notices": [
            {
                "version": notice.version,
                "from": notice.valid_from.isoformat(),
                "language": notice.language,
            }
            for notice in controller.notices
        ],
        "demo_only": controller.demo_only,
    }


def _signoff(signoff: PolicySignoff) -> dict[str, Any]:
    return {
        "country": signoff.country,
        "audience": signoff.audience,
        "line_type": signoff.line_type,
        "valid_from": signoff.valid_from.isoformat(),
        "content": signoff.content,
        "signed_by": signoff.signed_by,
        "on": signoff.on.isoformat(),
        "demo_only": signoff.demo_only,
    }
