"""Loads the parts of the state at the start and saves each soon after it became dirty."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from local_aws import access_log
from local_aws.persistence import dirty, parts
from local_aws.persistence.store import Store

log = logging.getLogger(__name__)
FILE_NAME = "state.db"
# A change that comes alone is saved at once; of many, each waits at most this long.
INTERVAL_S = 1.0
CALLS_INTERVAL_S = 30.0  # the recorded calls are written as a whole


class Persister:
    """Loads the state of a data folder and keeps its file up to date.

    :raises StateError: if the state file can't be used
    """

    def __init__(self, data_dir: Path) -> None:
        self.parts = parts.registry()
        self._store = Store(data_dir / FILE_NAME)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state", daemon=True)
        self._last_problem = ""

    def load(self) -> None:
        """Bring back what was saved; the buckets and their objects are there already."""
        for part in self.parts.values():
            part.load(self._store)
        dirty.take()
        dirty.mark(*self.parts)  # what was left out, and what has ended with the process before, is written now

    def start(self) -> None:
        """Save in the background from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Save what is left and close the file."""
        self._stopping.set()
        dirty.mark()
        self._thread.join()
        self.save()
        self._store.close()

    def save(self) -> None:
        """Write the dirty parts; what can't be written is tried again."""
        problem = ""
        for name in sorted(dirty.take()):
            part = self.parts[name]
            try:
                with self._store.transaction():
                    part.save(self._store)
            except Exception as error:
                part.after_failure()
                dirty.mark(name)
                problem = f"the state of {name} is not saved, trying again: {type(error).__name__}: {error}"
        self._complain(problem)

    def _complain(self, problem: str) -> None:
        if problem and problem != self._last_problem:  # else it would be said every second
            log.error(problem)
        self._last_problem = problem

    def _run(self) -> None:
        calls_saved_at = time.monotonic()
        while not self._stopping.is_set():
            if dirty.wait(CALLS_INTERVAL_S):
                self.save()
                self._stopping.wait(INTERVAL_S)
            if time.monotonic() - calls_saved_at >= CALLS_INTERVAL_S:
                self._save_calls()
                calls_saved_at = time.monotonic()

    def _save_calls(self) -> None:
        try:
            access_log.save()
        except OSError as error:
            self._complain(f"the recorded calls are not saved, trying again: {error}")
