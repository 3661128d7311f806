"""Applies a module again when a file of it, or one that it reads, changes, as a deployment would in the cloud."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from local_terraform.desired import Desired
from local_terraform.errors import TerraformError
from local_terraform.language.files import FilesRead
from local_terraform.provision import apply

log = logging.getLogger(__name__)
POLL_S = 0.5
HEALTH_TIMEOUT_S = 5
# Modification time and size; None where there is no such file.
State = tuple[int, int] | None


class Watcher:
    """Looks at a module's files again and again.

    :param folder: the module's
    :param load: evaluates it
    :param apply: does the provisioning; gets what is desired, and the reason for the log
    :param check: what else has to be whole before anything is done: raises where it is not
    """

    def __init__(
        self,
        folder: Path,
        load: Callable[[], Desired],
        apply: Callable[[Desired, str], object],
        check: Callable[[], object] = bool,
    ) -> None:
        self._folder, self._load, self._apply, self._check = folder, load, apply, check
        self._reads = FilesRead(patterns={(folder, "*.tf")})
        with suppress(TerraformError):  # while it is not whole, nobody knows which files it reads
            self._reads = load().reads
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
        names = ", ".join(os.path.relpath(path, self._folder.parent) for path in changed)
        try:
            self._check()
            desired = self._load()
        except Exception as error:
            log.error("%s changed, but nothing is done before it is whole: %s", names, _in_one_line(error))
            return False
        self._reads = desired.reads
        try:
            self._apply(desired, f"{names} changed")
        except Exception as error:
            log.error("%s changed, but provisioning again failed: %s", names, _in_one_line(error))
        return True

    def _states(self) -> dict[Path, State]:
        return {path: _state_of(path) for path in self._reads.now()}


def _in_one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _state_of(path: Path) -> State:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def watch(
    endpoint: str,
    folder: Path,
    load: Callable[[], Desired],
    *,
    check: Callable[[], object] = bool,
    for_ever: bool = False,
) -> None:
    """Keep the local AWS at that address what a module says until SIGTERM; what is being applied then ends first.

    It knows a server by the process id that local-aws' health endpoint gives.

    :param folder: the module's; with ``load`` and ``check`` as :class:`Watcher` takes them
    :param for_ever: wait for one that does not answer, and provision one that has been started anew; else that is the
        end
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    watcher = Watcher(folder, load, lambda desired, reason: apply(endpoint, desired, reason), check)
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
                apply(endpoint, load())
                log.info("provisioned, and followed from now on: %s/ and what it reads", folder.name)
            except Exception as error:
                log.error("provisioning failed: %s", _in_one_line(error))


def _health(endpoint: str) -> dict[str, Any] | None:
    """What local-aws says of itself; None where nothing answers, or something else does."""
    try:
        answer = requests.get(f"{endpoint}/_local_aws/health", timeout=HEALTH_TIMEOUT_S)
        found = answer.json()
    except (requests.RequestException, ValueError):
        return None
    return found if answer.ok and isinstance(found, dict) and "pid" in found else None
