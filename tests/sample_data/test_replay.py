"""When each line arrives, and that a replay brings it into the folder of that date."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from firehose_producer import send
from sample_data.arrival import Arrival
from sample_data.generator import GeneratorOptions, generate_day
from sample_data.replay import MIN_WINDOW_EVENTS, WindowError, arrivals_from_file, replay, timestamp_ms, windows
from tests.sample_data.conftest import RawZone

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "clickstream.json"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def stamped(value: Any) -> bytes:
    return json.dumps({"user_id": "u1", "timestamp": value}).encode()


def arrivals_of(tmp_path: Path, *lines: bytes) -> list[Arrival]:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    return arrivals_from_file(path, now=NOW)


class Recorder:
    """Takes the place of the clock and the stream."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.calls: list[Any] = []
        self.fail_at = fail_at

    def set_clock(self, instant: datetime | None) -> None:
        self.calls.append(instant)

    def send_batch(self, lines: list[bytes]) -> None:
        if len(self.calls) == self.fail_at:
            raise ConnectionError("the stream is gone")
        self.calls.append(lines)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z", id="no_fraction"),
        pytest.param("2026-01-15T10:00:00.123456789Z", "2026-01-15T10:00:00.123Z", id="nanoseconds"),
        pytest.param("2026-01-15t10:00:00z", "2026-01-15T10:00:00Z", id="lower_case"),
        pytest.param("2026-01-15 10:00:00+00:00", "2026-01-15T10:00:00Z", id="space"),
        pytest.param("2026-01-15T02:10:00+05:30", "2026-01-14T20:40:00Z", id="offset"),
        pytest.param(1768485600123, "2026-01-15T14:00:00.123Z", id="epoch_ms"),
        pytest.param("1768485600123", "2026-01-15T14:00:00.123Z", id="epoch_ms_string"),
        pytest.param(1.7684856e12, "2026-01-15T14:00:00Z", id="epoch_ms_float"),
        pytest.param("1998-06-10T00:00:00Z", "1998-06-10T00:00:00Z", id="an_old_data_set"),
    ],
)
def test_a_timestamp_is_read(value, expected):
    assert timestamp_ms(stamped(value)) == at(expected)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(stamped("2026-01-15T10:00:00"), id="no_zone"),
        pytest.param(stamped("0001-01-01T00:00:00+05:00"), id="before_1970"),
        pytest.param(stamped("yesterday"), id="no_time"),
        pytest.param(stamped(1768485600), id="epoch_seconds"),
        pytest.param(stamped("²³"), id="digits_that_are_no_number"),
        pytest.param(stamped(float("inf")), id="infinite"),
        pytest.param(b'{"timestamp": 1' + b"0" * 5000 + b"}", id="a_huge_number"),
        pytest.param(stamped(True), id="boolean"),
        pytest.param(stamped(None), id="null"),
        pytest.param(stamped(["2026-01-15T10:00:00Z"]), id="array"),
        pytest.param(b'{"user_id": "u1"}', id="absent"),
        pytest.param(b'["timestamp"]', id="no_object"),
        pytest.param(b'{"timestamp": "2026-01', id="cut_off"),
        pytest.param(b'{"timestamp": "\xff\xfe"}', id="broken_bytes"),
        pytest.param(b"[" * 100_000, id="deeply_nested"),
    ],
)
def test_a_timestamp_that_names_no_instant_is_none(record):
    assert timestamp_ms(record) is None


def test_each_event_arrives_at_its_own_timestamp_in_order(tmp_path):
    late, early = stamped("2026-01-15T10:00:00Z"), stamped("2026-01-14T10:00:00Z")
    assert arrivals_of(tmp_path, late, early) == [
        Arrival(at("2026-01-14T10:00:00Z"), early),
        Arrival(at("2026-01-15T10:00:00Z"), late),
    ]


def test_a_line_without_a_timestamp_arrives_with_the_line_before_it(tmp_path):
    first, second = stamped("2026-01-15T10:00:00Z"), stamped("2026-01-14T10:00:00Z")
    arrivals = arrivals_of(tmp_path, b"top", first, b"after first", second, b"after second", b"and again")
    assert [(arrival.arrived_at.day, arrival.line) for arrival in arrivals] == [
        (14, second),
        (14, b"after second"),
        (14, b"and again"),
        (15, b"top"),
        (15, first),
        (15, b"after first"),
    ]


def test_an_event_of_the_future_arrives_now_and_so_does_a_file_without_any_timestamp(tmp_path):
    future = stamped("2026-03-02T10:00:00Z")
    assert arrivals_of(tmp_path, future, b"after it") == [
        Arrival(at(NOW.isoformat()), line) for line in (future, b"after it")
    ]
    assert [arrival.arrived_at for arrival in arrivals_of(tmp_path, b"no json", b"at all")] == [NOW, NOW]


def test_with_an_arrival_date_all_arrive_at_its_noon():
    arrivals = arrivals_from_file(SAMPLE, date(2026, 1, 15))
    assert len(arrivals) == 48
    assert {arrival.arrived_at for arrival in arrivals} == {datetime(2026, 1, 15, 12, tzinfo=UTC)}


