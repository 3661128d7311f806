"""The pipeline's errors as Airflow exceptions, and the one line that a failed task leaves in its log."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

try:  # Airflow 3.0 has them only in the old place, from 3.1 on that place warns
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred
except ImportError:
    from airflow.exceptions import AirflowException, AirflowFailException, TaskDeferred  # noqa: F401 - for our operators

FAILURE_PREFIX = "CLICKSTREAM TASK FAILED"
MAX_LINE_LENGTH = 2000

Operator = TypeVar("Operator", bound=type)


class ArrivalDateError(AirflowFailException):
    """The ``date`` that a run was triggered with can't be run."""


class NoRawEventsError(AirflowFailException):
    """Nothing arrived in the raw zone on the date, and waiting longer won't help."""


class MissingResourceError(AirflowFailException):
    """A resource that Terraform owns is not there."""


class GateError(AirflowFailException):
    """A number broke a rule, so nothing may be published. A retry would find the same number."""


class ServiceRunError(AirflowException):
    """A Glue run, a crawl or an Athena query ended badly; the message is the service's own. Worth a retry."""


def one_line(error: object) -> str:
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
    instance = context["ti"]
    index = getattr(instance, "map_index", -1)
    name = instance.task_id if index is None or index < 0 else f"{instance.task_id}[{index}]"
    print(f"{FAILURE_PREFIX} {name}: {one_line(context.get('exception'))}", file=sys.stderr, flush=True)


def keeps_error(operator: Operator) -> Operator:
    """Class decorator for operators: what their code raises is in the context when :func:`log_failure` is called.

    Airflow's workers put it there themselves, but `airflow dags test` does not.
    """

    def keeping(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def run(self: Any, *arguments: Any, context: Any = None, **keywords: Any) -> Any:
            if context is None:  # given by position, where it comes last
                *arguments, context = arguments  # type: ignore[assignment]
            try:
                return method(self, *arguments, context=context, **keywords)
            except Exception as error:
                context["exception"] = error
                raise

        return run

    for name in ("execute", "resume_execution"):
        setattr(operator, name, keeping(getattr(operator, name)))
    return operator
