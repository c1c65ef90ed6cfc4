"""Recognise the exports of well-known systems by their columns (known_exports.yml)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ringfence.proposals.column_profile import Profile


@cache
def known_exports() -> tuple[dict[str, Any], ...]:
    """Return the entries of known_exports.yml; all scalars are text."""
    text = Path(__file__).with_suffix(".yml").read_text("utf-8")
    return tuple(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - makes text only


def export_of(profile: Profile, *, has_header: bool) -> dict[str, Any] | None:
    """Return the export that a file is, or None."""
    for export in known_exports():
        if has_header:
            columns = set(profile.columns)
            if any(
                columns >= set(export[key]) for key in ("needs", "alternatively") if key in export
            ):
                return export
        elif "names" in export and _fits_without_header(profile, export):
            return export
    return None


def names_of(export: dict[str, Any], width: int) -> list[str]:
    """Return the column names of a headerless export; one more than usual has a name too."""
    names: list[str] = list(export["names"])
    return names if width == len(names) else [*names, export["further_name"]]


def _fits_without_header(profile: Profile, export: dict[str, Any]) -> bool:
    width = len(profile.columns)
    if width - len(export["names"]) not in (0, 1):
        return False
    names = names_of(export, width)
    return all(
        profile.share(profile.columns[names.index(name)], re.compile(pattern)) >= 0.9
        for name, pattern in export["digits_in"].items()
    )
