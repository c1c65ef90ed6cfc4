"""Read tests/cases/sentences.yml: every sentence of the model of the law, and what tests it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support_law_cases import CASES, case_files

from ringfence.registers.values import entries
from ringfence.registers.yaml_marks import Fault, Section, read_marked

SENTENCES = CASES / "sentences.yml"
PROJECT = CASES.parents[1]
NOT_YET = "not yet"


@dataclass(frozen=True)
class Sentence:
    """Hold a sentence of a section, and the files that test it: none as long as it is not built."""

    section: str
    says: str
    files: tuple[Path, ...]


def read_sentences(file: Path = SENTENCES) -> tuple[list[Sentence], list[Fault]]:
    """Return every sentence, and a fault for each name that no file has."""
    faults: list[Fault] = []
    marked = read_marked(file, faults)
    found = []
    if marked:
        top = Section(marked, "", file, faults)
        for section, _ in list(top.items()):
            for entry in entries(top, section):
                says = entry.text("says", required=True) or ""
                named = entry.texts("tested by")
                if not named:
                    entry.fault("`tested by` names the files, or says `not yet`")
                files = () if named == (NOT_YET,) else _files(entry, named)
                entry.close()
                found.append(Sentence(section, says, files))
    return found, faults


def _files(entry: Section, named: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files of `<country>/<sentence>`, `*` for any text, or of places in the project."""
    found: list[Path] = []
    for name in named:
        is_place = name.startswith(("tests/", "dbt_project/"))
        files = sorted(PROJECT.glob(name) if is_place else CASES.glob(f"{name}.yml"))
        if not files:
            entry.fault(f"`{name}` names no file", entry.line_of("tested by"))
        found += files
    return tuple(found)


def unnamed(sentences: list[Sentence]) -> list[str]:
    """Return the case files that no sentence names."""
    named = {file for sentence in sentences for file in sentence.files}
    return [f"{file.parent.name}/{file.stem}" for file in case_files() if file not in named]
