"""Runs, crawls and queries: only the newest are kept, and what has ended is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from local_aws.persistence.documents import encode

MAX_KEPT = 1000
Entry = TypeVar("Entry")


def newest(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries that a restart brings back, of a list that begins with the oldest."""
    return list(entries[-MAX_KEPT:])


class History:
    """Remembers the texts of what has ended: encoding all of them again for each new entry would cost more and more."""

    def __init__(self) -> None:
        self._ended: dict[str, str] = {}

    def text(self, name: str, has_ended: bool, document: Callable[[], dict[str, Any]]) -> str:
        """The encoded document of an entry."""
        known = self._ended.get(name)
        if known is not None:
            return known
        text = encode(document())
        if has_ended:  # looked at before the document was made: it does not change after that
            self._ended[name] = text
        return text

    def keep_only(self, texts: Mapping[str, str]) -> Mapping[str, str]:
        """Forget all entries but these; returns them."""
        self._ended = {name: text for name, text in self._ended.items() if name in texts}
        return texts
