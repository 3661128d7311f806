"""Brings batches to S3 in the background: when they are full, when their interval ends, or when asked to."""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections import deque
from datetime import datetime
from pathlib import Path

from local_aws import access_log, clock, settings
from local_aws.services.firehose import prefix as prefixes
from local_aws.services.firehose.buffers import Batch, StreamBuffer
from local_aws.services.s3 import storage

log = logging.getLogger(__name__)
RETRY_INTERVAL_S = 5
_LONGEST_WAIT_S = 0.5  # the clock may jump while the thread waits
_ERROR_OUTPUT_TYPE = "processing-failed"


class UndeliveredError(RuntimeError):
    """Some batches could not be delivered; they are kept and tried again."""


class StoppingError(RuntimeError):
    """Records came while the service stops."""


class Delivery:
    """The buffers of all streams of one region and the thread that empties them."""

    def __init__(self) -> None:
        self._buffers: dict[str, StreamBuffer] = {}
        self._sealed: deque[Batch] = deque()
        self._failed: list[Batch] = []
        self._retry_at = 0.0
        self._stopping = False
        self._changed = threading.Condition()
        self._writing = threading.RLock()
        self._thread: threading.Thread | None = None

    def set_buffer(self, buffer: StreamBuffer) -> None:
        """Start to buffer for a stream, or for its changed destination; what waits keeps its old destination."""
        with self._changed:
            former = self._buffers.get(buffer.stream)
            self._sealed.extend(former.seal() if former else [])
            self._buffers[buffer.stream] = buffer
            self._changed.notify()

    def remove_buffer(self, stream: str) -> None:
        """Stop to buffer for a stream; what waits is delivered."""
        with self._changed:
            buffer = self._buffers.pop(stream)
            self._sealed.extend(buffer.seal())
            self._changed.notify()

    def add(self, stream: str, records: list[bytes]) -> None:
        """Take records for a stream.

        :raises StoppingError: if the service stops: they would not be delivered any more
        """
        with self._changed:
            if self._stopping:
                raise StoppingError("the service is stopping")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="firehose", daemon=True)
                self._thread.start()
            if not records:
                return
            buffer = self._buffers[stream]
            was_empty = buffer.due_at is None
            full = buffer.add(records, clock.now())
            self._sealed.extend(full)
            if full or was_empty:
                self._changed.notify()

    def flush(self, due_by: datetime | None = None) -> int:
        """Deliver now what is due by then (all, without an instant); returns the number of objects written.

        :raises UndeliveredError: if something could not be delivered
        """
        with self._changed:
            for buffer in self._buffers.values():
                self._sealed.extend(buffer.seal(due_by))
            if due_by is None:
                self._retry_failed()
        delivered = self._deliver_sealed()
        if self._failed:
            count = sum(len(batch.records) for batch in self._failed)
            raise UndeliveredError(f"{count} records could not be delivered and are kept; see the server's log")
        return delivered

    def stop(self) -> None:
        """Deliver everything and end the thread; what can't be delivered is saved beside the buckets."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
        except UndeliveredError:
            for batch in self._failed:
                _save(batch)
            self._failed.clear()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(self._seconds_to_wait())
                if self._stopping:
                    return
                for buffer in self._buffers.values():
                    self._sealed.extend(buffer.seal(clock.now()))
                if time.monotonic() >= self._retry_at:
                    self._retry_failed()
            try:
                self._deliver_sealed()
            except Exception:
                log.exception("delivery failed; it goes on with the next batch")

    def _seconds_to_wait(self) -> float:
        if self._sealed:
            return 0
        due = [buffer.due_at for buffer in self._buffers.values() if buffer.due_at is not None]
        if not due and not self._failed:
            return _LONGEST_WAIT_S
        soonest = min(((at - clock.now()).total_seconds() for at in due), default=_LONGEST_WAIT_S)
        return min(max(soonest, 0), _LONGEST_WAIT_S)

    def _retry_failed(self) -> None:
        self._sealed.extend(self._failed)
        self._failed.clear()

    def _deliver_sealed(self) -> int:
        delivered = 0
        with self._writing:  # who flushes also waits for what the thread is writing just now
            while True:
                with self._changed:
                    if not self._sealed:
                        return delivered
                    batch = self._sealed.popleft()
                try:
                    with access_log.acting_as(batch.destination.role):
                        _write(batch)
                    delivered += 1
                except Exception as error:
                    batch.attempts += 1
                    with self._changed:
                        self._failed.append(batch)
                        self._retry_at = time.monotonic() + RETRY_INTERVAL_S
                    log.warning(
                        "%s: %d records were not delivered to s3://%s (attempt %d), kept for another try: %s",
                        batch.stream,
                        len(batch.records),
                        batch.destination.bucket,
                        batch.attempts,
                        error,
                    )


def _write(batch: Batch) -> None:
    destination, arrived_at = batch.destination, _arrival(batch)
    name = prefixes.object_name(batch.stream, batch.version, arrived_at, destination.extension)
    key = prefixes.evaluate(destination.prefix, arrived_at) + name
    try:
        storage.put_object(destination.bucket, key, destination.content(batch.records))
    except storage.UnstorableKeyError as error:
        log.warning("%s: %d records go to the error prefix: %s", batch.stream, len(batch.records), error.message)
        _write_error_output(batch, error)


def _write_error_output(batch: Batch, error: storage.UnstorableKeyError) -> None:
    """One JSON document a record, as Firehose writes what it could not process."""
    arrived_at = _arrival(batch)
    entry = {
        "attemptsMade": batch.attempts + 1,
        "arrivalTimestamp": int(arrived_at.timestamp() * 1000),
        "errorCode": f"S3.{error.code}",
        "errorMessage": error.message,
        "attemptEndingTimestamp": int(clock.now().timestamp() * 1000),
    }
    lines = [json.dumps({**entry, "rawData": base64.b64encode(record).decode()}) for record in batch.records]
    prefix = prefixes.evaluate(batch.destination.error_prefix, arrived_at, _ERROR_OUTPUT_TYPE)
    name = prefixes.object_name(batch.stream, batch.version, arrived_at, "")
    storage.put_object(batch.destination.bucket, prefix + name, "\n".join(lines).encode() + b"\n")


def _save(batch: Batch) -> None:
    folder: Path = settings.current().data_dir / "firehose-undelivered"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / prefixes.object_name(batch.stream, batch.version, _arrival(batch), batch.destination.extension)
    path.write_bytes(batch.destination.content(batch.records))
    log.error(
        "%s: %d records could not be delivered before the stop; saved in %s", batch.stream, len(batch.records), path
    )


def _arrival(batch: Batch) -> datetime:
    return batch.arrived_at or clock.now()
