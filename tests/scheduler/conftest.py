"""One local_aws and one Airflow (API server, scheduler, DAG processor, triggerer) for all scenarios, over HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_aws.process import free_port
from local_aws.waiting import wait_until
from local_mwaa import AirflowApi, AirflowError
from tests.e2e.commands import REPOSITORY, Commands
from tests.scheduler.snapshots import Snapshot, ledger_of, snapshot

DAILY = "clickstream_daily"
START_TIMEOUT_S = 240
BACKFILL_TIMEOUT_S = 600
RUN_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
POLL_S = 0.5
DAYS = 3
# Of the first day's 400 events this many arrive on the second, which so touches the reports of both.
LATE_EVENTS = 20
ENDED = {"success", "failed"}
# What no test may call a failure and none may hide: a reader of a partition whose file a run of another date has just
# replaced. Issue 19 of this repository ("publication") is about it; when it is closed, this goes.
READ_A_REPLACED_FILE = re.compile(r"HIVE_BAD_DATA: Not valid Parquet file: s3://\S+ [^\n]{,500}No such file")


@dataclass
class Airflow:
    """One Airflow, started and stopped as one process group."""

    port: int
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.client = AirflowApi(f"http://127.0.0.1:{self.port}")

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
        self.wait_until(lambda: not self.client.health(), "Airflow's port to be free", STOP_TIMEOUT_S)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        self.kill()

    def api(self, method: str, path: str, **body: Any) -> Any:
        return self.client.call(method, path, **body)

    def trigger(self, **conf: Any) -> str:
        """Start a run by hand; its id."""
        return self.client.trigger(DAILY, conf)

    def backfill(self, first: date, last: date, **options: Any) -> list[dict[str, Any]]:
        """Run a backfill to its end; the DAG runs that it made or took over."""
        given = {"max_active_runs": 3, "run_backwards": False, "reprocess_behavior": "completed", "dag_run_conf": {}}
        body = {"dag_id": DAILY, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z", **given, **options}
        number = self.api("POST", "/backfills", **body)["id"]
        self.wait_until(
            lambda: self.api("GET", f"/backfills/{number}")["completed_at"] is not None,
            f"backfill {number}",
            BACKFILL_TIMEOUT_S,
        )
        begin, end = f"{first}T00:00:00Z", f"{last}T23:59:59Z"
        return self.runs(run_type="backfill", logical_date_gte=begin, logical_date_lte=end)

    def runs(self, **filters: str) -> list[dict[str, Any]]:
        return self.client.runs(DAILY, **filters)

    def tasks(self, run_id: str) -> list[dict[str, Any]]:
        return self.client.tasks(DAILY, run_id)

    def failed_tries(self, run_id: str) -> list[str]:
        """A line for each try of the run's tasks that did not end well, and what its log says at its end."""
        found = []
        for task in self.tasks(run_id):
            path = f"/dags/{DAILY}/dagRuns/{run_id}/taskInstances/{task['task_id']}"
            mapped = "" if task["map_index"] < 0 else f"/{task['map_index']}"
            for one in self.api("GET", f"{path}{mapped}/tries")["task_instances"]:
                if one["state"] not in {"success", "skipped"}:
                    number = one["try_number"]
                    query = f"map_index={task['map_index']}&full_content=true"
                    log = str(self.api("GET", f"{path}/logs/{number}?{query}"))
                    known = READ_A_REPLACED_FILE.search(log)
                    why = known[0] if known else log[-4000:]
                    found.append(f"{run_id} {task['task_id']}{mapped} try {number} {one['state']}: {why}")
        return found

    def state(self, run_id: str) -> str:
        return self.client.state(DAILY, run_id)

    def task_state(self, run_id: str, task_id: str) -> str | None:
        return next((t["state"] for t in self.tasks(run_id) if t["task_id"] == task_id), None)

    def wait_for_run(self, run_id: str) -> str:
        self.wait_until(lambda: self.state(run_id) in ENDED, f"the end of {run_id}", RUN_TIMEOUT_S)
        return self.state(run_id)

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        said = f"waited {timeout_s:.0f} s in vain for {what}; the end of Airflow's log:"
        assert wait_until(condition, timeout_s, interval_s=POLL_S), f"{said}\n{self._log_end()}"

    def _is_up(self) -> bool:
        health = self.client.health()
        if [health.get(name) for name in ("scheduler", "triggerer", "dag_processor")] != ["healthy"] * 3:
            return False
        try:
            return bool(self.api("GET", f"/dags/{DAILY}")["dag_id"] == DAILY)
        except AirflowError:  # it is not parsed yet
            return False

    def _log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


