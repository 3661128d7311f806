"""The end-to-end run that tests of several folders look at: made once, by whichever asks first."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from local_aws_server import LocalAwsServer, StartServer
from tests.e2e.commands import Commands, free_port
from tests.provisioned_server import start_provisioned_server

COUNT_EVENTS = "select count(*), count(distinct event_id), min(timestamp), max(timestamp) from events"


@dataclass(frozen=True)
class SecondRun:
    """A date that was run again: its ledger and a summary of all events, before and after."""

    day: date
    ledger_before: dict[str, Any]
    ledger_after: dict[str, Any]
    events_before: list[list[str]]
    events_after: list[list[str]]


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """One state folder for the session: it is what `make demo` and the commands after it share for a user."""
    runner = Commands(tmp_path_factory.mktemp("state"), free_port())
    yield runner
    runner("down")


@pytest.fixture(scope="session")
def recorded_calls() -> list[dict[str, Any]]:
    """What local_aws recorded while the demo and the second run went on, and nothing else."""
    return []


@pytest.fixture(scope="session")
def demo(commands: Commands, recorded_calls: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    """A small `make demo`, run once; the tests look at what it printed and left."""
    commands.calls_file.unlink(missing_ok=True)
    result = commands("demo", "--events", "4000")
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    recorded_calls.extend(_calls(commands))
    return result


@pytest.fixture(scope="session")
def dates(demo: subprocess.CompletedProcess[str]) -> list[date]:
    """The dates that the demo chose: taken from its output, because midnight may have passed since."""
    return [date.fromisoformat(text) for text in re.findall(r"clickstream_daily for (\S+)", demo.stdout)]


@pytest.fixture(scope="session")
def second_run(commands: Commands, dates: list[date], recorded_calls: list[dict[str, Any]]) -> SecondRun:
    """The middle one of the demo's dates, run again."""
    day = dates[1]
    ledger, events = commands.ledger(day), commands.query(COUNT_EVENTS)
    commands.calls_file.unlink()
    again = commands("run", day.isoformat())
    assert again.returncode == 0, again.stdout + again.stderr
    recorded_calls.extend(_calls(commands))
    return SecondRun(day, ledger, commands.ledger(day), events, commands.query(COUNT_EVENTS))


def _calls(commands: Commands) -> list[dict[str, Any]]:
    return [json.loads(line) for line in commands.calls_file.read_text().splitlines()]


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    """One provisioned server for the whole test session; tests take bucket and resource names of their own."""
    server = start_provisioned_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture
def start_local_aws() -> Iterator[StartServer]:
    """``start_provisioned_server``: what is still running at the end of the test is stopped."""
    started: list[LocalAwsServer] = []

    def start(data_dir: Path, **arguments: Any) -> LocalAwsServer:
        started.append(start_provisioned_server(data_dir, **arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()
