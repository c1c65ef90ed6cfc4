"""Time the decision on a made-up world: `python tests/bench/bench_decision.py 1000000 5000000`.

candidates, suppression entries  →  seconds of the build, of each of its models, and of the whole
run, which freezes what changed too

Two numbers in five are consents, one in fifty has a stop, the rest of the stops is about numbers
that are in no lead. The home is kept, so that a second run starts from the same world.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

CHECKOUT = Path(__file__).parents[2]
sys.path[:0] = [str(CHECKOUT / "plugins"), str(CHECKOUT)]

from tests.support_decision import write_registers  # noqa: E402

from ringfence.database import connect  # noqa: E402
from ringfence.decision import dbt_runner  # noqa: E402
from ringfence.decision.decide import decide  # noqa: E402
from ringfence.home import Home  # noqa: E402
from ringfence.installation import refresh_url, set_up  # noqa: E402
from ringfence.services.cluster import running  # noqa: E402
from ringfence.settings import Settings, load_settings  # noqa: E402

INSTANT = datetime(2026, 11, 24, 5, tzinfo=UTC)
BATCH = "00000000-0000-4000-8000-000000000001"
WORLD = (
    """
    insert into landing.batches (
        batch_id, delivery_id, part, source_id, controller_id, file_sha256, mapping_sha256,
        status, received_at, accepted_at, published_at
    )
    values (
        %(batch)s, %(batch)s, 'rest', 'web', 'acme', 'bench', 'bench', 'accepted',
        '2026-11-23 09:00+00', '2026-11-23 09:00+00', '2026-11-23 09:00+00'
    )
    """,
    """
    insert into landing.lead_records (
        record_id, lead_id, batch_id, row_number, source_id, source_record_id, controller_id,
        person_ref, country, audience, collected_at
    )
    select md5('record' || i)::uuid, md5('lead' || i)::uuid, %(batch)s, i, 'web', i::text, 'acme',
        md5('person' || i)::uuid, case i %% 4 when 0 then 'GB' else 'DE' end, 'consumer',
        '2026-04-01 09:00+00'
    from generate_series(1, %(leads)s) as i
    """,
    """
    insert into landing.lead_contact_points (
        record_id, subject_id, person_ref, position, batch_id, number_status, number_region,
        line_type
    )
    select md5('record' || i)::uuid, md5('number' || i)::uuid, md5('person' || i)::uuid, 1,
        %(batch)s, case i %% 97 when 0 then 'invalid' else 'valid' end,
        case i %% 4 when 0 then 'GB' else 'DE' end, 'mobile'
    from generate_series(1, %(leads)s) as i
    """,
    """
    insert into ledger.consent_events (
        event_id, batch_id, row_number, source_id, controller_id, subject_id, event_type, event_at,
        event_time_status, purpose, notice_version, collection_context, evidence_status, commitment
    )
    select md5('consent' || i)::uuid, %(batch)s, i, 'web', 'acme', md5('number' || i)::uuid,
        case i %% 35 when 0 then 'withdrawn' else 'given' end,
        '2026-04-01 09:00+00'::timestamptz + i * interval '1 second', 'ok', 'energy_offers', 'n1',
        'web', 'verified', ''
    from generate_series(1, %(leads)s) as i
    where i %% 5 < 2
    """,
    """
    insert into ledger.suppression_entries (
        entry_id, batch_id, row_number, source_id, controller_id, subject_id, scope, kind,
        event_at, event_time_status, commitment
    )
    select md5('stop' || i)::uuid, %(batch)s, i, 'web', 'acme',
        md5('number' || (i * 50))::uuid, 'controller', 'objection', '2026-04-02 09:00+00', 'ok', ''
    from generate_series(1, %(stops)s) as i
    """,
    """
    insert into ledger.register_snapshots (
        snapshot_id, register_id, batch_id, published_at, count_entries, count_added, count_removed
    )
    values (%(batch)s, 'gb_tps', %(batch)s, '2026-11-23 09:00+00', %(leads)s / 4, 0, 0)
    """,
    """
    insert into landing.register_entries (register_id, subject_id, snapshot_id)
    select 'gb_tps', md5('number' || (i * 3))::uuid, %(batch)s
    from generate_series(1, %(leads)s / 4) as i
    """,
)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def make_world(settings: Settings, leads: int, stops: int) -> None:
    with connect(settings, name="bench", autocommit=True) as connection:
        row = connection.execute("select count(*) from landing.lead_records").fetchone()
        if row and row[0]:
            say(f"the world of {row[0]:,} leads that is there is used")
            return
        for statement in WORLD:
            connection.execute(statement, {"batch": BATCH, "leads": leads, "stops": stops})
    with psycopg.connect(str(settings.database_url), autocommit=True) as login:
        login.execute(f"set role {settings.role('owner')}".encode())
        login.execute("vacuum analyze")


def tell_builds() -> None:
    """Say of each build of the models what it takes, apart from the run around it."""
    build = dbt_runner.build

    def timed(settings: Settings, target: str) -> list[dbt_runner.ModelResult]:
        began = time.monotonic()
        results = build(settings, target)
        say(f"dbt build: {time.monotonic() - began:.1f} s")
        return results

    dbt_runner.build = timed


def main() -> None:
    tell_builds()
    leads, stops = (int(argument) for argument in sys.argv[1:3])
    home = Home(Path(os.environ.get("RINGFENCE_HOME") or f"/tmp/bench_{leads}_{stops}"))
    os.environ["RINGFENCE_HOME"] = str(home.root)
    home.create()
    with running(home) as info:
        settings = load_settings()
        refresh_url(settings, home, info)
        set_up(settings, mode="demo", stands_at=INSTANT)
        settings = replace(settings, registers=write_registers(home.root / "bench"))
        settings = replace(settings, database_url=home.read_run()["database_url"])
        make_world(settings, leads, stops)
        for attempt in ("cold", "warm"):
            began = time.monotonic()
            report = decide(settings)
            say(f"{attempt}: {time.monotonic() - began:.1f} s", report.totals["count_candidates"])
        for model in sorted(report.models, key=lambda one: -one.seconds)[:30]:
            say(f"{model.seconds:8.2f} s  {model.kind:9} {model.name}  {model.rows or ''}")


if __name__ == "__main__":
    main()
