"""What runs left for an arrival date, read over the APIs, so that two local_aws can be compared."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, NamedTuple

import requests

from clickstream.contract import load_contract
from clickstream_dev.athena import run_query
from clickstream_dev.resource_names import names
from clickstream_dev.run import read_ledger
from local_aws.client import LocalAws
from tests.scheduler.snapshots import TIMES


class Rows(NamedTuple):
    """The ledger without its times and object names, and every row of each report of that date."""

    ledger: dict[str, Any]
    reports: dict[str, list[list[str | None]]]


def rows_of(local: LocalAws, day: date) -> Rows:
    ledger = {name: value for name, value in json.loads(read_ledger(local, day).to_json()).items() if name not in TIMES}
    counts = {name: value for name, value in ledger.items() if name.startswith("rows_") or name == "event_dates"}
    reports = {}
    for report in load_contract().reports:
        columns = ", ".join(column.name for column in report.columns)
        sql = f"select {columns} from {report.name} where report_date = '{day}'"
        reports[report.name] = sorted(run_query(local, sql).rows, key=repr)
    return Rows(counts, reports)


def everything(local: LocalAws) -> dict[str, Any]:
    """The objects, tables, job runs and queries that local_aws has."""
    client, resources = local.client, names()
    objects = {
        (bucket, entry["Key"]): entry["ETag"]
        for bucket in resources.buckets
        for page in client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for entry in page.get("Contents", [])
    }
    tables = client("glue").get_tables(DatabaseName=resources.database)["TableList"]
    runs = client("glue").get_job_runs(JobName=resources.glue_job)["JobRuns"]
    queries = client("athena").list_query_executions(WorkGroup=resources.workgroup)["QueryExecutionIds"]
    assert objects
    assert runs
    assert queries
    return {
        "objects": objects,
        "tables": sorted(table["Name"] for table in tables),
        "runs": sorted((run["Id"], run["JobRunState"]) for run in runs),
        "queries": set(queries),
    }


def today(local: LocalAws) -> date:
    """The date on local_aws' clock."""
    clock = requests.get(f"{local.endpoint}/_local_aws/clock", timeout=60).json()
    return date.fromisoformat(clock["now"][:10])
