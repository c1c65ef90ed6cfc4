"""What decides, by version and hash: each part is named, and a changed byte changes its hash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ringfence.decision import versions
from ringfence.settings import product_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the dbt project that the module takes for the shipped one."""
    copy = tmp_path / "project"
    shutil.copytree(product_folder("dbt_project"), copy)
    monkeypatch.setattr(versions, "product_folder", lambda name: copy)
    return copy


def test_packages_seeds_and_models_are_named(project: Path) -> None:
    told = versions.in_use()
    assert told["dbt-core"].startswith("1.11.")
    assert {"country_call_policy", "reason_codes", "registers", versions.MODELS} <= told.keys()
    assert all(len(told[name]) == 64 for name in told if name not in versions.PACKAGES)


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("seeds/country_call_policy.csv", "country_call_policy"),
        ("models/intermediate/int_law_profiles.sql", versions.MODELS),
        ("macros/channels.sql", versions.MODELS),
    ],
)
def test_one_changed_byte_changes_one_hash(project: Path, file: str, changed: str) -> None:
    before = versions.in_use()
    with (project / file).open("a") as content:
        content.write("\n")
    after = versions.in_use()
    assert [name for name in after if after[name] != before[name]] == [changed]


def test_a_model_under_another_name_is_another_model(project: Path) -> None:
    before = versions.in_use()
    model = project / "models" / "marts" / "call_funnel.sql"
    model.rename(model.with_name("funnel.sql"))
    assert versions.in_use()[versions.MODELS] != before[versions.MODELS]
