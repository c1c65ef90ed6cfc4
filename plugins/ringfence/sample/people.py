"""Invent the people of the sample day. Every surname says that nobody bears it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

FIRST_NAMES = {
    "GB": (
        "Ada",
        "Alfie",
        "Beth",
        "Callum",
        "Daisy",
        "Edwin",
        "Freya",
        "George",
        "Harriet",
        "Isla",
    ),
    "DE": ("Anke", "Björn", "Cäcilie", "Dörte", "Emil", "Friederike", "Günther", "Heike", "Jörg"),
    "FR": (
        "Aurélie",
        "Benoît",
        "Chloé",
        "Damien",
        "Élodie",
        "François",
        "Gaëlle",
        "Hélène",
        "Inès",
    ),
    "SE": ("Åsa", "Björn", "Cecilia", "David", "Elin", "Fredrik", "Göran", "Hanna", "Ingrid"),
    "US": ("Alice", "Brandon", "Carla", "Derek", "Elena", "Frank", "Grace", "Hector", "Irene"),
    "AU": ("Archie", "Bronte", "Cooper", "Darcy", "Evie"),
}
SURNAMES = {
    "GB": ("Notareal", "Specimen", "Placeholder", "Exampleton", "Inventworth", "Fictionby",
           "Madeupson"),
    "DE": ("Beispiel", "Mustermüller", "Platzhalter", "Erdacht", "Größenwahr", "Fiktiver",
           "Nirgendwer", "Probemann"),
    "FR": ("Exemplaire", "Imaginé", "Fictif", "Inventée", "Dupersonne", "Échantillon", "Modèle"),
    "SE": ("Exempelsson", "Påhittad", "Låtsasson", "Provberg", "Ingenstans", "Fiktivgren"),
    "US": ("Samplewood", "Makebelieve", "Testerman", "Nobodyson", "Fauxley", "Standin"),
    "AU": ("Mockingham", "Pretendy", "Dummyfield"),
}  # fmt: skip
COMPANIES = {
    "GB": "Invented Widgets {} Ltd",
    "DE": "Musterwerk {} GmbH",
    "FR": "Établissements Fictifs {} SARL",
    "SE": "Påhittade Varor {} AB",
    "US": "Make-Believe Goods {} LLC",
}
PLACES = {
    "GB": (("London", "SW1A 0ZZ"), ("Leeds", "LS1 0ZZ"), ("Cardiff", "CF10 0ZZ"),
           ("Belfast", "BT1 0ZZ"), ("Glasgow", "G1 0ZZ")),
    "DE": (("Berlin", "10115"), ("Köln", "50667"), ("München", "80331"), ("Hamburg", "20095"),
           ("Frankfurt am Main", "60311")),
    "FR": (("Paris", "75001"), ("Rennes", "35000"), ("Nîmes", "30000"), ("Besançon", "25000")),
    "SE": (("Malmö", "211 22"), ("Göteborg", "411 06"), ("Umeå", "903 26")),
    "US": (("New York", "10001"), ("Denver", "80202"), ("Chicago", "60601"), ("Atlanta", "30303"),
           ("San Francisco", "94102"), ("Portland", "97204"), ("Boston", "02108"),
           ("Las Vegas", "89101")),
    "AU": (("Sydney", "2000"), ("Perth", "6000")),
}  # fmt: skip
US_STATES = ("NY", "CO", "IL", "GA", "CA", "OR", "MA", "NV")


@dataclass(frozen=True)
class Person:
    """Hold one invented person, the same for the same region and index."""

    first_name: str
    last_name: str
    email: str
    city: str
    postcode: str
    company: str


def person(region: str, index: int) -> Person:
    """Invent the person at `index` of a region."""
    firsts, lasts, places = FIRST_NAMES[region], SURNAMES[region], PLACES[region]
    first = firsts[index % len(firsts)]
    last = lasts[(index // len(firsts) + index) % len(lasts)]
    city, postcode = places[index % len(places)]
    company = COMPANIES.get(region, "Nowhere Trading {}").format(index)
    return Person(first, last, f"{_plain(first)}.{_plain(last)}{index}@example.org", city, postcode,
                  company)  # fmt: skip


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha())
