"""A project of docker-compose.yaml's own: from a copy of the working tree, under another name, on other ports."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.airflow import DAILY
from clickstream_dev.compose import docker as docker_compose
from clickstream_dev.compose import files as compose_files
from clickstream_dev.compose.services import AIRFLOW_USER
from clickstream_dev.errors import CommandError
from local_aws.client import LocalAws
from local_aws.process import free_port
from local_aws.waiting import wait_until
from local_mwaa import AirflowApi
from tests.e2e.commands import REPOSITORY

COMMAND_TIMEOUT_S = 1800
QUICK_TIMEOUT_S = 120
POLL_S = 1.0
EVENTS, DAYS = "2000", 2  # the second day has late events and duplicates of the first


@dataclass
class Stack:
    """The containers of one project, and how to speak to them."""

    copy: Path
    state: Path
    project: str
    ui_port: int
    aws_port: int

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command of ``clickstream``."""
        command = [sys.executable, "-m", "clickstream_dev", *arguments]
        return self._run(command, COMMAND_TIMEOUT_S, **environment)

    def compose(self, *arguments: str) -> str:
        """A compose command of the project; what it prints."""
        result = self._run(["docker", "compose", *arguments], QUICK_TIMEOUT_S)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def inspect(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each service's container, ended ones included."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(self._run(["docker", "inspect", *ids], QUICK_TIMEOUT_S).stdout)
        return {entry["Config"]["Labels"]["com.docker.compose.service"]: entry for entry in found}

    def left(self) -> dict[str, list[str]]:
        """What the engine still has of the project."""
        kinds = {"container": ["ls", "--all"], "volume": ["ls"], "network": ["ls"]}
        label = f"label=com.docker.compose.project={self.project}"
        return {
            kind: self._run(["docker", kind, *ls, "--quiet", "--filter", label], QUICK_TIMEOUT_S).stdout.split()
            for kind, ls in kinds.items()
        }

    @property
    def local(self) -> LocalAws:
        return LocalAws(self.aws_port)

    @property
    def airflow(self) -> AirflowApi:
        password = compose_files.ensure_secrets(self.copy / ".env")[compose_files.ADMIN_PASSWORD]
        return AirflowApi(f"http://127.0.0.1:{self.ui_port}", AIRFLOW_USER, password)

    @staticmethod
    def wait_until(condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        assert wait_until(condition, timeout_s, interval_s=POLL_S), f"waited {timeout_s:.0f} s in vain for {what}"

    def _run(self, command: list[str], timeout_s: int, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"COMPOSE_PROJECT_NAME": self.project, "UI_PORT": str(self.ui_port), "LOCAL_AWS_PORT": str(self.aws_port)}
        # The copy's own programs: they take the folder that they lie in for the checkout.
        packages = sorted(self.copy.glob("packages/*/src"))
        path = os.pathsep.join(map(str, [*packages, self.copy / "tools", self.copy / "dags"]))
        return subprocess.run(
            command,
            cwd=self.copy,
            env={**os.environ, **own, "PYTHONPATH": path, "LOCAL_AWS_STATE": str(self.state), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Not started yet. That all of it is deleted when it is told to go is seen at the end, when nobody needs it."""
    try:
        docker_compose.check_engine()
    except CommandError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("compose")
    copy = folder / "copy"
    copy_working_tree(copy)
    stack = Stack(copy, folder / "state", f"clickstream-test-{secrets.token_hex(3)}", free_port(), free_port())
    yield stack
    if any(stack.left().values()):
        down = stack.run("compose", "down", "--volumes")
        assert down.returncode == 0, down.stderr
        assert "all data is deleted" in down.stdout
        assert stack.left() == {"container": [], "volume": [], "network": []}


@dataclass(frozen=True)
class Started:
    """What `make compose-up` printed, and which DAGs were there then and whether they were paused."""

    printed: str
    dags: dict[str, bool]
    import_errors: list[Any]


@pytest.fixture(scope="session")
def started(stack: Stack) -> Started:
    result = stack.run("compose", "up")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    stack.airflow.wait_until_parsed(DAILY)
    dags = {dag["dag_id"]: dag["is_paused"] for dag in stack.airflow.call("GET", "/dags")["dags"]}
    return Started(result.stdout, dags, stack.airflow.call("GET", "/importErrors")["import_errors"])


@pytest.fixture(scope="session")
def demo(stack: Stack, started: Started) -> str:
    """What `make compose-demo` printed."""
    result = stack.run("compose", "demo", "--events", EVENTS, "--days", str(DAYS))
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
    return result.stdout


@pytest.fixture(scope="session")
def dates(demo: str) -> list[date]:
    return [date.fromisoformat(text) for text in re.findall(rf"^{DAILY} for (\S+)$", demo, re.MULTILINE)]


def copy_working_tree(folder: Path) -> None:
    """The files that git knows or would add: what somebody who clones it has, with the changes that are at hand."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=QUICK_TIMEOUT_S,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    for path in (folder, *folder.rglob("*")):  # the containers' users are others than ours
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))
    (folder.parent / "state").mkdir(exist_ok=True)
