"""This checkout's DAGs in Airflow's own environment, against local_aws: single runs, and ``clickstream ui``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import date

from clickstream.contract import load_contract
from clickstream_dev import server
from clickstream_dev.dag_settings import dag_settings
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import REPOSITORY, STATE, format_path
from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_aws.process import is_free
from local_mwaa import LocalMwaa, RunResult, TaskLine, run_dag, running_airflow

# Another of the environments that requirements/build_environments.py knows; each Airflow has a database of its own.
AIRFLOW_ENVIRONMENT = os.environ.get("LOCAL_AWS_AIRFLOW") or "airflow"
DAILY = "clickstream_daily"
REPLAY = "clickstream_replay"
DEFAULT_UI_PORT = 8080
FAILURE_LINE = re.compile(r"CLICKSTREAM TASK FAILED (\S+?): (.*)")


def airflow(local: LocalAws) -> LocalMwaa:
    """The Airflow that runs this checkout's DAGs against local_aws."""
    return LocalMwaa(
        programs=REPOSITORY / ".venv" / AIRFLOW_ENVIRONMENT / "bin",
        version=load_contract().versions.airflow,
        home=STATE / AIRFLOW_ENVIRONMENT,
        dags=REPOSITORY / "dags",
        plugins=REPOSITORY / "plugins",
        logs=server.LOGS,
        settings={**local.variables(names().role_arn("mwaa")), **dag_settings()},
        failure_line=FAILURE_LINE,
    )


def run_date(
    local: LocalAws,
    arrival_date: date,
    show: Callable[[TaskLine], None],
    dag_id: str = DAILY,
    parameters: Mapping[str, str] | None = None,
) -> RunResult:
    """Run a DAG for one arrival date and report each task as it ends.

    :param parameters: what the DAG is given besides ``date``
    """
    day = arrival_date.isoformat()
    return run_dag(airflow(local), dag_id, {"date": day, **(parameters or {})}, show, label=day)


def ui(port: int) -> int:
    """Run Airflow's own UI on loopback with the DAG unpaused until Ctrl-C; everything is stopped again at the end."""
    if not is_free(port):
        raise CommandError(
            f"port {port} is in use: choose another with --ui-port {port + 1} (make: UI_PORT={port + 1})"
        )
    with server.running_server() as local:
        try:
            with running_airflow(airflow(local), port) as running:
                # A paused one would queue a triggered run for ever.
                running.api.wait_until_parsed(DAILY)
                running.api.unpause(DAILY)
                print(f"Airflow is up: http://localhost:{port}/dags/{DAILY} (Ctrl-C stops it)", flush=True)
                print(f"dashboards: http://localhost:{port}/plugin/clickstream", flush=True)
                print(f"log: {format_path(running.log)}", flush=True)
                return running.process.wait()
        except KeyboardInterrupt:
            print("Airflow is stopped", flush=True)
            return 0
