"""Generates a day of realistic shop events: the same ones for the same date, options and seed, on any machine.

::

    python -m sample_data.generator --date 2026-01-15 --events 50000 --out events.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from operator import itemgetter
from pathlib import Path

from firehose_producer.progress import progress_bar
from sample_data import sessions
from sample_data.arrival import Arrival
from sample_data.malformed import REASONS, malformed_line

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 24 * MS_PER_HOUR
MAX_LATE_DAYS = 3
REDELIVERY_MAX_MS = MS_PER_HOUR
# Time between two events of a session.
GAP_MIN_MS, GAP_MAX_MS = 2_000, 90_000
MAX_QUANTITY = 4
EVENTS_PER_USER = 30
IN_CART = {"add_to_cart", "remove_from_cart", "purchase"}


@dataclass(frozen=True)
class GeneratorOptions:
    """What a day is made of.

    :param events: lines that arrive on the date, all kinds together
    :param late_share: share (0 to 1) whose timestamp is one to three days before the arrival date
    :param duplicate_share: share that delivers an event of the same date again, byte for byte or written anew
    :param malformed_share: share that the pipeline must quarantine
    :param users: people who visit over all dates; 0 for one in thirty events
    :param products: products in the shop
    :param seed: another seed gives another shop and other days
    :param part: another part gives other events of the same shop and date, to make a day too big for memory in parts
    """

    events: int = 50_000
    late_share: float = 0.0
    duplicate_share: float = 0.0
    malformed_share: float = 0.0
    users: int = 0
    products: int = 500
    seed: int = 1
    part: int = 0

    def __post_init__(self) -> None:
        for name in ("late_share", "duplicate_share", "malformed_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)}: give a share from 0 to 1")
        if self.late_share + self.duplicate_share + self.malformed_share > 1:
            raise ValueError("late_share, duplicate_share and malformed_share are more than 1 together")
        for name, least in (("events", 1), ("products", 1), ("users", 0), ("part", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)}: give a number from {least}")


@dataclass
class DaySummary:
    """How many lines of each kind a day has.

    Every line is one of three: a first delivery of a sound event, a duplicate, or malformed. ``late`` are the first
    deliveries with an earlier date.
    """

    lines: int = 0
    duplicates: int = 0
    late: int = 0
    malformed_by_reason: Counter[str] = field(default_factory=Counter)

    @property
    def malformed(self) -> int:
        """How many lines must be quarantined."""
        return self.malformed_by_reason.total()


@dataclass(frozen=True)
class GeneratedDay:
    """All that arrives on one date, in the order of arrival, and what it is."""

    arrivals: list[Arrival]
    summary: DaySummary

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self.arrivals)

    def __len__(self) -> int:
        return len(self.arrivals)


def generate_day(
    arrival_date: date, options: GeneratorOptions, on_progress: Callable[[int], None] = lambda _: None
) -> GeneratedDay:
    """All that arrives on that UTC date: exactly ``options.events`` lines.

    The user and product names are the same on every date, so that people return and products stay popular.

    :param on_progress: called with the number of lines made so far
    """
    # A string seed is hashed by SHA-512: independent of PYTHONHASHSEED, machine and Python version.
    part = f":{options.part}" if options.part else ""
    rng = random.Random(f"{options.seed}:{arrival_date.isoformat()}{part}")
    malformed = round(options.events * options.malformed_share)
    duplicates = min(round(options.events * options.duplicate_share), max(0, options.events - malformed - 1))
    sound = max(0, options.events - malformed - duplicates)
    late = min(round(options.events * options.late_share), sound)
    # Plain tuples until the end: the garbage collector stops looking into them, which saves a quarter of the time.
    arrivals: list[tuple[int, bytes]] = []
    for block in _sound_events(rng, arrival_date, sound, late, options):
        arrivals.extend(block)
        on_progress(len(arrivals))
    arrivals.extend(_redeliveries(rng, arrivals, duplicates, _midnight_ms(arrival_date) + MS_PER_DAY - 1))
    summary = DaySummary(duplicates=duplicates, late=late)
    for number in range(options.events - len(arrivals)):
        reason = REASONS[number % len(REASONS)]
        arrived_at_ms = _midnight_ms(arrival_date) + rng.randrange(MS_PER_DAY)
        arrivals.append((arrived_at_ms, malformed_line(reason, rng, arrival_date)))
        summary.malformed_by_reason[reason] += 1
    arrivals.sort(key=itemgetter(0))
    summary.lines = len(arrivals)
    on_progress(len(arrivals))
    return GeneratedDay([Arrival(*arrival) for arrival in arrivals], summary)


def _sound_events(
    rng: random.Random, arrival_date: date, count: int, late: int, options: GeneratorOptions
) -> Iterator[list[tuple[int, bytes]]]:
    """``count`` events of whole sessions, the last one cut off; those of some sessions carry an earlier date.

    A session is late as a whole, as from a phone that was offline, except where ``late`` is used up inside it.
    """
    users = sessions.users(options.users or max(20, options.events // EVENTS_PER_USER))
    product_weights = sessions.products(options.products).cumulated_weights
    products = sessions.priced_products(options.products, options.seed)
    paths = sessions.paths(options.seed)
    dates = [(arrival_date - timedelta(days=back)).isoformat() for back in range(MAX_LATE_DAYS + 1)]
    midnight_ms, clock_times, gap_spread_ms = _midnight_ms(arrival_date), _clock_times(), GAP_MAX_MS - GAP_MIN_MS
    rand, bits = rng.random, rng.getrandbits
    while count:
        # Drawn in blocks: choices() is several times faster for many than for one.
        size = max(16, count // 8)
        viewed = iter(rng.choices(products, cum_weights=product_weights, k=size * sessions.MAX_PATH_EVENTS))
        block: list[tuple[int, bytes]] = []
        for user, hour, path in zip(
            rng.choices(users.names, cum_weights=users.cumulated_weights, k=size),
            rng.choices(range(24), weights=sessions.HOUR_WEIGHTS, k=size),
            rng.choices(paths, k=size),
            strict=True,
        ):
            # No session runs over midnight: its events would be tomorrow's.
            room = min(MS_PER_HOUR, MS_PER_DAY - hour * MS_PER_HOUR - len(path) * GAP_MAX_MS)
            at = hour * MS_PER_HOUR + int(rand() * room)
            session = f"{bits(64):016x}"
            is_late, late_date = rand() * count < late, dates[1 + int(rand() * MAX_LATE_DAYS)]
            in_view = in_cart = ""
            for step in path[:count]:
                event_date = dates[0]
                if late and (is_late or late == count):
                    event_date = late_date
                    late -= 1
                count -= 1
                product = "null"
                if step == "product_view":
                    product = in_view = next(viewed)
                elif step in IN_CART:
                    if step == "add_to_cart":
                        in_cart = f'{in_view},"quantity":{1 + int(rand() * rand() * MAX_QUANTITY)}'
                    product = in_cart
                line = (
                    f'{{"event_id":"{bits(128):032x}","user_id":"{user}","session_id":"{session}",'
                    f'"event_type":"{step}","product_id":{product},'
                    f'"timestamp":"{event_date}T{clock_times[at // 1000]}.{at % 1000:03d}Z"}}'
                )
                block.append((midnight_ms + at, line.encode()))
                at += GAP_MIN_MS + int(rand() * gap_spread_ms)
            if not count:
                break
        yield block


def _redeliveries(
    rng: random.Random, originals: list[tuple[int, bytes]], count: int, last_ms: int
) -> Iterator[tuple[int, bytes]]:
    """``count`` of the events once more, within the hour and until ``last_ms``: every second one byte for byte."""
    for number, (first_ms, line) in enumerate(rng.choices(originals, k=count) if count else []):
        arrived_at_ms = min(first_ms + rng.randrange(1, REDELIVERY_MAX_MS), last_ms)
        yield arrived_at_ms, line if number % 2 else _written_anew(line)


def _written_anew(line: bytes) -> bytes:
    """The same event as another client would write it: other key order, blanks, an extra field."""
    document = json.loads(line)
    return json.dumps({"redelivered": True, **dict(reversed(document.items()))}).encode()


def _midnight_ms(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1000


@cache
def _clock_times() -> list[str]:
    return [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]


def main() -> int:
    """Command line: writes one date's lines, in the order of arrival."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="arrival date, YYYY-MM-DD (UTC)")
    parser.add_argument("--out", type=Path, required=True, help="JSON-lines file to write, or - for standard output")
    for option in fields(GeneratorOptions):
        parser.add_argument(f"--{option.name.replace('_', '-')}", type=type(option.default), default=option.default)
    arguments = vars(parser.parse_args())
    arrival_date, out = arguments.pop("date"), arguments.pop("out")
    try:
        options = GeneratorOptions(**arguments)
        with progress_bar(options.events, "events") as advance:
            day = generate_day(arrival_date, options, advance)
        with nullcontext(sys.stdout.buffer) if str(out) == "-" else out.open("wb") as file:
            file.writelines(arrival.line + b"\n" for arrival in day)
    except (ValueError, OSError) as error:
        print(f"generator: {error}", file=sys.stderr)
        return 2
    summary = day.summary
    print(
        f"{summary.lines:,} lines for {arrival_date} in {out}: "
        f"{summary.late:,} late, {summary.duplicates:,} duplicate, "
        f"{summary.malformed:,} to be quarantined",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
