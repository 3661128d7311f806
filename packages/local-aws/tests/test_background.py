"""A server in the background: found and stopped by another process than the one that started it."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from local_aws.background import Background, PortInUseError
from local_aws.client import LocalAws
from local_aws.process import free_port, has_ended, health, running_server
from local_aws.waiting import wait_until

WITHIN_S = 20
# They are to live on: whoever started them forgets them.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Background]:
    found = Background(tmp_path / "record.json", tmp_path / "log", (tmp_path / "data",))
    yield found
    found.stop()


def data_dir_of(background: Background) -> Path:
    (folder,) = background.data_dirs
    return folder


def test_it_is_found_whatever_port_is_asked_for_and_stopped(background: Background) -> None:
    server = background.start(data_dir_of(background), free_port())
    again = Background(background.record_file, background.log_file, background.data_dirs)
    assert again.find(free_port()) == server.port
    assert again.stop()
    assert has_ended(server.process.pid)
    assert again.find(free_port()) is None
    assert not again.stop()


def test_folders_may_be_relative_and_that_of_the_record_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    background = Background(Path("kept/record.json"), Path("logs/log"), (Path("data"),))
    port = background.start(Path("data"), free_port()).port
    try:
        assert background.find(free_port()) == port
    finally:
        assert background.stop()


def test_one_of_its_own_that_was_not_recorded_is_found_by_its_port(background: Background) -> None:
    with running_server(data_dir_of(background)) as server:
        assert background.find(server.port) == server.port
        assert not background.stop()


def test_a_server_of_somebody_else_is_not_taken(background: Background, tmp_path: Path) -> None:
    with running_server(tmp_path / "other") as server:
        with pytest.raises(PortInUseError, match=rf"port {server.port} is in use by the local_aws of .*other"):
            background.find(server.port)
        background.record_file.write_text(json.dumps({"pid": server.process.pid, "port": server.port}))
        assert not background.stop()
        assert health(server.port)


def test_another_program_on_the_port_is_told(background: Background) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} is in use by another program"):
            background.find(port)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "port": 9, "companion": 1}'])
def test_a_record_that_says_nothing_is_none(background: Background, text: str) -> None:
    background.record_file.write_text(text)
    assert background.find(free_port()) is None
    assert not background.stop()


def test_what_belongs_to_it_is_stopped_with_it(background: Background) -> None:
    background.start(data_dir_of(background), free_port())
    background.start_companion([sys.executable, "-c", "import signal; signal.pause()"], Path.cwd())
    pid = json.loads(background.record_file.read_text())["companion"]
    assert not has_ended(pid)
    assert background.stop()
    assert has_ended(pid)


def test_a_companion_that_has_ended_leaves_its_number_to_others(background: Background, tmp_path: Path) -> None:
    background.start(data_dir_of(background), free_port())
    background.start_companion([sys.executable, "-c", ""], Path.cwd())
    record = json.loads(background.record_file.read_text())
    assert wait_until(lambda: has_ended(record["companion"]), WITHIN_S)
    with running_server(tmp_path / "stranger") as stranger:
        background.record_file.write_text(json.dumps({**record, "companion": stranger.process.pid}))
        assert background.stop()
        assert health(stranger.port)


def test_a_client_sets_the_clock_and_takes_roles(background: Background) -> None:
    local = LocalAws(background.start(data_dir_of(background), free_port()).port)
    local.set_clock(datetime(2026, 1, 31, 12, tzinfo=UTC))
    clock = requests.get(f"{local.endpoint}/_local_aws/clock", timeout=WITHIN_S).json()
    assert clock["now"].startswith("2026-01-31T12:00")
    local.set_clock(None)
    local.flush()
    role = local.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    assert ":assumed-role/reader/" in local.client("sts", role_arn=role).get_caller_identity()["Arn"]
