"""Records that wait for their delivery."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local_aws.services.firehose.destination import Destination


@dataclass
class Batch:
    """The records of one object, with the destination that they arrived for."""

    stream: str
    version: str
    destination: Destination
    records: list[bytes] = field(default_factory=list)
    size_bytes: int = 0
    arrived_at: datetime | None = None
    attempts: int = 0

    @property
    def due_at(self) -> datetime | None:
        """When the buffering interval of its oldest record ends; None while it is empty."""
        if self.arrived_at is None:
            return None
        return self.arrived_at + timedelta(seconds=self.destination.interval_s)

    @property
    def is_full(self) -> bool:
        """Whether the buffering size is reached."""
        return self.size_bytes >= self.destination.size_limit_bytes

    def add(self, record: bytes, arrived_at: datetime) -> None:
        """Append a record."""
        self.records.append(record)
        self.size_bytes += len(record)
        if self.arrived_at is None or arrived_at < self.arrived_at:
            self.arrived_at = arrived_at


class StreamBuffer:
    """The open batch of one stream; callers serialise the calls."""

    def __init__(self, stream: str, version: str, destination: Destination) -> None:
        self.stream = stream
        self.version = version
        self.destination = destination
        self._open = self._new()

    def add(self, records: Iterable[bytes], arrived_at: datetime) -> list[Batch]:
        """Append records; returns the batches that became full."""
        full = []
        for record in records:
            self._open.add(record, arrived_at)
            if self._open.is_full:
                full.append(self._open)
                self._open = self._new()
        return full

    def seal(self, due_by: datetime | None = None) -> list[Batch]:
        """Close the open batch if it holds anything (and, if asked, only if its interval ends by then)."""
        due_at = self._open.due_at
        if due_at is None or (due_by is not None and due_at > due_by):
            return []
        sealed, self._open = self._open, self._new()
        return [sealed]

    @property
    def due_at(self) -> datetime | None:
        """When the open batch is due; None while it is empty."""
        return self._open.due_at

    def _new(self) -> Batch:
        return Batch(self.stream, self.version, self.destination)
