"""Runs the DAG in Airflow's own environment, against local_aws, and shows one line a task."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from clickstream.contract import load_contract
from clickstream_dev.dag_settings import dag_settings
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import REPOSITORY, STATE, format_path
from clickstream_dev.resource_names import names
from clickstream_dev.server import LOGS
from local_aws.client import LocalAws
from local_aws.settings import REGION
from local_aws.waiting import wait_until

# Another of the environments that requirements/build_environments.py knows; each Airflow has a database of its own.
AIRFLOW_ENVIRONMENT = os.environ.get("LOCAL_AWS_AIRFLOW") or "airflow"
AIRFLOW_BIN = REPOSITORY / ".venv" / AIRFLOW_ENVIRONMENT / "bin"
AIRFLOW_HOME = STATE / AIRFLOW_ENVIRONMENT
DAILY = "clickstream_daily"
REPLAY = "clickstream_replay"
MIGRATE_TIMEOUT_S = 300
RUN_TIMEOUT_S = 3 * 3600
WATCH_INTERVAL_S = 0.3
LAUNCHER = Path(__file__).with_name("launcher.py")
FAILURE_LINE = re.compile(r"CLICKSTREAM TASK FAILED (\S+?): (.*)")
FINISHED_STATES = {"success", "failed", "skipped", "upstream_failed"}


@dataclass(frozen=True)
class TaskLine:
    """One finished task instance: its name (with the index of a mapped one), state and length in seconds."""

    name: str
    state: str
    duration_s: float


@dataclass(frozen=True)
class RunResult:
    """How a DAG run ended, and its log."""

    succeeded: bool
    failures: list[str]
    log: Path


def environment(local: LocalAws) -> dict[str, str]:
    """The environment that makes Airflow run this checkout's DAGs against local_aws."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS_"))}
    return {
        **own,
        # `airflow standalone` starts its children by the bare name `airflow`.
        "PATH": f"{AIRFLOW_BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        # As on MWAA; `airflow dags test` of Airflow 3.0 would not find the DAGs' package by itself.
        "PYTHONPATH": str(REPOSITORY / "dags"),
        "AIRFLOW_HOME": str(AIRFLOW_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW_HOME / 'airflow.db'}",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AWS_ENDPOINT_URL": local.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        **{name.upper(): value for name, value in local.assume(names().role_arn("mwaa")).items()},
        "AWS_EC2_METADATA_DISABLED": "true",
        **dag_settings(),
    }


def migrate(env: dict[str, str]) -> None:
    """Bring Airflow's SQLite database to this Airflow's schema; at once when it is there already.

    :raises CommandError: if Airflow refuses
    """
    stamp = AIRFLOW_HOME / f".migrated-{load_contract().versions.airflow}"
    if stamp.exists() and (AIRFLOW_HOME / "airflow.db").exists():
        return
    AIRFLOW_HOME.mkdir(parents=True, exist_ok=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "airflow_db_migrate.log"
    with log.open("wb") as output:
        result = subprocess.run(
            [str(AIRFLOW_BIN / "airflow"), "db", "migrate"],
            env=env,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=MIGRATE_TIMEOUT_S,
            check=False,
        )
    if result.returncode != 0:
        raise CommandError(f"airflow db migrate failed; see {format_path(log)}")
    stamp.touch()


def run_date(
    local: LocalAws,
    arrival_date: date,
    show: Callable[[TaskLine], None],
    dag_id: str = DAILY,
    parameters: Mapping[str, str] | None = None,
) -> RunResult:
    """Run a DAG for one arrival date with Airflow itself and report each task as it ends.

    :param parameters: what the DAG is given besides ``date``
    :param show: called once for each finished task instance, in the order in which they end
    :returns: whether every task succeeded, one line for each that did not, and the log's path
    """
    env = environment(local)
    migrate(env)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{dag_id}_{arrival_date.isoformat()}_{datetime.now().astimezone():%Y%m%dT%H%M%S}.log"
    before = _latest_run()
    # -P: the launcher's folder must not come before the packages on the path.
    command = [str(AIRFLOW_BIN / "python"), "-P", str(LAUNCHER), "dags", "test", dag_id]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--conf", json.dumps({"date": arrival_date.isoformat(), **(parameters or {})})],
            env=env,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        shown: set[str] = set()

        def has_ended() -> bool:
            _show_finished(dag_id, before, shown, show)
            return process.poll() is not None

        try:
            wait_until(has_ended, RUN_TIMEOUT_S, interval_s=WATCH_INTERVAL_S)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
    states = _show_finished(dag_id, before, shown, show)
    succeeded = process.returncode == 0 and bool(states) and states <= {"success", "skipped"}
    return RunResult(succeeded, [] if succeeded else _failure_lines(dag_id, log, process.returncode), log)


def _latest_run() -> int:
    """The number of the newest DAG run that Airflow's database knows, 0 for none."""
    with closing(_database()) as database:
        return int(database.execute("select coalesce(max(id), 0) from dag_run").fetchone()[0])


def _show_finished(dag_id: str, after_run: int, shown: set[str], show: Callable[[TaskLine], None]) -> set[str]:
    """Show the task instances that ended since the last look; returns all states seen in the run."""
    query = """
        select ti.task_id, ti.map_index, ti.state, ti.start_date, ti.end_date, ti.rendered_map_index
        from task_instance ti join dag_run dr on dr.dag_id = ti.dag_id and dr.run_id = ti.run_id
        where dr.id > ? and dr.dag_id = ?
        order by ti.end_date
    """
    try:
        with closing(_database()) as database:
            rows = database.execute(query, (after_run, dag_id)).fetchall()
    except sqlite3.OperationalError:  # Airflow is writing: the next look will see it
        return set()
    states = set()
    for task_id, map_index, state, started, ended, label in rows:
        states.add(state)
        name = task_id if map_index < 0 else f"{task_id}[{label or map_index}]"
        if state in FINISHED_STATES and name not in shown:
            shown.add(name)
            show(TaskLine(name, state, _seconds_between(started, ended)))
    return states


def _database() -> sqlite3.Connection:
    return sqlite3.connect(f"file:{AIRFLOW_HOME / 'airflow.db'}?mode=ro", uri=True, timeout=10)


def _seconds_between(started: str | None, ended: str | None) -> float:
    if not started or not ended:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _failure_lines(dag_id: str, log: Path, exit_code: int) -> list[str]:
    """What the log says of each failed task, one line each, in order and once."""
    text = log.read_text(errors="replace")
    lines = dict.fromkeys(f"{match[1]}: {match[2].strip()}" for match in FAILURE_LINE.finditer(text))
    if lines:
        return list(lines)
    last = text.strip().splitlines()[-1:] or [f"airflow ended with exit code {exit_code} and said nothing"]
    return [f"{dag_id}: {last[0]}"]
