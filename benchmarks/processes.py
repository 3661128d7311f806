"""Runs a command in a process of its own and measures what its whole process tree costs.

CPU time is the kernel's own account of every process that ended: those that the command did not wait for, such as
PySpark's Java process, are handed to this process (Linux's "child subreaper"), which waits for them. Memory is the sum
of the resident memory of the tree's processes, sampled; pages that two of them share count twice.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import BenchmarkError
from local_aws.waiting import wait_until

SAMPLE_INTERVAL_S = 0.2
RUN_TIMEOUT_S = 3600
# A Java process still cleans up after its script has ended.
LEAVE_TIMEOUT_S = 30
LOG_TAIL_LINES = 15
_PR_SET_CHILD_SUBREAPER = 36
_PAGE_BYTES = resource.getpagesize()


@dataclass(frozen=True)
class Cost:
    """What one run of a command took.

    :param wall_s: from its start until the command itself ended
    :param cpu_s: user and system time of the whole process tree
    :param peak_bytes: the largest resident memory of the whole tree at once
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int


def measure(
    command: Sequence[str],
    log: Path,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    timeout_s: float = RUN_TIMEOUT_S,
) -> Cost:
    """Run the command to its end, with its output in the log file.

    :raises BenchmarkError: if it fails, runs too long, or the machine can't tell what it costs
    """
    _adopt_orphans()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        cpu_before = _cpu_s_of_ended_children()
        started = time.perf_counter()
        # A session of its own: by its number all descendants are found.
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
        with _MemorySampler(process.pid) as memory:
            try:
                exit_code = process.wait(timeout_s)
                wall_s = time.perf_counter() - started
                _wait_for_orphans(process.pid)
            except subprocess.TimeoutExpired:
                raise BenchmarkError(f"{_shown(command)} ran longer than {timeout_s} s") from None
            finally:
                _kill(process)
    if exit_code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
        raise BenchmarkError(f"{_shown(command)} failed with exit code {exit_code}; the end of {log}:\n{tail}")
    return Cost(wall_s, _cpu_s_of_ended_children() - cpu_before, memory.peak_bytes)


class _MemorySampler:
    """Looks at a session's resident memory while the block runs."""

    def __init__(self, session: int) -> None:
        self.peak_bytes = 0
        self._session = session
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory", daemon=True)

    def __enter__(self) -> _MemorySampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            resident = sum(pages for _, _, pages in _members(self._session)) * _PAGE_BYTES
            self.peak_bytes = max(self.peak_bytes, resident)
            if self._ended.wait(SAMPLE_INTERVAL_S):
                return


def _members(session: int) -> Iterator[tuple[int, int, int]]:
    """Process id, parent and resident pages of every process of a session."""
    with os.scandir("/proc") as entries:
        names = [entry.name for entry in entries if entry.name.isdigit()]
    for name in names:
        with suppress(OSError):  # it has ended since
            # The name, in brackets, may hold blanks; after it: state, parent, group, session, … resident pages.
            fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[3]) == session:
                yield int(name), int(fields[1]), int(fields[21])


def _adopt_orphans() -> None:
    if sys.platform != "linux":
        raise BenchmarkError("make bench measures with means that only Linux has")
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise BenchmarkError(f"prctl(PR_SET_CHILD_SUBREAPER): {os.strerror(ctypes.get_errno())}")


def _wait_for_orphans(session: int) -> None:
    """Wait until no process of the session is left, so that the kernel has added up what all of them took."""

    def are_gone() -> bool:
        for pid, parent, _ in _members(session):
            if parent == os.getpid():
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
        return not any(_members(session))

    if not wait_until(are_gone, LEAVE_TIMEOUT_S, interval_s=0.02):
        raise BenchmarkError(f"processes of the command did not end: {sorted(pid for pid, _, _ in _members(session))}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the command's process group: only after a failure there is something."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _cpu_s_of_ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _shown(command: Sequence[str]) -> str:
    text = " ".join(command)
    return text if len(text) <= 200 else text[:199] + "…"
