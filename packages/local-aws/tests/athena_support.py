"""What the Athena tests share: buckets, tables and one way to run a statement over the API."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from local_aws.waiting import wait_until

QUERY_TIMEOUT_S = 60
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
LAZY_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


class QueryFailedError(AssertionError):
    """A statement ended otherwise than SUCCEEDED; the message is its reason."""


@dataclass
class Result:
    """What a statement gave: column names, Athena's types, rows without the header."""

    execution: dict[str, Any]
    columns: list[str]
    types: list[str]
    rows: list[list[str | None]]

    @property
    def bytes_scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])

    @property
    def value(self) -> str | None:
        """The only value of the only row."""
        assert len(self.rows) == 1, self.rows
        assert len(self.rows[0]) == 1, self.rows
        return self.rows[0][0]


@dataclass
class Athena:
    """A database and a bucket of a test's own, and the clients to work with them."""

    server: Any
    database: str = field(default_factory=lambda: f"db_{uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.bucket = self.database.replace("_", "-")
        self.client = self.server.client("athena")
        self.s3 = self.server.client("s3")
        self.glue = self.server.client("glue")
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.database})

    def start(self, sql: str, **arguments: Any) -> str:
        request = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": self.database, "Catalog": "AwsDataCatalog"},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
            **arguments,
        }
        return str(self.client.start_query_execution(**request)["QueryExecutionId"])

    def wait(self, execution_id: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            execution = self.client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
            return None if execution["Status"]["State"] in {"QUEUED", "RUNNING"} else execution

        execution = wait_until(ended, QUERY_TIMEOUT_S, interval_s=0.01)
        assert execution, f"the query still runs after {QUERY_TIMEOUT_S} s"
        return dict(execution)

    def run(self, sql: str, **arguments: Any) -> Result:
        execution = self.wait(self.start(sql, **arguments))
        if execution["Status"]["State"] != "SUCCEEDED":
            raise QueryFailedError(execution["Status"].get("StateChangeReason"))
        columns: list[dict[str, Any]] = []
        rows: list[list[str | None]] = []
        pages = self.client.get_paginator("get_query_results")
        for page in pages.paginate(QueryExecutionId=execution["QueryExecutionId"]):
            columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        names = [column["Name"] for column in columns]
        if execution["ResultConfiguration"]["OutputLocation"].endswith(".csv"):
            assert rows[0] == names
            rows = rows[1:]
        return Result(execution, names, [column["Type"] for column in columns], rows)

    def reason(self, sql: str, **arguments: Any) -> str:
        """Why the statement fails."""
        execution = self.wait(self.start(sql, **arguments))
        assert execution["Status"]["State"] == "FAILED", execution["Status"]
        return str(execution["Status"]["StateChangeReason"])

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def put_parquet(self, key: str, rows: pa.Table) -> bytes:
        stream = io.BytesIO()
        pq.write_table(rows, stream)
        self.put(key, stream.getvalue())
        return stream.getvalue()

    def get_parquet(self, key: str) -> pa.Table:
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return pq.read_table(io.BytesIO(body))

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def table(
        self,
        name: str,
        columns: dict[str, str],
        *,
        keys: dict[str, str] | None = None,
        serde: str = PARQUET_SERDE,
        serde_parameters: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> None:
        """A table over the folder of its name."""
        self.glue.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters or {},
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                    "Location": f"s3://{self.bucket}/{name}/",
                    "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {}},
                },
            },
        )

    def partition(self, table: str, values: list[str], folder: str) -> None:
        self.glue.create_partition(
            DatabaseName=self.database,
            TableName=table,
            PartitionInput={
                "Values": values,
                "StorageDescriptor": {"Location": f"s3://{self.bucket}/{table}/{folder}"},
            },
        )


NewAthena = Callable[[], Athena]
