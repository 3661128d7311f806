"""Makes the raw objects of a generated day and keeps them for the next time."""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.paths import BUCKETS
from clickstream.contract import keys, load_contract
from clickstream_dev.paths import REPOSITORY
from sample_data.generator import GeneratorOptions, generate_day

INGEST_DATE = date(2026, 1, 15)
# The shares of the comparison with an independent computation.
SHARES: dict[str, Any] = {"malformed_share": 0.05, "duplicate_share": 0.03, "late_share": 0.03}
MIB = 1024 * 1024
# Firehose's buffering size counts bytes before compression.
OBJECT_BYTES = load_contract().firehose.buffer_size_mib * MIB
SMALL_OBJECT_GZIP_BYTES = 50 * 1024
GZIP_LEVEL = 6
COMPRESSING_THREADS = 2
# A day is made in parts, so that 20 million events fit into memory.
EVENTS_A_PART = 1_000_000
EVENTS_PER_USER = 30
_DESCRIPTION = "day.json"


@dataclass(frozen=True)
class Day:
    """The raw objects of one arrival date.

    :param bucket: bucket that holds them; nothing else is in it
    """

    bucket: str
    events: int
    objects: int
    gzip_bytes: int
    json_bytes: int

    @property
    def folder(self) -> Path:
        """The folder of the arrival date's objects."""
        return raw_folder(self.bucket)


def raw_folder(bucket: str) -> Path:
    """The folder of the arrival date's objects in that bucket."""
    return BUCKETS / bucket / keys.raw_folder(INGEST_DATE, load_contract())


def day_of(events: int, say: Callable[[str], None]) -> Day:
    """The day with that many events, in objects of 64 MiB before compression as Firehose buffers them."""
    bucket = f"day-{events}-{_generator_digest()}"
    found = _kept(bucket)
    if found:
        return found
    say(f"generating {events:,} events (kept in .local/bench)")
    with tempfile.TemporaryDirectory(dir=_made(BUCKETS.parent)) as temporary:
        return _written(bucket, _lines(events, Path(temporary), say), OBJECT_BYTES, events)


def small_objects_of(day: Day, say: Callable[[str], None]) -> Day:
    """The same lines in the same order, in objects of 50 KiB after compression."""
    bucket = f"{day.bucket}-small"
    found = _kept(bucket)
    if found:
        return found
    say("cutting the day into objects of 50 KiB")
    object_bytes = round(SMALL_OBJECT_GZIP_BYTES * day.json_bytes / day.gzip_bytes)
    lines = (
        line for path in sorted(day.folder.glob("*.gz")) for line in gzip.decompress(path.read_bytes()).split(b"\n")
    )
    return _written(bucket, (line for line in lines if line), object_bytes, day.events)


def _generator_digest() -> str:
    """Changes with the generator's code and options, so that no day of an earlier generator is taken."""
    digest = hashlib.sha256(repr((SHARES, INGEST_DATE, OBJECT_BYTES, EVENTS_A_PART)).encode())
    for path in sorted((REPOSITORY / "sample_data").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _kept(bucket: str) -> Day | None:
    # Written last: without it the bucket is what an interrupted run left. It lies outside the bucket, which holds
    # nothing but objects.
    description = BUCKETS.parent / f"{bucket}.{_DESCRIPTION}"
    return Day(**json.loads(description.read_text())) if description.is_file() else None


def _lines(events: int, folder: Path, say: Callable[[str], None]) -> Iterator[bytes]:
    """The day's lines in the order of arrival: parts are generated one after the other, then merged."""
    paths = []
    for part, start in enumerate(range(0, events, EVENTS_A_PART)):
        size = min(EVENTS_A_PART, events - start)
        users = max(20, events // EVENTS_PER_USER)
        generated = generate_day(INGEST_DATE, GeneratorOptions(events=size, users=users, part=part, **SHARES))
        paths.append(folder / str(part))
        with paths[-1].open("wb") as file:
            file.writelines(b"%013d %b\n" % arrival for arrival in generated)
        say(f"  {start + size:,} of {events:,} events generated")
    with ExitStack() as stack:
        for line in heapq.merge(*(stack.enter_context(path.open("rb")) for path in paths)):
            yield line[14:-1]


def _written(bucket: str, lines: Iterable[bytes], object_bytes: int, events: int) -> Day:
    folder = raw_folder(bucket)
    shutil.rmtree(BUCKETS / bucket, ignore_errors=True)
    folder.mkdir(parents=True)
    json_bytes, waiting = 0, deque[Future[None]]()
    with ThreadPoolExecutor(COMPRESSING_THREADS) as compressing:
        number = 0
        for number, content in enumerate(_objects(lines, object_bytes), 1):
            json_bytes += len(content)
            waiting.append(compressing.submit(_write, folder / f"{bucket}-{number:06d}.gz", content))
            if len(waiting) > COMPRESSING_THREADS:
                waiting.popleft().result()
        for write in waiting:
            write.result()
    gzip_bytes = sum(path.stat().st_size for path in folder.glob("*.gz"))
    day = Day(bucket, events, number, gzip_bytes, json_bytes)
    (BUCKETS.parent / f"{bucket}.{_DESCRIPTION}").write_text(json.dumps(vars(day)))
    return day


def _objects(lines: Iterable[bytes], object_bytes: int) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line) + 1
        if size >= object_bytes:
            yield b"\n".join(gathered) + b"\n"
            gathered, size = [], 0
    if gathered:
        yield b"\n".join(gathered) + b"\n"


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, GZIP_LEVEL, mtime=0))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
