"""Run the shipped sample day through a real scheduler, exactly as a deployment would.

Everything a person sees is made by the DAGs; this module only places the files, triggers the
ingest DAGs and the decision, and waits: publication and site follow by their Assets.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from ringfence.database import connect
from ringfence.errors import Refusal
from ringfence.home import Home
from ringfence.installation import refresh_url, set_up
from ringfence.registers.load import load_registers
from ringfence.sample import INSTANT, place
from ringfence.sample.place import DAY
from ringfence.services.airflow_client import AirflowClient
from ringfence.services.cluster import running
from ringfence.services.supervisor import Supervisor
from ringfence.settings import Settings
from ringfence.steps import Step

FOLLOWERS = ("publish_call_list", "build_auditor_site")
PATIENCE = 240.0


def run_demo(
    settings: Settings,
    *,
    step: Step,
    say: Callable[[str], None],
    close: Callable[[Settings], None],
) -> None:
    """Set everything up, run the sample day, print the funnel; a repeat changes nothing."""
    home = Home(settings.home)
    say(f"The sample day of {INSTANT:%d %B %Y} in {home.root}")
    with step("Postgres, roles, schema, demo keys") as line, running(home) as cluster:
        refresh_url(settings, home, cluster)
        done = set_up(settings, mode="demo", stands_at=INSTANT)
        line.says(done.database)
        placed = place(home)
        is_done = not placed and _is_done(settings)
    if is_done:
        say("\nThis home holds the whole sample day already; nothing was changed.")
        with running(home) as cluster:
            refresh_url(settings, home, cluster)
            close(settings)
        return
    with running(home) as cluster:
        refresh_url(settings, home, cluster)
        with step("start Airflow") as line:
            services = Supervisor(settings)
            services.__enter__()
            line.says(services.airflow.login()[0] if services.airflow else "")
        try:
            if services.airflow is None:
                raise RuntimeError("the supervisor was asked for Airflow and started none")
            _run_dags(settings, services.airflow.client(), step)
        finally:
            services.__exit__(None, None, None)
        close(settings)


def _is_done(settings: Settings) -> bool:
    """Tell whether every file was landed or rejected, every list published, the pages built."""
    wanted = {hashlib.sha256(file.read_bytes()).hexdigest() for file in DAY.glob("*/*")}
    with connect(settings, name="demo") as connection:
        known = {
            row[0]
            for row in connection.execute(
                "select file_sha256 from landing.batches"
                " where part = 'rest' and status in ('accepted', 'rejected')"
            )
        }
        published = {
            row[0]
            for row in connection.execute(
                "select campaign_id from ledger.current_publications where status = 'published'"
            )
        }
    registers, _ = load_registers(settings.registers, "demo")
    is_published = {campaign.campaign_id for campaign in registers.campaigns} <= published
    return wanted <= known and is_published and (Home(settings.home).site / "index.html").exists()


def _run_dags(settings: Settings, client: AirflowClient, step: Step) -> None:
    registers, _ = load_registers(settings.registers, "demo")
    ingest = [f"ingest__{source.source_id}" for source in registers.sources]
    with step("DAGs parsed") as line:
        client.wait_for_dags([*ingest, "decide_calls", *FOLLOWERS])
        line.says(f"{len(client.dags())} DAGs")
    run_id = f"demo__{int(time.time())}"
    with step("ingest every source") as line:
        for dag_id in ingest:
            client.trigger(dag_id, run_id=run_id)
        states = {
            dag_id: client.wait_for_run(dag_id, run_id, PATIENCE)["state"] for dag_id in ingest
        }
        failed = [dag_id for dag_id, state in states.items() if state != "success"]
        line.says(
            f"{len(ingest) - len(failed)} accepted, refused for planted faults: {', '.join(failed)}"
        )
    with step("decide_calls") as line:
        state = client.wait_for_run(
            "decide_calls", client.trigger("decide_calls", run_id=run_id)["dag_run_id"], PATIENCE
        )["state"]
        line.says(state)
        if state != "success":
            raise Refusal(
                "The decision did not succeed.",
                where="DAG decide_calls",
                remedy="read its log: `./ringfence up`, then the run in Airflow's pages",
            )
    for dag_id in FOLLOWERS:
        with step(f"{dag_id} (by its Asset)") as line:
            line.says(_wait_for_follower(client, dag_id))


def _wait_for_follower(client: AirflowClient, dag_id: str) -> str:
    """Wait for the run that an Asset started; raises Refusal if none comes or it fails."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        runs = client.dag_runs(dag_id)
        if runs and runs[0]["state"] == "success":
            return f"run {runs[0]['run_type']}"
        if runs and runs[0]["state"] == "failed":
            break
        time.sleep(0.5)
    raise Refusal(
        f"{dag_id} did not succeed.",
        where=f"DAG {dag_id}",
        remedy="read its log: `./ringfence up`, then the run in Airflow's pages",
    )
