"""What a command costs: the kernel's account of its whole process tree."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.processes import Cost, measure

BURN_S = 0.5
_BURN = f"import time\nwhile time.process_time() < {BURN_S}: pass"
# Leaves a child behind that works on, as PySpark leaves its Java process, and does not wait for it.
_LEAVE_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_BURN!r}])"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures by means that only Linux has")


def python(code: str, log: Path, **options: float) -> Cost:
    return measure([sys.executable, "-c", code], log, **options)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "command.log"


def test_the_cpu_time_of_the_command_counts(log: Path) -> None:
    assert BURN_S <= python(_BURN, log).cpu_s < 2 * BURN_S


def test_the_cpu_time_of_a_child_that_nobody_waits_for_counts(log: Path) -> None:
    cost = python(_LEAVE_CHILD, log)

    assert cost.cpu_s >= BURN_S
    assert cost.wall_s < BURN_S, "the wall time ends with the command itself"


def test_sleeping_is_wall_time_and_no_cpu_time(log: Path) -> None:
    cost = python("import time; time.sleep(0.5)", log)

    assert cost.wall_s >= 0.5
    assert cost.cpu_s < 0.3


def test_each_measurement_counts_for_itself(log: Path) -> None:
    python(_BURN, log)

    assert python("pass", log).cpu_s < BURN_S


def test_the_peak_is_the_memory_of_all_processes_at_once(log: Path) -> None:
    hold = "block = bytearray(80 * 2**20); import time; time.sleep(1)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}])\n{hold}\nchild.wait()"

    assert python(hold, log).peak_bytes > 80 * 2**20
    assert python(both, log).peak_bytes > 160 * 2**20


def test_a_command_that_fails_is_no_measurement_and_its_last_lines_are_shown(log: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"exit code 3; the end of (?s:.*)the reason"):
        python("print('the reason'); raise SystemExit(3)", log)


def test_a_command_that_runs_too_long_is_ended_with_its_children(log: Path) -> None:
    child = "import time; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    started = time.monotonic()

    with pytest.raises(BenchmarkError, match="ran longer than 1 s"):
        python(code, log, timeout_s=1)

    assert time.monotonic() - started < 10
