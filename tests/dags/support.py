"""What the operator tests share."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.0
    from airflow.exceptions import TaskDeferred  # type: ignore[no-redef] # one or the other

__all__ = ["FAILED", "PAST", "TaskDeferred", "context", "deferred_by"]

PAST = "2024-02-29"
FAILED = {"status": "error", "message": "the provider's own words"}


class TaskInstance:
    """As much of a task instance as an operator's links ask for."""

    dag_id, task_id, run_id, map_index = "clickstream_daily", "a_task", "manual__1", -1

    runs_going_on: ClassVar[dict[datetime, dict[str, str | None]]] = {}
    """Of the DAG's runs that are under way: the states of their tasks, by logical date."""

    def get_dr_count(self, dag_id: str, logical_dates: list[datetime], states: list[str]) -> int:
        assert states == ["running"]
        return sum(moment in self.runs_going_on for moment in logical_dates)

    def get_task_states(
        self, dag_id: str, logical_dates: list[datetime], task_ids: list[str]
    ) -> dict[str, dict[str, str | None]]:
        return {str(moment): self.runs_going_on[moment] for moment in logical_dates}

    def xcom_push(self, **keywords: Any) -> None:
        """Forget it."""


def context(run_type: str = "manual") -> dict[str, Any]:
    return {"ti": TaskInstance(), "task_instance": TaskInstance(), "dag_run": SimpleNamespace(run_type=run_type)}


def deferred_by(operator: Any) -> Any:
    """The deferral with which the operator ends."""
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context=context())
    return deferred.value
