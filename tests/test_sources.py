"""Registers of sources: every fault is reported at once with its line; the good ones still load."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ringfence.readers import FormatType, Row
from ringfence.registers.sources import (
    CANONICAL,
    Kind,
    Source,
    canonical_columns,
    compile_map,
    load_sources,
)

GOOD = """\
source_id: crm_export
title: CRM export of leads
controller: nordlicht_energie
obtained: from_person
approved: {by: dpo, on: 2026-01-15}
delivery:
  pattern: "leads_*.csv"
  schedule: "0 5 * * *"
  expected_every: 1d
  published_at: {file_name: "leads_%Y-%m-%d.csv"}
format: {type: csv, delimiter: ";"}
columns:
  source_record_id: Id
  phone: [Phone, {column: MobilePhone, optional: true}]
  country: {constant: NO}
keep: [LeadSource]
emits:
  leads: {}
  consent_events:
    when: Status is not empty
    map:
      event_type: {column: Status, values: {OptIn: given, OptOut: withdrawn}}
      event_at: CaptureDate
      purpose: {constant: telemarketing}
  suppression: {when: DoNotCall = true, map: {kind: {constant: objection}}}
timezone: Europe/Berlin
"""


@pytest.fixture
def registers(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def load(registers: Path, text: str, name: str = "crm_export") -> tuple[list[Source], list[str]]:
    (registers / "sources" / f"{name}.yml").write_text(text, "utf-8")
    sources, faults = load_sources(registers, mode="live")
    return sources, [str(fault) for fault in faults]


def test_a_good_register_holds_what_it_says(registers):
    sources, faults = load(registers, GOOD)
    assert faults == []
    source = sources[0]
    assert (source.source_id, source.controller) == ("crm_export", "nordlicht_energie")
    assert source.approved
    assert source.approved.on == date(2026, 1, 15)
    assert source.delivery.folder == "inbox/crm_export"
    assert source.delivery.expected_every == timedelta(days=1)
    assert source.delivery.published_at
    assert source.delivery.published_at.way == "file_name"
    assert source.format.type == FormatType.CSV
    assert list(source.emits) == ["leads", "consent_events", "suppression"]


def test_the_needed_columns_are_those_mapped_asked_about_or_kept_but_not_optional(registers):
    mapper = compile_map(load(registers, GOOD)[0][0])
    assert mapper.columns_needed == {
        "Id", "Phone", "LeadSource", "Status", "CaptureDate", "DoNotCall",
    }  # fmt: skip


def test_one_row_emits_a_lead_a_consent_and_a_stop_at_once(registers):
    mapper = compile_map(load(registers, GOOD)[0][0])
    cells = {
        "Id": " 7 ", "Phone": "020 7946 0001", "MobilePhone": "", "LeadSource": "Web",
        "Status": "optout", "CaptureDate": "2026-01-15", "DoNotCall": "TRUE", "Secret": "x",
    }  # fmt: skip
    row = Row(1, cells)
    emitted = dict(mapper.emissions(row))
    assert emitted["leads"] == {
        "source_record_id": "7",
        "phone": ["020 7946 0001"],
        "country": "NO",
    }
    assert emitted["consent_events"]["event_type"] == "withdrawn"
    assert emitted["consent_events"]["purpose"] == "telemarketing"
    assert emitted["suppression"]["kind"] == "objection"
    assert mapper.kept(row) == {"LeadSource": "Web"}
    quiet = Row(2, {**cells, "Status": " ", "DoNotCall": "false"})
    assert [kind for kind, _ in mapper.emissions(quiet)] == ["leads"]


def test_all_faults_of_a_file_are_reported_at_once_with_their_lines(registers):
    text = """\
source_id: CRM
titel: x
controller: nordlicht energie
obtained: found
approved: {by: dpo, on: 15.01.2026}
delivery: {schedule: every day, expected_every: soon, published_at: {file_name: leads.csv}}
format: {type: excel, delimiter: ";;", encoding: ebcdic}
columns:
  source_record_id: Id
  phone: Phone
  phone: Mobile
  fone: X
emits:
  leads: {}
  consent_events: {when: Status is empty, map: {event_typ: Status}}
