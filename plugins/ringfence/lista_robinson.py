"""Name a number as Spain's Lista Robinson does: by SHA-256 over channel and normalised fields.

Source: adigital-org/slr-client. Hex digits, no salt, channel `04` for calls. A list of a country's
numbers is short enough to try them all, so these hashes hide nothing from anybody: they go to that
service only, and stand in no table of ours beside the file that is waiting.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from string import ascii_lowercase, ascii_uppercase

CALLS = "04"
SMS = "03"
SPAIN = "0034"
_ACCENTED = "ÀÁÇÈÉÌÍÑÒÓÙÚÜ"
_LETTERS = str.maketrans(
    _ACCENTED + _ACCENTED.lower() + ascii_uppercase, "aaceeiinoouuu" * 2 + ascii_lowercase
)


def phone_field(phone: str) -> str:
    """Return a number as it is hashed: `00` and country code, Spain's where none is written."""
    text = phone.strip()
    digits = re.sub(r"[^0-9]", "", text)
    if text.startswith("+"):
        return "00" + digits
    return digits if digits.startswith("00") else SPAIN + digits


def name_field(name: str) -> str:
    """Return a name as it is hashed: letters only, small, accents gone; others are dropped."""
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFC", name).translate(_LETTERS))


def phone_hash(phone: str, channel: str = CALLS) -> str:
    """Return the key of a number alone."""
    return _hash(channel + phone_field(phone))


def full_hash(name: str, surname: str, second_surname: str, phone: str) -> str:
    """Return the key of a number with the name it was registered under: another one than without.

    Whether every registration has a key without a name too is not documented, so both are asked.
    """
    names = "".join(map(name_field, (name, surname, second_surname)))
    return _hash(CALLS + names + phone_field(phone))


def hashes_of(phone: str, first_name: str | None, last_name: str | None) -> tuple[str, ...]:
    """Return every key to ask for. A last name of two words or more is read as two surnames."""
    if not first_name or not last_name:
        return (phone_hash(phone),)
    words = last_name.split()
    surname, second = (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (last_name, "")
    return (phone_hash(phone), full_hash(first_name, surname, second, phone))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
