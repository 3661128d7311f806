"""Which objects differ from what was saved of them: of a bucket with many, only these are looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from local_aws.persistence import dirty

S3 = "s3"
ObjectName = tuple[str, str]

_lock = threading.Lock()
_marked: set[ObjectName] = set()
_in_request: ContextVar[set[ObjectName] | None] = ContextVar("objects of the request", default=None)


def mark(bucket: str, key: str) -> None:
    """An object was written, changed or deleted; within a request it counts when the request is answered."""
    waiting = _in_request.get()
    if waiting is not None:
        waiting.add((bucket, key))
        return
    with _lock:
        _marked.add((bucket, key))
    dirty.mark(S3)


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
            mark(bucket, key)


def take() -> set[ObjectName]:
    """The objects that were marked since the last call."""
    with _lock:
        taken = set(_marked)
        _marked.clear()
    return taken
