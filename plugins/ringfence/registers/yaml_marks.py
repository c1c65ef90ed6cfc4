"""Read a register's YAML as plain text with line numbers, so that every fault names its line.

All scalars stay text: YAML 1.1 would turn `on`, `NO` and `yes` into booleans, and Norway's country
code or an answer column with them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from ringfence.registers.yaml_sentences import sentence_of

LONGEST = 1_000_000
"""Characters; the longest of our own has 6,000."""
MOST_PIECES = 200_000
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ .-][A-Za-z0-9_]+)*")


@dataclass(frozen=True, slots=True)
class Fault:
    """Say what is wrong in a register, and where."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Marked:
    """Hold a piece of YAML and its line; `value` is text, a list or a dict of Marked."""

    value: str | list[Marked] | dict[str, Marked]
    line: int

    def plain(self) -> Any:
        """Return the same without lines: str, list, dict."""
        if isinstance(self.value, dict):
            return {key: inner.plain() for key, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value


def read_marked(file: Path, faults: list[Fault]) -> Marked | None:
    """Return the file's one mapping, or None with the fault added to `faults`."""
    text = ""
    if file.exists() and not file.is_file():  # a pipe would never answer
        faults.append(Fault(file, 1, "this is no ordinary file"))
        return None
    try:
        with file.open(encoding="utf-8-sig") as opened:
            text = opened.read(LONGEST + 1)
        if len(text) > LONGEST:
            faults.append(Fault(file, 1, f"the file is longer than {LONGEST:,} characters"))
            return None
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        faults.append(Fault(file, *sentence_of(error, text)))
        return None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        faults.append(Fault(file, 1, "this is no YAML: save it as plain UTF-8 text"))
        return None
    except OSError as error:
        faults.append(Fault(file, 1, f"the file cannot be read: {error.strerror}"))
        return None
    if not isinstance(node, yaml.MappingNode):
        faults.append(Fault(file, 1, "the file must hold `name: value` lines"))
        return None
    try:
        return _marked(node, file, faults, (), count(1))
    except (_TooManyError, RecursionError):
        faults.append(Fault(file, 1, "its aliases stand for more than a register can hold"))
        return None


class _TooManyError(Exception):
    """Aliases of aliases stand for more pieces than memory or patience hold."""


def _marked(
    node: yaml.Node,
    file: Path,
    faults: list[Fault],
    above: tuple[int, ...],
    pieces: Iterator[int],
) -> Marked:
    line = node.start_mark.line + 1
    if next(pieces) > MOST_PIECES:
        raise _TooManyError
    if id(node) in above:
        faults.append(Fault(file, line, "an alias holds itself"))
        return Marked("", line)
    above = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        return Marked([_marked(item, file, faults, above, pieces) for item in node.value], line)
    if not isinstance(node, yaml.MappingNode):
        return Marked(str(node.value), line)
    content: dict[str, Marked] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        key_line = key_node.start_mark.line + 1
        if key in content:
            first = content[key].line
            faults.append(Fault(file, key_line, f"`{key}` is given twice (first in line {first})"))
        marked = _marked(value_node, file, faults, above, pieces)
        content[key] = Marked(marked.value, key_line)
    return Marked(content, line)


def spelt(text: str) -> str:
    """Write a text as YAML on one line, bare where it can be; `read_marked` reads it back."""
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


class Section:
    """Take the keys of one mapping; a key that nobody took is an unknown one (`close`)."""

    def __init__(self, marked: Marked, name: str, file: Path, faults: list[Fault]) -> None:
        self.marked = marked
        self.name = name
        self.file = file
        self.faults = faults
        self._known: list[str] = []
        if not isinstance(marked.value, dict):
            # `leads:` with nothing after it means the same as `leads: {}`.
            if marked.value != "":
                self.fault(f"`{name}` must hold `name: value` lines", marked.line)
            self._content: dict[str, Marked] = {}
        else:
            self._content = marked.value

    def fault(self, message: str, line: int | None = None) -> None:
        self.faults.append(Fault(self.file, line or self.marked.line, message))

    def take(self, key: str, *, required: bool = False) -> Marked | None:
        """Return the piece under `key`; an empty one counts as absent."""
        self._known.append(key)
        found = self._content.get(key)
        if found is not None and found.value == "":
            found = None
        if found is None and required:
            self.fault(f"`{self._path(key)}` is missing")
        return found

    def sign(self, key: str, default: str) -> Marked:
        """Return the text under `key` as it stands, where an empty one means something."""
        self._known.append(key)
        return self._content.get(key, Marked(default, self.marked.line))

    def line_of(self, key: str) -> int:
        return self._content[key].line if key in self._content else self.marked.line

    def items(self) -> Iterator[tuple[str, Marked]]:
        """Yield every key with its piece; for mappings whose keys are free."""
        self._known.extend(self._content)
        yield from self._content.items()

    def text(
        self,
        key: str,
        *,
        required: bool = False,
        choices: Collection[str] = (),
        pattern: str = "",
        shape: str = "",
    ) -> str | None:
        """Return a text; `choices` close the list, `shape` says in words what `pattern` asks."""
        found = self.take(key, required=required)
        if found is None:
            return None
        if not isinstance(found.value, str):
            self.fault(f"`{self._path(key)}` must be one value", found.line)
            return None
        value = found.value.strip()
        if choices and value not in choices:
            self.fault(f"`{self._path(key)}` must be one of {', '.join(choices)}", found.line)
            return None
        if pattern and not re.fullmatch(pattern, value):
            self.fault(f"`{self._path(key)}` must be {shape}", found.line)
            return None
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.text(key, choices=("true", "false"))
        return default if value is None else value == "true"

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of one."""
        found = self.take(key)
        if found is None:
            return ()
        items = found.value if isinstance(found.value, list) else [found]
        values = [item.value for item in items if isinstance(item.value, str) and item.value]
        if len(values) != len(items):
            self.fault(f"`{self._path(key)}` must be a list of values", found.line)
        return tuple(values)

    def section(self, key: str, *, required: bool = False) -> Section | None:
        found = self.take(key, required=required)
        if found is None:
            return None
        return Section(found, self._path(key), self.file, self.faults)

    def close(self) -> None:
        """Report every key that was never asked for, with the nearest known one."""
        for key, marked in self._content.items():
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                self.fault(f"`{self._path(key)}` is not known here{hint}", marked.line)

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
