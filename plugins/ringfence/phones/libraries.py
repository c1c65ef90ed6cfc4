"""Ask the numbering plan: the Rust library first, the reference again about what it refuses.

`rphonenumbers` carries metadata two releases older than `phonenumbers`. Its "no" is never final;
its "yes" counts only for the countries with a policy and their territories, where a differential
test holds the two together: in Benin and Zimbabwe it still accepts what has been closed since.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, NamedTuple

import rphonenumbers

from ringfence.phones.countries import list_regions
from ringfence.phones.fictional import find_range
from ringfence.phones.points import NumberStatus

LINE_TYPES = {
    0: "fixed",
    1: "mobile",
    2: "fixed_or_mobile",
    3: "freephone",
    4: "premium",
    5: "shared_cost",
    6: "voip",
    7: "personal",
    8: "pager",
    9: "uan",
    10: "voicemail",
    99: "unknown",
}
# Nobody's own line: no one can be sold anything there, and some of them charge the caller.
UNCALLABLE = frozenset({"freephone", "premium", "shared_cost", "pager", "uan", "voicemail"})
_MOST_DIGITS = 22  # E.164 ends at 15; a prefix, a trunk 0 and a carrier code may come on top
_UNKNOWN = 99
_ONE_REGION = {
    code: regions[0]
    for code, regions in rphonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if len(regions) == 1 and regions[0] != "001"
}
_TRUNK = re.compile(r"\(0\)")


class Reading(NamedTuple):
    """What one text means as one number; `length` counts the digits behind the calling code."""

    status: NumberStatus
    e164: str | None = None
    region: str | None = None
    line_type: str = "unknown"
    length: int = 0
    readings: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Tell whether this is a number somebody could have."""
        return self.e164 is not None and self.status is not NumberStatus.invalid


@cache
def _trusted_codes() -> frozenset[int]:
    return frozenset(rphonenumbers.country_code_for_region(region) for region in list_regions())


def read_fast(text: str, region: str | None) -> Reading | None:
    """Read what the Rust library may accept; None means only: ask the reference."""
    try:
        number = rphonenumbers.parse(text, region)
    except rphonenumbers.NumberParseException:
        return None
    if number.extension is not None or number.country_code not in _trusted_codes():
        return None
    kind = rphonenumbers.number_type(number)
    e164 = rphonenumbers.format_number(number, 0)
    return _settle(rphonenumbers, number, e164, kind)


@lru_cache(maxsize=8192)
def read_number(text: str, region: str | None) -> Reading:
    """Read `text`, which holds no words, as one number.

    A leading 00 and a bracketed trunk zero behind a calling code are understood everywhere, also
    where the country's own prefix is another (011 in the US).
    """
    digits = sum(map(str.isdigit, text))
    if digits > _MOST_DIGITS:
        return Reading(NumberStatus.invalid)
    international = text.lstrip("([ ")
    if international.startswith("00") and digits > 9:
        outside = "+" + international[2:]
    else:
        outside = international if "+" in international else ""
    if region is None and not outside:
        return Reading(NumberStatus.no_country)
    first = text if region else outside
    reading = _read_both(first, region)
    spellings = {outside: None, _TRUNK.sub("", outside): None} if outside else {}
    for spelling in spellings:
        if not reading.settled and spelling != first:
            other = _read_both(spelling, region)
            reading = other if other.settled else reading
    return reading


def _read_both(text: str, region: str | None) -> Reading:
    return read_fast(text, region) or _read_reference(text, region)


def _read_reference(text: str, region: str | None) -> Reading:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return Reading(NumberStatus.invalid)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if settled := _settle(phonenumbers, number, e164, phonenumbers.number_type(number)):
        return settled
    if region and _is_short(text, number, region):
        return Reading(NumberStatus.not_callable_kind, region=region)
    why = phonenumbers.is_possible_number_with_reason(number)
    if why != phonenumbers.ValidationResult.IS_POSSIBLE:
        return Reading(NumberStatus.invalid)
    return Reading(NumberStatus.invalid, e164, _ONE_REGION.get(number.country_code))


def _is_short(text: str, number: Any, region: str) -> bool:
    """Tell whether it is an emergency or service number: those exist without E.164."""
    import phonenumbers

    digits = re.sub(r"\D", "", text)
    return (
        "+" not in text
        and len(digits) <= 6
        and (
            phonenumbers.connects_to_emergency_number(digits, region)
            or phonenumbers.is_valid_short_number_for_region(number, region)
        )
    )


def _settle(library: Any, number: Any, e164: str, kind: int) -> Reading | None:
    code = number.country_code
    length = len(e164) - 1 - len(str(code))
    fiction = find_range(e164)
    if fiction is None and kind == _UNKNOWN:
        return None
    region = _ONE_REGION.get(code) or library.region_code_for_number(number)
    if fiction is not None:
        # 555-01XX is kept free behind every area code of +1, so the area code names the region.
        region = region if fiction.per_area_code and region else fiction.region
        return Reading(NumberStatus.fictional, e164, region, fiction.line_type, length)
    line_type = LINE_TYPES[kind]
    status = NumberStatus.not_callable_kind if line_type in UNCALLABLE else NumberStatus.valid
    return Reading(status, e164, None if region == "001" else region, line_type, length)
