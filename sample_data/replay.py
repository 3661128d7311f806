"""Replays events into the past: each reaches Firehose while the clock shows the day of its arrival."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path

from firehose_producer.progress import progress_bar
from firehose_producer.records import RecordFile
from sample_data.arrival import Arrival

WINDOW_S = 900
# Windows with fewer events are joined: sparse data of a year must not take a clock change for every quarter of an hour.
MIN_WINDOW_EVENTS = 500
S_PER_DAY = 86_400
EPOCH_MS_DIGITS = 13


class WindowError(ValueError):
    """The window's length would let a window cross midnight."""


def arrivals_from_file(path: Path, arrival_date: date | None = None, now: datetime | None = None) -> list[Arrival]:
    """The file's lines with the instant at which each arrives, in the order of arrival.

    With an arrival date all arrive at its noon (UTC). Without, each arrives at its own timestamp; one in the future
    arrives now, because no clock should run ahead of the real one. A line without a readable timestamp arrives with
    the line before it, at the top of the file with the first that has one, and now if none has.

    :param now: what counts as now; the real time by default
    :raises firehose_producer.records.InputFileError: if the file is missing, not text, or empty
    """
    records = list(RecordFile(path))
    if arrival_date:
        noon = _milliseconds(datetime.combine(arrival_date, time(12), UTC))
        return [Arrival(noon, record) for record in records]
    latest = _milliseconds(now or datetime.now(UTC))
    stamps = [timestamp_ms(record) for record in records]
    previous = next((stamp for stamp in stamps if stamp is not None), latest)
    arrivals = []
    for record, stamp in zip(records, stamps, strict=True):
        previous = previous if stamp is None else stamp
        arrivals.append(Arrival(min(previous, latest), record))
    arrivals.sort(key=_arrived_at_ms)  # stable: lines of one instant keep the file's order
    return arrivals


def timestamp_ms(record: bytes) -> int | None:
    """The record's own ``timestamp`` in epoch milliseconds; None where it names no instant since 1970.

    Read are ISO 8601 with a zone or offset, and epoch milliseconds of 13 digits as a number or a string. Epoch seconds
    are none of them: they would pass for a day in January 1970.
    """
    try:
        value = json.loads(record)["timestamp"]
        if isinstance(value, str) and not value.isdigit():
            instant = datetime.fromisoformat(value.upper())
            stamp = -1 if instant.tzinfo is None else _milliseconds(instant)
        else:
            stamp = int(value) if len(str(int(value))) == EPOCH_MS_DIGITS else -1
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return stamp if stamp >= 0 else None


def replay(
    arrivals: Iterable[Arrival],
    send_batch: Callable[[list[bytes]], None],
    set_clock: Callable[[datetime | None], None],
    window_s: int = WINDOW_S,
) -> None:
    """Send the arrivals window by window, with the clock at the start of each.

    No window crosses midnight, and the clock moves by ``window_s`` at least. As long as that is more than the
    stream's buffering interval, everything that waits is due at each move, so every event ends up in the folder of
    its own arrival date. When all is sent, or on an error, the clock is set back; what the stream still buffers then
    is left to its interval or to a flush by the caller.

    :param send_batch: sends one window's lines
    :param set_clock: sets the clock that Firehose reads; None sets it back to real time
    :param window_s: seconds, a divisor of a day
    :raises WindowError: if ``window_s`` is no divisor of a day
    """
    if window_s < 1 or S_PER_DAY % window_s:
        raise WindowError(f"window_s={window_s} does not divide a day: give a divisor of {S_PER_DAY} s, such as 900")
    in_order = sorted(arrivals, key=_arrived_at_ms)
    done = 0
    try:
        with progress_bar(len(in_order), "events") as advance:
            for start, lines in windows(in_order, window_s):
                set_clock(start)
                send_batch(lines)
                done += len(lines)
                advance(done)
    finally:
        set_clock(None)


def windows(arrivals: list[Arrival], window_s: int = WINDOW_S) -> Iterator[tuple[datetime, list[bytes]]]:
    """The arrivals in windows: each one's start and lines. A window of few events is joined with the day's next ones.

    :param arrivals: in the order of arrival
    """
    start, lines = 0, list[bytes]()
    for number, group in groupby(arrivals, key=lambda arrival: arrival.arrived_at_ms // (window_s * 1000)):
        window_start = number * window_s
        if lines and (len(lines) >= MIN_WINDOW_EVENTS or window_start // S_PER_DAY != start // S_PER_DAY):
            yield datetime.fromtimestamp(start, UTC), lines
            lines = []
        if not lines:
            start = window_start
        lines.extend(arrival.line for arrival in group)
    if lines:
        yield datetime.fromtimestamp(start, UTC), lines


def _arrived_at_ms(arrival: Arrival) -> int:
    return arrival.arrived_at_ms


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
