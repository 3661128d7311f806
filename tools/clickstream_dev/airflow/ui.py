"""``clickstream ui``: Airflow's own UI, scheduler and triggerer against local_aws, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from types import FrameType

from clickstream_dev import server
from clickstream_dev.airflow.api import AirflowApi
from clickstream_dev.airflow.runs import AIRFLOW_BIN, DAILY, environment, migrate
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import REPOSITORY, format_path
from clickstream_dev.server import LOGS
from local_aws.waiting import wait_until

DEFAULT_UI_PORT = 8080
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30
POLL_INTERVAL_S = 0.5


def ui(port: int) -> int:
    """Run ``airflow standalone`` on loopback with the DAG unpaused; everything is stopped again at the end."""
    _refuse_port_in_use(port)
    with server.running_server() as local:
        env = {
            **environment(local),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
            # One user on one machine, on loopback: no password to look up.
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            # Else yesterday is run again as soon as the DAG is unpaused, and left half done when the UI is stopped.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        }
        migrate(env)
        log = LOGS / "airflow_standalone.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(AIRFLOW_BIN / "airflow"), "standalone"],
                env=env,
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its five children are ended as one group
            )
        # `kill` on the command must stop what it started, as Ctrl-C does.
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            airflow = AirflowApi(f"http://127.0.0.1:{port}")
            _wait_until_up(airflow, process, format_path(log))
            # A paused one would queue a triggered run for ever.
            airflow.wait_until_parsed(DAILY)
            airflow.unpause(DAILY)
            print(f"Airflow is up: http://localhost:{port}/dags/clickstream_daily (Ctrl-C stops it)", flush=True)
            print(f"dashboards: http://localhost:{port}/plugin/clickstream", flush=True)
            print(f"log: {format_path(log)}", flush=True)
            return process.wait()
        except KeyboardInterrupt:
            print("stopping Airflow", flush=True)
            return 0
        finally:
            signal.signal(signal.SIGTERM, previous)
            _stop_group(process)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(
                f"port {port} is in use: choose another with --ui-port {port + 1} (make: UI_PORT={port + 1})"
            ) from None


def _wait_until_up(airflow: AirflowApi, process: subprocess.Popen[bytes], log: str) -> None:
    answered = wait_until(
        lambda: process.poll() is not None or airflow.health(), START_TIMEOUT_S, interval_s=POLL_INTERVAL_S
    )
    if process.poll() is not None:
        raise CommandError(f"airflow standalone ended with exit code {process.returncode}; see {log}")
    if not answered:
        raise CommandError(f"Airflow did not come up within {START_TIMEOUT_S} s; see {log}")


def _stop_group(process: subprocess.Popen[bytes]) -> None:
    """Ask Airflow and its children to stop, wait for Airflow itself, then end what is left of the group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT_S)
    # Not waited for: where nothing reaps orphans (some containers), the group would seem to live on as zombies.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOP_TIMEOUT_S)
