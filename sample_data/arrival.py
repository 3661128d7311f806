"""One line of input and the instant at which it reaches the pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Arrival(NamedTuple):
    """A line without its line end, and when it arrives, in milliseconds since the epoch.

    Milliseconds rather than a datetime: the generator makes hundreds of thousands a second.
    """

    arrived_at_ms: int
    line: bytes

    @property
    def arrived_at(self) -> datetime:
        """The arrival as an instant in UTC."""
        return datetime.fromtimestamp(self.arrived_at_ms / 1000, UTC)
