"""Finding the line that says what went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_glue.errors import spark_cause


class Throwable:
    """A Java exception, as Py4J shows it."""

    def __init__(self, text: str, cause: Throwable | None = None) -> None:
        self._text, self._cause = text, cause

    def getCause(self) -> Throwable | None:  # noqa: N802
        return self._cause

    def toString(self) -> str:  # noqa: N802
        return self._text


class JavaError(Exception):
    """Stands for ``Py4JJavaError``."""

    def __init__(self, java_exception: Any) -> None:
        super().__init__("An error occurred while calling o1.parquet.")
        self.java_exception = java_exception


STAGE_FAILURE = """org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 failed 1 times: x: y
\tat org.apache.spark.A.a(A.scala:1)
Caused by: java.io.IOException: not a gzip file
\tat java.base/java.util.B.b(Unknown Source)
\t... 1 more

Driver stacktrace:"""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        pytest.param(JavaError(Throwable("a: b\n\tat c")), "a: b", id="a single exception"),
        pytest.param(JavaError(Throwable("outer", Throwable("inner: x"))), "inner: x", id="a wrapped exception"),
        pytest.param(
            JavaError(Throwable("w", Throwable(STAGE_FAILURE))),
            "java.io.IOException: not a gzip file",
            id="a failed task",
        ),
        pytest.param(ValueError("first\nsecond"), "first", id="an error of Python"),
        pytest.param(ValueError(), "ValueError", id="no message"),
    ],
)
def test_the_innermost_cause_is_one_line(error: Exception, line: str) -> None:
    assert spark_cause(error) == line
