"""The record of calls, and the role that the current thread works for."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from local_aws.access_log import arns

log = logging.getLogger(__name__)
# Distinct calls that are kept; every object is one, so that a server that runs for months needs a bound.
MAX_DISTINCT_CALLS = 50_000
_NOBODY = object()
_acting: ContextVar[object] = ContextVar("acting role", default=_NOBODY)


class RecordedCall(NamedTuple):
    """One call.

    :param role: name of the role; None for a person, whose credentials are of no role
    """

    role: str | None
    action: str
    resource: str


class CallLog:
    """How often each call was made.

    :param limit: distinct calls that are kept; of later ones only the number is
    """

    def __init__(self, limit: int = MAX_DISTINCT_CALLS) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._counts: Counter[RecordedCall] = Counter()
        self._dropped = 0
        self._revision = self._saved_revision = 0

    @property
    def dropped(self) -> int:
        """How many calls were not kept because the log was full."""
        return self._dropped

    def add(self, call: RecordedCall, count: int = 1) -> None:
        """Count a call."""
        with self._lock:
            self._revision += 1
            if call in self._counts or len(self._counts) < self._limit:
                self._counts[call] += count
            else:
                self._dropped += count

    def counts(self) -> dict[RecordedCall, int]:
        """Every distinct call and its number, sorted."""
        with self._lock:
            return dict(sorted(self._counts.items(), key=lambda item: (item[0].role or "", *item[0][1:])))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._revision += 1
            self._counts.clear()
            self._dropped = 0

    def save(self, path: Path) -> None:
        """Write one JSON document a distinct call, if there is anything new."""
        revision = self._revision
        if revision == self._saved_revision:
            return
        lines = [json.dumps({**call._asdict(), "count": count}) for call, count in self.counts().items()]
        temporary = path.with_suffix(".tmp")
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        temporary.replace(path)
        self._saved_revision = revision

    def load(self, path: Path) -> None:
        """Put what a file holds in the place of what was recorded; nothing if there is none, or it is damaged."""
        self.clear()
        if not path.exists():
            return
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self.add(RecordedCall(entry["role"], entry["action"], entry["resource"]), entry["count"])
        except (ValueError, KeyError, TypeError) as error:
            log.error("%s is damaged, what it recorded is left out: %s: %s", path, type(error).__name__, error)
            self.clear()


call_log = CallLog()


@contextmanager
def acting_as(role: str | None) -> Iterator[None]:
    """Do the work of this block for a role, given by its name or ARN; None stands for a person."""
    token = _acting.set((role or "").rpartition("/")[2] or None)
    try:
        yield
    finally:
        _acting.reset(token)


def acting_role() -> str | None:
    """The role that the current thread works for, None for a person or the server itself."""
    role = _acting.get()
    return role if isinstance(role, str) else None


def record(action: str, resources: Iterable[str] = (arns.ANY,)) -> None:
    """Record a call of the role that the current thread works for; the server's own work is not recorded."""
    role = _acting.get()
    if role is _NOBODY:
        return
    for resource in resources:
        call_log.add(RecordedCall(role if isinstance(role, str) else None, action, resource))


def record_object(action: str, bucket: str, key: str) -> None:
    """Record a call on one object."""
    record(action, [arns.stored_object(bucket, key)])


def record_objects(action: str, bucket: str, keys: Iterable[str]) -> None:
    """Record a call on each of many objects."""
    record(action, [arns.stored_object(bucket, key) for key in keys])


def record_catalog(operation: str, database: str, table: str = "") -> None:
    """Record a call of the Glue catalog on a database or table."""
    record(f"glue:{operation}", arns.catalog(database, table))
