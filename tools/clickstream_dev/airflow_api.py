"""As much of Airflow's REST API as the commands need."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from clickstream_dev.dag_runs import FAILURE_LINE, FINISHED_STATES, TaskLine
from clickstream_dev.errors import CommandError

REQUEST_TIMEOUT_S = 60
PARSE_TIMEOUT_S = 180
SCHEDULE_TIMEOUT_S = 120
RUN_TIMEOUT_S = 3600
POLL_S = 1.0
ENDED = {"success", "failed"}
_SUCCEEDED = {"success", "skipped"}
_PAGE = 100  # Airflow gives out no more at once, whatever it is asked for
_END_OF_MESSAGE = re.compile(r'\\n|"[,}]')


@dataclass
class AirflowApi:
    """A running Airflow, spoken to as one user.

    :param address: such as ``http://127.0.0.1:8080``
    """

    address: str
    user: str
    password: str = field(repr=False)
    _token: str = field(default="", repr=False)

    def call(self, method: str, path: str, **body: Any) -> Any:
        """One call of the public API; its answer as JSON.

        :raises CommandError: with Airflow's own words if it refuses, or if it can't be reached
        """
        answer = self._request(method, path, body or None)
        return answer.json() if answer.content else None

    def wait_until_parsed(self, dag_id: str) -> None:
        """Return once Airflow knows the DAG.

        :raises CommandError: if it does not within three minutes
        """
        deadline = time.monotonic() + PARSE_TIMEOUT_S
        while self._request("GET", f"/dags/{dag_id}", None, accepted=(404,)).status_code == 404:
            if time.monotonic() > deadline:
                raise CommandError(f"Airflow did not parse {dag_id} within {PARSE_TIMEOUT_S} s")
            time.sleep(POLL_S)

    def unpause(self, dag_id: str) -> str | None:
        """Let the DAG's runs start: those of a paused one stay queued.

        :returns: the id of the scheduled run that Airflow then starts by itself, if one is due
        """
        dag = self.call("GET", f"/dags/{dag_id}")
        due = dag["next_dagrun_run_after"]
        if not dag["is_paused"] or due is None or datetime.fromisoformat(due) > datetime.now(UTC):
            self._set_unpaused(dag_id)
            return None
        known = {run["dag_run_id"] for run in self.runs(dag_id, run_type="scheduled")}
        self._set_unpaused(dag_id)
        deadline = time.monotonic() + SCHEDULE_TIMEOUT_S
        while time.monotonic() < deadline:
            for run in self.runs(dag_id, run_type="scheduled"):
                if run["dag_run_id"] not in known:
                    return str(run["dag_run_id"])
            time.sleep(POLL_S)
        raise CommandError(f"Airflow's scheduler did not start the run of {dag_id} that is due: does it run?")

    def _set_unpaused(self, dag_id: str) -> None:
        self.call("PATCH", f"/dags/{dag_id}?update_mask=is_paused", is_paused=False)

    def trigger(self, dag_id: str, parameters: Mapping[str, str]) -> str:
        """Start a run by hand; returns its id."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", logical_date=None, conf=dict(parameters))
        return str(run["dag_run_id"])

    def runs(self, dag_id: str, **filters: str) -> list[dict[str, Any]]:
        """The DAG's runs."""
        query = "".join(f"&{name}={value}" for name, value in filters.items())
        return self._all(f"/dags/{dag_id}/dagRuns?order_by=id{query}", "dag_runs")

    def watch(self, dag_id: str, run_id: str, show: Callable[[TaskLine], None]) -> str:
        """Wait for the run's end and show each task as it ends; returns the run's state.

        :raises CommandError: if it takes longer than an hour
        """
        deadline = time.monotonic() + RUN_TIMEOUT_S
        shown: set[str] = set()
        while True:
            state = str(self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])
            for task in self._tasks(dag_id, run_id):
                line = _task_line(task)
                if task["state"] in FINISHED_STATES and line.name not in shown:
                    shown.add(line.name)
                    show(line)
            if state in ENDED:
                return state
            if time.monotonic() > deadline:
                raise CommandError(f"{run_id} of {dag_id} is still {state} after {RUN_TIMEOUT_S} s")
            time.sleep(POLL_S)

    def failures(self, dag_id: str, run_id: str) -> list[str]:
        """What the log of each task that did not succeed says of it, one line each."""
        return [
            f"{_task_line(task).name}: {self._reason(dag_id, run_id, task)}"
            for task in self._tasks(dag_id, run_id)
            if task["state"] not in _SUCCEEDED
        ]

    def _tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The run's task instances, those that have ended first, in the order in which they did."""
        found = self._all(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?order_by=id", "task_instances")
        return sorted(found, key=lambda task: (task["end_date"] is None, task["end_date"] or ""))

    def _all(self, path: str, key: str) -> list[dict[str, Any]]:
        """All entries of a list, which Airflow gives out in pages."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"{path}&limit={_PAGE}&offset={len(found)}")
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _reason(self, dag_id: str, run_id: str, task: Mapping[str, Any]) -> str:
        if not task["try_number"]:
            return str(task["state"] or "never started")
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        log = self._request("GET", f"{path}?map_index={task['map_index']}&full_content=true", None, accepted=(404,))
        found = FAILURE_LINE.search(log.text)
        return _END_OF_MESSAGE.split(found[2])[0].strip() if found else str(task["state"])

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, accepted: tuple[int, ...] = ()
    ) -> requests.Response:
        self._token = self._token or self._log_in()
        answer = self._send(method, f"{self.address}/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"})
        if not answer.ok and answer.status_code not in accepted:
            raise CommandError(f"Airflow answered {method} {path} with HTTP {answer.status_code}: {answer.text[:300]}")
        return answer

    def _log_in(self) -> str:
        credentials = {"username": self.user, "password": self.password}
        answer = self._send("POST", f"{self.address}/auth/token", credentials, {})
        if not answer.ok:
            raise CommandError(f"Airflow does not let {self.user} in: HTTP {answer.status_code} {answer.text[:200]}")
        return str(answer.json()["access_token"])

    def _send(self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str]) -> requests.Response:
        try:
            return requests.request(method, url, json=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
        except requests.RequestException as error:
            raise CommandError(f"Airflow can't be reached at {self.address}: {error}") from None


def _task_line(task: Mapping[str, Any]) -> TaskLine:
    name = str(task["task_id"])
    if task["map_index"] >= 0:
        name = f"{name}[{task['rendered_map_index'] or task['map_index']}]"
    return TaskLine(name, str(task["state"]), float(task["duration"] or 0))
