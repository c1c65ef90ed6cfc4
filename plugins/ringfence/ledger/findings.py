"""Collect what a verification counted and what does not fit; ids and row numbers, never values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Findings:
    """Take sentences from each check: what was seen, and each thing that does not fit."""

    sentences: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def counted(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def fault(self, sentence: str) -> None:
        self.faults.append(sentence)
