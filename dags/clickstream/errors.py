"""The pipeline's errors as Airflow exceptions."""

from __future__ import annotations

try:  # Airflow 3.0 has them only in the old place, from 3.1 on that place warns
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException, TaskDeferred
except ImportError:
    from airflow.exceptions import (  # type: ignore[no-redef] # mypy does not know that one or the other is there
        AirflowException,
        AirflowFailException,
        AirflowSkipException,
        TaskDeferred,
    )

__all__ = ["AirflowException", "AirflowSkipException", "TaskDeferred"]  # for our operators; our own errors go by name

OWNED_BY_TERRAFORM = "apply the Terraform of this environment, or mend the setting"


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
