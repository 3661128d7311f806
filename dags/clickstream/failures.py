"""Tells people what failed: one line in the task's log, and a message by SNS where ``alerts_topic_arn`` is set."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

from clickstream.errors import AirflowException
from clickstream.settings import load_settings

FAILURE_PREFIX = "CLICKSTREAM TASK FAILED"
MAX_LINE_LENGTH = 2000
MAX_SUBJECT_LENGTH = 100  # SNS's limit
TIMED_OUT = "timed_out"

Callback = Callable[[Any], None]


def format_error(error: object) -> str:
    """An error as one line of bounded length, with its type where it is not one of Airflow's or ours."""
    text = " ".join(str(error).split()) if error is not None else "no exception was recorded"
    if isinstance(error, BaseException) and not isinstance(error, AirflowException):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text if len(text) <= MAX_LINE_LENGTH else f"{text[: MAX_LINE_LENGTH - 1]}…"


def log_failure(context: Any) -> None:
    """``on_failure_callback`` of every task: one line that can be searched for and shown to a person.

    Written to stderr, which Airflow's workers add to the task's log as errors: a logger would append its own name and
    source line to the message under `airflow dags test`.
    """
    line = f"{FAILURE_PREFIX} {_task_name(context['ti'])}: {format_error(context.get('exception'))}"
    print(line, file=sys.stderr, flush=True)


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
        what = _task_name(instance)
        reason = format_error(context.get("exception"))
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


def _task_name(instance: Any) -> str:
    index = getattr(instance, "map_index", -1)
    return str(instance.task_id) if index is None or index < 0 else f"{instance.task_id}[{index}]"


def _arrival_date(instance: Any) -> str:
    """The run's arrival date, whichever task failed: a callback is no step, so nothing can hand it over."""
    try:
        return str(instance.xcom_pull(task_ids="resolve_date") or "")
    except Exception:  # the message is worth more than its date
        return ""


def _notifiers(notifier: type[FailureNotifier]) -> list[Callback]:
    settings = load_settings()
    if settings.alerts_topic_arn is None:
        return []
    return [notifier(target_arn=settings.alerts_topic_arn, aws_conn_id=settings.aws_conn_id)]
