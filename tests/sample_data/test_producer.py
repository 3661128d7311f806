"""The producer: limits, retries and exact counts, against a stream that refuses what it is told to refuse."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from sample_data.producer import MAX_ATTEMPTS, ProducerError, SendResult, batches, send

REPOSITORY = Path(__file__).resolve().parents[2]
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


# From here on against the real stream of local_aws.


def test_a_stream_that_refuses_a_third_gets_every_record_exactly_once(raw_zone):
    raw_zone.set_faults(0.33)
    result = send(raw_zone.firehose, raw_zone.stream, RECORDS, max_attempts=30, sleep=lambda _: None)
    assert (result.accepted, result.given_up) == (1_234, 0)
    assert 400 < result.retried < 900
    raw_zone.flush()
    assert Counter(raw_zone.lines()) == Counter(RECORDS)


def test_what_is_given_up_and_what_was_delivered_are_together_what_was_sent(raw_zone):
    raw_zone.set_faults(0.5)
    result = send(raw_zone.firehose, raw_zone.stream, RECORDS, max_attempts=2, sleep=lambda _: None)
    assert result.given_up > 100
    assert result.accepted + result.given_up == len(RECORDS)
    raw_zone.flush()
    assert len(raw_zone.lines()) == result.accepted
    assert Counter(raw_zone.lines()) + Counter(result.given_up_records) == Counter(RECORDS)


def test_the_largest_batches_that_the_producer_makes_are_within_the_real_limits(raw_zone):
    records = [bytes([97 + number]) * 1_024_000 for number in range(5)] + [b"z" * 8_388] * 499
    assert send(raw_zone.firehose, raw_zone.stream, records).accepted == 504
    raw_zone.flush()
    assert Counter(raw_zone.lines()) == Counter(records)


@pytest.fixture
def producer(raw_zone, tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command, run in an empty folder against local_aws."""

    def run(*arguments: str, endpoint: str | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
        endpoint = endpoint or raw_zone.server.endpoint
        return subprocess.run(
            [sys.executable, "-m", "sample_data.producer", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": endpoint,
            },
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def test_the_command_sends_a_file_and_says_how_many_were_accepted(producer, raw_zone, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(RECORDS))
    result = producer("--stream", raw_zone.stream, "events.jsonl")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "1,234 accepted, 0 given up, 0 sent again\n"
    assert "1,234 of 1,234 records" in result.stderr
    raw_zone.flush()
    assert Counter(raw_zone.lines()) == Counter(RECORDS)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["events.jsonl"]


def test_the_command_takes_an_endpoint_standard_input_and_lines_that_are_no_json(producer, raw_zone):
    result = producer(
        "--stream", raw_zone.stream, "--endpoint", raw_zone.server.endpoint, "-", endpoint="http://127.0.0.1:9",
        stdin='{"n": 1}\n\nno json\n{"n":',
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    raw_zone.flush()
    assert raw_zone.lines() == [b'{"n": 1}', b"no json", b'{"n":']


def test_the_command_sends_generated_events(producer, raw_zone):
    result = producer("--stream", raw_zone.stream, "--generate", "700", "--date", "2026-01-15")
    assert result.stdout == "700 accepted, 0 given up, 0 sent again\n"
    raw_zone.flush()
    assert {json.loads(line)["timestamp"][:10] for line in raw_zone.lines()} == {"2026-01-15"}


def test_the_command_fails_and_keeps_what_was_given_up(producer, raw_zone, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b'{"n": 1}\n' + b"x" * 1_024_001 + b"\n")
    (tmp_path / "kept.jsonl").write_bytes(b"of an earlier run\n")
    result = producer("--stream", raw_zone.stream, "events.jsonl", "--given-up", "kept.jsonl")
    assert result.returncode == 1
    assert result.stdout == "1 accepted, 1 given up, 0 sent again\n"
    assert "1 of them are larger than Firehose's limit of 1,000 KiB a record" in result.stderr
    assert "the records given up are in kept.jsonl" in result.stderr
    assert (tmp_path / "kept.jsonl").read_bytes().splitlines() == [b"of an earlier run", b"x" * 1_024_001]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("e.jsonl", None, "e.jsonl does not exist: give the path of a JSON-lines file", id="missing"),
        pytest.param("e.jsonl", b"\x00\x01\x02", "e.jsonl is not text", id="binary"),
        pytest.param("e.jsonl", b"\n", "e.jsonl is empty: there is nothing to send", id="empty"),
        pytest.param("e.gz", b"{}", "e.gz is named .gz but can't be unpacked", id="no_gzip"),
    ],
)
def test_the_command_refuses_a_file_of_no_use_in_one_line(name, content, message, producer, raw_zone, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = producer("--stream", raw_zone.stream, name)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"producer: {message}")
    assert result.stdout == ""
    raw_zone.flush()
    assert raw_zone.lines() == []


def test_the_command_names_a_stream_that_does_not_exist(producer, tmp_path):
    (tmp_path / "e.jsonl").write_bytes(b"{}")
    result = producer("--stream", "no-such-stream", "e.jsonl")
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "producer: no-such-stream: Firehose no-such-stream under account 123456789012 not found."
    ]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["e.jsonl"]


def test_what_came_from_standard_input_is_kept_when_nothing_could_be_sent(producer, tmp_path):
    result = producer("--stream", "no-such-stream", "--given-up", "kept.jsonl", "-", stdin='{"n": 1}\n{"n": 2}\n')
    assert result.returncode == 2
    assert (tmp_path / "kept.jsonl").read_text() == '{"n": 1}\n{"n": 2}\n'


def test_the_command_gives_up_when_nobody_answers(producer, raw_zone, tmp_path):
    (tmp_path / "e.jsonl").write_bytes(b"{}")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = producer("--stream", raw_zone.stream, "--max-attempts", "2", "e.jsonl", endpoint=nobody)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "can't be reached: Could not connect to the endpoint URL" in result.stderr


def test_options_that_can_not_work_are_refused_before_anything_is_sent(producer, tmp_path):
    (tmp_path / "e.jsonl").write_bytes(b"{}")
    assert (
        "--rate 0.0: give a number of records a second above zero"
        in producer("--stream", "s", "--rate", "0", "e.jsonl").stderr
    )
    missing = producer("--stream", "s", "--given-up", "no/kept.jsonl", "e.jsonl")
    assert (missing.returncode, "no/kept.jsonl: its folder does not exist" in missing.stderr) == (2, True)
    result = producer("--stream", "s", "--endpoint", "nonsense", "e.jsonl")
    assert (result.returncode, result.stderr) == (2, "producer: Invalid endpoint: nonsense\n")
