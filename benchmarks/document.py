"""Puts the figures of benchmarks/results.json into docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.paths import RESULTS
from clickstream_dev.paths import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "performance.md"
_BEGIN, _END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
_NAMES = {"job": "job", "tutorial": "tutorial job", "duckdb": "DuckDB"}


class NoPlaceForFiguresError(ValueError):
    """The document lacks the two comments between which the figures stand."""


def update(results: Path = RESULTS, document: Path = DOCUMENT) -> None:
    """Replace the figures in the document by those of the results.

    :raises NoPlaceForFiguresError: if the document does not say where they stand
    """
    document.write_text(with_figures(document.read_text(), json.loads(results.read_text())))


def with_figures(text: str, results: dict[str, Any]) -> str:
    """The document's text with the figures of the results.

    :raises NoPlaceForFiguresError: if it does not say where they stand
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise NoPlaceForFiguresError(f"docs/performance.md needs a line {_BEGIN!r} and, below it, {_END!r}")
    return f"{before}{begin}\n{_figures(results)}\n{end}{after}"


def _figures(results: dict[str, Any]) -> str:
    days = results["days"].items()
    parts = [_machine(results["machine"]), _table(_HEADER, [row for _, day in days for row in _rows(day)])]
    others = [row for _, day in days for row in _others(day)]
    if others:
        parts.append(_table(("events", "what", "measured"), others))
    return "\n\n".join(parts)


_HEADER = ("events", "program", "wall s", "CPU s", "peak MiB", "events/s", "job's wall : this", "job's CPU : this")


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"Measured on {machine['cores']} cores ({machine['cpu']}), {machine['memory_gib']} GiB of memory: {versions}."
    )


def _rows(day: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, shown in _NAMES.items():
        if name in day:
            cost, ratio = day[name], day.get("ratios", {}).get(name, {})
            ratios = (f"{ratio['wall_s']:.2f}", f"{ratio['cpu_s']:.2f}") if ratio else ("", "")
            figures = (
                f"{cost['wall_s']:.1f}",
                f"{cost['cpu_s']:.1f}",
                f"{cost['peak_mib']:,}",
                f"{cost['events_per_s']:,}",
            )
            yield (f"{day['day']['events']:,}", shown, *figures, *ratios)


def _others(day: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    events = f"{day['day']['events']:,}"
    if small := day.get("small_objects"):
        ratio = small["ratio"]
        yield (
            events,
            f"{small['small']['objects']:,} objects of 50 KiB against {small['large']['objects']:,} of 64 MiB",
            f"{ratio['wall_s']:.2f} times the wall time, {ratio['cpu_s']:.2f} times the CPU time",
        )
    for name, what in (
        ("count_by_event_type", "Athena, count by event type"),
        ("funnel_per_user", "Athena, funnel per user"),
    ):
        if found := day.get("athena", {}).get(name):
            yield events, what, f"{found['bytes']:,} bytes, {found['share_percent']} % of the gzip JSON"
    if start := day.get("start_up"):
        yield (
            "",
            "StartJobRun until the script's first line; its Spark session; its first result",
            f"{start['first_line_s']} s; {start['spark_session_s']} s; {start['first_result_s']} s",
        )


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
