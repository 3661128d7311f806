"""The state that a restart brings back: collected from the services, saved soon after each change, and loaded."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_aws import access_log, changes
from local_aws.state import athena, catalog, firehose, glue, iam, logs, s3, tags
from local_aws.state.store import StateError, Store

__all__ = ["FILE_NAME", "Keeper", "StateError"]

log = logging.getLogger(__name__)
FILE_NAME = "state.db"
# A change that comes alone is saved at once; of many, each waits at most this long.
INTERVAL_S = 1.0
CALLS_INTERVAL_S = 30.0  # the recorded calls are written as a whole


@dataclass(frozen=True)
class _Part:
    save: Callable[[Store], None]
    load: Callable[[Store], None]
    after_failure: Callable[[], None] = lambda: None


# In this order: the later ones refer to the earlier ones.
_PARTS = {
    changes.IAM: _Part(iam.save, iam.load),
    changes.LOGS: _Part(logs.save, logs.load, logs.forget_written),
    changes.FIREHOSE: _Part(firehose.save, firehose.load),
    changes.CATALOG: _Part(catalog.save, catalog.load),
    changes.JOBS: _Part(glue.save_jobs, glue.load_jobs),
    changes.CRAWLERS: _Part(glue.save_crawlers, glue.load_crawlers),
    changes.ATHENA: _Part(athena.save, athena.load),
    changes.TAGS: _Part(tags.save, tags.load),
}


class Keeper:
    """Loads the state of a data folder and keeps it up to date.

    :raises StateError: if the state file can't be used
    """

    def __init__(self, data_dir: Path) -> None:
        self.parts = dict(_PARTS)
        self._store = Store(data_dir / FILE_NAME)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state", daemon=True)
        self._last_problem = ""

    def load(self, application: s3.Application) -> None:
        """Bring back what was saved; the buckets and their objects are there already.

        :param application: moto's S3
        """
        for part in self.parts.values():
            part.load(self._store)
        s3.load(self._store, application)
        changes.take()
        changes.mark(*changes.PARTS)  # what was left out, and what has ended with the process before, is written now

    def start(self) -> None:
        """Save in the background from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Save what is left and close the file."""
        self._stopping.set()
        changes.mark()
        self._thread.join()
        self.save()
        self._store.close()

    def save(self) -> None:
        """Write what was marked since the last time; what can't be written is tried again."""
        marked, objects = changes.take()
        problem = ""
        for name in sorted(marked):
            try:
                with self._store.transaction():
                    if name == changes.S3:
                        s3.save(self._store, objects)
                    else:
                        self.parts[name].save(self._store)
            except Exception as error:
                if name == changes.S3:
                    for bucket, key in objects:
                        changes.mark_object(bucket, key)
                else:
                    self.parts[name].after_failure()
                changes.mark(name)
                problem = f"the state of {name} is not saved, trying again: {type(error).__name__}: {error}"
        self._complain(problem)

    def _complain(self, problem: str) -> None:
        if problem and problem != self._last_problem:  # else it would be said every second
            log.error(problem)
        self._last_problem = problem

    def _run(self) -> None:
        calls_saved_at = time.monotonic()
        while not self._stopping.is_set():
            if changes.wait(CALLS_INTERVAL_S):
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
