"""Turn what a country column holds into the ISO code of a region, or into nothing."""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache, lru_cache

from rphonenumbers import SUPPORTED_REGIONS

from ringfence.settings import PACKAGE

# EL is the European Union's own code for Greece, UK is reserved in ISO 3166 for GB.
_ALIASES = {"el": "GR", "uk": "GB"}
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")


def _fold(text: str) -> str:
    """Reduce a name to comparable letters: `U.K.` = `uk`, `Éire` = `eire`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    letters = _DOTTED.sub(lambda m: m.group().replace(".", ""), letters)
    return re.sub(r"[\W\d_]+", " ", letters).strip().removeprefix("the ")


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with (PACKAGE / "data" / "country_names.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def list_regions() -> tuple[str, ...]:
    """Return the countries with a policy and their territories."""
    return tuple(row["region"] for row in _rows())


@cache
def _names() -> dict[str, str]:
    known = {region.lower(): region for region in SUPPORTED_REGIONS if len(region) == 2} | _ALIASES
    for row in _rows():
        for name in (row["alpha3"], *row["names"].split("|")):
            known[_fold(name)] = row["region"]
    return known


@lru_cache(maxsize=4096)
def normalise_country(text: str | None) -> str | None:
    """Return the region code (`EL` and `Greece` give `GR`), or None; nothing is guessed.

    Accepts every two-letter code that has a numbering plan; three-letter codes and names of the
    countries with a policy and their territories (data/country_names.csv).
    """
    # A cell of some length is not a country; folding it would cost more than it can give.
    return _names().get(_fold(text)) if text and len(text) <= 80 else None
