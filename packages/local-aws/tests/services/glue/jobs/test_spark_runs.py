"""Runs of Glue jobs whose script uses Spark: few, because every start of Spark takes seconds."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq
import pytest

from glue_support import Jobs
from local_aws.process import has_ended
from local_aws.waiting import wait_until

pytestmark = pytest.mark.spark

WRITER = """
    import sys
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.appName("writer").getOrCreate()
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    print("spark", spark.version, spark.conf.get("spark.sql.shuffle.partitions"))
    bucket = sys.argv[sys.argv.index("--bucket") + 1]
    events = spark.read.json(f"s3://{bucket}/raw/")
    print("read", events.count())
    def write(frame):
        frame.write.mode("overwrite").partitionBy("day").parquet(f"s3://{bucket}/events/")
    write(events)
    write(events.where("day = '02'").selectExpr("'replaced' as user_id", "day").limit(1))
    print("found", [tuple(row) for row in spark.read.parquet(f"s3://{bucket}/events/").groupBy("day").count().orderBy("day").collect()])

    jvm = spark._jvm
    Path = jvm.org.apache.hadoop.fs.Path
    fs = Path(f"s3://{bucket}/").getFileSystem(spark._jsc.hadoopConfiguration())
    out = fs.create(Path(f"s3://{bucket}/ledger/tmp.json"), True)
    out.write(bytearray(b"{}"))
    out.close()
    print("renamed", fs.rename(Path(f"s3://{bucket}/ledger/tmp.json"), Path(f"s3://{bucket}/ledger/done.json")))
    print("deleted", fs.delete(Path(f"s3://{bucket}/old/"), True), fs.delete(Path(f"s3://{bucket}/nothing/"), True))
    print("listed", [status.getPath().toString() for status in fs.listStatus(Path(f"s3://{bucket}/events/"))])
    print("glob", len(fs.globStatus(Path(f"s3://{bucket}/events/day=*/*.parquet"))))
    print("exists", fs.exists(Path(f"s3://{bucket}/ledger/done.json")), fs.exists(Path(f"s3://{bucket}/nothing")))
    files = fs.listFiles(Path(f"s3://{bucket}/events/"), True)
    sizes = []
    while files.hasNext():
        sizes.append(files.next().getLen())
    print("sizes", all(size > 0 for size in sizes))
    print("text", spark.sparkContext.textFile(f"s3a://{bucket}/ledger/done.json").collect())
    spark.sparkContext.setLogLevel("INFO")
    spark.range(1).count()
"""

READER = """
    import sys
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.getOrCreate()
    bucket = sys.argv[sys.argv.index("--bucket") + 1]
    print("rewritten", [tuple(row) for row in spark.read.parquet(f"s3://{bucket}/events/day=01/").collect()])
    print("setting", spark.conf.get("spark.sql.shuffle.partitions"), spark.conf.get("spark.sql.ansi.enabled"))
    spark.read.parquet(f"s3://{bucket}/nowhere/")
