"""Which parts of the state differ from what was saved: the services mark them here, the persister takes them."""

from __future__ import annotations

import threading

_lock = threading.Lock()
_marked: set[str] = set()
_any = threading.Event()


def mark(*parts: str) -> None:
    """These parts differ, or may differ, from what was saved."""
    with _lock:
        _marked.update(parts)
    _any.set()


def take() -> set[str]:
    """The parts that were marked since the last call."""
    with _lock:
        taken = set(_marked)
        _marked.clear()
        _any.clear()
    return taken


def wait(timeout_s: float) -> bool:
    """Whether anything is marked within the time."""
    return _any.wait(timeout_s)
