"""The continuous producer: its events, its pace, its bound and its stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from firehose_producer import ProducerError
from local_aws.waiting import wait_until
from sample_data.live import BLOCK_EVENTS, LiveResult, live_events, send_live

REPOSITORY = Path(__file__).resolve().parents[2]
START = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)
STOP_TIMEOUT_S = 30


class Clock:
    """Goes on by a millisecond with each look."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def taken(count: int, clock: Clock) -> list[dict[str, str]]:
    return [json.loads(line) for line in islice(live_events(clock), count)]


def test_each_event_carries_the_time_at_which_it_is_taken():
    events = taken(20, Clock())
    stamps = [datetime.fromisoformat(event["timestamp"]) for event in events]
    assert stamps == [START + timedelta(milliseconds=n) for n in range(2, 22)]
    assert events[0]["timestamp"] == "2026-01-31T23:59:58.002Z"


def test_no_event_comes_twice_over_blocks_and_restarts():
    first = taken(2 * BLOCK_EVENTS + 1, Clock())
    restarted = taken(BLOCK_EVENTS, Clock(START + timedelta(seconds=30)))
    assert len({event["event_id"] for event in [*first, *restarted]}) == len(first) + len(restarted)


def test_the_same_visitors_come_back():
    first, later = taken(BLOCK_EVENTS, Clock()), taken(BLOCK_EVENTS, Clock(START + timedelta(days=1)))
    assert len({event["user_id"] for event in first} & {event["user_id"] for event in later}) > 100


def test_it_sends_the_number_asked_for_and_no_more(raw_zone):
    result = send_live(raw_zone.firehose, raw_zone.stream, 500, 7, threading.Event())
    raw_zone.flush()
    assert result == LiveResult(accepted=7)
    assert len(raw_zone.lines()) == 7


def test_it_keeps_the_pace(raw_zone):
    started = time.monotonic()
    send_live(raw_zone.firehose, raw_zone.stream, 20, 45, threading.Event())
    # 20 at once, 20 after a second, 5 after two.
    assert 2.0 <= time.monotonic() - started < 4.0


def test_a_pace_of_less_than_one_a_second_sends_one_at_a_time(raw_zone):
    stop, rounds = threading.Event(), []

    def note(result: LiveResult) -> None:
        rounds.append(result.handled)
        stop.set()

    send_live(raw_zone.firehose, raw_zone.stream, 0.1, 100, stop, note)
    assert rounds == [1]


def test_what_the_stream_refuses_is_counted_and_dropped(raw_zone, monkeypatch):
    monkeypatch.setattr("firehose_producer.sending.FIRST_DELAY_S", 0.001)
    raw_zone.set_faults(1.0)
    assert send_live(raw_zone.firehose, raw_zone.stream, 500, 3, threading.Event()) == LiveResult(given_up=3)


def test_a_stream_that_is_not_there_ends_it(raw_zone):
    with pytest.raises(ProducerError, match="no-such-stream"):
        send_live(raw_zone.firehose, "no-such-stream", 500, 3, threading.Event())


@pytest.fixture
def environment(raw_zone):
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": raw_zone.server.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sample_data.live", *arguments]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_when_told_to_and_has_sent_what_it_says(raw_zone, environment, number):
    process = subprocess.Popen(
        command("--stream", raw_zone.stream, "--rate", "0.02"),
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None

    def delivered() -> list[bytes]:
        raw_zone.flush()
        return raw_zone.lines()

    try:
        assert process.stdout.readline() == f"sending 0.02 events a second to {raw_zone.stream}\n"
        wait_until(delivered, STOP_TIMEOUT_S)
        process.send_signal(number)
        said, _ = process.communicate(timeout=STOP_TIMEOUT_S)
    finally:
        process.kill()
    assert process.returncode == 0
    assert said == "1 accepted, 0 given up: stopped\n"
    assert len(raw_zone.lines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--rate", "0"], "--rate 0: give a number of events a second above 0", id="no_pace"),
        pytest.param(["--rate", "1e9"], "at most 5000", id="a_pace_that_nobody_keeps"),
        pytest.param(["--max-events", "0"], "--max-events 0: give a number from 1", id="no_events"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    result = subprocess.run(
        command("--stream", "s", *arguments),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=STOP_TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 2
    assert message in result.stderr


def test_who_wants_to_stop_does_not_wait_for_a_stream_that_can_not_be_reached():
    client = boto3.client(
        "firehose",
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(ProducerError, match="can't be reached"):
        send_live(client, "s", 5, 10, stop)
    assert 0.3 <= time.monotonic() - started < 5  # with all its pauses it would take 15 s