"""


@dataclass
class Ended:
    """A run that ended, and what it printed: the first word of each line -> the rest."""

    run: dict[str, Any]
    printed: dict[str, str]


@pytest.fixture(scope="module")
def jobs(local_aws: Any) -> Jobs:
    return Jobs(local_aws)


@pytest.fixture(scope="module")
def written(jobs: Jobs) -> Ended:
    lines = [{"user_id": f"u{number}", "day": f"{number % 3 + 1:02}"} for number in range(30)]
    body = gzip.compress("\n".join(json.dumps(line) for line in lines).encode())
    jobs.put("raw/part.gz", body)
    jobs.put("old/a/b.txt", b"x")
    return _run(jobs, WRITER)


@pytest.fixture(scope="module")
def read(jobs: Jobs, written: Ended) -> Ended:
    key = jobs.objects("events/day=01/")[0]
    jobs.s3.copy_object(Bucket=jobs.bucket, Key=key, CopySource=f"{jobs.bucket}/{jobs.objects('events/day=02/')[0]}")
    for other in jobs.objects("events/day=01/")[1:]:
        jobs.s3.delete_object(Bucket=jobs.bucket, Key=other)
    return _run(jobs, READER, {"--conf": "spark.sql.shuffle.partitions=3 --conf spark.sql.ansi.enabled=true"})


def _run(jobs: Jobs, script: str, arguments: dict[str, str] | None = None) -> Ended:
    run = jobs.run(script, {"--bucket": jobs.bucket, **(arguments or {})})
    lines = (line.partition(" ") for line in jobs.log(run["Id"], "output"))
    return Ended(run, {first: rest for first, _, rest in lines})


def test_the_job_runs_on_the_spark_of_its_glue_version(written: Ended) -> None:
    assert written.run["JobRunState"] == "SUCCEEDED", written.run
    assert written.printed["spark"].split()[0] == "3.5.6"


def test_spark_reads_objects_that_were_put_over_the_api(written: Ended) -> None:
    assert written.printed["read"] == "30"


def test_dynamic_overwrite_replaces_only_the_partitions_written(written: Ended) -> None:
    assert written.printed["found"] == "[(1, 10), (2, 1), (3, 10)]"


def test_what_spark_wrote_is_in_s3_when_the_run_has_succeeded(jobs: Jobs, written: Ended) -> None:
    keys = jobs.objects("events/")

    assert {key.split("/")[1] for key in keys} == {"day=01", "day=02", "day=03"}
    replaced = next(key for key in keys if "day=02" in key)
    assert pq.read_table(io.BytesIO(jobs.get(replaced)), partitioning=None).to_pylist() == [{"user_id": "replaced"}]
    assert not any(key.endswith(".crc") or "_temporary" in key or ".spark-staging" in key for key in jobs.objects())


def test_spark_leaves_no_checksum_files_that_could_grow_stale(jobs: Jobs, written: Ended) -> None:
    folder = jobs.server.data_dir / "s3" / jobs.bucket

    assert list(folder.rglob("part-*.parquet")) != []
    assert list(folder.rglob(".*.crc")) == []


def test_what_spark_deleted_is_gone_from_s3(jobs: Jobs, written: Ended) -> None:
    assert jobs.objects("old/") == []


def test_hadoops_file_system_works_on_s3_addresses(jobs: Jobs, written: Ended) -> None:
    assert written.printed["renamed"] == "True"
    assert written.printed["deleted"] == "True False"
    assert written.printed["exists"] == "True False"
    assert f"'s3://{jobs.bucket}/events/day=01'" in written.printed["listed"]
    assert int(written.printed["glob"]) >= 3
    assert written.printed["sizes"] == "True"
    assert written.printed["text"] == "['{}']"
    assert jobs.get("ledger/done.json") == b"{}"


def test_the_drivers_log_is_in_the_error_group(jobs: Jobs, written: Ended) -> None:
    assert any("DAGScheduler" in line for line in jobs.log(written.run["Id"], "error"))


def test_an_object_that_was_rewritten_over_the_api_is_read_anew(read: Ended) -> None:
    assert read.printed["rewritten"] == "[('replaced',)]"


def test_glues_conf_argument_reaches_spark(read: Ended) -> None:
    assert read.printed["setting"] == "3 true"


def test_a_failure_inside_spark_is_told_in_one_line(jobs: Jobs, read: Ended) -> None:
    assert read.run["JobRunState"] == "FAILED"
    assert read.run["ErrorMessage"] == (
        f"AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3://{jobs.bucket}/nowhere."
    )


def test_stopping_a_spark_run_ends_its_java_process_too(jobs: Jobs) -> None:
    job = jobs.create(
        """
        import time
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        print("pid", spark._jvm.java.lang.ProcessHandle.current().pid())
        print("waiting")
        time.sleep(600)
        """
    )
    run_id = jobs.start(job)
    java = jobs.pid_of(run_id)
    os.kill(java, 0)
    stopped_at = time.monotonic()

    jobs.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])

    assert jobs.wait(job, run_id)["JobRunState"] == "STOPPED"
    assert time.monotonic() - stopped_at < 15
    assert wait_until(lambda: has_ended(java), 10)
