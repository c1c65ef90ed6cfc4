from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.home import Home
from ringfence.landing.deliveries import arrivals
from ringfence.phones import NumberStatus, normalise_country, read_cell
from ringfence.phones.fictional import find_range
from ringfence.readers import read_rows
from ringfence.registers.load import load_registers
from ringfence.registers.sources import Source, compile_map
from ringfence.sample import place
from ringfence.sample.generate import build_day, expected_csv, write_day
from ringfence.sample.model import Expected
from ringfence.sample.place import DAY, EXPECTED
from ringfence.sample.registers_of_the_day import tps_records
from ringfence.sample.reserved_numbers import number, written
from ringfence.settings import Settings, product_folder

SOURCES = load_registers(product_folder("dags"), "demo")[0].sources
# Reasons that the sample cannot show, and why.
EXEMPT = {
    "number_fictional": "the demo calls numbers reserved for fiction",
    "objection_feed_stale": "publication would be refused, and the demo would end as a failure",
    "consent_annulled_by_register": "Italy and Croatia reserve no numbers for fiction",
    "outside_call_hours": "no person of the day may be in two places so far apart",
    "public_holiday": "no country of the sample keeps that Tuesday",
}
# Campaigns that are there to show a ban: how many of their candidates are callable.
BANNED = {"voice_reminder": 2, "winter_care": 0}


def expectations() -> list[dict[str, str]]:
    with (DAY / EXPECTED).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def only_file(source: Source) -> Path:
    (file,) = (DAY / source.source_id).glob(source.delivery.pattern)
    return file


def phones_of(source: Source) -> Iterator[tuple[str, str | None]]:
    """Yield every phone cell that the source's register reads, with the row's country."""
    mapper = compile_map(source)
    for row in read_rows(only_file(source), source.format, mapper.columns_needed):
        if row.fault:
            continue
        for _, fields in mapper.emissions(row):
            country = fields.get("country")
            for cell in fields.get("phone", []):
                yield cell, normalise_country(country if isinstance(country, str) else None)


def test_the_committed_day_is_what_the_generator_writes() -> None:
    day = build_day()

    assert {f"{file.source_id}/{file.name}" for file in day.files} == {
        path.relative_to(DAY).as_posix() for path in DAY.glob("*/*")
    }
    for file in day.files:
        assert (DAY / file.source_id / file.name).read_bytes() == file.content, file.name
    assert (DAY / EXPECTED).read_bytes() == expected_csv(day.expected)


def test_another_process_in_another_zone_and_place_writes_the_same_bytes(tmp_path: Path) -> None:
    script = Path(__file__).parent.parent / "plugins" / "ringfence" / "sample" / "generate.py"
    subprocess.run(
        [sys.executable, "-m", "ringfence.sample.generate", str(tmp_path / "day")],
        env={
            "PYTHONPATH": str(script.parents[2]),
            "TZ": "Pacific/Auckland",
            "PYTHONHASHSEED": "4711",
            "LC_ALL": "C",
        },
        check=True,
        capture_output=True,
    )

    for path in DAY.rglob("*"):
        if path.is_file():
            assert (tmp_path / "day" / path.relative_to(DAY)).read_bytes() == path.read_bytes()


def test_writing_the_day_twice_changes_nothing(tmp_path: Path) -> None:
    write_day(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_day(tmp_path)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source_id)
def test_every_number_of_the_day_is_reserved_for_fiction(source: Source) -> None:
    points = [point for cell, country in phones_of(source) for point in read_cell(cell, country)]

    assert points
    for point in points:
        if point.status is NumberStatus.ambiguous:
            assert all(find_range(reading) for reading in point.readings)
        elif point.status is not NumberStatus.fictional:
            # Planted cells hold fragments of numbers, and one delivery holds postcodes.
            assert point.e164 is None or len(point.e164) < 12
    by_status = Counter(point.status for point in points)
    if source.source_id != "reseller_leads_gb":
        assert by_status[NumberStatus.fictional] >= 0.9 * len(points)


def test_nobody_of_the_day_has_a_real_mailbox() -> None:
    cells = [
        cell
        for source in SOURCES
        for row in read_rows(only_file(source), source.format)
        for cell in row.cells.values()
    ]
    domains = {cell.partition("@")[2] for cell in cells if "@" in cell}

    assert domains == {"example.org"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source_id)
def test_every_register_reads_its_file_and_tells_its_date(source: Source, tmp_path: Path) -> None:
    place(Home(tmp_path))
    settings = Settings(
        tmp_path, None, None, "ringfence_", product_folder("dags"), None, tmp_path, None
    )

    (waiting,) = arrivals(settings, source)
    arrival = waiting.take()
    rows = list(arrival.rows(compile_map(source).columns_needed))
    arrival.close()

    assert rows
    assert arrival.published_at is not None


