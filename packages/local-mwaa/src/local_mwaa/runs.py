"""Runs a DAG once with ``airflow dags test`` and shows one line a task."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local_aws.waiting import wait_until
from local_mwaa.environment import LocalMwaa
from local_mwaa.tasks import FINISHED_STATES, TaskLine

RUN_TIMEOUT_S = 3 * 3600
STOP_TIMEOUT_S = 60.0
WATCH_INTERVAL_S = 0.3
LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class RunResult:
    """How a DAG run ended, and its log."""

    succeeded: bool
    failures: list[str]
    log: Path


def run_dag(
    mwaa: LocalMwaa, dag_id: str, parameters: Mapping[str, str], show: Callable[[TaskLine], None], label: str
) -> RunResult:
    """Run a DAG with Airflow itself and report each task as it ends.

    :param show: called once for each finished task instance, in the order in which they end
    :param label: part of the log's name
    :returns: whether every task succeeded, one line for each that did not, and the log's path. A run that takes longer
        than three hours is stopped
    """
    mwaa.migrate()
    mwaa.logs.mkdir(parents=True, exist_ok=True)
    log = mwaa.logs / f"{dag_id}_{label}_{datetime.now().astimezone():%Y%m%dT%H%M%S}.log"
    before = _latest_run(mwaa)
    # -P: the launcher's folder must not come before the packages on the path.
    command = [str(mwaa.programs / "python"), "-P", str(LAUNCHER), "dags", "test", dag_id]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--conf", json.dumps(dict(parameters))],
            env=mwaa.variables(),
            cwd=mwaa.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        shown: set[str] = set()

        def has_ended() -> bool:
            _show_finished(mwaa, dag_id, before, shown, show)
            return process.poll() is not None

        try:
            in_time = wait_until(has_ended, RUN_TIMEOUT_S, interval_s=WATCH_INTERVAL_S)
        finally:
            _stop(process)
    states = _show_finished(mwaa, dag_id, before, shown, show)
    succeeded = process.returncode == 0 and bool(states) and states <= {"success", "skipped"}
    if not in_time:
        return RunResult(False, [f"{dag_id}: it did not end within {RUN_TIMEOUT_S} s"], log)
    return RunResult(succeeded, [] if succeeded else _failure_lines(mwaa, dag_id, log, process.returncode), log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End what still runs: ask, and insist."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
        process.kill()
        process.wait(STOP_TIMEOUT_S)


def _latest_run(mwaa: LocalMwaa) -> int:
    """The number of the newest DAG run that Airflow's database knows, 0 for none."""
    with closing(_database(mwaa)) as database:
        return int(database.execute("select coalesce(max(id), 0) from dag_run").fetchone()[0])


def _show_finished(
    mwaa: LocalMwaa, dag_id: str, after_run: int, shown: set[str], show: Callable[[TaskLine], None]
) -> set[str]:
    """Show the task instances that ended since the last look; returns all states seen in the run."""
    query = """
        select ti.task_id, ti.map_index, ti.state, ti.start_date, ti.end_date, ti.rendered_map_index
        from task_instance ti join dag_run dr on dr.dag_id = ti.dag_id and dr.run_id = ti.run_id
        where dr.id > ? and dr.dag_id = ?
        order by ti.end_date
    """
    try:
        with closing(_database(mwaa)) as database:
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


def _database(mwaa: LocalMwaa) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{mwaa.database}?mode=ro", uri=True, timeout=10)


def _seconds_between(started: str | None, ended: str | None) -> float:
    if not started or not ended:
        return 0.0
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _failure_lines(mwaa: LocalMwaa, dag_id: str, log: Path, exit_code: int) -> list[str]:
    """What the log says of each failed task, one line each, in order and once."""
    text = log.read_text(errors="replace")
    lines = dict.fromkeys(f"{match[1]}: {match[2].strip()}" for match in mwaa.failure_line.finditer(text))
    if lines:
        return list(lines)
    last = text.strip().splitlines()[-1:] or [f"airflow ended with exit code {exit_code} and said nothing"]
    return [f"{dag_id}: {last[0]}"]
