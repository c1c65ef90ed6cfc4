"""A file that is no YAML is told in words: which line, and what to write there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.registers.yaml_marks import Fault, read_marked


def told(tmp_path: Path, text: str) -> str:
    file = tmp_path / "web.yml"
    file.write_text(text, "utf-8")
    faults: list[Fault] = []
    assert read_marked(file, faults) is None
    (fault,) = faults
    return str(fault)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb:\n\tc: 2\n", 3, "a tab stands here"),
        ("a: [b,\tc]\n", 1, "a tab stands here"),
        ("a: 1\n  b: 2\n", 2, "set in by another number of blanks"),
        ("a:\n   b: 1\n  c: 2\n", 3, "set in by another number of blanks"),
        ("  a: 1\nb: 2\n", 2, "set in by another number of blanks"),
        ("a: 1\n- b\n", 2, "set in by another number of blanks"),
        ("title: Leads: autumn\n", 1, "needs quotes around it"),
        ("a:1\nb: 2\n", 1, "a blank is missing after the colon"),
        ("a: 1\njust words\nb: 2\n", 2, "this line has no colon"),
        ('a: "x\nb: 2\n', 1, "is opened here and never closed"),
        ('a: "x" y\nb: 2\n', 1, "put all of the value inside the quotes"),
        ("a: [b, c\nd: 2\n", 1, "a bracket opened here is not closed"),
        ("a: {b: c: d}\n", 1, "needs quotes"),
        ("a: {b: c}}\n", 1, "that was never opened"),
        ("pattern: *.csv\n", 1, "needs quotes around it"),
        ("a: @x\n", 1, "needs quotes around it"),
        ('pattern: "C:\\leads"\n', 1, "use single quotes"),
        ("a: 1\n---\nb: 2\n", 2, "take out the line `---`"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_its_line_and_its_cure(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    fault = told(tmp_path, text)

    assert fault.startswith(f"web.yml:{line}: ")
    assert words in fault


@pytest.mark.parametrize("text", ["a: 1\n  b: 2\n", "a: [b\n", "a: *\n", "a: &x 1\nb: &x 2\n"])
def test_no_word_of_the_parser_reaches_the_reader(tmp_path: Path, text: str) -> None:
    fault = told(tmp_path, text)

    for jargon in ("token", "mapping", "scalar", "block end", "expected", "anchor"):
        assert jargon not in fault


def test_what_the_file_holds_is_not_repeated(tmp_path: Path) -> None:
    assert "someone" not in told(tmp_path, "contact: someone@example.com: x\n")