timezone: Berlin
"""
    sources, faults = load(registers, text)
    assert sources == []
    found = {int(fault.split(":")[1]) for fault in faults}
    assert found >= {1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16}
    told = "\n".join(faults)
    assert "did you mean `title`?" in told
    assert "given twice (first in line 10)" in told
    assert "expected `not`, at character 11" in told
    assert "`emits.consent_events` needs the column `event_type`" in told


def test_a_bad_file_never_hides_a_good_one(registers):
    load(registers, "a: [", "broken")
    load(registers, "- 1", "list")
    (registers / "sources" / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    (registers / "sources" / "other.yaml").write_text(GOOD)
    sources, faults = load(registers, GOOD)
    assert [source.source_id for source in sources] == ["crm_export"]
    assert {fault.split(":")[0] for fault in faults} == {
        "broken.yml", "list.yml", "bytes.yml", "other.yaml",
    }  # fmt: skip


def test_the_file_must_be_named_for_its_source(registers):
    sources, faults = load(registers, GOOD, "other")
    assert sources == []
    assert "must be the name of the file, other" in faults[0]


def test_sources_for_the_demo_are_left_out_elsewhere(registers):
    assert load(registers, "demo_only: true\n" + GOOD)[0] == []
    assert len(load_sources(registers, mode="demo")[0]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  expected_every: 1d\n", ""), "`delivery.expected_every` is missing"),
        (("  phone: [Phone, {column: MobilePhone, optional: true}]\n", ""), "column `phone`"),
        (("emits:\n", "emits:\n  register: {}\n"), "`register` and `emits.register`"),
        (("emits:\n", "emits:\n  calls: {}\n"), "`emits.calls` is not one of"),
        (("emits:\n", "emits:\n  call_attempts: {}\n"), "`dispositions` is missing"),
        (("keep:", "dispositions: {NI: refused}\nkeep:"), "goes with `emits.call_attempts`"),
        (("keep:", "dispositions: {NI: no}\nkeep:"), "`dispositions.NI` must be one of"),
        (("{constant: NO}", "[A, B]"), "only `phone` takes a list"),
        (("{constant: NO}", "{constant: NO, column: A}"), "or one of `column`"),
        (("{constant: NO}", "{row: true}"), "is for `source_record_id` only"),
        (("{constant: NO}", "{join: [A]}"), "at least two columns"),
        (("{constant: NO}", "{column: A, values: {x: GB, X: FR}}"), "needs one meaning"),
        (("{constant: NO}", "{column: A, default: GB}"), "`default` goes with `values`"),
        (("{constant: NO}", "{column: A, valus: {x: GB}}"), "did you mean `values`"),
        (("{constant: NO}", ""), "names no column"),
        (("type: csv", "type: fixed_width"), "`format.widths` is missing"),
        (("type: csv", "type: csv, columns: [A]"), "with `header: false`"),
        (("type: csv", "type: csv, header: false, columns: [A]"), "reads `Id`"),
        (("  pattern:", "  folder: ../x\n  pattern:"), "must not lead out of the home"),
        (("  pattern:", "  connection: ods\n  pattern:"), "`connection` and `query`"),
        (("  pattern:", "  query: drop table x\n  pattern:"), "must be one `select`"),
        (("DoNotCall = true", "DoNotCall > 1"), "expected `=`"),
        (
            ("keep:", "dates: european\nkeep:"),
            ":16: `dates` must be one of day_first",
        ),
    ],
)
def test_a_register_that_cannot_be_meant_is_refused(registers, change, message):
    assert change[0] in GOOD
    sources, faults = load(registers, GOOD.replace(*change))
    assert sources == []
    assert message in "\n".join(faults)


def test_a_query_needs_no_format(registers):
    text = GOOD.replace('format: {type: csv, delimiter: ";"}\n', "").replace(
        '  pattern: "leads_*.csv"\n', "  connection: ods\n  query: select * from leads\n"
    )
    sources, faults = load(registers, text)
    assert faults == []
    assert sources[0].delivery.query == "select * from leads"


def test_dispositions_are_a_closed_list_and_an_unlisted_one_is_told_apart(registers):
    text = """\
source_id: calls
controller: halcyon
obtained: public
delivery: {expected_every: 1d}
format: {type: csv, delimiter: "\\t", quote: ''}
columns: {call_ref: ref, attempted_at: at, disposition: status}
emits: {call_attempts: {}}
dispositions: {NI: refused, DNC: objected, N: no_contact}
"""
    sources, faults = load(registers, text, "calls")
    assert faults == []
    assert (sources[0].format.delimiter, sources[0].format.quote) == ("\t", "")
    mapper = compile_map(sources[0])
    told = []
    for code in ("ni", "DNC ", "given", ""):
        row = Row(1, {"ref": "A", "at": "2026-01-15", "status": code})
        told += [fields["disposition"] for _, fields in mapper.emissions(row)]
    assert told == ["refused", "objected", "unlisted:given", ""]


def test_the_mapping_hash_changes_with_what_rows_emit_and_with_nothing_else(registers):
    def hash_of(*changes: tuple[str, str]) -> str:
        text = GOOD
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        sources, faults = load(registers, text)
        assert faults == []
        return sources[0].mapping_sha256

    first = hash_of()
    title = ("title: CRM export of leads", "title: other  # a comment")
    assert hash_of(title, ("expected_every: 1d", "expected_every: 2d")) == first
    for change in (
        ("OptIn: given", "OptIn: renewed"),
        ("when: DoNotCall = true", 'when: "DoNotCall in (true, 1)"'),
        ('delimiter: ";"', 'delimiter: ","'),
        ("Europe/Berlin", "Europe/Paris"),
        ("keep: [LeadSource]", "keep: []"),
        ("controller: nordlicht_energie", "controller: halcyon"),
        ("keep:", "dates: day_first\nkeep:"),
    ):
        assert hash_of(change) != first


def test_every_kind_has_required_and_distinct_columns():
    assert set(CANONICAL) == set(Kind)
    for kind in Kind:
        columns = canonical_columns(kind)
        assert len(set(columns)) == len(columns)
        assert "phone" in columns
