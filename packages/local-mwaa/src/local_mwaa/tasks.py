"""What is told of a task when it has ended."""

from __future__ import annotations

import re
from dataclasses import dataclass

FINISHED_STATES = {"success", "failed", "skipped", "upstream_failed"}
# Where the DAGs' own logs have no such line.
NO_FAILURE_LINE = re.compile(r"(?!)")


@dataclass(frozen=True)
class TaskLine:
    """One finished task instance: its name (with the index of a mapped one), state and length in seconds."""

    name: str
    state: str
    duration_s: float
