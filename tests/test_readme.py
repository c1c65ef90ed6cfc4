"""What the product offers stands in the README, and what the README names exists."""

from __future__ import annotations

import ast
import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.cli import COMMANDS, group
from ringfence.database import connect
from ringfence.decision.decide import decide
from ringfence.home import Home
from ringfence.landing.ingest import ingest_source
from ringfence.proposals.propose import propose
from ringfence.publish import publish_call_lists
from ringfence.registers.column_map import Column
from ringfence.registers.hints import hints
from ringfence.registers.load import load_registers
from ringfence.registers.official import official_registers
from ringfence.registers.sources import Kind, load_sources
from ringfence.registers.yaml_marks import Section
from ringfence.settings import PACKAGE, SETTINGS, Settings, product_folder

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme_and_explains_itself(command: str) -> None:
    assert re.search(rf"`{command}`", README)
    found = group.get_command(None, command)  # type: ignore[arg-type]
    assert found is not None
    assert found.name == command
    assert found.help


def test_the_readme_says_where_it_names_up_first_that_it_keeps_the_terminal() -> None:
    sentences = README.partition("`./ringfence up`")[2].partition("\n\n")[0]
    assert "stays in the\nforeground until Ctrl-C" in sentences


@pytest.mark.parametrize(("setting", "meaning"), SETTINGS.items())
def test_every_setting_stands_in_the_readme_in_the_same_words(setting: str, meaning: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{setting}` |"))
    assert row.replace("`", "").rstrip(" |").endswith(meaning.replace("`", ""))


def test_every_register_in_force_stands_in_the_readme_as_the_seed_has_it() -> None:
    seed = product_folder("dbt_project") / "seeds" / "registers.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        wanted = {
            (row["register_id"], row["country_code"], row["shape"], row["fresh_rule"])
            for row in csv.DictReader(file)
            if not row["valid_to"]
        }
    table = README.partition("### Registers")[2].partition("\n## ")[0]
    found = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| ([^|]+) \|", table, re.MULTILINE)
    assert len(found) == len(set(found))
    assert set(found) == wanted
    for member in (one for one in official_registers() if one.register_id != one.group_id):
        assert member.register_id.removeprefix(member.group_id) in table


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


LEADS = """\
id;first_name;last_name;phone
A1;Ann;Example;+49 30 23125001
A2;Ben;Example;+49 30 23125002
A3;Cleo;Example;+49 30 23125003
A4;Dan;Example;+44 20 7946 0001
"""


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    """Write the README's registers, and the source of leads as proposed, its blanks filled in."""
    controller, campaign, consents = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    folder = tmp_path / "registers"
    for kind in ("sources", "campaigns"):
        (folder / kind).mkdir(parents=True)
    (folder / "controllers.yml").write_text(controller, "utf-8")
    (folder / "campaigns" / "autumn.yml").write_text(campaign, "utf-8")
    (folder / "sources" / "my_consents.yml").write_text(consents, "utf-8")
    (tmp_path / "leads.csv").write_text(LEADS, "utf-8")
    (tmp_path / "consents.csv").write_text(_consents(), "utf-8")
    leads = propose(tmp_path / "leads.csv", "my_leads")
    (folder / "sources" / "my_leads.yml").write_text(_decided(leads), "utf-8")
    return folder


def _consents() -> str:
    (block,) = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)
    british = block.splitlines()[1].replace("+49 30 23125001", "+44 20 7946 0001")
    return f"{block}{british}\n"


def _decided(proposal: str) -> str:
    text = proposal.replace("controller: undecided", "controller: my_company")
    return text.replace("# approved: {by: who,", "approved: {by: dpo,")


def test_the_registers_shown_in_the_readme_are_valid_and_leave_nothing_to_hint_at(
    registers: Path,
) -> None:
    found, faults = load_registers(registers, "live")

    assert [str(fault) for fault in faults] == []
    assert [source.source_id for source in found.sources] == ["my_consents", "my_leads"]
    assert [str(hint) for hint in hints(found)] == []


def test_the_signature_and_the_overlay_shown_in_the_readme_are_valid(registers: Path) -> None:
    signoffs, overlay = re.findall(r"```yml\n(.*?)```", README, re.DOTALL)
    (registers / "policy_overlays").mkdir()
    (registers / "policy_signoffs.yml").write_text(signoffs, "utf-8")
    (registers / "policy_overlays" / "long_evenings.yml").write_text(overlay, "utf-8")

    found, faults = load_registers(registers, "live")

    assert [str(fault) for fault in faults] == []
    assert [one.overlay_id for one in found.policy_overlays] == ["long_evenings"]
    assert len(found.policy_signoffs) == 1


def test_without_the_consents_a_hint_says_that_nobody_will_be_callable(registers: Path) -> None:
    (registers / "sources" / "my_consents.yml").unlink()

    (hint,) = hints(load_registers(registers, "live")[0])

    assert "autumn.yml:9: nobody can be callable" in str(hint)


def test_every_key_that_a_source_may_have_stands_in_its_table(
    registers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ask the check itself: what a register could not hold, it would call unknown."""
    taken: dict[str, set[str]] = {}
    close = Section.close

    def listen(section: Section) -> None:
        taken.setdefault(section.name, set()).update(section._known)
        close(section)

    monkeypatch.setattr(Section, "close", listen)
    load_sources(registers, mode="live")

    table = README.split("| key | what it means | default |")[1].split("\n\n")[0]
    named = {name for line in table.splitlines() for name in _names(line.split("|")[1:2])}
    told = {*_names(table.splitlines())}
    assert taken[""] >= {"emits", "dates", "keep", "timezone"}
    assert taken[""] <= named
    assert taken["emits.leads"] <= named
    assert taken["delivery"] | taken["format"] | taken["approved"] <= told | {"by", "on"}
    assert {*Kind} <= told


def _names(cells: list[str]) -> set[str]:
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_consent_source_shown_is_what_is_proposed_for_its_file(
    registers: Path, tmp_path: Path
) -> None:
    shown = {source.source_id: source for source in load_sources(registers, mode="live")[0]}
    proposal = propose(tmp_path / "consents.csv", "my_consents")
    (registers / "sources" / "my_consents.yml").write_text(_decided(proposal), "utf-8")
    proposed = {source.source_id: source for source in load_sources(registers, mode="live")[0]}

    told = dict(shown["my_consents"].emits[Kind.CONSENT_EVENTS].map)
    found = dict(proposed["my_consents"].emits[Kind.CONSENT_EVENTS].map)
    evidence = found.pop("evidence_status")
    assert isinstance(evidence, Column)
    assert told.pop("evidence_status") == evidence
    assert found == told
    assert list(proposed["my_consents"].emits) == [Kind.CONSENT_EVENTS]


def test_the_readers_own_file_becomes_callable_where_the_readme_says_so(
    fresh_database: Settings, registers: Path, tmp_path: Path
) -> None:
    settings = replace(fresh_database, registers=registers)
    for source_id, file in (("my_leads", "leads.csv"), ("my_consents", "consents.csv")):
        inbox = Home(settings.home).inbox / source_id
        inbox.mkdir(parents=True)
        shutil.copy(tmp_path / file, inbox)
        (report,) = ingest_source(settings, source_id)
        assert report.status == "accepted"
    decide(settings)
    (publication,) = publish_call_lists(settings)

    with connect(settings) as connection:
        rows = connection.execute(
            """
            select leads.source_record_id, decisions.verdict, decisions.reason_codes
            from marts.call_decisions as decisions
            inner join landing.lead_records as leads
                on leads.record_id = decisions.presenting_record_id
            order by leads.source_record_id
            """
        ).fetchall()
        fictional = connection.execute(
            "select distinct number_status from landing.lead_contact_points"
        ).fetchall()
    verdicts = {lead: (verdict, set(codes)) for lead, verdict, codes in rows}
    # In a live home, where a number for fiction is never called, that is then its only reason.
    assert fictional == [("fictional",)]
    assert "`number_fictional` as its only reason" in README
    assert verdicts["A1"] == ("callable", set())
    assert verdicts["A2"] == ("blocked", {"consent_evidence_missing"})
    assert verdicts["A3"][0] == "blocked"
    assert "consent_withdrawn" in verdicts["A3"][1]
    assert verdicts["A4"] == ("undetermined", {"policy_unreviewed"})
    assert publication.count_rows == 1
