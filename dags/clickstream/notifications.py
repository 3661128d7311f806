"""Tells people by SNS what failed, where ``alerts_topic_arn`` is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

from clickstream.errors import log_failure, one_line
from clickstream.settings import load_settings

MAX_SUBJECT_LENGTH = 100  # SNS's limit
TIMED_OUT = "timed_out"

Callback = Callable[[Any], None]


class FailureNotifier(SnsNotifier):
    """Publishes DAG, arrival date, task, reason and log link of a failed task."""

    def __init__(self, target_arn: str, aws_conn_id: str | None) -> None:
        super().__init__(target_arn=target_arn, aws_conn_id=aws_conn_id, message="", subject="")

    def notify(self, context: Any) -> None:
        """Write the message from the context and publish it."""
        self.subject, self.message = failure_message(context)
        super().notify(context)


class TimeoutNotifier(FailureNotifier):
    """Publishes that a DAG run took too long. Airflow then skips its tasks, so that none of them says so."""

    def notify(self, context: Any) -> None:
        """Publish, unless a failed task has told already why the run failed."""
        if context.get("reason") == TIMED_OUT:
            super().notify(context)


def on_task_failure() -> list[Callback]:
    """``on_failure_callback`` of every task."""
    return [log_failure, *_notifiers(FailureNotifier)]


def on_dag_failure() -> list[Callback]:
    """``on_failure_callback`` of every DAG."""
    return _notifiers(TimeoutNotifier)


def failure_message(context: Any) -> tuple[str, str]:
    """Subject (at most 100 characters of ASCII, as SNS wants it) and text."""
    dag_id = context["dag"].dag_id
    instance = context.get("ti")
    if instance is None or context.get("reason") == TIMED_OUT:
        what, reason, log = "DAG run", "the run took longer than its dagrun_timeout", ""
        arrival_date = ""
    else:
        index = getattr(instance, "map_index", -1)
        what = instance.task_id if index is None or index < 0 else f"{instance.task_id}[{index}]"
        reason = one_line(context.get("exception"))
        log = getattr(instance, "log_url", None) or ""
        arrival_date = _arrival_date(instance)
    lines = [
        ("DAG", dag_id),
        ("Arrival date", arrival_date),
        ("Task", what),
        ("Run", context.get("run_id") or ""),
        ("Reason", reason),
        ("Log", log),
    ]
    subject = f"{dag_id}: {what} failed".encode("ascii", "replace").decode()
    return subject[:MAX_SUBJECT_LENGTH], "\n".join(f"{name}: {value}" for name, value in lines if value)


def _arrival_date(instance: Any) -> str:
    try:
        return str(instance.xcom_pull(task_ids="resolve_date") or "")
    except Exception:  # the message is worth more than its date
        return ""


def _notifiers(notifier: type[FailureNotifier]) -> list[Callback]:
    settings = load_settings()
    if settings.alerts_topic_arn is None:
        return []
    return [notifier(target_arn=settings.alerts_topic_arn, aws_conn_id=settings.aws_conn_id)]
