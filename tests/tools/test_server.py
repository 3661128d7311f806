"""`clickstream up` and `down`: what runs in between, and that nothing is left."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev import server
from clickstream_dev.errors import CommandError
from local_aws.client import LocalAws
from local_aws.process import free_port, has_ended, health, running_server
from local_aws.waiting import wait_until
from tests.e2e.commands import REPOSITORY, Commands

WITHIN_S = 30


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder and a port of this test's own, in this process."""
    for name in ("RECORD_FILE", "LOG_FILE", "DATA_DIR"):
        monkeypatch.setattr(server, name, tmp_path / name.lower())
    monkeypatch.setenv("LOCAL_AWS_PORT", str(free_port()))
    return tmp_path


def test_down_ends_the_server_and_what_watches_for_it(tmp_path):
    commands, state, port = Commands(tmp_path / "another", free_port()), tmp_path / "state", free_port()
    assert commands("up", "--state", str(state), "--port", str(port)).returncode == 0
    record = json.loads((state / "local_aws.json").read_text())
    assert record["port"] == port
    assert not has_ended(record["pid"])
    assert not has_ended(record["companion"])
    # Its first provisioning is over: it would undo what is changed by hand from now on.
    assert "followed from now on" in (state / "logs" / "local_aws.log").read_text()
    assert commands("down", "--state", str(state)).stdout == "local_aws stopped\n"
    assert has_ended(record["pid"])
    assert has_ended(record["companion"])
    assert not (state / "local_aws.json").exists()
    assert not commands.state.exists()


def test_what_fails_halfway_leaves_nothing_running(own_state, monkeypatch):
    seen: list[dict[str, Any]] = []

    def fail(local: LocalAws) -> None:
        seen.append(health(local.port) or {})
        raise CommandError("no")

    monkeypatch.setattr(server, "_watch", fail)
    with pytest.raises(CommandError, match="no"):
        server.start(server.DATA_DIR, provision=False, watch=True)
    assert has_ended(seen[0]["pid"])
    assert not server.RECORD_FILE.exists()


def test_a_port_that_is_taken_is_refused_with_the_option_that_chooses_another(own_state, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("LOCAL_AWS_PORT", str(port))
        with pytest.raises(CommandError, match=rf"port {port} is in use by another program: .* --port {port + 1}"):
            server.find_server()


def test_one_that_watches_for_ever_provisions_a_server_that_comes_back(tmp_path):
    port = free_port()
    log_file = tmp_path / "watch.log"
    with log_file.open("wb") as log:
        watching = subprocess.Popen(
            [sys.executable, "-m", "clickstream_dev.provision", f"http://127.0.0.1:{port}", "--for-ever"],
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(2):
            with running_server(tmp_path / "data", port=port):
                assert wait_until(lambda: (health(port) or {}).get("provisioned"), WITHIN_S), log_file.read_text()
        watching.terminate()
        assert watching.wait(WITHIN_S) == 0
    finally:
        watching.kill()
        watching.wait(WITHIN_S)
    assert "Traceback" not in log_file.read_text()
