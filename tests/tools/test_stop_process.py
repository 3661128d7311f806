"""`make down` ends when the process has ended, also where nobody collects it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PATH = os.pathsep.join(str(REPOSITORY / name) for name in ("packages/local-aws/src", "tools", "dags"))
STOP = "import sys; from clickstream_dev.server import stop_process; print(stop_process(int(sys.argv[1])))"


def stopped_from_elsewhere(pid: int) -> str:
    result = subprocess.run(
        [sys.executable, "-c", STOP, str(pid)],
        cwd=REPOSITORY,
        env={
            "PYTHONPATH": os.pathsep.join(
                str(REPOSITORY / folder) for folder in ("packages/local-aws/src", "tools", "dags")
            )
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return result.stdout.strip()


def test_a_process_that_ended_but_is_never_collected_is_not_waited_for():
    # Its parent is this process, which does not ask how it ended: it stays a zombie, as orphans do in some containers.
    process = subprocess.Popen(["sleep", "60"])  # noqa: S607
    started = time.monotonic()
    assert stopped_from_elsewhere(process.pid) == "True"
    assert time.monotonic() - started < 20
    assert process.wait(5) == -15


def test_a_process_that_is_gone_was_not_stopped():
    process = subprocess.Popen(["true"])  # noqa: S607
    process.wait(5)
    assert stopped_from_elsewhere(process.pid) == "False"
