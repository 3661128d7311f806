"""What the operator tests share."""

from __future__ import annotations

from typing import Any

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.0
    from airflow.exceptions import TaskDeferred

__all__ = ["FAILED", "PAST", "TaskDeferred", "context"]

PAST = "2024-02-29"
FAILED = {"status": "error", "message": "the provider's own words"}


class TaskInstance:
    """As much of a task instance as an operator's links ask for."""

    dag_id, task_id, run_id, map_index = "clickstream_daily", "a_task", "manual__1", -1

    def xcom_push(self, **keywords: Any) -> None:
        """Forget it."""


def context() -> dict[str, Any]:
    return {"ti": TaskInstance(), "task_instance": TaskInstance()}
