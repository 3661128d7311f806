"""A real local_aws server process for the tests, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws.process import free_port
from local_aws.server import install
from local_aws.settings import ServerSettings
from local_aws_server import LocalAwsServer, StartServer, start_server
from restarts import Restart


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    """One server for the whole test session; tests take bucket and resource names of their own."""
    server = start_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def bare_local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAwsServer]:
    """One server per module without any resource; its clock and faults may be changed."""
    server = start_server(tmp_path_factory.mktemp("local_aws") / "data")
    yield server
    server.stop()


@pytest.fixture
def start_local_aws() -> Iterator[StartServer]:
    """``start_server`` for tests that stop and restart servers: what is still running at the end is stopped."""
    started: list[LocalAwsServer] = []

    def start(data_dir: Path, **arguments: Any) -> LocalAwsServer:
        started.append(start_server(data_dir, **arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def restart(start_local_aws: StartServer, tmp_path: Path) -> Any:
    """A server of the test's own that it may end and start again: a ``restarts.Restart``."""
    return Restart(start_local_aws, tmp_path / "data")


@pytest.fixture(scope="session")
def in_process_backends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backends installed in the test's own process, for the functions that other parts call without HTTP.

    Returns the data folder. Once per session, because moto keeps its backends for the life of the process.
    """
    data_dir = tmp_path_factory.mktemp("in_process") / "data"
    install(ServerSettings(port=free_port(), data_dir=data_dir))
    return data_dir
