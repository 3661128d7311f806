"""Command line of `make bench`: ``python -m benchmarks --events 2000000 --runs 3 --only job,tutorial,duckdb``."""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import days, document, results, spark_runs
from benchmarks.athena_bytes import measure_bytes
from benchmarks.comparison import compare
from benchmarks.errors import BenchmarkError
from benchmarks.paths import BENCH
from benchmarks.small_files import compare_objects
from benchmarks.start_up import measure_start_up

PROGRAMS = {"job", "tutorial", "duckdb"}
OTHERS = {"small", "startup", "athena"}
LEAST_EVENTS = 1000


def main() -> int:
    """0 when all was measured, 1 when a measurement failed, 2 when it was asked for in a wrong way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3, help="of each program, in turns")
    parser.add_argument("--only", default="", help=f"comma-separated, of {', '.join(sorted(PROGRAMS | OTHERS))}")
    arguments = parser.parse_args()
    only = {name.strip() for name in arguments.only.split(",") if name.strip()} or PROGRAMS | OTHERS
    if unknown := only - PROGRAMS - OTHERS:
        print(
            f"make bench: ONLY={','.join(sorted(unknown))}: choose of {', '.join(sorted(PROGRAMS | OTHERS))}",
            file=sys.stderr,
        )
        return 2
    if arguments.events < LEAST_EVENTS or arguments.runs < 1:
        print(f"make bench: give at least {LEAST_EVENTS} EVENTS and 1 RUNS", file=sys.stderr)
        return 2
    try:
        with _alone():
            figures = _measured(arguments.events, arguments.runs, only)
    except BenchmarkError as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("make bench: interrupted; nothing was saved", file=sys.stderr)
        return 130
    results.save(arguments.events, figures)
    document.update()
    print(*results.table(figures), sep="\n")
    print("saved in benchmarks/results.json and docs/performance.md")
    return 0


def _measured(events: int, runs: int, only: set[str]) -> dict[str, Any]:
    day = days.day_of(events, _say)
    _say(f"{day.events:,} events, {day.json_bytes:,} bytes of JSON, {day.gzip_bytes:,} in {day.objects:,} gzip objects")
    small = days.small_objects_of(day, _say) if "small" in only else None
    spark_runs.prepare()
    figures: dict[str, Any] = {"day": {name: value for name, value in vars(day).items() if name != "bucket"}}
    if only & PROGRAMS:
        figures |= compare(day, runs, only, _say)
    if "athena" in only:
        if "job" not in only:
            spark_runs.run_job(day)
        figures["athena"] = measure_bytes(day, _say)
    if small:
        figures["small_objects"] = compare_objects(day, small, runs, _say)
    if "startup" in only:
        figures["start_up"] = measure_start_up(runs, _say)
    return figures


@contextmanager
def _alone() -> Iterator[None]:
    """Two at once would take each other's folders and time.

    :raises BenchmarkError: if another one runs
    """
    BENCH.mkdir(parents=True, exist_ok=True)
    with (BENCH / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchmarkError("another make bench is running here") from None
        yield


_started = time.monotonic()


def _say(line: str) -> None:
    print(f"[{time.monotonic() - _started:6.0f} s] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
