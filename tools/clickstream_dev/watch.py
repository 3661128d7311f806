"""Provisions again when ``iac/`` or a file that it reads changes, as a deployment would in the cloud."""

from __future__ import annotations

import argparse
import hashlib
import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from clickstream.contract import load_contract
from clickstream_dev.desired import Desired, desired_state
from clickstream_dev.errors import CommandError
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.provision import apply, provision
from clickstream_dev.terraform.files import FilesRead
from local_aws.server import configure_logging
from local_aws.services.s3.object_files import FileState, state_of

log = logging.getLogger(__name__)
POLL_S = 0.5
HEALTH_TIMEOUT_S = 5
States = dict[Path, FileState | None]


class Watcher:
    """Looks at the files again and again.

    :param apply: does the provisioning; gets what is desired, and the reason for the log
    """

    def __init__(self, apply: Callable[[Desired, str], object], repository: Path = REPOSITORY) -> None:
        self._apply = apply
        self._repository = repository
        self._reads = FilesRead(patterns={(repository / "iac", "*.tf")})
        with suppress(CommandError):  # while it is not whole, nobody knows which files it reads
            self._reads = desired_state(repository).reads
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
        if changed and self._provision(changed):
            self._digests = digests

    def _provision(self, changed: list[Path]) -> bool:
        """Whether anything was done: nothing is while what changed can't be read."""
        names = ", ".join(path.relative_to(self._repository).as_posix() for path in changed)
        try:
            load_contract.cache_clear()
            load_contract()
            desired = desired_state(self._repository)
        except Exception as error:
            log.error("%s changed, but nothing is done before it is whole: %s", names, _in_one_line(error))
            return False
        self._reads = desired.reads
        try:
            self._apply(desired, f"{names} changed")
        except Exception as error:
            log.error("%s changed, but provisioning again failed: %s", names, _in_one_line(error))
        return True

    def _states(self) -> States:
        return {path: state_of(path) for path in self._reads.now()}


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
    watcher = Watcher(lambda desired, reason: apply(endpoint, desired, reason))
    tried: object = None
    while not stopping.wait(POLL_S):
        found = _health(endpoint)
        if found is None:
            if not for_ever:
                return
        elif found["pid"] == tried:
            watcher.look()
        else:
            # Once for each server: what was edited before the watch began counts too. What fails is tried again when a
            # file changes, not all the time.
            tried = found["pid"]
            try:
                provision(endpoint)
                log.info("provisioned, and followed from now on: iac/ and what it reads")
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
