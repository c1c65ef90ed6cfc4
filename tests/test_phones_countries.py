"""What a country column may say, and what it may not be taken for."""

import pytest

from ringfence.phones import normalise_country
from ringfence.phones.countries import list_regions


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("EL", "GR"),
        ("UK", "GB"),
        ("gb", "GB"),
        (" fr ", "FR"),
        ("FRA", "FR"),
        ("France", "FR"),
        ("the Netherlands", "NL"),
        ("Österreich", "AT"),
        ("osterreich", "AT"),
        ("Ελλάδα", "GR"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("U.K.", "GB"),
        ("Jersey", "JE"),
        ("Isle of Man", "IM"),
        ("GGY", "GG"),
        ("La Réunion", "RE"),
        ("Saint-Pierre-et-Miquelon", "PM"),
        ("Puerto Rico", "PR"),
        ("Åland", "AX"),
        ("Australia", "AU"),
        ("BR", "BR"),
    ],
)
def test_codes_and_names_give_the_region(text: str, region: str) -> None:
    assert normalise_country(text) == region


@pytest.mark.parametrize(
    "text",
    [None, "", " ", "Atlantis", "XX", "ZZ", "+44", "44", "America", "Georgia", "GB/IE", "F", "001"],
)
def test_the_unknown_stays_unknown(text: str | None) -> None:
    assert normalise_country(text) is None


def test_every_country_with_a_policy_is_known_by_its_code() -> None:
    codes = (
        "AT BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT JO LI LT LU LV MT NL NO PL PT"
        " RO SE SI SK US"
    )
    for region in codes.split():
        assert normalise_country(region) == region
        assert region in list_regions()