def test_the_day_has_the_formats_and_countries_it_promises() -> None:
    types = {source.format.type.value for source in SOURCES}
    regions = {
        point.region
        for source in SOURCES
        for cell, country in phones_of(source)
        for point in read_cell(cell, country)
    }

    assert types == {"csv", "xlsx", "json_lines", "parquet", "gb_tps"}
    assert {"GB", "DE", "FR", "SE", "US", "AU"} <= regions
    crm = next(source for source in SOURCES if source.source_id == "crm_export")
    assert {str(kind) for kind in crm.emits} == {"leads", "consent_events", "suppression"}


def test_every_reason_code_is_exercised_or_exempted_with_a_reason() -> None:
    seed = product_folder("dbt_project") / "seeds" / "reason_codes.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        verdict_of = {row["reason_code"]: row["verdict"] for row in csv.DictReader(file)}
    decided = [row for row in expectations() if row["verdict"] in {"blocked", "undetermined"}]

    assert {row["reason_code"] for row in decided} == set(verdict_of) - set(EXEMPT)
    assert all(verdict_of[row["reason_code"]] == row["verdict"] for row in decided)


def test_a_healthy_share_is_callable_in_every_campaign() -> None:
    rows = [
        row for row in expectations() if row["verdict"] in {"callable", "blocked", "undetermined"}
    ]
    everywhere = Counter(row["verdict"] for row in rows)

    assert 600 <= len(rows) <= 1500
    assert 0.35 <= everywhere["callable"] / len(rows) <= 0.55
    for campaign_id in {row["campaign_id"] for row in rows}:
        verdicts = [row["verdict"] for row in rows if row["campaign_id"] == campaign_id]
        if campaign_id in BANNED:
            assert verdicts.count("callable") == BANNED[campaign_id]
        else:
            assert 0.35 <= verdicts.count("callable") / len(verdicts) <= 0.75


def test_every_planted_case_says_why_it_was_planted() -> None:
    planted = [row for row in expectations() if row["case"]]

    assert len(planted) >= 60
    assert {row["verdict"] for row in planted} == {
        "callable", "blocked", "undetermined", "quarantined", "rejected",
    }  # fmt: skip


def test_an_expectation_names_each_contact_point_once() -> None:
    keys = Counter(
        (row["source_id"], row["source_record_id"], row["position"], row["campaign_id"])
        for row in expectations()
        if row["verdict"] != "quarantined"
    )

    assert max(keys.values()) == 1


def test_a_register_line_is_fourteen_bytes_in_either_layout() -> None:
    content = only_file(
        next(source for source in SOURCES if source.source_id == "gb_tps")
    ).read_bytes()
    records = content.split(b"\r\n")[:-1]

    assert len(content) == 14 * len(records)
    assert any(re.fullmatch(rb"\d{3,5} +\d{6,8}", record) for record in records)
    assert any(re.fullmatch(rb"\d{11} ", record) for record in records)
    assert tps_records(["+441134960003", "+441134960002"]) == "0113 4960002\r\n01134960003 \r\n"


def test_a_number_is_drawn_only_from_the_reserved_ranges() -> None:
    for region, line_type in (("GB", "fixed"), ("DE", "mobile"), ("SE", "mobile"), ("FR", "fixed")):
        drawn = [number(region, line_type, index) for index in range(90)]
        assert len(set(drawn)) == 90
        assert all(find_range(e164) for e164 in drawn)
    with pytest.raises(IndexError):
        number("SE", "mobile", 95)


def test_every_way_of_writing_a_number_reads_as_that_number() -> None:
    pools = (
        ("GB", "fixed"), ("GB", "mobile"), ("DE", "fixed"), ("DE", "mobile"), ("FR", "mobile"),
        ("SE", "mobile"), ("US", "fixed_or_mobile"), ("AU", "mobile"),
    )  # fmt: skip
    for region, line_type in pools:
        for index in range(30):
            e164 = number(region, line_type, index)
            for style in range(6):
                (point,) = read_cell(written(e164, region, style), region)
                assert point.e164 == e164


def test_placing_the_day_twice_leaves_a_file_that_is_there_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = place(home)
    first[0].write_bytes(b"an operator's own file")

    assert len(first) == len(list(DAY.glob("*/*")))
    assert place(home) == []
    assert first[0].read_bytes() == b"an operator's own file"
    assert oct(first[0].stat().st_mode & 0o777) == "0o600"


def test_an_expectation_is_a_verdict_and_a_first_reason() -> None:
    assert list(Expected.__dataclass_fields__) == list(expectations()[0])
