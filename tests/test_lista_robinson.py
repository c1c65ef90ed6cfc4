"""The keys of Spain's Lista Robinson; the two long ones are the test vectors of its own client."""

from __future__ import annotations

import hashlib

import pytest

from ringfence.lista_robinson import SMS, full_hash, hashes_of, name_field, phone_field, phone_hash

CALLS_KEY = "9a0d14c71b6bb4b50fd4a9efc0536de8c7198f4bebdadcc4e7ee32731fb75c15"
SMS_KEY = "ea48b0f337aded1ab2d7fb495b075883b91319a0c8c5b88d5be9d28c95663ac4"


@pytest.mark.parametrize("phone", ["345678890", "+34345678890", "0034 345 678 890", "345-678-890"])
def test_every_way_of_writing_a_number_has_the_clients_own_key(phone: str) -> None:
    assert phone_hash(phone) == CALLS_KEY
    assert phone_hash(phone, SMS) == SMS_KEY


def test_a_foreign_number_keeps_its_country() -> None:
    assert phone_field("+44 20 7946 0123") == "00442079460123"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("MARÍA", "maria"), ("Núñez", "nunez"), ("Ço-rÀ  òÜ", "coraou"),
        ("O'Neill 3rd", "oneillrd"), ("Jose\N{COMBINING ACUTE ACCENT}", "jose"), ("Þór", "or"),
        ("Straße", "strae"),
    ],
)  # fmt: skip
def test_names_are_small_letters_of_the_clients_alphabet(name: str, field: str) -> None:
    assert name_field(name) == field


def test_a_number_with_a_name_has_another_key_and_both_are_asked() -> None:
    text = "04mariagarcialopez0034345678890"
    with_name = hashlib.sha256(text.encode()).hexdigest()
    assert full_hash("María", "García", "López", "+34345678890") == with_name
    assert hashes_of("+34345678890", "María", "García López") == (CALLS_KEY, with_name)
    assert hashes_of("+34345678890", "María", None) == (CALLS_KEY,)
