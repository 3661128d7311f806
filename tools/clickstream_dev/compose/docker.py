"""`docker compose` as the commands call it, and what keeps it from working."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from clickstream_dev.errors import CommandError
from clickstream_dev.paths import REPOSITORY
from local_aws.process import is_free

# The first that takes `docker compose ps --format json` of every state, and conditions on services that end.
OLDEST_COMPOSE = (2, 20)
QUICK_TIMEOUT_S = 60
PROFILES = ("producer",)


@dataclass(frozen=True)
class Container:
    """A service's container: its state (``running``, ``exited`` …), health (empty without a check) and exit code."""

    service: str
    state: str
    health: str
    exit_code: int

    @property
    def is_up(self) -> bool:
        """Healthy, or ended as it should, or running where nothing checks its health."""
        if self.state == "exited":
            return self.exit_code == 0
        return self.state == "running" and self.health in ("", "healthy")

    @property
    def has_failed(self) -> bool:
        """It ended with an error, or its check says that it does not work."""
        return (self.state in ("exited", "dead") and self.exit_code != 0) or self.health == "unhealthy"


def check_engine() -> None:
    """Refuse a machine on which docker compose can't be used.

    :raises CommandError: if Docker is not installed, compose is too old, or no engine answers
    """
    if shutil.which("docker") is None:
        raise CommandError("docker is not installed: install Docker Engine or Docker Desktop, or use make demo")
    version = _run("docker", "compose", "version", "--short")
    found = re.match(r"v?(\d+)\.(\d+)", version.stdout)
    if version.returncode or not found:
        raise CommandError("docker has no compose plugin: install it (the package docker-compose-plugin)")
    if (int(found[1]), int(found[2])) < OLDEST_COMPOSE:
        raise CommandError(f"docker compose {version.stdout.strip()} is too old: 2.20 or later is needed")
    engine = _run("docker", "info", "--format", "{{.ServerVersion}}")
    if engine.returncode:
        said = (engine.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CommandError(f"no Docker engine answers: start it, or see whether you may use it ({said})")


def run(*arguments: str) -> int:
    """Run a compose command whose output the user sees; returns its exit code."""
    return subprocess.run(_command(*arguments), cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=False).returncode


def containers() -> dict[str, Container]:
    """This project's containers by service, ended ones included."""
    result = _compose("ps", "--all", "--format", "json")
    return {
        entry["Service"]: Container(entry["Service"], entry["State"], entry["Health"], int(entry["ExitCode"]))
        for entry in _parse_containers(result.stdout)
    }


def published_port(service: str, port: int) -> int:
    """The port of this machine at which a service's port can be reached.

    :raises CommandError: if the service does not run
    """
    result = _compose("port", service, str(port), must_succeed=False)
    address = result.stdout.strip()
    if result.returncode or not address.rpartition(":")[2].strip("0"):
        raise CommandError(f"{service} does not run: start everything with make compose-up")
    return int(address.rpartition(":")[2])


def has_volume(name: str) -> bool:
    """Whether the project has that volume from an earlier start."""
    return _run("docker", "volume", "inspect", f"{project()}_{name}").returncode == 0


def project() -> str:
    """The name that this project's containers, volumes and networks begin with."""
    return os.environ.get("COMPOSE_PROJECT_NAME") or "clickstream"


def check_port(option: str, port: int) -> None:
    """Refuse a port of loopback that is in use.

    :raises CommandError: naming the option that chooses another
    """
    if not is_free(port):
        raise CommandError(f"port {port} is in use: stop what runs there, or choose {option} {port + 1}")


def _parse_containers(text: str) -> list[dict[str, Any]]:
    """`ps --format json` writes an object a line; before 2.21 it wrote one list."""
    if text.lstrip().startswith("["):
        found: list[dict[str, Any]] = json.loads(text)
        return found
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _compose(*arguments: str, must_succeed: bool = True) -> subprocess.CompletedProcess[str]:
    result = _run(*_command(*arguments))
    if must_succeed and result.returncode:
        raise CommandError(f"docker compose {arguments[0]}: {result.stderr.strip()[-500:]}")
    return result


def _command(*arguments: str) -> list[str]:
    return ["docker", "compose", *arguments]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=QUICK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{' '.join(command[:3])} did not answer within {QUICK_TIMEOUT_S} s") from None
