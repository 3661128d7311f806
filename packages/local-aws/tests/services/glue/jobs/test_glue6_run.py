"""A job of Glue 6.0 runs on Spark 4.1, in an environment of its own."""

from __future__ import annotations

from typing import Any

import pytest

from glue_support import Jobs
from local_aws.services.glue.jobs.spark_releases import UnsupportedGlueVersionError, spark_release
from local_aws_server import GLUE6

pytestmark = [pytest.mark.glue6, pytest.mark.spark]


@pytest.fixture(scope="module", autouse=True)
def _glue6_is_built() -> None:
    try:
        spark_release("6.0", {"6.0": GLUE6})
    except UnsupportedGlueVersionError as error:
        pytest.skip(str(error))


@pytest.fixture
def jobs(local_aws: Any) -> Jobs:
    return Jobs(local_aws)


def test_a_glue_6_job_runs_on_spark_4_1(jobs: Jobs) -> None:
    run = jobs.run(
        f"""
        import sys
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        spark.range(7).write.parquet("s3://{jobs.bucket}/numbers/")
        print(spark.version, spark.read.parquet("s3://{jobs.bucket}/numbers/").count())
        """,
        GlueVersion="6.0",
    )

    assert run["JobRunState"] == "SUCCEEDED", run
    assert run["GlueVersion"] == "6.0"
    version, count = jobs.log(run["Id"], "output")[-1].split()
    assert version.startswith("4.1.")
    assert count == "7"
    assert any(key.endswith(".parquet") for key in jobs.objects("numbers/"))
