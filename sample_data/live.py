"""Sends generated events to a Firehose delivery stream at a steady pace, each with the time at which it is sent.

::

    python -m sample_data.live --stream clickstream-dev-events --rate 5

It stops after --max-events, and on SIGTERM or Ctrl-C: always between two calls, so that it counts what it sent.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError

from firehose_producer import ProducerError, send
from firehose_producer.command import EXIT_GIVEN_UP, EXIT_NOTHING_SENT, firehose_client
from sample_data.generator import GeneratorOptions, generate_day

ROUND_S = 1.0
REPORT_EVERY_S = 60.0
# A day of visits, sent within whatever time the pace takes for them.
BLOCK_EVENTS = 5_000
DEFAULT_RATE = 5.0
DEFAULT_MAX_EVENTS = 1_000_000
# What one process keeps up with.
HIGHEST_RATE = 5_000.0
_TIMESTAMP = re.compile(rb'"timestamp":"[^"]*"')


def live_events(now: Callable[[], datetime]) -> Iterator[bytes]:
    """Events without end, in the order in which visitors cause them; each carries the time at which it is taken.

    :param now: the time, with a zone
    """
    while True:
        begin = now()
        # The part makes its events differ from those of every block before, also of an earlier process.
        part = int(begin.timestamp() * 1000)
        for arrival in generate_day(begin.date(), GeneratorOptions(events=BLOCK_EVENTS, part=part)):
            stamp = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            yield _TIMESTAMP.sub(b'"timestamp":"%s"' % stamp.encode(), arrival.line)


@dataclass
class LiveResult:
    """How many events were accepted, and how many were given up and dropped."""

    accepted: int = 0
    given_up: int = 0

    @property
    def handled(self) -> int:
        """All that were taken from the generator."""
        return self.accepted + self.given_up


def send_live(
    client: Any,
    stream: str,
    rate: float,
    max_events: int,
    stop: threading.Event,
    on_round: Callable[[LiveResult], None] = lambda _: None,
) -> LiveResult:
    """Send events at that pace until there were ``max_events`` or ``stop`` is set.

    What the stream refuses is tried again as :func:`firehose_producer.send` does, and then dropped and counted.

    :param rate: events a second, above zero
    :param on_round: called after each call, always with the same result
    :raises ProducerError: if the stream can't be written to
    """
    total = LiveResult()
    events = live_events(lambda: datetime.now(UTC))

    def pause(seconds: float) -> None:
        # Who wants to stop does not wait for a stream that can't be reached.
        stop.wait(seconds)

    started = time.monotonic()
    while total.handled < max_events and not stop.wait(max(0.0, started + total.handled / rate - time.monotonic())):
        count = min(max(1, round(rate * ROUND_S)), max_events - total.handled)
        result = send(client, stream, islice(events, count), sleep=pause)
        total.accepted += result.accepted
        total.given_up += result.given_up
        on_round(total)
    return total


def main() -> int:
    """Command line: 0 when every event was accepted, 1 when some were given up, 2 when nothing could be sent."""
    arguments = _parsed_arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    shown_at = time.monotonic()

    def show(so_far: LiveResult) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at >= REPORT_EVERY_S:
            shown_at = time.monotonic()
            print(f"{so_far.accepted:,} accepted, {so_far.given_up:,} given up", flush=True)

    print(f"sending {arguments.rate:g} events a second to {arguments.stream}", flush=True)
    try:
        result = send_live(firehose_client(), arguments.stream, arguments.rate, arguments.max_events, stop, show)
    except (ProducerError, BotoCoreError) as error:
        print(f"live: {error}", file=sys.stderr)
        return EXIT_NOTHING_SENT
    print(f"{result.accepted:,} accepted, {result.given_up:,} given up: {'stopped' if stop.is_set() else 'all sent'}")
    return EXIT_GIVEN_UP if result.given_up else 0


def _parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stream", required=True, help="delivery stream's name")
    parser.add_argument("--rate", type=float, default=DEFAULT_RATE, help=f"events a second; default {DEFAULT_RATE:g}")
    parser.add_argument(
        "--max-events", type=int, default=DEFAULT_MAX_EVENTS, help=f"stop after so many; default {DEFAULT_MAX_EVENTS:,}"
    )
    arguments = parser.parse_args()
    if not 0 < arguments.rate <= HIGHEST_RATE:
        parser.error(f"--rate {arguments.rate:g}: give a number of events a second above 0, at most {HIGHEST_RATE:g}")
    if arguments.max_events < 1:
        parser.error(f"--max-events {arguments.max_events}: give a number from 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
