"""Hold what was found out about a file, until it is written as a register."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ringfence.proposals.column_profile import Profile
from ringfence.proposals.column_roles import Roles
from ringfence.proposals.kind_words import Meanings
from ringfence.proposals.proposed_emission import ProposedEmission
from ringfence.readers import FormatSpec

DAY_IN_NAME = re.compile(r"(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")


@dataclass(slots=True)
class Proposal:
    """Hold a file's format, its columns' roles, what its rows emit, and remarks for the reader."""

    path: Path
    source_id: str
    spec: FormatSpec
    profile: Profile
    roles: Roles
    export: dict[str, Any] | None
    has_names: bool
    emits: list[ProposedEmission] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    register: str | None = None
    dispositions: Meanings | None = None
    date_proofs: int = 0
    """How many cells prove `profile.dates`."""
    open_quote: int | None = None
    """The line of a quote that is not closed, where the file is read as one without quotes."""
