"""Sends records to a Firehose delivery stream, in batches, until each is accepted or given up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

# Firehose's documented limits of PutRecordBatch, before base64.
MAX_RECORDS = 500
MAX_CALL_BYTES = 4 * 1024 * 1024
MAX_RECORD_BYTES = 1000 * 1024
MAX_ATTEMPTS = 8
FIRST_DELAY_S = 0.1
MAX_DELAY_S = 10.0
# With a target rate a batch holds what may be sent in this time, so that the load is even.
PACE_S = 0.25
RETRYABLE = {
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "RequestTimeout",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
}


@dataclass
class SendResult:
    """What became of the records: ``accepted + given_up`` is the number of those that were handled.

    ``retried`` counts records that had to be sent again, once for each time; ``too_large`` those of the given up ones
    that Firehose takes in no call.
    """

    accepted: int = 0
    retried: int = 0
    too_large: int = 0
    given_up_records: list[bytes] = field(default_factory=list)

    @property
    def given_up(self) -> int:
        """How many records were not accepted."""
        return len(self.given_up_records)


class ProducerError(Exception):
    """The stream takes nothing, however often it is tried (no such stream, no permission, no connection).

    ``result`` counts what was accepted before; all other records are among its given up ones.
    """

    def __init__(self, message: str, result: SendResult | None = None) -> None:
        super().__init__(message)
        self.result = result or SendResult()


class Records(Iterable[bytes], Sized, Protocol):
    """Records whose number is known."""


def send(
    firehose_client: Any,
    stream_name: str,
    records: Iterable[bytes],
    *,
    max_attempts: int = MAX_ATTEMPTS,
    rate: float | None = None,
    on_progress: Callable[[SendResult], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> SendResult:
    """Send the records with PutRecordBatch and send again just those that were refused.

    PutRecordBatch can fail for part of its records while the call succeeds; only those are repeated, after an
    exponentially growing, jittered delay. A call whose answer was lost is repeated whole, so a record can arrive twice
    (whoever reads it has to drop the second), never be lost.

    :param firehose_client: a boto3 Firehose client
    :param records: without line ends: the stream appends a delimiter. One above 1,000 KiB is given up at once
    :param max_attempts: times that a batch is tried before its remaining records are given up, above zero
    :param rate: records a second at the most, above zero; None for as fast as it goes
    :param on_progress: called at the start and after each batch, always with the same result
    :raises ProducerError: if the stream does not exist, may not be written, or can't be reached
    """
    result = SendResult()
    max_records = min(MAX_RECORDS, max(1, int(rate * PACE_S))) if rate else MAX_RECORDS
    cut = batches(records, result, max_records)
    started = time.monotonic()
    sent = 0
    on_progress(result)
    for batch in cut:
        if rate:
            sleep(max(0.0, started + sent / rate - time.monotonic()))
        try:
            _send_batch(firehose_client, stream_name, batch, result, max_attempts, sleep)
        except ProducerError as error:
            for rest in cut:
                result.given_up_records.extend(rest)
            raise ProducerError(str(error), result) from error
        sent += len(batch)
        on_progress(result)
    return result


def batches(records: Iterable[bytes], result: SendResult, max_records: int = MAX_RECORDS) -> Iterator[list[bytes]]:
    """Cut the records into batches within PutRecordBatch's limits; the result notes those that no call can hold."""
    batch: list[bytes] = []
    size = 0
    for record in records:
        if len(record) > MAX_RECORD_BYTES:
            result.too_large += 1
            result.given_up_records.append(record)
            continue
        if len(batch) == max_records or size + len(record) > MAX_CALL_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch


def _send_batch(
    client: Any, stream: str, batch: list[bytes], result: SendResult, max_attempts: int, sleep: Callable[[float], None]
) -> None:
    """Send one batch until every record is accepted or given up; on an error all that is left is given up."""
    pending = batch
    unreachable: BotoCoreError | None = None
    try:
        for attempt in range(max_attempts):
            if attempt:
                result.retried += len(pending)
                sleep(random.uniform(0.5, 1.0) * min(MAX_DELAY_S, FIRST_DELAY_S * 2**attempt))
            try:
                refused, unreachable = _put(client, stream, pending), None
            except (BotoConnectionError, HTTPClientError) as error:
                refused, unreachable = pending, error  # the stream may be back in a moment
            result.accepted += len(pending) - len(refused)
            pending = refused
            if not pending:
                return
        if unreachable:
            # The next batches would each wait as long, in vain.
            raise ProducerError(f"{stream} can't be reached: {unreachable}") from unreachable
    finally:
        result.given_up_records.extend(pending)


def _put(client: Any, stream: str, records: list[bytes]) -> list[bytes]:
    """One call; returns the records that it did not take."""
    try:
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": record} for record in records])
    except ClientError as error:
        if error.response["Error"]["Code"] in RETRYABLE:
            return records
        raise ProducerError(f"{stream}: {error.response['Error']['Message']}") from error
    except (BotoConnectionError, HTTPClientError):
        raise
    except BotoCoreError as error:
        raise ProducerError(f"{stream}: {error}") from error
    if not answer["FailedPutCount"]:
        return []
    return [record for record, row in zip(records, answer["RequestResponses"], strict=True) if row.get("ErrorCode")]
