"""Name what a long piece of work tells its caller; the terminal gives it a shape."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Line(Protocol):
    """Take the words a step ends with."""

    def says(self, result: str) -> None: ...


Step = Callable[[str], AbstractContextManager[Line]]
