"""What many small input objects cost the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import spark_runs
from benchmarks.comparison import shown, summary
from benchmarks.days import Day
from benchmarks.processes import Cost


def compare_objects(day: Day, small: Day, runs: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The job over objects of 64 MiB and over the same lines in objects of 50 KiB, in turns."""
    costs: dict[str, list[Cost]] = {"large": [], "small": []}
    for number in range(1, runs + 1):
        for name, objects in (("large", day), ("small", small)):
            costs[name].append(spark_runs.run_job(objects))
            say(f"  {objects.objects:,} objects, {number} of {runs}: {shown(costs[name][-1])}")
    result: dict[str, Any] = {name: summary(found, day.events) for name, found in costs.items()}
    result["large"]["objects"], result["small"]["objects"] = day.objects, small.objects
    result["ratio"] = {cost: round(result["small"][cost] / result["large"][cost], 2) for cost in ("wall_s", "cpu_s")}
    return result
