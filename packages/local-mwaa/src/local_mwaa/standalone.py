"""Airflow's own UI, scheduler and triggerer on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from local_aws.waiting import wait_until
from local_mwaa.api import AirflowApi
from local_mwaa.environment import LocalMwaa
from local_mwaa.errors import AirflowError

START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30
POLL_INTERVAL_S = 0.5


@dataclass(frozen=True)
class RunningAirflow:
    """An Airflow that answers, and the file that all of its processes write to."""

    api: AirflowApi
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running_airflow(mwaa: LocalMwaa, port: int) -> Iterator[RunningAirflow]:
    """``airflow standalone`` for the length of the block, which lets in everybody who reaches the port of loopback.

    SIGTERM ends the block as Ctrl-C does, with a KeyboardInterrupt: what was started is stopped.

    :raises AirflowError: if it does not come up
    """
    mwaa.migrate()
    mwaa.logs.mkdir(parents=True, exist_ok=True)
    log = mwaa.logs / "airflow_standalone.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(mwaa.programs / "airflow"), "standalone"],
            env={**mwaa.variables(), **_settings(port)},
            cwd=mwaa.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its five children are ended as one group
        )
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        running = RunningAirflow(AirflowApi(f"http://127.0.0.1:{port}"), log, process)
        _wait_until_up(running)
        yield running
    finally:
        signal.signal(signal.SIGTERM, previous)
        _stop_group(process)


def _settings(port: int) -> dict[str, str]:
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://localhost:{port}",
        # One user on one machine, on loopback: no password to look up.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        # Else yesterday is run again as soon as a DAG is unpaused, and left half done when the UI is stopped.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    }


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_up(running: RunningAirflow) -> None:
    process = running.process
    answered = wait_until(
        lambda: process.poll() is not None or running.api.health(), START_TIMEOUT_S, interval_s=POLL_INTERVAL_S
    )
    if process.poll() is not None:
        raise AirflowError(f"airflow standalone ended with exit code {process.returncode}; see {running.log}")
    if not answered:
        raise AirflowError(f"Airflow did not come up within {START_TIMEOUT_S} s; see {running.log}")


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
