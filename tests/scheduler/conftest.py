"""A local_aws and a whole Airflow (API server, scheduler, DAG processor, triggerer), spoken to over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.commands import REPOSITORY, Commands, free_port

DAILY = "clickstream_daily"
START_TIMEOUT_S = 240
RUN_TIMEOUT_S = 900
STOP_TIMEOUT_S = 60
REQUEST_TIMEOUT_S = 60
POLL_S = 1
DAYS = 7
ENDED = {"success", "failed"}


@dataclass
class Airflow:
    """One Airflow, started and stopped as one process group."""

    commands: Commands
    port: int
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(REPOSITORY / ".venv" / "airflow" / "bin" / "airflow"), "standalone"],
                env=self.settings,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until(self._is_up, "Airflow to come up", START_TIMEOUT_S)

    def kill(self) -> None:
        """End all of it at once, as a machine that loses its power."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        self.kill()

    def api(self, method: str, path: str, **body: Any) -> Any:
        base = f"http://127.0.0.1:{self.port}"
        token = requests.get(f"{base}/auth/token", timeout=REQUEST_TIMEOUT_S).json()["access_token"]
        answer = requests.request(
            method,
            f"{base}/api/v2{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_TIMEOUT_S,
        )
        assert answer.ok, f"{method} {path}: HTTP {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def trigger(self, dag_id: str = DAILY, **conf: Any) -> str:
        run = self.api("POST", f"/dags/{dag_id}/dagRuns", logical_date=None, conf=conf)
        return str(run["dag_run_id"])

    def backfill(self, first: date, last: date, **options: Any) -> int:
        given = {"max_active_runs": 3, "run_backwards": False, "reprocess_behavior": "completed", "dag_run_conf": {}}
        body = {"dag_id": DAILY, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z", **given, **options}
        return int(self.api("POST", "/backfills", **body)["id"])

    def runs(self, dag_id: str = DAILY, **filters: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in {"limit": 100, **filters}.items())
        found: list[dict[str, Any]] = self.api("GET", f"/dags/{dag_id}/dagRuns?{query}")["dag_runs"]
        return found

    def tasks(self, run_id: str, dag_id: str = DAILY) -> list[dict[str, Any]]:
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=200"
        found: list[dict[str, Any]] = self.api("GET", path)["task_instances"]
        return found

    def state(self, run_id: str, dag_id: str = DAILY) -> str:
        return str(self.api("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_state(self, run_id: str, task_id: str) -> str | None:
        return next((t["state"] for t in self.tasks(run_id) if t["task_id"] == task_id), None)

    def wait_for_run(self, run_id: str, dag_id: str = DAILY) -> str:
        self.wait_until(lambda: self.state(run_id, dag_id) in ENDED, f"the end of {run_id}", RUN_TIMEOUT_S)
        return self.state(run_id, dag_id)

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(POLL_S)
        raise AssertionError(
            f"waited {timeout_s:.0f} s in vain for {what}; the end of Airflow's log:\n{self._log_end()}"
        )

    def _is_up(self) -> bool:
        try:
            health = requests.get(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=5).json()
            parts = [health[name]["status"] for name in ("scheduler", "triggerer", "dag_processor")]
            return parts == ["healthy"] * 3 and self.api("GET", f"/dags/{DAILY}")["dag_id"] == DAILY
        except (requests.RequestException, AssertionError, KeyError):
            return False

    def _log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


@pytest.fixture(scope="session")
def dates() -> list[date]:
    """The last complete days, the earliest first."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return [yesterday - timedelta(days=n) for n in reversed(range(DAYS))]


@pytest.fixture(scope="session")
def airflow(commands: Commands, dates: list[date], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Airflow on a local_aws in which events of every date have arrived; the DAG is paused."""
    assert commands("up").returncode == 0
    folder = tmp_path_factory.mktemp("events")
    for day in dates:
        path = folder / f"{day}.jsonl"
        generate = ["-m", "sample_data.generator", "--date", str(day), "--events", "400", "--out", str(path)]
        shares = ["--late-share", "0.05", "--duplicate-share", "0.03", "--malformed-share", "0.02"]
        subprocess.run([sys.executable, *generate, *shares], cwd=REPOSITORY, timeout=120, check=True)
        loaded = commands("load", str(path), "--arrival", str(day))
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    server = Airflow(commands, free_port(), folder / "airflow.log")
    server.settings = _settings(commands, server.port)
    server.start()
    yield server
    server.stop()


def _settings(commands: Commands, port: int) -> dict[str, str]:
    return {
        **commands.airflow_settings(),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__CLICKSTREAM__RETRIES": "3",
        "AIRFLOW__CLICKSTREAM__RETRY_DELAY_S": "5",
    }
