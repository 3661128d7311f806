"""Limits, retries and exact counts, against a stream that refuses what it is told to refuse."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from firehose_producer.sending import MAX_ATTEMPTS, ProducerError, SendResult, batches, send

RECORDS = [json.dumps({"n": number}).encode() for number in range(1_234)]
Answer = Callable[[list[bytes]], list[bool]]


class Stream:
    """A Firehose client whose answers are scripted; it keeps what it accepted and every call."""

    def __init__(self, *script: Answer | Exception, then: Answer | Exception | None = None) -> None:
        self.script = list(script)
        self.then = then
        self.calls: list[list[bytes]] = []
        self.accepted: list[bytes] = []

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        assert DeliveryStreamName == "events"
        records = [record["Data"] for record in Records]
        self.calls.append(records)
        answer = self.script.pop(0) if self.script else self.then
        if isinstance(answer, Exception):
            raise answer
        refused = answer(records) if answer else [False] * len(records)
        self.accepted += [record for record, is_refused in zip(records, refused, strict=True) if not is_refused]
        rows = [{"ErrorCode": "ServiceUnavailableException"} if no else {"RecordId": "r"} for no in refused]
        return {"FailedPutCount": sum(refused), "RequestResponses": rows}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"message of {code}"}}, "PutRecordBatch")


def all_refused(records: list[bytes]) -> list[bool]:
    return [True] * len(records)


def every_third(records: list[bytes]) -> list[bool]:
    return [number % 3 == 0 for number in range(len(records))]


def sent(stream: Stream, records: list[bytes], **options: Any) -> tuple[SendResult, list[float]]:
    waits: list[float] = []
    return send(stream, "events", records, sleep=waits.append, **options), waits


def test_all_records_are_sent_in_order_in_batches_of_500():
    stream = Stream()
    result, waits = sent(stream, RECORDS)
    assert [len(call) for call in stream.calls] == [500, 500, 234]
    assert stream.accepted == RECORDS
    assert (result.accepted, result.given_up, result.retried, waits) == (1_234, 0, 0, [])


def test_nothing_is_called_for_no_records():
    stream = Stream()
    assert sent(stream, [])[0] == SendResult()
    assert stream.calls == []


def test_a_call_holds_four_mebibytes_exactly_and_not_a_byte_more():
    quarter, megabyte = 1024 * 1024 // 4, 1000 * 1024
    assert [len(batch) for batch in batches([b"x" * quarter] * 17, SendResult())] == [16, 1]
    assert [len(batch) for batch in batches([b"x" * megabyte] * 5, SendResult())] == [4, 1]
    one_over = [b"x" * quarter] * 15 + [b"x" * (quarter + 1)]
    assert [len(batch) for batch in batches(one_over, SendResult())] == [15, 1]


def test_a_record_of_1000_kib_is_sent_and_a_larger_one_given_up_and_counted():
    fits, too_large = b"x" * 1_024_000, b"y" * 1_024_001
    stream = Stream()
    result, _ = sent(stream, [b"a", too_large, fits, b"b"])
    assert stream.accepted == [b"a", fits, b"b"]
    assert (result.accepted, result.given_up, result.too_large) == (3, 1, 1)
    assert result.given_up_records == [too_large]


def test_only_the_refused_records_are_sent_again():
    stream = Stream(every_third, every_third)
    result, waits = sent(stream, RECORDS[:9])
    assert stream.calls == [RECORDS[:9], RECORDS[:9:3], RECORDS[:1]]
    assert Counter(stream.accepted) == Counter(RECORDS[:9])
    assert (result.accepted, result.given_up, result.retried) == (9, 0, 4)
    assert len(waits) == 2


def test_the_delays_grow_vary_and_have_a_bound():
    def waits() -> list[float]:
        return sent(Stream(then=all_refused), RECORDS[:1], max_attempts=12)[1]

    first, second = waits(), waits()
    assert first != second
    assert all(0.05 * 2**number <= wait <= 0.1 * 2**number for number, wait in enumerate(first[:6], start=1))
    assert all(5 <= wait <= 10 for wait in first[7:])


def test_after_the_last_attempt_the_refused_are_given_up_and_the_rest_goes_on():
    stream = Stream(*[lambda records: [record == RECORDS[7] for record in records]] * MAX_ATTEMPTS)
    result, _ = sent(stream, RECORDS)
    assert result.given_up_records == [RECORDS[7]]
    assert (result.accepted, result.given_up, result.retried) == (1_233, 1, MAX_ATTEMPTS - 1)
    assert Counter(stream.accepted) == Counter(RECORDS) - Counter([RECORDS[7]])


@pytest.mark.parametrize("code", ["ServiceUnavailableException", "ThrottlingException", "LimitExceededException"])
def test_a_throttled_call_is_sent_again_whole(code):
    stream = Stream(error(code), error(code))
    result, waits = sent(stream, RECORDS[:10])
    assert stream.calls == [RECORDS[:10]] * 3
    assert (result.accepted, result.given_up, result.retried, len(waits)) == (10, 0, 20, 2)


def test_a_stream_throttled_for_ever_takes_none_and_all_are_given_up():
    result, _ = sent(Stream(then=error("ServiceUnavailableException")), RECORDS, max_attempts=3)
    assert result.accepted == 0
    assert result.given_up_records == RECORDS


@pytest.mark.parametrize(
    "lost", [EndpointConnectionError(endpoint_url="http://x"), ReadTimeoutError(endpoint_url="http://x")], ids=type
)
def test_a_lost_connection_is_tried_again_and_then_ends_it_all(lost):
    assert sent(Stream(lost, lost), RECORDS)[0].accepted == 1_234
    stream = Stream(lambda records: [False] * len(records), then=lost)
    with pytest.raises(ProducerError, match="events can't be reached") as caught:
        sent(stream, RECORDS)
    assert len(stream.calls) == 1 + MAX_ATTEMPTS
    assert caught.value.result.accepted == 500
    assert caught.value.result.given_up_records == RECORDS[500:]


@pytest.mark.parametrize(
    ("fatal", "message"),
    [
        pytest.param(
            error("ResourceNotFoundException"), "events: message of ResourceNotFoundException", id="no_stream"
        ),
        pytest.param(error("AccessDeniedException"), "events: message of AccessDenied", id="no_permission"),
        pytest.param(NoCredentialsError(), "events: Unable to locate credentials", id="no_credentials"),
    ],
)
def test_an_error_that_no_retry_mends_ends_at_once_with_every_record_accounted_for(fatal, message):
    stream = Stream(lambda records: [False] * len(records), fatal)
    with pytest.raises(ProducerError, match=message) as caught:
        sent(stream, RECORDS)
    assert len(stream.calls) == 2
    assert caught.value.result.accepted == 500
    assert caught.value.result.given_up_records == RECORDS[500:]


def test_a_rate_bounds_how_fast_records_go_in_even_steps():
    stream = Stream()
    started = time.monotonic()
    send(stream, "events", RECORDS[:100], rate=200)
    took_s = time.monotonic() - started
    assert [len(call) for call in stream.calls] == [50, 50]
    assert 0.24 <= took_s < 2


def test_progress_is_told_from_the_start_and_ends_with_all():
    told: list[int] = []
    sent(Stream(), RECORDS, on_progress=lambda result: told.append(result.accepted))
    assert told == [0, 500, 1_000, 1_234]
