"""What a run's ErrorMessage says for the exceptions of Spark; the texts are those that Spark 3.5.6 gives."""

from __future__ import annotations

import pytest

from local_aws.services.glue.jobs.bootstrap import MAX_MESSAGE_CHARACTERS, message_of

PYTHON_FAILURE_IN_JAVA = """\
An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 1.0 failed 1 times, most recent \
failure: Lost task 1.0 in stage 1.0: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/x/worker.py", line 1247, in main
    process()
  File "/x/job.py", line 15, in <lambda>
    1/0
    ~^~
ZeroDivisionError: division by zero

\tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:572)
"""
JAVA_FAILURE = """\
An error occurred while calling o59.save.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.sql.Write.run(Write.scala:1)
Caused by: java.io.IOException: outer
\tat a.b.C.d(C.java:1)
Caused by: java.io.FileNotFoundException: s3://b/k (No such file)
\t... 12 more
"""
PYTHON_FAILURE = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/x/job.py", line 9, in bad
    def bad(x): raise ValueError("boom in udf")
ValueError: boom in udf

"""
UNRESOLVED = """\
[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `nope` cannot be resolved. Did you mean one of [`id`].;
'Project ['nope]
+- Range (0, 2, step=1, splits=Some(2))
"""


def java_error(text: str) -> Exception:
    error_class = type("Py4JJavaError", (Exception,), {"java_exception": object(), "__str__": lambda _self: text})
    return error_class()


def spark_error(name: str, text: str, cause: Exception | None = None) -> Exception:
    attributes = {"__module__": "pyspark.errors.exceptions.captured", "_cause": cause}
    error: Exception = type(name, (Exception,), attributes)(text)
    return error


def test_a_python_failure_in_a_java_stack_is_named() -> None:
    assert message_of(java_error(PYTHON_FAILURE_IN_JAVA)) == (
        "Py4JJavaError: An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe. "
        "ZeroDivisionError: division by zero"
    )


def test_the_innermost_cause_of_a_java_stack_is_named() -> None:
    assert message_of(java_error(JAVA_FAILURE)) == (
        "Py4JJavaError: An error occurred while calling o59.save. FileNotFoundException: s3://b/k (No such file)"
    )


def test_a_failing_function_is_told_by_its_own_error() -> None:
    assert message_of(spark_error("PythonException", PYTHON_FAILURE)) == "PythonException: ValueError: boom in udf"


def test_an_analysis_error_is_told_without_its_plan() -> None:
    assert message_of(spark_error("AnalysisException", UNRESOLVED)) == (
        "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `nope` cannot be resolved. "
        "Did you mean one of [`id`]."
    )


def test_a_cause_that_says_more_is_added() -> None:
    cause = spark_error("RuntimeException", "s3://b/k is not a Parquet file\n at x")

    assert message_of(spark_error("SparkException", "Job aborted.\nDriver stacktrace:", cause)) == (
        "SparkException: Job aborted. Caused by: s3://b/k is not a Parquet file"
    )


def test_a_cause_that_was_said_already_is_not_added() -> None:
    cause = spark_error("RuntimeException", "no space")

    assert message_of(spark_error("SparkException", "Failed: no space", cause)) == "SparkException: Failed: no space"


@pytest.mark.parametrize("length", [900, 5000])
def test_a_message_is_cut_to_the_length_that_is_kept(length: int) -> None:
    message = message_of(ValueError("x" * length))

    assert len(message) == min(len("ValueError: ") + length, MAX_MESSAGE_CHARACTERS)
