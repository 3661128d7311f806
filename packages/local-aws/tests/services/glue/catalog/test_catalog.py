"""The catalog's calls that Airflow's operators and boto3's paginators need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from glue_support import ROLE, unique


@dataclass
class Catalog:
    """A database with a table that has a partition for each day of January and February 2026."""

    glue: Any
    database: str = field(default_factory=lambda: unique("db").replace("-", "_"))

    def __post_init__(self) -> None:
        self.glue.create_database(DatabaseInput={"Name": self.database})
        keys = [{"Name": name, "Type": "string"} for name in ("year", "month", "day")]
        self.glue.create_table(DatabaseName=self.database, TableInput={"Name": "events", "PartitionKeys": keys})
        self.glue.batch_create_partition(
            DatabaseName=self.database,
            TableName="events",
            PartitionInputList=[
                {
                    "Values": ["2026", f"{month:02}", f"{day:02}"],
                    "StorageDescriptor": {"Location": "s3://b/", "Columns": [{"Name": "a", "Type": "int"}]},
                }
                for month in (1, 2)
                for day in range(1, 29)
            ],
        )

    def days(self, expression: str, **request: Any) -> list[str]:
        """Month and day of the partitions that the expression lets through."""
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=self.database, TableName="events", Expression=expression, **request
        )
        return ["-".join(partition["Values"][1:]) for page in pages for partition in page["Partitions"]]


@pytest.fixture(scope="module")
def catalog(local_aws: Any) -> Catalog:
    return Catalog(local_aws.client("glue"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("year='2026' AND month='01' AND day='05'", ["01-05"]),
        ("year = '2026' and (month = '01' and day = '28' or month = '02' and day = '01')", ["01-28", "02-01"]),
        ("month = '02' and day >= '27'", ["02-27", "02-28"]),
        ("month = '01' and day in ('03', '04')", ["01-03", "01-04"]),
        ("day between '01' and '02' and month <> '01'", ["02-01", "02-02"]),
        ("day like '%9' and month not in ('02')", ["01-09", "01-19"]),
        ("year = '2025'", []),
    ],
)
def test_partitions_are_filtered_by_the_expression(catalog: Catalog, expression: str, expected: list[str]) -> None:
    assert catalog.days(expression) == expected


def test_an_empty_expression_lets_everything_through(catalog: Catalog) -> None:
    assert len(catalog.days("")) == 56


@pytest.mark.parametrize("expression", ["unknown='1'", "year ="])
def test_an_expression_that_is_not_valid_is_refused(catalog: Catalog, expression: str) -> None:
    with pytest.raises(ClientError) as error:
        catalog.days(expression)

    assert error.value.response["Error"]["Code"] == "InvalidInputException"


def test_partitions_come_in_pages_that_miss_and_repeat_nothing(catalog: Catalog) -> None:
    request = {"DatabaseName": catalog.database, "TableName": "events", "MaxResults": 25}
    sizes, days, token = [], [], None
    while True:
        page = catalog.glue.get_partitions(**request, **({"NextToken": token} if token else {}))
        sizes.append(len(page["Partitions"]))
        days += [tuple(partition["Values"]) for partition in page["Partitions"]]
        token = page.get("NextToken")
        if not token:
            break

    assert sizes == [25, 25, 6]
    assert len(set(days)) == 56


def test_a_token_that_was_not_given_out_is_refused(catalog: Catalog) -> None:
    with pytest.raises(ClientError) as error:
        catalog.glue.get_partitions(DatabaseName=catalog.database, TableName="events", NextToken="nonsense")

    assert error.value.response["Error"]["Code"] == "InvalidInputException"


def test_segments_share_all_partitions(catalog: Catalog) -> None:
    parts = [catalog.days("", Segment={"SegmentNumber": number, "TotalSegments": 3}) for number in range(3)]

    assert len(parts[0]) > 10
    assert sorted(day for part in parts for day in part) == sorted(catalog.days(""))


def test_partitions_can_be_had_without_their_columns(catalog: Catalog) -> None:
    request = {"DatabaseName": catalog.database, "TableName": "events", "MaxResults": 1}

    with_columns = catalog.glue.get_partitions(**request)["Partitions"][0]
    without = catalog.glue.get_partitions(**request, ExcludeColumnSchema=True)["Partitions"][0]

    assert "Columns" in with_columns["StorageDescriptor"]
    assert "Columns" not in without["StorageDescriptor"]
    assert without["StorageDescriptor"]["Location"] == "s3://b/"


def test_tables_come_in_pages(catalog: Catalog) -> None:
    database = unique("db").replace("-", "_")
    catalog.glue.create_database(DatabaseInput={"Name": database})
    for number in range(5):
        catalog.glue.create_table(DatabaseName=database, TableInput={"Name": f"t{number}"})

    pages = catalog.glue.get_paginator("get_tables").paginate(DatabaseName=database, PaginationConfig={"PageSize": 2})

    assert [[table["Name"] for table in page["TableList"]] for page in pages] == [["t0", "t1"], ["t2", "t3"], ["t4"]]


@pytest.mark.parametrize(
    ("call", "request_part"),
    [
        pytest.param("start_workflow_run", {"Name": "w"}, id="workflow"),
        pytest.param("start_trigger", {"Name": "t"}, id="trigger"),
        pytest.param(
            "create_trigger",
            {"Name": "t", "Type": "ON_DEMAND", "Actions": [], "StartOnCreation": True},
            id="on_creation",
        ),
        pytest.param("create_session", {"Id": "s", "Role": ROLE, "Command": {"Name": "glueetl"}}, id="session"),
        pytest.param("create_dev_endpoint", {"EndpointName": "e", "RoleArn": ROLE}, id="dev_endpoint"),
        pytest.param("reset_job_bookmark", {"JobName": "j"}, id="bookmark"),
        pytest.param(
            "create_table",
            {
                "DatabaseName": "d",
                "TableInput": {"Name": "t"},
                "OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE"}},
            },
            id="iceberg",
        ),
    ],
)
def test_what_would_only_be_pretended_is_refused(catalog: Catalog, call: str, request_part: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        getattr(catalog.glue, call)(**request_part)

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error.value.response["Error"]["Code"] == "NotImplemented"


@pytest.mark.parametrize(
    ("call", "request_part"),
    [
        ("get_table", {"DatabaseName": "none", "Name": "events"}),
        ("get_table", {"Name": "none"}),
        ("get_partitions", {"TableName": "none"}),
        ("get_partition", {"TableName": "events", "PartitionValues": ["1", "2", "3"]}),
        ("get_database", {"Name": "none"}),
        ("delete_table", {"Name": "none"}),
    ],
)
def test_what_does_not_exist_is_an_entity_not_found(catalog: Catalog, call: str, request_part: dict[str, Any]) -> None:
    database = {} if call == "get_database" else {"DatabaseName": catalog.database}

    with pytest.raises(ClientError) as error:
        getattr(catalog.glue, call)(**{**database, **request_part})

    assert error.value.response["Error"]["Code"] == "EntityNotFoundException"
