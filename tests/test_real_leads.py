"""Four real files by others are landed whole; every number agrees with the reference library."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import phonenumbers
import pytest

from ringfence.database import connect
from ringfence.home import Home
from ringfence.landing.batches import BatchReport
from ringfence.landing.ingest import ingest_source
from ringfence.proposals.propose import propose
from ringfence.registers.sources import load_sources
from ringfence.settings import Settings

DATA = Path(__file__).parents[2] / "shared" / "data"
REGISTERS = Path(__file__).parent / "real_leads"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real files of ../shared/data are not on this machine"
)


@dataclass(frozen=True)
class RealFile:
    """Say how a plain csv.reader sees the file: the oracle for what landing makes of it."""

    source_id: str
    path: str
    encoding: str
    delimiter: str
    phone: int
    has_header: bool
    rows: int


FILES = [
    RealFile("nhs_practices", "nhs_epraccur/epraccur.csv", "utf-8", ",", 17, False, 14357),
    RealFile("eurostat_hospitals", "eurostat_healthcare/all.csv", "utf-8", ",", -1, True, 15181),
    RealFile("duo_schools", "nl_duo_schools/02*.csv", "cp1252", ";", -1, True, 6122),
    RealFile("annuaire_education", "fr_annuaire_education/*.csv", "utf-8-sig", ";", -1, True, 996),
]
PHONE_HEADERS = {"tel", "TELEFOONNUMMER", "Telephone"}


def path_of(file: RealFile) -> Path:
    (path,) = DATA.glob(file.path)
    return path


def phone_cells(file: RealFile) -> Iterator[str]:
    with path_of(file).open(encoding=file.encoding, newline="") as handle:
        rows = csv.reader(handle, delimiter=file.delimiter)
        column = file.phone
        if file.has_header:
            (column,) = (place for place, name in enumerate(next(rows)) if name in PHONE_HEADERS)
        for row in rows:
            yield row[column].strip()


def valid_number(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.fixture(scope="module")
def landed(database: Settings) -> dict[str, BatchReport]:
    settings = replace(database, registers=REGISTERS)
    reports = {}
    for file in FILES:
        inbox = Home(settings.home).inbox / file.source_id
        inbox.mkdir(parents=True)
        shutil.copy(path_of(file), inbox / "real.csv")
        (reports[file.source_id],) = ingest_source(settings, file.source_id)
    return reports


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source_id)
def test_a_proposal_is_valid_and_agrees_with_what_is_checked_in(
    file: RealFile, tmp_path: Path
) -> None:
    (tmp_path / "sources").mkdir()
    proposed = tmp_path / "sources" / f"{file.source_id}.yml"
    text = propose(path_of(file), file.source_id)
    decided = text.replace("controller: undecided", "controller: example_company")
    proposed.write_text(decided, "utf-8")
    (source,), faults = load_sources(tmp_path, mode="live")
    assert faults == []
    kept = {one.source_id: one for one in load_sources(REGISTERS, mode="live")[0]}
    assert source.format == kept[file.source_id].format
    assert source.emits["leads"].map == kept[file.source_id].emits["leads"].map


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source_id)
def test_every_row_is_accounted_for(
    file: RealFile, landed: dict[str, BatchReport], database: Settings
) -> None:
    report = landed[file.source_id]
    assert report.status == "accepted"
    assert report.rows_read == file.rows
    with connect(database) as connection:
        reasons = Counter(
            code
            for (code,) in connection.execute(
                "select reason_code from landing.quarantined_records where batch_id = %s",
                [report.batch_id],
            )
        )
        (leads,) = connection.execute(
            "select count(*) from landing.lead_records where batch_id = %s", [report.batch_id]
        ).fetchone() or (0,)
    repeated = reasons.pop("record_id_repeated", 0)
    assert reasons == {"number_missing": sum(not cell for cell in phone_cells(file))}
    assert leads + reasons["number_missing"] + repeated == file.rows
    assert leads == report.rows_landed


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source_id)
def test_every_number_agrees_with_the_reference_library(
    file: RealFile, landed: dict[str, BatchReport], database: Settings
) -> None:
    with connect(database) as connection:
        points = connection.execute(
            """
            select points.raw, leads.country, points.number_status, points.e164
            from landing.lead_contact_points as points
            inner join landing.lead_records as leads using (record_id)
            where points.batch_id = %s
            """,
            [landed[file.source_id].batch_id],
        ).fetchall()
    disagreed = compared = 0
    for raw, country, status, e164 in points:
        whole = valid_number(raw, country)
        if whole and status in {"valid", "not_callable_kind"}:
            compared += 1
            disagreed += e164 != whole
        elif status == "valid":
            # A range completed from its neighbour, or a note around the number: the reference
            # does not read the text, but must agree that what was read from it is a number.
            disagreed += valid_number(e164, None) != e164
    assert disagreed == 0
    assert compared > 0.9 * sum(status != "invalid" for _, _, status, _ in points)
