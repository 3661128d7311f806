"""The commands of the Makefile, run as a user runs them, in a state folder and on a port of their own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_TIMEOUT_S = 600


@dataclass
class Commands:
    """Runs ``python -m local_aws.commands …`` with its own LOCAL_AWS_STATE and port."""

    state: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "local_aws.commands", *arguments],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "LOCAL_AWS_STATE": str(self.state),
                "LOCAL_AWS_PORT": str(self.port),
                **self.environment,
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    def query(self, sql: str) -> list[list[str]]:
        """The rows that `make query` prints, as text cells."""
        result = self("query", SQL=sql)
        assert result.returncode == 0, result.stdout + result.stderr
        lines = result.stdout.splitlines()
        rule = next(number for number, line in enumerate(lines) if re.fullmatch(r"\s*─+\s*", line))
        rows = [line for line in lines[rule + 1 : -1] if line.strip()]
        return [re.split(r"\s{2,}", row.strip()) for row in rows]

    def bucket(self, thing: str) -> Path:
        return self.state / "aws" / "s3" / f"clickstream-local-{thing}"

    def client(self, service: str) -> Any:
        from local_aws.commands.server import LocalAws

        return LocalAws(self.port).client(service)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def commands(tmp_path_factory) -> Iterator[Commands]:
    """One state folder for the session: it is what `make demo` and the commands after it share for a user."""
    runner = Commands(tmp_path_factory.mktemp("state"), free_port())
    yield runner
    runner("down")


@pytest.fixture(scope="session")
def demo(commands) -> subprocess.CompletedProcess[str]:
    """A small `make demo`, run once; the tests look at what it printed and left."""
    result = commands("demo", "--events", "4000")
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    return result
