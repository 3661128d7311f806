"""A local_aws of the benchmarks' own, on a free port, in a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.paths import LOGS
from clickstream_dev.server import LocalAws
from local_aws.settings import REPOSITORY

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60


@contextmanager
def local_aws(data_dir: Path) -> Iterator[LocalAws]:
    """A provisioned local_aws for the length of the block.

    :raises BenchmarkError: if it does not start
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "local_aws", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "local_aws.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--provision"],
            cwd=REPOSITORY,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_provisioned(port, process)
        yield LocalAws(port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_provisioned(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_local_aws/health", timeout=5) as answer:
                if json.load(answer).get("provisioned"):
                    return
        except (OSError, ValueError):
            pass  # not yet
        time.sleep(0.05)
    raise BenchmarkError(f"local_aws did not start; see {LOGS / 'local_aws.log'}")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
