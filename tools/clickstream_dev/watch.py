"""Provisions again when the Glue job's files or contract.json change, as a deployment would in the cloud."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

from clickstream.contract import Contract, load_contract
from clickstream_dev.artifacts import source_files
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.provision import provision
from local_aws.object_files import FileState, state_of
from local_aws.server import configure_logging

log = logging.getLogger(__name__)
POLL_S = 0.5
HEALTH_TIMEOUT_S = 5
CONTRACT_FILE = Path("dags") / "clickstream" / "contract" / "contract.json"
States = dict[Path, FileState | None]


class Watcher:
    """Looks at the files again and again.

    :param provision: does the provisioning; gets the reason for the log
    """

    def __init__(self, provision: Callable[[str], object], repository: Path = REPOSITORY) -> None:
        self._provision = provision
        self._repository = repository
        self._stopping = threading.Event()
        self._seen = self._done = self._states()
        self._digests = {path: _digest(path) for path in self._done}
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Watch in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch; a provisioning that is going on ends first."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Look once. A change counts when the next look finds the same: who saves a file may be in the middle of it."""
        states = self._states()
        is_settled, self._seen = states == self._seen, states
        if not is_settled or states == self._done:
            return
        self._done = states
        digests = {path: _digest(path) for path in states}
        changed = sorted(
            path for path in self._digests.keys() | digests if self._digests.get(path) != digests.get(path)
        )
        if changed and self._apply(changed):
            self._digests = digests

    def run_while(self, is_wanted: Callable[[], bool]) -> None:
        """Watch in this thread for as long as that is wanted."""
        while is_wanted():
            self.look()
            time.sleep(POLL_S)

    def _run(self) -> None:
        while not self._stopping.wait(POLL_S):
            self.look()

    def _apply(self, changed: list[Path]) -> bool:
        """Whether anything was done: nothing is with a contract that can't be read."""
        names = ", ".join(path.relative_to(self._repository).as_posix() for path in changed)
        try:
            self._read_contract()
        except Exception as error:
            log.error("%s changed, but nothing is done before it is whole: %s", names, _in_one_line(error))
            return False
        try:
            self._provision(f"{names} changed")
        except Exception as error:
            log.error("%s changed, but provisioning again failed: %s", names, _in_one_line(error))
        return True

    def _read_contract(self) -> None:
        """Let every part of this process see the contract as it is now, unless it can't be read."""
        Contract(json.loads((self._repository / CONTRACT_FILE).read_text(encoding="utf-8")))
        load_contract.cache_clear()
        load_contract()

    def _states(self) -> States:
        return {path: state_of(path) for path in source_files(self._repository)}


def _in_one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def main(endpoint: str) -> None:
    """Provision the local_aws at that address again and again until it does not answer any more."""
    configure_logging()

    def answers() -> bool:
        try:
            return requests.get(f"{endpoint}/_local_aws/health", timeout=HEALTH_TIMEOUT_S).ok
        except requests.RequestException:
            return False

    Watcher(lambda reason: provision(endpoint, because=reason)).run_while(answers)


if __name__ == "__main__":
    main(sys.argv[1])
