"""What the product offers stands in the README, and what the README names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ringfence.cli import COMMANDS, group
from ringfence.registers.load import check_registers
from ringfence.settings import PACKAGE, SETTINGS

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme_and_explains_itself(command: str) -> None:
    assert re.search(rf"`{command}`", README)
    found = group.get_command(None, command)  # type: ignore[arg-type]
    assert found is not None
    assert found.name == command
    assert found.help


@pytest.mark.parametrize(("setting", "meaning"), SETTINGS.items())
def test_every_setting_stands_in_the_readme_in_the_same_words(setting: str, meaning: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{setting}` |"))
    assert row.replace("`", "").rstrip(" |").endswith(meaning.replace("`", ""))


def test_every_setting_that_is_read_is_declared() -> None:
    source = (PACKAGE / "settings.py").read_text("utf-8")
    read = set(re.findall(r'"(RINGFENCE_[A-Z_]+)"', source))
    assert read == set(SETTINGS)


@pytest.mark.parametrize("file", sorted((CHECKOUT / "dags").glob("*.py")), ids=lambda p: p.stem)
def test_every_dag_stands_in_the_timetable(file: Path) -> None:
    dag_id = "ingest__<source_id>" if file.stem == "ingest_sources" else file.stem
    assert f"| `{dag_id}` |" in README
    assert ast.get_docstring(ast.parse(file.read_text("utf-8")))


def test_every_command_line_in_the_readme_is_one_that_exists() -> None:
    named = set(re.findall(r"\./ringfence ([a-z-]+)", README))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize(
    "named",
    sorted(set(re.findall(r"`((?:dags|plugins|dbt_project|expectations)/[\w/.]+)`", README))),
)
def test_every_path_in_the_readme_exists(named: str) -> None:
    assert (CHECKOUT / named.rstrip("/")).exists()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"])
def test_the_documents_are_there(document: str) -> None:
    assert (CHECKOUT / document).stat().st_size > 100


def test_no_python_file_of_ours_is_longer_than_400_lines() -> None:
    files = [
        file for name in ("plugins", "dags", "tests") for file in (CHECKOUT / name).rglob("*.py")
    ]
    assert len(files) > 50
    too_long = [
        f"{file.relative_to(CHECKOUT)}: {count}"
        for file in files
        if (count := len(file.read_text("utf-8").splitlines())) > 400
    ]
    assert too_long == []


def test_the_registers_shown_in_the_readme_are_valid(tmp_path: Path) -> None:
    controller, campaign = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    entry = controller.split("\n", 1)[1]
    (tmp_path / "controllers.yml").write_text(f"controllers:\n{entry}", "utf-8")
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "autumn.yml").write_text(campaign, "utf-8")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "my_leads.yml").write_text(
        "source_id: my_leads\ntitle: My leads\ncontroller: my_company\nobtained: bought\n"
        "format: {type: csv}\nemits: {leads: {}}\n"
        "columns: {source_record_id: Id, phone: Phone, country: {constant: DE}}\n"
    )
    assert check_registers(tmp_path, "live") == []
