"""Starts a local AWS as a process of its own, waits until it answers, and stops it: for tests, benchmarks and tools."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.settings import HOST
from local_aws.waiting import wait_until

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
HEALTH_TIMEOUT_S = 5
_SOURCE = Path(__file__).resolve().parents[1]


class NotStartedError(RuntimeError):
    """The server did not come up; the message is the last line that it wrote."""


@dataclass
class ServerProcess:
    """A server that this process started.

    :param log_file: what it writes goes to the end of this file
    """

    port: int
    data_dir: Path
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def endpoint(self) -> str:
        """The address for clients."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self.log_file.read_text(errors="replace")

    def stop(self) -> int:
        """End it: ask, wait until it has delivered its buffers, insist. Returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_TIMEOUT_S)
        return self.process.returncode


def start_server(
    data_dir: Path,
    *,
    port: int | None = None,
    options: Sequence[str] = (),
    log_file: Path | None = None,
    detached: bool = False,
) -> ServerProcess:
    """Start a server and wait until it answers.

    :param port: a free one is taken when there is none
    :param options: more options of ``local-aws serve``
    :param log_file: by default ``<data_dir>.log`` beside the data folder
    :param detached: Ctrl-C in this process's terminal does not reach it, so that it can outlive this process
    :raises NotStartedError: if it does not come up; then none of it is left
    """
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log_file = log_file or data_dir.parent / f"{data_dir.name}.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local_aws", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    with log_file.open("ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            [*command, *options],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=detached,
        )
    server = ServerProcess(port, data_dir, log_file, process)
    try:
        wait_until(lambda: process.poll() is not None or health(port), START_TIMEOUT_S)
        if process.poll() is not None or health(port) is None:
            lines = log_file.read_bytes()[log_start:].decode(errors="replace").strip().splitlines()
            raise NotStartedError(lines[-1] if lines else f"no answer within {START_TIMEOUT_S} s")
    except BaseException:
        server.stop()
        raise
    return server


@contextmanager
def running_server(data_dir: Path, **arguments: Any) -> Iterator[ServerProcess]:
    """A server for the length of the block; takes what :func:`start_server` takes."""
    server = start_server(data_dir, **arguments)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of loopback that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nothing listens on that port of loopback just now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def health(port: int) -> dict[str, Any] | None:
    """What the server on that port says of itself; None when nothing or something else answers."""
    try:
        url = f"http://{HOST}:{port}/_local_aws/health"
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_S) as answer:
            document = json.load(answer)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def stop_process(pid: int) -> bool:
    """End a server that an earlier process started, as :meth:`ServerProcess.stop` does. False if it was gone."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    if not wait_until(lambda: has_ended(pid), STOP_TIMEOUT_S):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return True


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or a zombie, which still takes signals: some containers never collect orphans."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # there is no /proc on macOS, whose first process collects orphans
        return False


def _environment() -> dict[str, str]:
    """This process's own; the child finds this package even where only ``sys.path`` names it."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join(filter(None, (str(_SOURCE), inherited)))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
