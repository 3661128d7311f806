"""A server that outlives the process which starts it: recorded in a file, found again and stopped by later ones."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local_aws.process import ServerProcess, health, is_free, start_server, stop_process


class PortInUseError(RuntimeError):
    """Something else holds the port; the message says what."""


@dataclass(frozen=True)
class _Record:
    """What was left running.

    :param companion: process id of what :meth:`Background.start_companion` started, None where there is nothing
    """

    pid: int
    port: int
    companion: int | None = None


@dataclass(frozen=True)
class Background:
    """At most one server, for the commands of one user.

    :param record_file: says what was left running; beside it lies a lock
    :param log_file: what the server and its companion write goes to the end of this file
    :param data_dirs: a server on one of these data folders is the user's own
    """

    record_file: Path
    log_file: Path
    data_dirs: Collection[Path]

    def find(self, port: int) -> int | None:
        """The port of the user's server, if one runs: of the recorded one, on whatever port, else of one on that port.

        :raises PortInUseError: if something else holds the port
        """
        record = self._read()
        if record:
            return record.port
        answer = health(port)
        if self._is_own(answer):
            return port
        if not is_free(port):
            owner = f"the local_aws of {answer.get('data_dir')}" if answer else "another program"
            raise PortInUseError(f"port {port} is in use by {owner}")
        return None

    def start(self, data_dir: Path, port: int, options: Sequence[str] = ()) -> ServerProcess:
        """Start a server, record it and wait until it answers.

        :param options: more options of ``local-aws serve``
        :raises NotStartedError: if it does not come up; then none of it is left
        """
        server = start_server(data_dir, port=port, options=options, log_file=self.log_file, detached=True)
        try:
            self._write(_Record(server.process.pid, server.port))
        except BaseException:
            server.stop()
            raise
        return server

    def start_companion(self, command: Sequence[str], folder: Path) -> None:
        """Start a program that belongs to the recorded server and is stopped before it; it ends by itself after it."""
        record = self._read()
        if record is None:
            raise RuntimeError("there is no server that it could belong to")
        with self.log_file.open("ab") as log, self._lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno()],  # it holds the lock for as long as it lives
            )
        self._write(_Record(record.pid, record.port, process.pid))

    def stop(self) -> bool:
        """Stop the server that was recorded, after its companion. False when there was none."""
        record = self._read()
        self.record_file.unlink(missing_ok=True)
        if record is None:
            return False
        # First, so that what it is doing does not run into a server that is gone.
        if record.companion is not None and self._companion_runs():
            stop_process(record.companion)
        return stop_process(record.pid)

    def _is_own(self, answer: dict[str, Any] | None) -> bool:
        own = {folder.resolve() for folder in self.data_dirs}
        return answer is not None and Path(str(answer.get("data_dir"))).resolve() in own

    def _read(self) -> _Record | None:
        """The record, if its server answers: the process id may belong to another program by now."""
        try:
            record = _Record(**json.loads(self.record_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        answer = health(record.port)
        return record if answer and self._is_own(answer) and answer.get("pid") == record.pid else None

    def _write(self, record: _Record) -> None:
        self.record_file.parent.mkdir(parents=True, exist_ok=True)
        # Never half of it: whoever reads that would think that there is no server, and drop the record.
        temporary = self.record_file.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(record)))
        temporary.replace(self.record_file)

    @property
    def _lock_file(self) -> Path:
        return self.record_file.with_suffix(".lock")

    def _companion_runs(self) -> bool:
        """Whether the process id in the record is the companion's still, and not another program's by now."""
        with self._lock_file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
