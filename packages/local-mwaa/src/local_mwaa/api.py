"""As much of Airflow's REST API as the commands need."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import requests

from local_aws.waiting import wait_until
from local_mwaa.errors import AirflowError
from local_mwaa.tasks import FINISHED_STATES, NO_FAILURE_LINE, TaskLine

REQUEST_TIMEOUT_S = 60
HEALTH_TIMEOUT_S = 5
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
    :param user: empty where everybody is let in
    :param failure_line: as :class:`~local_mwaa.environment.LocalMwaa` has it
    """

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    failure_line: re.Pattern[str] = NO_FAILURE_LINE
    _token: str = field(default="", repr=False)

    def call(self, method: str, path: str, **body: Any) -> Any:
        """One call of the public API; its answer as JSON.

        :raises AirflowError: with Airflow's own words if it refuses, or if it can't be reached
        """
        answer = self._request(method, path, body or None)
        return answer.json() if answer.content else None

    def health(self) -> dict[str, str | None]:
        """The status of each of its components, such as ``scheduler``; nothing where none answers yet."""
        try:
            answer = requests.get(f"{self.address}/api/v2/monitor/health", timeout=HEALTH_TIMEOUT_S)
            return {name: part["status"] for name, part in answer.json().items()} if answer.ok else {}
        except (requests.RequestException, ValueError):
            return {}

    def wait_until_parsed(self, dag_id: str) -> None:
        """Wait until Airflow knows the DAG.

        :raises AirflowError: if it does not within three minutes
        """
        path = f"/dags/{dag_id}"
        is_there = wait_until(
            lambda: self._request("GET", path, None, accepted=(404,)).ok, PARSE_TIMEOUT_S, interval_s=POLL_S
        )
        if not is_there:
            raise AirflowError(f"Airflow did not parse {dag_id} within {PARSE_TIMEOUT_S} s")

    def unpause(self, dag_id: str) -> None:
        """Let the DAG's runs start: those of a paused one stay queued."""
        self.call("PATCH", f"/dags/{dag_id}?update_mask=is_paused", is_paused=False)

    def unpause_and_find_due_run(self, dag_id: str) -> str | None:
        """As :meth:`unpause`, where the scheduler keeps the DAG's schedule.

        :returns: the id of the scheduled run that Airflow then starts by itself, if one is due
        :raises AirflowError: if it does not start within two minutes
        """
        dag = self.call("GET", f"/dags/{dag_id}")
        due = dag["next_dagrun_run_after"]
        if not dag["is_paused"] or due is None or datetime.fromisoformat(due) > datetime.now(UTC):
            self.unpause(dag_id)
            return None
        known = {run["dag_run_id"] for run in self.runs(dag_id, run_type="scheduled")}
        self.unpause(dag_id)

        def new_runs() -> set[str]:
            return {run["dag_run_id"] for run in self.runs(dag_id, run_type="scheduled")} - known

        started = wait_until(new_runs, SCHEDULE_TIMEOUT_S, interval_s=POLL_S)
        if not started:
            raise AirflowError(f"Airflow's scheduler did not start the run of {dag_id} that is due: does it run?")
        return started.pop()

    def trigger(self, dag_id: str, parameters: Mapping[str, str]) -> str:
        """Start a run by hand; returns its id."""
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", logical_date=None, conf=dict(parameters))
        return str(run["dag_run_id"])

    def runs(self, dag_id: str, **filters: str) -> list[dict[str, Any]]:
        """The DAG's runs."""
        query = "".join(f"&{name}={value}" for name, value in filters.items())
        return self._all(f"/dags/{dag_id}/dagRuns?order_by=id{query}", "dag_runs")

    def watch(self, dag_id: str, run_id: str, show: Callable[[TaskLine], None] = lambda _: None) -> str:
        """Wait for the run's end and show each task as it ends; returns the run's state.

        :raises AirflowError: if it takes longer than an hour
        """
        seen: set[str] = set()
        state = ""

        def has_ended() -> bool:
            nonlocal state
            state = self.state(dag_id, run_id)
            for task in self.tasks(dag_id, run_id):
                line = _task_line(task)
                if task["state"] in FINISHED_STATES and line.name not in seen:
                    seen.add(line.name)
                    show(line)
            return state in ENDED

        if not wait_until(has_ended, RUN_TIMEOUT_S, interval_s=POLL_S):
            raise AirflowError(f"{run_id} of {dag_id} is still {state} after {RUN_TIMEOUT_S} s")
        return state

    def state(self, dag_id: str, run_id: str) -> str:
        """The run's state."""
        return str(self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The run's task instances, those that have ended first, in the order in which they did."""
        found = self._all(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?order_by=id", "task_instances")
        return sorted(found, key=lambda task: (task["end_date"] is None, task["end_date"] or ""))

    def failures(self, dag_id: str, run_id: str) -> list[str]:
        """What the log of each task that did not succeed says of it, one line each."""
        return [
            f"{_task_line(task).name}: {self._reason(dag_id, run_id, task)}"
            for task in self.tasks(dag_id, run_id)
            if task["state"] not in _SUCCEEDED
        ]

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
        found = self.failure_line.search(log.text)
        return _END_OF_MESSAGE.split(found[2])[0].strip() if found else str(task["state"])

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, accepted: tuple[int, ...] = ()
    ) -> requests.Response:
        answer = self._send_with_token(method, path, body)
        if answer.status_code == HTTPStatus.UNAUTHORIZED and self._token:  # an Airflow that was restarted
            self._token = ""
            answer = self._send_with_token(method, path, body)
        if not answer.ok and answer.status_code not in accepted:
            raise AirflowError(f"Airflow answered {method} {path} with HTTP {answer.status_code}: {answer.text[:300]}")
        return answer

    def _send_with_token(self, method: str, path: str, body: dict[str, Any] | None) -> requests.Response:
        self._token = self._token or self._log_in()
        return self._send(method, f"{self.address}/api/v2{path}", body, {"Authorization": f"Bearer {self._token}"})

    def _log_in(self) -> str:
        credentials = {"username": self.user, "password": self.password}
        method, body = ("POST", credentials) if self.user else ("GET", None)
        answer = self._send(method, f"{self.address}/auth/token", body, {})
        if not answer.ok:
            raise AirflowError(
                f"Airflow does not let {self.user or 'everybody'} in: HTTP {answer.status_code} {answer.text[:200]}"
            )
        return str(answer.json()["access_token"])

    def _send(self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str]) -> requests.Response:
        try:
            return requests.request(method, url, json=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
        except requests.RequestException as error:
            raise AirflowError(f"Airflow can't be reached at {self.address}: {error}") from None


def _task_line(task: Mapping[str, Any]) -> TaskLine:
    name = str(task["task_id"])
    if task["map_index"] >= 0:
        name = f"{name}[{task['rendered_map_index'] or task['map_index']}]"
    return TaskLine(name, str(task["state"]), float(task["duration"] or 0))
