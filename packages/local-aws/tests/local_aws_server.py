"""A real local_aws server process for the tests, over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parents[1]
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
HTTP_TIMEOUT_S = 60


@dataclass
class LocalAwsServer:
    """A running server process and the ways to talk to it."""

    port: int
    data_dir: Path
    log_file: Path
    process: subprocess.Popen[bytes]
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client that fails at once instead of retrying."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, read_timeout=HTTP_TIMEOUT_S),
            )
        return self._clients[service]

    def control(self, method: str, name: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call a control endpoint; an error's body is returned like any other."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.endpoint}/_local_aws/{name}", data=body, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=HTTP_TIMEOUT_S) as response:  # noqa: S310
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            return {"status": error.code, **json.load(error)}

    def set_clock(self, instant: str) -> None:
        """Let the server's clock show that instant, such as 2026-01-31T23:59:00Z."""
        answer = self.control("PUT", "clock", {"now": instant})
        assert "error" not in answer, answer

    def stop(self) -> int:
        """Ask the process to stop; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_TIMEOUT_S)
        return self.process.returncode

    @property
    def log(self) -> str:
        return self.log_file.read_text()


StartServer = Callable[..., LocalAwsServer]


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    data_dir: Path,
    *,
    port: int | None = None,
    options: Sequence[str] = (),
    repository: Path = REPOSITORY,
) -> LocalAwsServer:
    """Start a server process on a free port and wait until it answers."""
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log_file = data_dir.parent / f"{data_dir.name}.log"
    command = [sys.executable, "-m", "local_aws", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=repository,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = LocalAwsServer(port, data_dir, log_file, process)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            health = server.control("GET", "health")
        except OSError:
            health = {}
        if health.get("status") == "ok":
            return server
        time.sleep(0.05)
    server.stop()
    raise AssertionError(f"local_aws did not start:\n{server.log}")
