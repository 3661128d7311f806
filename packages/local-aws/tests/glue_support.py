"""What the tests of Glue share: jobs with a script of their own, crawls, and Parquet objects."""

from __future__ import annotations

import io
import json
import textwrap
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from local_aws.waiting import wait_until

ROLE = "arn:aws:iam::123456789012:role/test"
RUN_TIMEOUT_S = 120
CRAWL_TIMEOUT_S = 30
ENDED = {"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"}
POLL_S = 0.05


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid4().hex[:10]}"


@dataclass
class Jobs:
    """Jobs on a server, each with a script in one bucket."""

    server: Any
    bucket: str = field(default_factory=lambda: unique("jobs"))

    def __post_init__(self) -> None:
        self.glue = self.server.client("glue")
        self.s3 = self.server.client("s3")
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, key: str, content: str | bytes) -> str:
        """Store an object and return its address."""
        body = textwrap.dedent(content).encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        """The content of an object."""
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def objects(self, prefix: str = "") -> list[str]:
        """The keys below a prefix."""
        listing = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in listing.get("Contents", [])]

    def create(self, script: str, **definition: Any) -> str:
        """A job that runs the script; returns its name."""
        name = unique("job")
        location = self.put(f"scripts/{name}.py", script)
        command = {"Name": "glueetl", "ScriptLocation": location, "PythonVersion": "3"}
        settings = {"GlueVersion": "5.1", "WorkerType": "G.1X", "NumberOfWorkers": 2, "Command": command, "Role": ROLE}
        self.glue.create_job(Name=name, **settings | definition)
        return name

    def start(self, job: str, **request: Any) -> str:
        """Start a run; returns its id."""
        return str(self.glue.start_job_run(JobName=job, **request)["JobRunId"])

    def run_of(self, job: str, run_id: str) -> dict[str, Any]:
        """What GetJobRun says."""
        return dict(self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"])

    def wait(self, job: str, run_id: str, states: set[str] = ENDED) -> dict[str, Any]:
        """Wait until the run is in one of the states."""

        def ended() -> dict[str, Any] | None:
            run = self.run_of(job, run_id)
            return run if run["JobRunState"] in states else None

        run = wait_until(ended, RUN_TIMEOUT_S, interval_s=POLL_S)
        assert run, f"still {self.run_of(job, run_id)['JobRunState']}: {self.log(run_id, 'error')}"
        return run

    def run(self, script: str, arguments: dict[str, str] | None = None, **definition: Any) -> dict[str, Any]:
        """Create a job, run it once and return the ended run."""
        job = self.create(script, **definition)
        return self.wait(job, self.start(job, Arguments=arguments or {}))

    def log(self, run_id: str, kind: str) -> list[str]:
        """The run's lines in the ``output`` or the ``error`` log group."""
        answer = self.server.client("logs").filter_log_events(
            logGroupName=f"/aws-glue/jobs/{kind}", logStreamNames=[run_id]
        )
        return [event["message"] for event in answer["events"]]

    def wait_for_line(self, run_id: str, line: str) -> None:
        """Wait until the running script has printed the line."""
        printed = wait_until(lambda: line in self.log(run_id, "output"), RUN_TIMEOUT_S, interval_s=POLL_S)
        assert printed, self.log(run_id, "error")

    def pid_of(self, run_id: str) -> int:
        """The process id that the running script has printed after ``pid``, before a line ``waiting``."""
        self.wait_for_line(run_id, "waiting")
        return next(int(line.split()[1]) for line in self.log(run_id, "output") if line.startswith("pid"))


def parquet(columns: dict[str, list[Any]], types: dict[str, pa.DataType] | None = None) -> bytes:
    """A Parquet file with those columns."""
    arrays = {name: pa.array(values, type=(types or {}).get(name)) for name, values in columns.items()}
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer)
    return buffer.getvalue()


@dataclass
class Lake:
    """A bucket, a database and a crawler over ``events/`` of the bucket."""

    server: Any
    configuration: dict[str, Any] | None = None
    policy: dict[str, str] | None = None
    target: dict[str, Any] = field(default_factory=dict)
    definition: dict[str, Any] = field(default_factory=dict)
    bucket: str = field(default_factory=lambda: unique("lake"))

    def __post_init__(self) -> None:
        self.glue = self.server.client("glue")
        self.s3 = self.server.client("s3")
        self.database = self.bucket.replace("-", "_")
        self.crawler = self.bucket
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.database})
        optional = {} if self.configuration is None else {"Configuration": json.dumps(self.configuration)}
        if self.policy is not None:
            optional["SchemaChangePolicy"] = self.policy  # type: ignore[assignment]
        self.glue.create_crawler(
            Name=self.crawler,
            Role=ROLE,
            DatabaseName=self.database,
            Targets={"S3Targets": [{"Path": f"s3://{self.bucket}/events/", **self.target}]},
            **optional,
            **self.definition,
        )

    def put(self, key: str, content: bytes | None = None) -> None:
        """Store an object: one row with a user and a count, if not said otherwise."""
        body = parquet({"user_id": ["u"], "count": [1]}) if content is None else content
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def crawl(self) -> dict[str, Any]:
        """Crawl, and return LastCrawl."""
        self.glue.start_crawler(Name=self.crawler)
        return self.wait_until_ready()

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait for the crawl's end, and return LastCrawl."""

        def ready() -> dict[str, Any] | None:
            crawler = self.glue.get_crawler(Name=self.crawler)["Crawler"]
            return crawler if crawler["State"] == "READY" else None

        crawler = wait_until(ready, CRAWL_TIMEOUT_S, interval_s=POLL_S)
        assert crawler, f"the crawler {self.crawler} still runs"
        return dict(crawler["LastCrawl"])

    def crawl_well(self) -> None:
        """Crawl, and see that it succeeded."""
        last = self.crawl()
        assert last["Status"] == "SUCCEEDED", last

    def table(self, name: str = "events") -> dict[str, Any]:
        """A table of the database."""
        return dict(self.glue.get_table(DatabaseName=self.database, Name=name)["Table"])

    def table_names(self) -> list[str]:
        """The names of all tables."""
        return [table["Name"] for table in self.glue.get_tables(DatabaseName=self.database)["TableList"]]

    def columns(self, name: str = "events") -> dict[str, str]:
        """A table's columns and types."""
        return {column["Name"]: column["Type"] for column in self.table(name)["StorageDescriptor"]["Columns"]}

    def partition_keys(self, name: str = "events") -> list[str]:
        """A table's partition keys."""
        return [key["Name"] for key in self.table(name)["PartitionKeys"]]

    def partitions(self, name: str = "events") -> dict[tuple[str, ...], dict[str, Any]]:
        """A table's partitions by their values."""
        answer = self.glue.get_partitions(DatabaseName=self.database, TableName=name)
        return {tuple(partition["Values"]): partition for partition in answer["Partitions"]}

    def metrics(self) -> dict[str, Any]:
        """What GetCrawlerMetrics says of the crawler."""
        return dict(self.glue.get_crawler_metrics(CrawlerNameList=[self.crawler])["CrawlerMetricsList"][0])