def assert_ended_well(airflow: Airflow, *run_ids: str) -> None:
    """Every run succeeded, and no task of it needed a second try but for the one fault that has an open issue."""
    for run_id in run_ids:
        assert airflow.wait_for_run(run_id) == "success", airflow.failed_tries(run_id)
        assert {task["state"] for task in airflow.tasks(run_id)} <= {"success", "skipped"}
    retries = [text for run_id in run_ids for text in airflow.failed_tries(run_id)]
    known = [text for text in retries if READ_A_REPLACED_FILE.search(text)]
    print(f"{len(known)} tries read a file that had just been replaced (issue 19)")
    assert retries == known


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The local_aws of these tests."""
    runner = Commands(tmp_path_factory.mktemp("state"), free_port())
    yield runner
    runner("down")


@pytest.fixture(scope="session")
def dates() -> list[date]:
    """The last complete days, the earliest first."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return [yesterday - timedelta(days=n) for n in reversed(range(DAYS))]


def _load_events(commands: Commands, dates: list[date], folder: Path) -> None:
    """Let the events of every date arrive, the last of the first date on the second."""
    events: dict[date, list[str]] = {}
    for day in dates:
        path = folder / "generated.jsonl"
        generate = ["-m", "sample_data.generator", "--date", str(day), "--events", "400", "--out", str(path)]
        shares = ["--duplicate-share", "0.03", "--malformed-share", "0.02"]
        subprocess.run([sys.executable, *generate, *shares], cwd=REPOSITORY, timeout=120, check=True)
        events[day] = path.read_text().splitlines(keepends=True)
    for _ in range(LATE_EVENTS):
        events[dates[1]].append(events[dates[0]].pop())
    for day in dates:
        path = folder / f"{day}.jsonl"
        path.write_text("".join(events[day]))
        loaded = commands("load", str(path), "--arrival", str(day))
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr


@pytest.fixture(scope="session")
def airflow(commands: Commands, dates: list[date], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Airflow on a local_aws in which events of every date have arrived; the DAG is paused."""
    assert commands("up").returncode == 0
    folder = tmp_path_factory.mktemp("events")
    _load_events(commands, dates, folder)
    server = Airflow(free_port(), folder / "airflow.log")
    server.settings = {
        **commands.airflow_settings(),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(server.port),
        "AIRFLOW__API__BASE_URL": server.client.address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{server.client.address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__PARALLELISM": "4",
        # The DAG files do not change: parsing them every 30 s takes a fifth of two cores.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__CLICKSTREAM__RETRIES": "3",
        "AIRFLOW__CLICKSTREAM__RETRY_DELAY_S": "2",
    }
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Once:
    """What the first run of every date left, and the two DAG runs of the last date."""

    snapshots: dict[date, Snapshot]
    scheduled: str
    manual: str


@pytest.fixture(scope="session")
def once(airflow: Airflow, commands: Commands, dates: list[date]) -> Once:
    """Every date run once by hand, one after another in order: what all else is compared with.

    The last date is run by the schedule before that, and by hand without saying which date.
    """
    airflow.api("PATCH", f"/dags/{DAILY}?update_mask=is_paused", is_paused=False)
    # Unpausing starts the scheduled run of the last complete day.
    airflow.wait_until(lambda: bool(airflow.runs(run_type="scheduled")), "the scheduled run", 120)
    scheduled = airflow.runs(run_type="scheduled")[0]["dag_run_id"]
    assert_ended_well(airflow, scheduled)
    for day in dates[:-1]:
        assert_ended_well(airflow, airflow.trigger(date=str(day)))
    before = ledger_of(commands, dates[-1])
    manual = airflow.trigger()
    assert_ended_well(airflow, manual)
    after = ledger_of(commands, dates[-1])
    assert before is not None
    assert after is not None
    assert after["job_run_id"] != before["job_run_id"], "a run without a date did not take the last complete day"
    return Once({day: snapshot(commands, day) for day in dates}, scheduled, manual)
