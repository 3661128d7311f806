"""The producer and its command against the real stream of local_aws."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from firehose_producer import send

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDS = [json.dumps({"n": number}).encode() for number in range(1_234)]


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
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path]),
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
