"""Hold the shipped policy against the table it was made from, cell by cell, and its own rules."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from ringfence.registers.policy_columns import NONE_FOUND, policy_columns
from ringfence.registers.policy_rows import FALLBACK, PolicyRow, policy_rows
from ringfence.settings import product_folder

TABLE = Path(__file__).parents[2] / "shared" / "policy" / "country_call_policy.csv"
SEEDS = product_folder("dbt_project") / "seeds"
ROWS = [row for row in policy_rows() if row.key[0] != FALLBACK]
MATRIX_BEGINS = "2018-05-25"
# LAW.md 6: known weak, whatever their confidence says.
WEAK_COMPANIES = ("CZ", "HU", "LU", "LV", "MT", "CY", "HR", "IS")
SCREENING = ("screen_register_then_allow", "require_consent_and_screen_register")
WEEKDAYS = {
    "Mon-Fri": "12345", "Mon-Sat": "123456", "Mon-Sun": "1234567", "Sun-Thu": "71234", "": "",
}  # fmt: skip
REGISTERS = {
    "none": (),
    "Ne m'appelez plus / Bel-me-niet-meer (DNCM)": ("be_dncm",),
    "public subscriber directory objection flag": ("cz_directory",),
    "Lista Robinson (Adigital)": ("es_lista_robinson",),
    "Lista Robinson (Adigital) + Stop Publicidad": ("es_lista_robinson", "es_stop_publicidad"),
    # Stop Publicidad began on 2025-01-01; the table names it in older rows too.
    "Lista Robinson + Stop Publicidad (individuals)": ("es_lista_robinson", "es_stop_publicidad"),
    "ASML Puhelinmyynnin rajoituspalvelu (voluntary)": ("fi_asml",),
    "Bloctel": ("fr_bloctel",),
    "Μητρώο άρθρου 11 (Article 11 registers, one per provider)": ("gr_article_11",),
    "Registar NE ZOVI (HAKOM)": ("hr_ne_zovi",),
    "NDD opt-out register (National Directory Database)": ("ie_ndd",),
    "RPO (Registro Pubblico delle Opposizioni)": ("it_rpo",),
    "Bel-me-niet Register (closed)": ("nl_bel_me_niet",),
    "DGC lista nacional (pessoas coletivas)": ("pt_dgc",),
    "NIX-Telefon": ("se_nix",),
    "nevyziadanevolania.sk (ÚREKPS Robinsonov zoznam)": ("sk_nevyziadane",),
    "TPS": ("gb_tps",),
    "CTPS + TPS": ("gb_ctps", "gb_tps"),
    "Reservasjonsregisteret (Brønnøysund)": ("no_reservasjon",),
    "directory ban mark (x) + bannskrá (Þjóðskrá)": ("is_bannskra", "is_directory"),
    "directory star entry (*-Eintrag)": ("ch_directory_star",),
    "directory star entry (*-Eintrag); unlisted = opted out": ("ch_directory_open",),
    "National Do Not Call Registry (FTC)": ("us_ndncr",),
    "National DNCL (LNNTE)": ("ca_dncl",),
}
NOT_IN_TABLE = {
    "weekdays_basis", "holidays_basis", "attempts_basis", "consent_age_basis",
}  # fmt: skip
SAME = (
    "country_code", "audience", "line_type", "valid_from", "valid_to", "regime",
    "required_legal_basis", "call_start_local", "call_end_local", "sat_start_local",
    "sat_end_local", "sun_start_local", "sun_end_local", "hours_basis", "public_holidays_allowed",
    "max_attempts", "attempts_window_days", "caller_id_required", "special_prefix_required",
    "consent_record_retention", "consent_record_retention_days", "consent_max_age_days",
    "double_opt_in_recommended", "legal_citation", "source", "confidence",
)  # fmt: skip


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def translated(told: dict[str, str]) -> dict[str, str]:
    """Return a row of the table as the seed must have it."""
    # What no document was seen for is said so in our own words.
    cells = {name: told[name].replace("model knowledge", "no document seen") for name in SAME}
    starts, _, ends = told["extra_break"].partition("-")
    is_weak = told["audience"] == "business" and told["country_code"] in WEAK_COMPANIES
    default = "require_consent" if is_weak else told["pipeline_default"]
    begun = {
        row["register_id"] for row in seed("registers") if row["valid_from"] <= told["valid_from"]
    }
    named = REGISTERS[told["register_name"]] if default in SCREENING else ()
    days = told["cooling_off_days"]
    return cells | {
        "call_weekdays": WEEKDAYS[told["call_days"]],
        "break_start_local": starts,
        "break_end_local": ends,
        "after_refusal": "permanent" if days == "-1" else days,
        "consent_max_age_scope": told["consent_max_age_scope"] or "none",
        "pipeline_default": default,
        "register_ids": " ".join(one for one in named if one in begun),
    }


@pytest.fixture(scope="module")
def table() -> list[dict[str, str]]:
    if not TABLE.exists():
        pytest.skip("the table of the policy (../shared/policy) is not beside this checkout")
    with TABLE.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_shipped_policy_is_the_table_cell_by_cell(table: list[dict[str, str]]) -> None:
    shipped = {
        (*row.key, row.cells["valid_from"]): {
            name: cell for name, cell in row.cells.items() if name not in NOT_IN_TABLE
        }
        for row in ROWS
    }
    wanted = {
        (told["country_code"], told["audience"], told["line_type"], told["valid_from"]): translated(
            told
        )
        for told in table
    }
    assert shipped.keys() == wanted.keys()
    different = {
        (*key, name): (shipped[key][name], cell)
        for key, cells in wanted.items()
        for name, cell in cells.items()
        if shipped[key][name] != cell
    }
    assert different == {}
    assert all(shipped[key].keys() == cells.keys() for key, cells in wanted.items())


def test_a_copy_of_a_register_may_be_as_old_as_the_table_says(
    table: list[dict[str, str]],
) -> None:
    """Rules by the calendar have no number of days; where the table is blank it is our 28."""
    compared = 0
    by_key = {
        (told["country_code"], told["audience"], told["line_type"], told["valid_from"]): told
        for told in table
    }
    for row in ROWS:
        for register in seed("registers"):
            is_named = register["register_id"] in row.cells["register_ids"].split()
            if not is_named or (register["country_code"], register["audience"]) != row.key[:2]:
                continue
            told = by_key[(*row.key, row.cells["valid_from"])]
            rule = register.get("max_age_days") or register["fresh_rule"].removeprefix("age_days:")
            if rule.isdigit():
                assert int(rule) == int(told["register_max_age_days"] or 28), row.key
                compared += 1
    assert compared > 30


def test_every_law_that_changes_on_a_day_is_a_row_of_its_own() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        if row.cells["valid_from"] != MATRIX_BEGINS:
            found[row.key[0]].add(row.cells["valid_from"])
    assert {country: sorted(days) for country, days in sorted(found.items())} == {
        "AT": ["2021-11-01"],
        "CH": ["2021-01-01"],
        "CZ": ["2022-01-01"],
        "DE": ["2021-10-01"],
        "ES": ["2023-06-29", "2025-06-07", "2025-12-28"],
        "FI": ["2023-01-01"],
        "FR": ["2023-03-01", "2026-08-11"],
        "GB": ["2026-02-05"],
        "IT": ["2022-07-27", "2024-09-28"],
        "JO": ["2024-03-17"],
        "NL": ["2021-07-01", "2026-07-01"],
        "PL": ["2024-11-10"],
        "SI": ["2022-11-10"],
        "SK": ["2022-02-01", "2022-11-01"],
        "US": ["2025-04-11"],
    }


def test_what_nobody_is_sure_of_needs_consent() -> None:
    """LAW.md 6: low confidence and the known weak rows of companies; EE, LV, MT as they say."""
    unsure = [row for row in ROWS if row.cells["confidence"] == "low"]
    weak = [row for row in ROWS if row.key[1] == "business" and row.key[0] in WEAK_COMPANIES]
    baltic = [row for row in ROWS if row.key[:2] in {(c, "consumer") for c in ("EE", "LV", "MT")}]
    assert len(unsure) == 19
    assert len(weak) == 9
    assert len(baltic) == 3
    assert {row.cells["pipeline_default"] for row in (*unsure, *weak, *baltic)} == {
        "require_consent"
    }


def test_danish_law_names_no_register_for_it_holds_no_phone_numbers() -> None:
    danish = [row for row in ROWS if row.key[0] == "DK"]
    assert {row.cells["register_ids"] for row in danish} == {""}
    assert {row.cells["pipeline_default"] for row in danish} == {
        "require_consent", "allow_with_lia",
    }  # fmt: skip


@pytest.mark.parametrize("row", policy_rows(), ids=lambda row: row.content)
def test_a_cell_is_blank_where_no_basis_was_found_and_nowhere_else(row: PolicyRow) -> None:
    """A blank is filled from the row `*`, but only one that is meant: its basis says so."""
    filled: dict[str, bool] = defaultdict(bool)
    for column in policy_columns().values():
        if column.basis:
            filled[column.basis] |= bool(row.cells[column.name])
    assert {basis: row.cells[basis] != NONE_FOUND for basis in filled} == dict(filled)
    assert row.cells["after_refusal"] == "permanent" or row.cells["after_refusal"].isdigit()
    assert row.cells["legal_citation"]
    assert row.cells["source"]
