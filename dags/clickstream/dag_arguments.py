"""What the DAGs have in common: the defaults of their tasks, their time limits and what a person may give."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param

from clickstream.contract import load_contract
from clickstream.failures import on_task_failure
from clickstream.settings import load_settings

OWNER = "clickstream"
ALL_REASONS = "all"  # as the Glue job spells it
DAGRUN_TIMEOUT = timedelta(hours=8)
LOOK_TIMEOUT = timedelta(minutes=30)  # of DAG runs that change nothing
TASK_TIMEOUT = timedelta(minutes=10)


def default_args() -> dict[str, Any]:
    """What every task of every DAG has."""
    settings = load_settings()
    return {
        "owner": OWNER,
        "retries": settings.retries,
        "retry_delay": timedelta(seconds=settings.retry_delay_s),
        "execution_timeout": TASK_TIMEOUT,
        "on_failure_callback": on_task_failure(),
    }


def params() -> dict[str, Param]:
    """What a person may give when triggering a run by hand."""
    return {
        "date": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Arrival date (UTC)",
            description="The day whose arrived events are processed. Empty: the last complete UTC day. "
            "Scheduled and backfill runs ignore it.",
        ),
        "allow_today": Param(
            False,
            type="boolean",
            title="Allow today",
            description="Process the current day too, with what has arrived so far. Run it again when the day is over.",
        ),
    }


def replay_params() -> dict[str, Param]:
    """What a person gives when replaying quarantined records."""
    reasons = load_contract().quarantine_reasons
    return {
        "date": Param(
            type="string",
            format="date",
            title="Arrival date (UTC)",
            description="The day whose quarantined records go through the job again.",
        ),
        "reason": Param(
            ALL_REASONS,
            enum=[ALL_REASONS, *reasons],
            title="Reason",
            description="Only what was quarantined for this reason.",
        ),
    }


def range_params() -> dict[str, Param]:
    """What a person gives when asking for a plan."""

    def date_param(title: str) -> Param:
        return Param(type="string", format="date", title=title, description="An arrival date (UTC), included.")

    return {"from_date": date_param("From"), "to_date": date_param("To")}
