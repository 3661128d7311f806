"""Provisions again when the Glue job's files or contract.json change, as a deployment would in the cloud."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from clickstream.contract import Contract, load_contract
from clickstream_dev.artifacts import source_files
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.provision import provision
from local_aws.server import configure_logging
from local_aws.services.s3.object_files import FileState, state_of

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
        self._seen = self._done = self._states()
        self._digests = {path: _digest(path) for path in self._done}

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


def watch(endpoint: str, *, for_ever: bool) -> None:
    """Keep the local_aws at that address provisioned until SIGTERM; a provisioning that is going on ends first.

    :param for_ever: wait for one that does not answer, and provision one that has been started anew; else that is the
        end
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    watcher = Watcher(lambda reason: provision(endpoint, because=reason))
    tried: object = None
    while not stopping.wait(POLL_S):
        found = _health(endpoint)
        if found is None:
            if not for_ever:
                return
        elif found["provisioned"] or found["pid"] == tried:
            watcher.look()
        else:
            tried = found["pid"]  # what failed is tried again when a file changes, not all the time
            try:
                provision(endpoint)
            except Exception as error:
                log.error("provisioning failed: %s", _in_one_line(error))


def _health(endpoint: str) -> dict[str, Any] | None:
    try:
        answer = requests.get(f"{endpoint}/_local_aws/health", timeout=HEALTH_TIMEOUT_S)
        found: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError):
        return None
    return found if answer.ok else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickstream_dev.watch", description=__doc__)
    parser.add_argument("endpoint", help="address of a local_aws, such as http://127.0.0.1:4566")
    parser.add_argument("--for-ever", action="store_true", help="go on when it does not answer")
    options = parser.parse_args()
    configure_logging()
    watch(options.endpoint, for_ever=options.for_ever)


if __name__ == "__main__":
    main()
