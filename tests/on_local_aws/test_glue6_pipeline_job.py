"""The pipeline's own job as a job of Glue 6.0; `make test-glue6` builds what that needs and runs this."""

from __future__ import annotations

from typing import Any

import pytest

from clickstream_dev.resource_names import names
from clickstream_dev.server_options import GLUE_ENVIRONMENTS
from glue_support import Jobs
from local_aws.services.glue.jobs.spark_releases import UnsupportedGlueVersionError, spark_release

DAY = "2026-01-15"

pytestmark = [pytest.mark.glue6, pytest.mark.spark]


@pytest.fixture(scope="module", autouse=True)
def _glue6_is_built() -> None:
    try:
        spark_release("6.0", GLUE_ENVIRONMENTS)
    except UnsupportedGlueVersionError as error:
        pytest.skip(f"{error} (make test-glue6 builds it)")


@pytest.fixture
def jobs(local_aws: Any) -> Jobs:
    return Jobs(local_aws)


def test_the_pipelines_own_job_runs_as_a_glue_6_job(jobs: Jobs) -> None:
    resources, lines = (
        names(),
        [
            '{"event_id":"e1","user_id":"u1","event_type":"page_view","timestamp":"2026-01-15T08:00:00Z"}',
            '{"event_id":"e1","user_id":"u1","event_type":"page_view","timestamp":"2026-01-15T08:00:00Z"}',
            "{broken",
        ],
    )
    raw, processed = f"{jobs.bucket}-raw", f"{jobs.bucket}-processed"
    for bucket in (raw, processed):
        jobs.s3.create_bucket(Bucket=bucket)
    key = "events/year=2026/month=01/day=15/events.json"
    jobs.s3.put_object(Bucket=raw, Key=key, Body="\n".join(lines).encode())
    definition = jobs.glue.get_job(JobName=resources.glue_job)["Job"]
    name = f"{jobs.bucket}-job"
    jobs.glue.create_job(
        Name=name,
        Role=definition["Role"],
        Command=definition["Command"],
        DefaultArguments=definition["DefaultArguments"],
        GlueVersion="6.0",
    )
    arguments = {"--raw_bucket": raw, "--processed_bucket": processed, "--ingest_date": DAY}

    run = jobs.wait(name, jobs.start(name, Arguments=arguments))

    assert run["JobRunState"] == "SUCCEEDED", run
    listing = jobs.s3.list_objects_v2(Bucket=processed, Prefix="ledger/")["Contents"]
    ledger = jobs.s3.get_object(Bucket=processed, Key=listing[0]["Key"])["Body"].read().decode()
    for count in (
        '"rows_read": 3',
        '"rows_written": 1',
        '"rows_duplicate": 1',
        '"rows_quarantined": 1',
        '"spark": "4.1.',
    ):
        assert count in ledger
