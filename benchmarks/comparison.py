"""Runs the job, the tutorial job and the DuckDB script in turns, and compares their costs."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import full_work, row_sets, spark_runs
from benchmarks.days import INGEST_DATE, Day
from benchmarks.paths import BENCH, BUCKETS, LOGS
from benchmarks.processes import Cost, measure

MIB = 1024 * 1024
_DUCKDB_OUTPUT = BENCH / "output-duckdb"
_JOB_QUARANTINE = "quarantine/*/*.json.gz"
_DUCKDB_QUARANTINE = "quarantine.json.gz"


def compare(day: Day, runs: int, only: set[str], say: Callable[[str], None]) -> dict[str, Any]:
    """Medians of each program, and the job's ratios to the others.

    The programs take turns, so that a slow spell of the machine meets all of them.

    :param only: which of ``job``, ``tutorial`` and ``duckdb`` to run
    :raises RowSetsDifferError: if the job and DuckDB did not make the same of the day
    """
    programs = {"job": spark_runs.run_job, "tutorial": spark_runs.run_tutorial, "duckdb": run_duckdb}
    costs: dict[str, list[Cost]] = {name: [] for name in programs if name in only}
    for number in range(1, runs + 1):
        for name, found in costs.items():
            found.append(programs[name](day))
            say(f"  {name} {number} of {runs}: {shown(found[-1])}")
        if number == 1 and {"job", "duckdb"} <= costs.keys():
            check_row_sets()
            say("  the job and DuckDB made the same rows, quarantined records and counts")
    result: dict[str, Any] = {name: summary(found, day.events) for name, found in costs.items()}
    if "job" in result:
        result["ratios"] = {
            other: {cost: round(result["job"][cost] / result[other][cost], 2) for cost in ("wall_s", "cpu_s")}
            for other in ("tutorial", "duckdb")
            if other in result
        }
    return result


def run_duckdb(day: Day) -> Cost:
    """Run the DuckDB script for the day, limited to the machine's cores as Spark is."""
    shutil.rmtree(_DUCKDB_OUTPUT, ignore_errors=True)
    arguments = [str(day.folder), str(_DUCKDB_OUTPUT), str(INGEST_DATE), str(cores())]
    return measure([sys.executable, full_work.__file__, *arguments], LOGS / "duckdb.log")


def check_row_sets() -> None:
    """Make sure that the job's and DuckDB's last runs gave the same.

    :raises RowSetsDifferError: if not
    """
    job_folder = BUCKETS / spark_runs.JOB_BUCKET
    job = row_sets.outputs("the job", job_folder, _JOB_QUARANTINE, spark_runs.job_ledger())
    ledger = json.loads(Path(_DUCKDB_OUTPUT, "ledger.json").read_text())
    row_sets.check_equal(job, row_sets.outputs("DuckDB", _DUCKDB_OUTPUT, _DUCKDB_QUARANTINE, ledger))


def summary(costs: list[Cost], events: int) -> dict[str, Any]:
    """The medians of some runs of one program, the events it took a second, and the single runs."""
    wall_s = statistics.median(cost.wall_s for cost in costs)
    return {
        "wall_s": round(wall_s, 1),
        "cpu_s": round(statistics.median(cost.cpu_s for cost in costs), 1),
        "peak_mib": round(statistics.median(cost.peak_bytes for cost in costs) / MIB),
        "events_per_s": round(events / wall_s),
        "runs": [{"wall_s": round(c.wall_s, 2), "cpu_s": round(c.cpu_s, 2)} for c in costs],
    }


def shown(cost: Cost) -> str:
    """One run's cost, as the progress lines show it."""
    return f"{cost.wall_s:.1f} s wall, {cost.cpu_s:.1f} s CPU, {cost.peak_bytes / MIB:,.0f} MiB"


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
