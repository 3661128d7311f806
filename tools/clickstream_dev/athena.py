"""Runs one Athena statement over the API and fetches all of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clickstream_dev.errors import CommandError
from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_aws.waiting import wait_until

QUERY_TIMEOUT_S = 600


@dataclass(frozen=True)
class QueryResult:
    """A statement's result: column names and types as Athena names them, rows as Athena prints them (None for null)."""

    columns: list[str]
    types: list[str]
    rows: list[list[str | None]]
    bytes_scanned: int
    duration_s: float


def run_query(local: LocalAws, sql: str) -> QueryResult:
    """Run the statement in the pipeline's database and workgroup.

    :raises CommandError: with Athena's own message, if the statement fails
    """
    client = local.client("athena")
    resources = names()
    try:
        started = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": resources.database, "Catalog": "AwsDataCatalog"},
            WorkGroup=resources.workgroup,
        )
    except client.exceptions.InvalidRequestException as error:
        raise CommandError(error.response["Error"]["Message"]) from None
    execution_id = started["QueryExecutionId"]

    def ended() -> dict[str, Any] | None:
        execution: dict[str, Any] = client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
        return None if execution["Status"]["State"] in ("QUEUED", "RUNNING") else execution

    execution = wait_until(ended, QUERY_TIMEOUT_S)
    if execution is None:
        client.stop_query_execution(QueryExecutionId=execution_id)
        raise CommandError(f"the query ran longer than {QUERY_TIMEOUT_S} s and was stopped")
    state = execution["Status"]["State"]
    if state != "SUCCEEDED":
        raise CommandError(execution["Status"].get("StateChangeReason") or f"the query ended as {state}")
    statistics = execution["Statistics"]
    columns, types, rows = _fetch(client, execution_id, has_header=execution["StatementType"] == "DML")
    return QueryResult(
        columns,
        types,
        rows,
        bytes_scanned=statistics.get("DataScannedInBytes", 0),
        duration_s=statistics.get("TotalExecutionTimeInMillis", 0) / 1000,
    )


def _fetch(client: Any, execution_id: str, has_header: bool) -> tuple[list[str], list[str], list[list[str | None]]]:
    columns: list[str] = []
    types: list[str] = []
    rows: list[list[str | None]] = []
    for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=execution_id):
        info = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        columns = [column["Label"] for column in info]
        types = [column["Type"] for column in info]
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    # Athena returns a SELECT's column names as its first row.
    return columns, types, rows[1:] if has_header and rows and rows[0] == columns else rows