def test_the_clock_is_set_to_each_windows_start_before_its_lines_are_sent():
    recorder = Recorder()
    lines = [b"%d" % number for number in range(2 * MIN_WINDOW_EVENTS)]
    arrivals = [Arrival(at("2026-01-15T10:14:59.999Z"), line) for line in lines[:MIN_WINDOW_EVENTS]]
    arrivals += [Arrival(at("2026-01-15T10:15:00Z"), line) for line in lines[MIN_WINDOW_EVENTS:]]
    replay(reversed(arrivals), recorder.send_batch, recorder.set_clock)
    starts = [datetime(2026, 1, 15, 10, minute, tzinfo=UTC) for minute in (0, 15)]
    halves = [sorted(lines[:MIN_WINDOW_EVENTS]), sorted(lines[MIN_WINDOW_EVENTS:])]
    assert [recorder.calls[0], recorder.calls[2], recorder.calls[4]] == [*starts, None]
    assert [sorted(recorder.calls[1]), sorted(recorder.calls[3])] == halves


def test_sparse_windows_of_a_day_are_joined_but_never_over_midnight():
    times = ["2026-01-15T00:00:00Z", "2026-01-15T12:00:00Z", "2026-01-15T23:59:59.999Z", "2026-01-16T00:00:00Z"]
    found = list(windows([Arrival(at(text), text.encode()) for text in times]))
    assert found == [
        (datetime(2026, 1, 15, tzinfo=UTC), [text.encode() for text in times[:3]]),
        (datetime(2026, 1, 16, tzinfo=UTC), [times[3].encode()]),
    ]


def test_a_window_never_starts_before_its_date_or_less_than_a_window_after_the_one_before():
    arrivals = [
        arrival
        for back in (1, 0)
        for arrival in generate_day(date(2026, 1, 15) - timedelta(days=back), GeneratorOptions(20_000))
    ]
    found = list(windows(arrivals))
    assert [line for _, lines in found for line in lines] == [arrival.line for arrival in arrivals]
    starts = [start for start, _ in found]
    assert all(later - earlier >= timedelta(seconds=900) for earlier, later in pairwise(starts))
    for start, lines in found:
        assert {json.loads(line)["timestamp"][:10] for line in lines} == {start.date().isoformat()}
    assert 20 < len(found) <= 2 * 20_000 // MIN_WINDOW_EVENTS


@pytest.mark.parametrize("fail_at", [None, 1, 3])
def test_the_clock_is_set_back_at_the_end_also_after_an_error(fail_at):
    recorder = Recorder(fail_at)
    arrivals = [Arrival(at(f"2026-01-{day}T10:00:00Z"), b"{}") for day in (14, 15)]
    if fail_at is None:
        replay(arrivals, recorder.send_batch, recorder.set_clock)
    else:
        with pytest.raises(ConnectionError):
            replay(arrivals, recorder.send_batch, recorder.set_clock)
    assert recorder.calls[-1] is None
    assert recorder.calls.count(None) == 1


def test_nothing_to_replay_only_sets_the_clock_back():
    recorder = Recorder()
    replay([], recorder.send_batch, recorder.set_clock)
    assert recorder.calls == [None]


@pytest.mark.parametrize("window_s", [0, -900, 7, 1000, 172_800])
def test_a_window_that_would_cross_midnight_is_refused(window_s):
    recorder = Recorder()
    with pytest.raises(WindowError, match="does not divide a day"):
        replay([Arrival(0, b"{}")], recorder.send_batch, recorder.set_clock, window_s)
    assert recorder.calls == []


def test_progress_is_told_on_stderr_alone(capsys):
    recorder = Recorder()
    replay([Arrival(0, b"{}")] * 3, recorder.send_batch, recorder.set_clock)
    captured = capsys.readouterr()
    assert "3 of 3 events" in captured.err
    assert captured.out == ""


def sent_through(raw_zone: RawZone, arrivals: list[Arrival]) -> None:
    def send_batch(lines: list[bytes]) -> None:
        assert send(raw_zone.firehose, raw_zone.stream, lines).given_up == 0

    replay(arrivals, send_batch, raw_zone.set_clock)
    raw_zone.flush()


def test_every_line_lands_in_the_folder_of_its_arrival_date(raw_zone):
    first = date(2026, 1, 30)
    days = [first + timedelta(days=number) for number in range(3)]
    generated = {
        day: generate_day(day, GeneratorOptions(3_000, late_share=0.1, duplicate_share=0.1, malformed_share=0.05))
        for day in days
    }
    sent_through(raw_zone, [arrival for day in days for arrival in generated[day]])
    for day in days:
        assert Counter(raw_zone.lines(day)) == Counter(arrival.line for arrival in generated[day])
    assert len(raw_zone.lines()) == 9_000


def test_events_on_both_sides_of_midnight_land_in_two_folders(raw_zone):
    sent_through(
        raw_zone,
        [Arrival(at("2026-01-31T23:59:59.999Z"), b'{"n": 1}'), Arrival(at("2026-02-01T00:00:00Z"), b'{"n": 2}')],
    )
    assert raw_zone.lines(date(2026, 1, 31)) == [b'{"n": 1}']
    assert raw_zone.lines(date(2026, 2, 1)) == [b'{"n": 2}']


def test_the_sample_file_arrives_whole_on_one_date(raw_zone):
    sent_through(raw_zone, arrivals_from_file(SAMPLE, date(2026, 1, 15)))
    assert raw_zone.lines(date(2026, 1, 15)) == SAMPLE.read_bytes().splitlines()


def test_a_day_of_fifty_thousand_events_is_replayed_in_seconds(raw_zone):
    day = generate_day(date(2026, 1, 15), GeneratorOptions(50_000))
    started = time.monotonic()
    sent_through(raw_zone, day.arrivals)
    took_s = time.monotonic() - started
    print(f"50,000 events replayed in {took_s:.1f} s")
    assert len(raw_zone.lines(date(2026, 1, 15))) == 50_000
    assert took_s < 30
