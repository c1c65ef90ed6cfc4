"""Say what must come of each person that support_grounds lays out: campaign → subject → outcome.

An outcome is the verdict, then the ground or every reason in its order; where the day matters, one
for each day.
"""

from __future__ import annotations

from datetime import date

from tests.support_grounds import (
    FR_DAY,
    FR_EVE,
    IT_DAY,
    IT_EVE,
    LEAP_DAY,
    LEAP_EVE,
    NL_DAY,
    NL_EVE,
)

Outcomes = dict[str, str]
CASES: dict[str, Outcomes | dict[str, dict[date, str]]] = {
    "plain": {
        "danish company": "callable legitimate_interest",
        "danish clerk": "blocked consent_missing",
        "danish baker": "blocked consent_missing",
        "danish unknown": "blocked consent_missing",
        "danish company in a country of consent": "blocked consent_missing",
        "finn and no sector": "callable legitimate_interest",
        "eighteen today": "callable consent",
        "eighteen tomorrow": "blocked minor",
        "born in a leap year": {
            LEAP_EVE: "blocked minor outside_call_days",
            LEAP_DAY: "blocked outside_call_days",
        },
        "long of age": "callable consent",
        "child's mobile": "blocked minor consent_missing",
        "family line": "blocked minor",
        "mother's mobile": "callable consent",
        "known as a child elsewhere": "blocked minor",
        "a stranger's child": "callable consent",
        "birth date corrected": "callable consent",
        "child on the phone": "blocked minor",
        "restricted": "blocked restricted",
        "erased": "blocked erased",
        "sold with a sample": "callable consent",
        "sold with too small a sample": "blocked consent_evidence_missing",
        "sold without a sample": "blocked consent_evidence_missing",
        "sold before the sample": "blocked consent_evidence_missing",
        "ticked for her": "blocked consent_evidence_missing",
        "ticked by herself": "callable consent",
        "bound to a raffle": "blocked consent_evidence_missing",
        "line in JE": "undetermined policy_missing",
        "line in GG": "undetermined policy_missing",
        "line in IM": "undetermined policy_missing",
        "line in BM": "undetermined policy_missing",
        "briton in jersey": "undetermined policy_missing",
    },
    "companies": {
        "a danish company for a few": "callable legitimate_interest",
        "a danish clerk for a few": "blocked consent_missing",
        "a danish baker for a few": "blocked campaign_audience_excluded consent_missing",
        "a danish unknown for a few": "blocked campaign_audience_excluded consent_missing",
        "of two kinds": "blocked campaign_audience_excluded consent_missing",
    },
    "claims": {
        "briton silent about claims": "blocked consent_missing",
        "briton asking about claims": "callable consent",
        "briton never reached": "blocked consent_expired",
        "briton reached in time": "callable consent",
        "briton reached too late": "blocked consent_expired",
        "british company and claims": "callable legitimate_interest",
    },
    "funerals": {
        "briton asking about her funeral": "blocked sector_banned",
        "german number, british address": "blocked sector_banned",
    },
    "power": {
        "italian silent about power": "blocked consent_missing",
        "italian asking about power": {IT_EVE: "callable consent", IT_DAY: "callable consent"},
    },
    "insulation": {
        "frenchwoman asking to insulate": {
            FR_EVE: "blocked sector_banned",
            FR_DAY: "blocked sector_banned",
        },
        "frenchwoman with a contract to insulate": {
            FR_EVE: "callable customer",
            FR_DAY: "callable customer",
        },
        "frenchwoman whose contract ended": "blocked sector_banned",
    },
    "papers": {
        "frenchwoman and a newspaper": {
            FR_EVE: "callable legitimate_interest",
            FR_DAY: "blocked consent_missing",
        },
    },
    "mobiles": {"finn who asked for nothing": "blocked consent_missing"},
    "insurance": {
        "swiss insured": "callable customer",
        "swiss insured until lately": "callable customer",
        "swiss insured long ago": "blocked sector_banned",
        "swiss asking to be insured": "blocked sector_banned",
    },
    "customers": {
        "swiss until lately, of another sector": "blocked register_listed consent_missing",
        "american who bought in time": "callable customer",
        "american who bought too early": "callable legitimate_interest",
        "american who asked in time": "callable customer",
        "american who asked too early": "callable legitimate_interest",
        "american with a contract alone": "callable legitimate_interest",
        "american on our own list": "blocked suppressed_internally",
        "american never offered to object": "callable legitimate_interest",
        "american who bought of somebody else": "callable legitimate_interest",
        "american who bought something else": "callable legitimate_interest",
        "canadian who asked in time": "callable customer",
        "canadian who asked too early": "callable legitimate_interest",
        "american living in france": "blocked consent_missing outside_call_hours",
        "frenchwoman with a contract": {
            FR_EVE: "callable customer",
            FR_DAY: "callable customer",
        },
        "frenchwoman with a contract on shoes": "blocked consent_missing",
        "frenchwoman who bought once": "blocked consent_missing",
        "dutchwoman with a contract": {
            NL_EVE: "callable customer",
            NL_DAY: "blocked consent_missing",
        },
        "dutch shop with a contract": {
            NL_EVE: "callable customer",
            NL_DAY: "blocked consent_missing",
        },
        "a customer by her lead alone": {NL_EVE: "blocked consent_missing"},
    },
    "robot": {
        "told a machine may call": "callable consent",
        "told it as a shout": "callable consent",
        "told people may call": "blocked call_mode_banned consent_purpose_mismatch",
        "told no mode": "blocked call_mode_banned consent_purpose_mismatch",
        "company nobody asked": "blocked call_mode_banned consent_missing",
        "customer nobody asked": "blocked call_mode_banned consent_missing",
    },
    "until_summer": {
        "danish company in summer": {
            NL_EVE: "callable legitimate_interest",
            NL_DAY: "blocked legitimate_interest_not_assessed",
        },
    },
    "dialled_ahead": {
        "called by predictor": "blocked abandoned_share_exceeded",
        "canadian called by predictor": "callable consent",
    },
    "dialled_ahead_well": {"called by other": "callable consent"},
    "dialled_ahead_unseen": {
        "called by who reports no calls": "blocked abandoned_share_exceeded",
    },
    "unheard": {
        "of a deaf controller": "undetermined objection_feed_stale",
        "of a deaf controller, silent": "blocked objection_feed_stale consent_missing",
    },
    "joint": {
        "objected to the other of two": "blocked suppressed_internally",
        "objected to a stranger": "callable consent",
    },
    "health": {
        "asked for health": "callable consent",
        "asked for offers only": "blocked consent_evidence_missing",
        "healthy company": "blocked consent_missing",
    },
}
