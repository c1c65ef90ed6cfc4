"""Talk to our own Airflow over its REST API (v2), as the user `admin`."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

import httpx

from ringfence.errors import Refusal

FINAL = frozenset({"success", "failed"})
PAGE = 100  # Airflow's own limit for one answer


class AirflowClient:
    """Trigger, watch and read; refuses with the reason when Airflow says no."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        # No proxy and no netrc of the user: this is our own machine.
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def health(self) -> dict[str, Any]:
        """Return Airflow's own account of its parts; {} while nobody answers."""
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=5)
            return dict(answer.json()) if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            return {}

    def dags(self) -> list[dict[str, Any]]:
        return self._all("/dags", "dags")

    def import_errors(self) -> list[dict[str, Any]]:
        return self._all("/importErrors", "import_errors")

    def dag_runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the runs of a DAG, the newest first; `~` means all DAGs."""
        return self._all(f"/dags/{dag_id}/dagRuns", "dag_runs", order_by="-run_after")

    def dag_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}")

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self._all(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances")

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return what a task has left under `key`."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._ask("GET", path)["value"]

    def task_log(self, dag_id: str, run_id: str, task_id: str, attempt: int = 1) -> list[str]:
        """Return the events of a task's log as plain lines."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{attempt}"
        answer = self._ask("GET", path, params={"full_content": "true"})
        content = answer.get("content", [])
        if isinstance(content, str):
            return content.splitlines()
        return [str(line.get("event", line)) for line in content]

    def trigger(
        self, dag_id: str, conf: Mapping[str, Any] | None = None, run_id: str | None = None
    ) -> dict[str, Any]:
        """Start a run without a logical date; the same `run_id` again returns the run there is."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        answer = self._send("POST", f"/dags/{dag_id}/dagRuns", json=body)
        if answer.status_code == 409 and run_id:
            return self.dag_run(dag_id, run_id)
        return self._read(answer)

    def wait_for_dags(
        self, dag_ids: Collection[str], timeout: float = 60, tick: Callable[[], None] | None = None
    ) -> None:
        """Wait until Airflow has parsed these DAGs. Raises Refusal with its import errors."""
        missing = set(dag_ids)

        def are_there() -> bool:
            missing.difference_update(dag["dag_id"] for dag in self.dags())
            return not missing

        if not _wait(are_there, timeout, tick):
            faults = [
                f"{one['filename']}: {str(one['stack_trace']).strip().splitlines()[-1]}"
                for one in self.import_errors()
            ]
            raise Refusal(
                f"Airflow does not know these DAGs after {timeout:.0f} s: {sorted(missing)}.",
                where="\n         ".join(faults) or self.url,
                remedy="read the DAG processor's log in the home's airflow/logs",
            )

    def wait_for_run(
        self,
        dag_id: str,
        run_id: str,
        timeout: float = 300,
        tick: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Return the run once it is over, whatever its state. Raises Refusal after `timeout`."""
        seen: dict[str, Any] = {}

        def is_over() -> bool:
            seen.update(self.dag_run(dag_id, run_id))
            return seen["state"] in FINAL

        if not _wait(is_over, timeout, tick):
            raise Refusal(
                f"The run is still {seen['state']} after {timeout:.0f} s.",
                where=f"{dag_id} / {run_id}",
                remedy="look at the run in Airflow, or at the logs in the home's airflow/logs",
            )
        return seen

    def _all(self, path: str, key: str, **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            page = {**params, "limit": PAGE, "offset": len(rows)}
            answer = self._ask("GET", path, params=page)
            rows.extend(answer[key])
            if not answer[key] or len(rows) >= int(answer.get("total_entries") or 0):
                return rows

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return self._read(self._send(method, path, **request))

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            if "Authorization" not in self._http.headers:
                self._log_in()
            answer = self._http.request(method, f"/api/v2{path}", **request)
            if answer.status_code == 401:  # a token lives for a day; `up` may run for longer
                self._log_in()
                answer = self._http.request(method, f"/api/v2{path}", **request)
            return answer
        except httpx.HTTPError as error:
            raise Refusal(
                f"Airflow does not answer ({type(error).__name__}).",
                where=self.url,
                remedy="see `./ringfence status`; start it with `./ringfence up`",
            ) from None

    def _log_in(self) -> None:
        token = self._read(self._http.post("/auth/token", json=self._login))["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.is_success:
            return dict(answer.json())
        try:
            reason = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            reason = answer.reason_phrase
        raise Refusal(
            f"Airflow says {answer.status_code}: {reason}",
            where=f"{answer.request.method} {answer.request.url.path}",
            remedy="see the DAG in Airflow's pages",
        )


def seconds_of(timestamp: str | None) -> float:
    """Return Airflow's ISO timestamp as seconds since 1970; 0 for none."""
    return datetime.fromisoformat(timestamp).timestamp() if timestamp else 0.0


def _wait(is_done: Callable[[], bool], timeout: float, tick: Callable[[], None] | None) -> bool:
    deadline = time.monotonic() + timeout
    while not is_done():
        if time.monotonic() >= deadline:
            return False
        if tick is not None:
            tick()
        time.sleep(0.25)
    return True
