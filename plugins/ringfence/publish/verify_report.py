"""Hold what a verification found: checks that held, that failed, and what could not be compared."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Check:
    """Say what was looked at, in one sentence, and whether it held.

    `is_compared` is false where something is rightly absent: that is no fault, and proves nothing.
    """

    is_passed: bool
    sentence: str
    is_compared: bool = True


@dataclass
class VerifyReport:
    """Hold the checks of one list, in order."""

    checks: list[Check] = field(default_factory=list)
    has_files: bool = True

    @property
    def is_passed(self) -> bool:
        return all(check.is_passed for check in self.checks)

    def add(self, is_passed: bool, sentence: str) -> bool:
        self.checks.append(Check(is_passed, sentence))
        return is_passed

    def not_compared(self, sentence: str) -> None:
        """Say what is rightly not here to be compared."""
        self.checks.append(Check(True, sentence, is_compared=False))
