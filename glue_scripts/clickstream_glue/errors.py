"""The ways in which a run can fail, each explained by one line."""

from __future__ import annotations

from typing import Any


class JobError(Exception):
    """A run that can't be done."""


class InvalidArgumentError(JobError):
    """An argument is missing or can't be read."""


class NoRawObjectsError(JobError):
    """Nothing arrived on the ingest date."""


class MoveFailedError(JobError):
    """The file system refused to move a result into place."""


class LostRowsError(JobError):
    """Rows read and rows accounted for differ."""


def spark_cause(error: Exception) -> str:
    """What the innermost cause of an error that Spark raised says, in one line.

    Spark wraps an error several times, and its messages end in a stack trace of which the last line says nothing.

    :param error: a ``Py4JJavaError``, which holds a Java exception, or a ``PySparkException``
    """
    exception: Any = getattr(error, "java_exception", None)
    text = str(error) if exception is None else str(_innermost(exception).toString())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # A task's error stands in its stage's message; the last of its "Caused by" lines is the innermost.
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    return causes[-1] if causes else (lines or [type(error).__name__])[0]


def _innermost(exception: Any) -> Any:
    while exception.getCause() is not None:
        exception = exception.getCause()
    return exception
