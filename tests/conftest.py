"""How the tests are chosen and spread, and the end-to-end run that tests of several folders look at."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_aws.process import free_port
from tests.e2e.commands import Commands

if TYPE_CHECKING:
    from local_aws_server import LocalAwsServer, StartServer

COUNT_EVENTS = "select count(*), count(distinct event_id), min(timestamp), max(timestamp) from events"
NOT_QUICK = {"spark", "airflow", "e2e"}
# Nor are these quick: they start and end servers and other programs, and take as long as all the others together.
NOT_QUICK_FILES = (
    "packages/local-aws/tests/access_log/",
    "packages/local-aws/tests/persistence/",
    "packages/local-aws/tests/services/athena/test_api.py",
    "packages/local-aws/tests/services/firehose/",
    "packages/local-aws/tests/services/glue/jobs/test_runs.py",
    "packages/local-aws/tests/services/s3/test_storage.py",
    "packages/local-aws/tests/test_background.py",
    "packages/local-aws/tests/test_host_names.py",
    "packages/local-aws/tests/test_package.py",
    "packages/local-aws/tests/test_process.py",
    "packages/local-aws/tests/test_server.py",
    "packages/local-terraform/tests/test_applying.py",
    "packages/local-terraform/tests/test_dependencies.py",
    "tests/benchmarks/",
    "tests/iac/test_checkov.py",
    "tests/on_local_aws/",
    "tests/sample_data/test_live.py",
    "tests/tools/package/",
    "tests/tools/test_provision",
    "tests/tools/test_server.py",
    "tests/tools/test_terraform_command.py",
    "tests/tools/test_watch.py",
)
# Tests of these files share what is slow to make: one worker of pytest-xdist runs them all, and begins with them.
# The tests of every other file are a group of their own, because they share servers.
GROUPS = {"tests/e2e/": "demo", "tests/iac/test_iam_by_execution.py": "demo", "tests/glue_scripts/": "spark"}
# These tests import Airflow, which has an environment of its own.
collect_ignore = [] if find_spec("airflow") else ["dags"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what starts Spark or Airflow")
    parser.addoption("--kills", type=int, default=12, help="how many Glue job runs `make test-faults` kills (12)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _refuse_two_targets(config, items)
    if config.getoption("quick"):
        left_out = [item for item in items if not _is_quick(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_quick(item)]
    # In the order that pytest-randomly has made, within both parts.
    items.sort(key=lambda item: _group(item.nodeid) not in GROUPS.values())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByGroup(config, log)


def _is_quick(item: pytest.Item) -> bool:
    return not item.nodeid.startswith(NOT_QUICK_FILES) and not NOT_QUICK & {mark.name for mark in item.iter_markers()}


def _refuse_two_targets(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test with two targets would run twice; `make test` is the target of those that name none."""
    targets = {line.partition(":")[0] for line in config.getini("markers") if "(make " in line}
    for item in items:
        own = targets & {mark.name for mark in item.iter_markers()}
        if len(own) > 1:
            raise pytest.UsageError(f"{item.nodeid} has two targets: {', '.join(sorted(own))}")


def _group(nodeid: str) -> str:
    return next((group for path, group in GROUPS.items() if nodeid.startswith(path)), nodeid.partition("::")[0])


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
    """The state folder of the demo. Tests look at it and change nothing, because they share it."""
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
    from tests.provisioned_server import start_provisioned_server  # not to be had in Airflow's environment

    server = start_provisioned_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def bare_local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    """One server per module without any resource."""
    from local_aws_server import start_server

    server = start_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture
def start_local_aws() -> Iterator[StartServer]:
    """``start_provisioned_server``: what is still running at the end of the test is stopped."""
    from tests.provisioned_server import start_provisioned_server

    started: list[LocalAwsServer] = []

    def start(data_dir: Path, **arguments: Any) -> LocalAwsServer:
        started.append(start_provisioned_server(data_dir, **arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()
