"""What crawls make of a bucket, over real HTTP with real Parquet files."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from glue_support import Lake, parquet, unique

ONE_TABLE = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
MERGING: dict[str, Any] = {
    **ONE_TABLE,
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    },
}
DELETING = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"}
DEPRECATING = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
LOGGING = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


def event_folder(day: str, ingest_date: str) -> str:
    return f"events/year=2026/month=01/day={day}/ingest_date={ingest_date}/"


@pytest.fixture
def lake(local_aws: Any) -> Lake:
    return Lake(local_aws, MERGING, DELETING)


def test_a_folder_becomes_one_table_whatever_its_depth(lake: Lake) -> None:
    content = parquet({"user_id": ["a", "b"], "price": [1.5, None], "n": [1, 2]}, {"n": pa.int32()})
    lake.put(event_folder("01", "2026-01-01") + "part-0.zstd.parquet", content)
    lake.put(event_folder("02", "2026-01-03") + "part-0.zstd.parquet", content)

    lake.crawl_well()

    table = lake.table()
    assert lake.table_names() == ["events"]
    assert lake.columns() == {"user_id": "string", "price": "double", "n": "int"}
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("year", "string"),
        ("month", "string"),
        ("day", "string"),
        ("ingest_date", "string"),
    ]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/events/"
    assert table["StorageDescriptor"]["InputFormat"].endswith("MapredParquetInputFormat")
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert table["Parameters"] == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": lake.crawler,
        "averageRecordSize": str(2 * len(content) // 4),
        "classification": "parquet",
        "compressionType": "none",
        "objectCount": "2",
        "recordCount": "4",
        "sizeKey": str(2 * len(content)),
        "typeOfData": "file",
    }
    partition = lake.partitions()["2026", "01", "02", "2026-01-03"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/{event_folder('02', '2026-01-03')}"
    assert partition["StorageDescriptor"]["Columns"] == table["StorageDescriptor"]["Columns"]
    assert partition["Parameters"]["recordCount"] == "2"


def test_new_partitions_are_added_and_vanished_ones_removed(lake: Lake) -> None:
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.put(event_folder("02", "a") + "1.parquet")
    lake.crawl_well()
    created = lake.partitions()["2026", "01", "02", "a"]["CreationTime"]

    lake.delete(event_folder("01", "a") + "1.parquet")
    lake.put(event_folder("02", "a") + "2.parquet")
    lake.put(event_folder("03", "a") + "1.parquet")
    lake.crawl_well()

    partitions = lake.partitions()
    assert sorted(values[2] for values in partitions) == ["02", "03"]
    assert partitions["2026", "01", "02", "a"]["Parameters"]["objectCount"] == "2"
    assert partitions["2026", "01", "02", "a"]["CreationTime"] == created


def test_a_crawl_that_finds_no_change_changes_nothing(lake: Lake) -> None:
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    before = lake.table()

    lake.crawl_well()

    assert lake.table() == before
    assert (lake.metrics()["TablesCreated"], lake.metrics()["TablesUpdated"]) == (0, 0)


def test_a_new_column_is_added_at_the_end_of_table_and_partitions(lake: Lake) -> None:
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    lake.put(event_folder("02", "a") + "1.parquet", parquet({"extra": [True], "user_id": ["u"], "count": [1]}))

    lake.crawl_well()

    assert list(lake.columns().items()) == [("user_id", "string"), ("count", "bigint"), ("extra", "boolean")]
    for partition in lake.partitions().values():
        assert [column["Name"] for column in partition["StorageDescriptor"]["Columns"]] == ["user_id", "count", "extra"]


def test_a_merging_crawl_never_removes_or_changes_a_column(lake: Lake) -> None:
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    lake.put(event_folder("01", "a") + "1.parquet", parquet({"count": ["now text"]}))

    lake.crawl_well()

    assert lake.columns() == {"user_id": "string", "count": "bigint"}


def test_without_merging_the_table_follows_the_files(local_aws: Any) -> None:
    lake = Lake(local_aws, ONE_TABLE, DELETING)
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    lake.put(event_folder("01", "a") + "1.parquet", parquet({"count": ["now text"], "new": [1]}))

    lake.crawl_well()

    assert lake.columns() == {"count": "string", "new": "bigint"}


def test_without_inheritance_a_partition_has_the_columns_of_its_own_files(local_aws: Any) -> None:
    lake = Lake(local_aws, ONE_TABLE, DELETING)
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.put(event_folder("02", "a") + "1.parquet", parquet({"user_id": ["u"], "extra": [1]}))

    lake.crawl_well()

    columns = {
        values[2]: [column["Name"] for column in partition["StorageDescriptor"]["Columns"]]
        for values, partition in lake.partitions().items()
    }
    assert columns == {"01": ["user_id", "count"], "02": ["user_id", "extra"]}
    assert list(lake.columns()) == ["user_id", "count", "extra"]


def test_a_logging_crawl_adds_partitions_but_changes_nothing_else(local_aws: Any) -> None:
    lake = Lake(local_aws, ONE_TABLE, LOGGING)
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    before = lake.table()

    lake.delete(event_folder("01", "a") + "1.parquet")
    lake.put(event_folder("02", "a") + "1.parquet", parquet({"user_id": ["u"], "extra": [1]}))
    lake.crawl_well()

    assert lake.table() == before
    assert sorted(values[2] for values in lake.partitions()) == ["01", "02"]


def test_a_deprecating_crawl_marks_what_vanished_and_unmarks_what_came_back(local_aws: Any) -> None:
    lake = Lake(local_aws, ONE_TABLE, DEPRECATING)
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.put(event_folder("02", "a") + "1.parquet")
    lake.crawl_well()

    lake.delete(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    marked = {values[2]: "DEPRECATED_BY_CRAWLER" in p["Parameters"] for values, p in lake.partitions().items()}
    assert marked == {"01": True, "02": False}

    lake.delete(event_folder("02", "a") + "1.parquet")
    lake.crawl_well()
    assert "DEPRECATED_BY_CRAWLER" in lake.table()["Parameters"]

    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    assert "DEPRECATED_BY_CRAWLER" not in lake.table()["Parameters"]
    assert "DEPRECATED_BY_CRAWLER" not in lake.partitions()["2026", "01", "01", "a"]["Parameters"]


def test_an_empty_folder_makes_no_table_and_is_no_failure(lake: Lake) -> None:
    lake.crawl_well()

    assert lake.table_names() == []
    assert lake.metrics()["TablesCreated"] == 0


def test_a_table_whose_objects_are_all_gone_is_deleted(lake: Lake) -> None:
    lake.put(event_folder("01", "a") + "1.parquet")
    lake.crawl_well()
    lake.delete(event_folder("01", "a") + "1.parquet")

    lake.crawl_well()

    assert lake.table_names() == []
    assert lake.metrics()["TablesDeleted"] == 1


def test_empty_and_hidden_objects_are_not_looked_at(lake: Lake) -> None:
    lake.put("events/day=01/1.parquet")
    lake.put("events/day=01/_SUCCESS", b"")
    lake.put("events/day=01/_metadata", b"not parquet")
    lake.put("events/day=02/.hidden", b"not parquet")
    lake.put("events/day=03/empty.parquet", b"")

    lake.crawl_well()

    assert list(lake.partitions()) == [("01",)]
    assert lake.table()["Parameters"]["objectCount"] == "1"


def test_excluded_objects_are_not_looked_at(local_aws: Any) -> None:
    lake = Lake(local_aws, MERGING, DELETING, {"Exclusions": ["**/tmp-*", "day=0[3-9]/**"]})
    lake.put("events/day=01/1.parquet")
    lake.put("events/day=01/tmp-1.csv", b"not parquet")
    lake.put("events/day=04/1.parquet")

    lake.crawl_well()

    assert list(lake.partitions()) == [("01",)]


def test_folders_without_a_name_get_one(lake: Lake) -> None:
    lake.put("events/2026/01/1.parquet")
    lake.put("events/2026/02/1.parquet")

    lake.crawl_well()

    assert lake.partition_keys() == ["partition_0", "partition_1"]
    assert sorted(lake.partitions()) == [("2026", "01"), ("2026", "02")]


def test_a_folder_without_partitions_is_a_plain_table(lake: Lake) -> None:
    lake.put("events/1.parquet")

    lake.crawl_well()

    assert lake.partition_keys() == []
    assert lake.table()["Parameters"]["recordCount"] == "1"


def test_tables_lie_at_the_level_that_the_configuration_says(local_aws: Any) -> None:
    configuration = {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}
    lake = Lake(local_aws, configuration, DELETING, definition={"TablePrefix": "raw_"})
    lake.put("events/Web Shop/day=01/1.parquet")
    lake.put("events/app/day=01/1.parquet", parquet({"other": [1]}))
    lake.put("events/above.parquet")

    lake.crawl_well()

    assert sorted(lake.table_names()) == ["raw_app", "raw_web_shop"]
    assert lake.columns("raw_app") == {"other": "bigint"}
    assert lake.partition_keys("raw_web_shop") == ["day"]


def test_the_table_of_another_location_is_left_alone(lake: Lake) -> None:
    lake.glue.create_table(
        DatabaseName=lake.database,
        TableInput={"Name": "events", "StorageDescriptor": {"Location": "s3://elsewhere/events/"}},
    )
    lake.put("events/1.parquet")

    lake.crawl_well()

    names = sorted(lake.table_names())
    assert names[0] == "events"
    assert lake.table()["StorageDescriptor"]["Location"] == "s3://elsewhere/events/"
    assert names[1].startswith("events_")
    assert lake.table(names[1])["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/events/"


def test_a_table_that_no_crawler_made_keeps_what_it_has(lake: Lake) -> None:
    given = {
        "Name": "events",
        "Description": "made by Terraform",
        "Parameters": {"owner": "terraform", "projection.enabled": "true"},
        "PartitionKeys": [{"Name": "day", "Type": "string"}],
        "StorageDescriptor": {
            "Location": f"s3://{lake.bucket}/events/",
            "Columns": [{"Name": "user_id", "Type": "varchar(10)", "Comment": "who"}],
            "SerdeInfo": {"SerializationLibrary": "own.SerDe"},
        },
    }
    lake.glue.create_table(DatabaseName=lake.database, TableInput=given)
    kept = {"Values": ["99"], "StorageDescriptor": {"Location": f"s3://{lake.bucket}/other/"}}
    lake.glue.create_partition(DatabaseName=lake.database, TableName="events", PartitionInput=kept)
    lake.put("events/day=01/1.parquet")
    lake.crawl_well()
    lake.delete("events/day=01/1.parquet")
    lake.put("events/day=02/1.parquet")

    lake.crawl_well()
    table = lake.table()
    assert table["Description"] == "made by Terraform"
    assert table["Parameters"] == given["Parameters"]
    assert table["StorageDescriptor"]["SerdeInfo"] == {"SerializationLibrary": "own.SerDe"}
    assert lake.columns() == {"user_id": "varchar(10)", "count": "bigint"}
    assert sorted(lake.partitions()) == [("02",), ("99",)]

    lake.delete("events/day=02/1.parquet")
    lake.crawl_well()
    assert lake.table_names() == ["events"]


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        pytest.param(
            {"events/day=01/1.parquet": None, "events/day=02/1.parquet": parquet({"count": ["text"]})},
            "the column count is bigint in events/day=01/1.parquet and string in events/day=02/1.parquet",
            id="incompatible_schemas",
        ),
        pytest.param({"events/day=01/1.json": b'{"a": 1}\n'}, "local_aws crawls Parquet only", id="json"),
        pytest.param(
            {"events/1.parquet": None, "events/day=01/1.parquet": None}, "different depths", id="different_depths"
        ),
        pytest.param(
            {"events/day=01/1.parquet": None, "events/hour=01/1.parquet": None}, "one partition key", id="two_keys"
        ),
        pytest.param(
            {"events/day=01/1.parquet": None, "events/other/1.parquet": None}, "one partition key", id="key_and_none"
        ),
        pytest.param({"events/count=1/1.parquet": None}, "both as a folder name and as a column", id="key_is_column"),
    ],
)
def test_what_can_not_be_catalogued_fails_the_crawl_and_changes_nothing(
    lake: Lake, objects: dict[str, bytes | None], message: str
) -> None:
    for key, content in objects.items():
        lake.put(key, content)

    last = lake.crawl()

    assert last["Status"] == "FAILED"
    assert message in last["ErrorMessage"]
    assert lake.table_names() == []


def test_other_partition_keys_than_the_tables_fail_the_crawl(lake: Lake) -> None:
    lake.put("events/day=01/1.parquet")
    lake.crawl_well()
    lake.delete("events/day=01/1.parquet")
    lake.put("events/year=2026/day=01/1.parquet")

    last = lake.crawl()

    assert last["Status"] == "FAILED"
    assert "partitioned by ['day']" in last["ErrorMessage"]
    assert list(lake.partitions()) == [("01",)]


def test_a_bucket_that_does_not_exist_fails_the_crawl(local_aws: Any) -> None:
    missing = unique("missing")
    lake = Lake(local_aws, definition={}, target={"Path": f"s3://{missing}/events/"})

    last = lake.crawl()

    assert last["Status"] == "FAILED"
    assert missing in last["ErrorMessage"]


def test_a_database_that_does_not_exist_fails_the_crawl(lake: Lake) -> None:
    lake.put("events/1.parquet")
    lake.glue.delete_database(Name=lake.database)

    last = lake.crawl()

    assert last["Status"] == "FAILED"
    assert lake.database in last["ErrorMessage"]


@pytest.mark.parametrize(
    ("definition", "named"),
    [
        pytest.param({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}, "NEW_FOLDERS", id="recrawl"),
        pytest.param({"Classifiers": ["mine"]}, "classifiers", id="classifiers"),
    ],
)
def test_what_the_crawler_does_not_support_fails_the_crawl(
    local_aws: Any, definition: dict[str, Any], named: str
) -> None:
    lake = Lake(local_aws, definition=definition)

    last = lake.crawl()

    assert last["Status"] == "FAILED"
    assert named in last["ErrorMessage"]


def test_the_crawl_is_logged_where_last_crawl_says(lake: Lake) -> None:
    lake.put("events/1.parquet")

    last = lake.crawl()

    logs = lake.server.client("logs").filter_log_events(
        logGroupName=last["LogGroup"], logStreamNames=[last["LogStream"]]
    )
    messages = [event["message"] for event in logs["events"]]
    assert last["LogGroup"] == "/aws-glue/crawlers"
    assert all(message.startswith(f"[{last['MessagePrefix']}] ") for message in messages)
    assert any("Created table events" in message for message in messages)
    crawls = lake.glue.list_crawls(CrawlerName=lake.crawler)["Crawls"]
    assert [crawl["State"] for crawl in crawls] == ["COMPLETED"]
    assert json.loads(crawls[0]["Summary"])["TABLE"]["ADD"] == ["events"]


@pytest.mark.parametrize(
    ("mode", "group"),
    [("DISABLED", "/aws-glue/crawlers"), ("SSE-KMS", "/aws-glue/crawlers-role/service-role/the-role-{configuration}")],
)
def test_a_security_configuration_decides_where_a_crawler_logs(local_aws: Any, mode: str, group: str) -> None:
    configuration = unique("configuration")
    key = {} if mode == "DISABLED" else {"KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}
    local_aws.client("glue").create_security_configuration(
        Name=configuration,
        EncryptionConfiguration={"CloudWatchEncryption": {"CloudWatchEncryptionMode": mode, **key}},
    )
    role = "arn:aws:iam::123456789012:role/service-role/the-role"
    lake = Lake(local_aws)
    lake.glue.update_crawler(Name=lake.crawler, CrawlerSecurityConfiguration=configuration, Role=role)
    lake.put("events/1.parquet")

    last = lake.crawl()

    assert last["LogGroup"] == group.format(configuration=configuration)
    logs = lake.server.client("logs").filter_log_events(
        logGroupName=last["LogGroup"], logStreamNames=[last["LogStream"]]
    )
    assert logs["events"]
