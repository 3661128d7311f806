"""A real local_aws server process for the tests, over real HTTP."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_aws import process
from local_aws.process import ServerProcess

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parents[1]
# Looked for beside the environment that runs the tests; without archives the jobs start more slowly.
CLASS_ARCHIVES = Path(sys.prefix).parent / "class-archives"
GLUE6 = Path(sys.prefix).parent / "glue6"
GLUE_OPTIONS = ("--class-archives", str(CLASS_ARCHIVES), "--glue-python", f"6.0={GLUE6}")
HTTP_TIMEOUT_S = 60


@dataclass
class LocalAwsServer(ServerProcess):
    """A running server process and the ways to talk to it."""

    _clients: dict[str, Any] = field(default_factory=dict)

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

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU that the process has taken: unlike its time on the clock, they say little of what else runs.

        0 where there is no /proc to tell.
        """
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def set_clock(self, instant: str) -> None:
        """Let the server's clock show that instant, such as 2026-01-31T23:59:00Z."""
        answer = self.control("PUT", "clock", {"now": instant})
        assert "error" not in answer, answer


StartServer = Callable[..., LocalAwsServer]


def start_server(data_dir: Path, **arguments: Any) -> LocalAwsServer:
    """Start a server as :func:`local_aws.process.start_server` does."""
    arguments["options"] = (*GLUE_OPTIONS, *arguments.get("options", ()))
    started = process.start_server(data_dir, **arguments)
    return LocalAwsServer(started.port, started.data_dir, started.log_file, started.process)
