"""Servers that are ended and started again on their folder."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from local_aws.persistence.persister import INTERVAL_S
from local_aws_server import LocalAwsServer, StartServer

SAVED_WITHIN_S = INTERVAL_S + 0.5
KILL, STOP = signal.SIGKILL, signal.SIGTERM


class Restart:
    """Ends a server and starts another on its folder and port, so that clients of the first reach the second."""

    def __init__(self, start: StartServer, data_dir: Path) -> None:
        self._start = start
        self.data_dir = data_dir
        self.server = start(data_dir)

    def __call__(self, how: signal.Signals = STOP) -> LocalAwsServer:
        self.end(how)
        return self.again()

    def end(self, how: signal.Signals) -> None:
        """End the process; where it is killed, after the time within which every change is saved."""
        if how == KILL:
            time.sleep(SAVED_WITHIN_S)
        os.kill(self.server.process.pid, how)
        self.server.process.wait(30)

    def again(self) -> LocalAwsServer:
        """Start another, where the server has ended."""
        self.server = self._start(self.data_dir, port=self.server.port)
        return self.server


def errors_in(server: LocalAwsServer) -> list[str]:
    assert "Traceback" not in server.log
    return [line.partition(" ERROR ")[2] for line in server.log.splitlines() if " ERROR " in line]
