"""Starting and stopping a server process from elsewhere (local_aws/process.py)."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from local_aws.process import NotStartedError, free_port, health, running_server, start_server

STOP = "import sys; from local_aws.process import stop_process; print(stop_process(int(sys.argv[1])))"


def stopped_from_elsewhere(pid: int) -> str:
    result = subprocess.run(
        [sys.executable, "-c", STOP, str(pid)],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[1] / "src")},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return result.stdout.strip()


def test_a_process_that_ended_but_is_never_collected_is_not_waited_for() -> None:
    # Its parent is this process, which does not ask how it ended: it stays a zombie, as orphans do in some containers.
    process = subprocess.Popen(["sleep", "60"])  # noqa: S607
    started = time.monotonic()
    assert stopped_from_elsewhere(process.pid) == "True"
    assert time.monotonic() - started < 20
    assert process.wait(5) == -15


def test_a_process_that_is_gone_was_not_stopped() -> None:
    process = subprocess.Popen(["true"])  # noqa: S607
    process.wait(5)
    assert stopped_from_elsewhere(process.pid) == "False"


def test_a_server_runs_for_the_length_of_a_block(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        found = health(server.port)
        assert found is not None
        assert found["data_dir"] == str(tmp_path / "data")

    assert server.process.returncode == 0
    assert health(server.port) is None


def test_a_server_that_can_not_start_says_why(tmp_path: Path) -> None:
    with (
        running_server(tmp_path / "data"),
        pytest.raises(NotStartedError, match="another local_aws uses the data folder"),
    ):
        start_server(tmp_path / "data", port=free_port())
