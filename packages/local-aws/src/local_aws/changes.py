"""Who changed since it was last saved: the services mark it here, ``local_aws.state`` collects it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The parts of the state that are saved as a whole.
ATHENA, CATALOG, CRAWLERS, FIREHOSE, IAM, JOBS, LOGS, S3, TAGS = PARTS = (
    "athena",
    "catalog",
    "crawlers",
    "firehose",
    "iam",
    "jobs",
    "logs",
    "s3",
    "tags",
)
ObjectName = tuple[str, str]

_lock = threading.Lock()
_marked: set[str] = set()
_objects: set[ObjectName] = set()
_any = threading.Event()
_in_request: ContextVar[set[ObjectName] | None] = ContextVar("objects of the request", default=None)


def mark(*parts: str) -> None:
    """These parts differ, or may differ, from what was saved."""
    with _lock:
        _marked.update(parts)
    _any.set()


def mark_object(bucket: str, key: str) -> None:
    """An object was written, changed or deleted; within a request it counts when the request is answered."""
    waiting = _in_request.get()
    if waiting is not None:
        waiting.add((bucket, key))
        return
    with _lock:
        _objects.add((bucket, key))
    mark(S3)


@contextmanager
def of_one_request() -> Iterator[None]:
    """Hold back the objects of this block until its end: moto sets an object's metadata after it stored the object."""
    waiting: set[ObjectName] = set()
    token = _in_request.set(waiting)
    try:
        yield
    finally:
        _in_request.reset(token)
        for bucket, key in waiting:
            mark_object(bucket, key)


def take() -> tuple[set[str], set[ObjectName]]:
    """What was marked since the last call."""
    with _lock:
        taken = set(_marked), set(_objects)
        _marked.clear()
        _objects.clear()
        _any.clear()
    return taken


def wait(timeout_s: float) -> bool:
    """Whether anything is marked within the time."""
    return _any.wait(timeout_s)
