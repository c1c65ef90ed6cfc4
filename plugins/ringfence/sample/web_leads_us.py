"""Make `web_leads_us`: Parquet with typed columns. No register of the US is loaded on the day."""

from __future__ import annotations

import io

from ringfence.sample.model import BROADBAND, File, Part, moment
from ringfence.sample.people import US_STATES, person
from ringfence.sample.reserved_numbers import US_AREA_CODES, number, written

SOURCE = "web_leads_us"
COUNT = 40


def build() -> Part:
    """Return the file with its expectations."""
    part = Part()
    rows = [_row(index) for index in range(COUNT)]
    for row in rows:
        part.expect(SOURCE, str(row["lead_id"]), BROADBAND, "undetermined register_missing")
    part.files.append(File(SOURCE, "leads_20261123.parquet", _parquet(rows)))
    return part


def _row(index: int) -> dict[str, object]:
    who = person("US", index)
    return {
        "lead_id": 880_000 + index,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.email,
        "phone": written(number("US", "fixed_or_mobile", index), "US", index),
        "city": who.city,
        "state": US_STATES[index % len(US_AREA_CODES)],
        "zip": who.postcode,
        "created_at": moment(index),
    }


def _parquet(rows: list[dict[str, object]]) -> bytes:
    """Write with fixed settings; the bytes depend on the rows and the locked pyarrow alone."""
    import pyarrow
    from pyarrow import parquet

    texts = ("first_name", "last_name", "email", "phone", "city", "state", "zip")
    schema = pyarrow.schema(
        [
            ("lead_id", pyarrow.int64()),
            *((name, pyarrow.string()) for name in texts),
            ("created_at", pyarrow.timestamp("us", tz="UTC")),
        ]
    )
    target = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema), target, compression="snappy")
    return target.getvalue()
