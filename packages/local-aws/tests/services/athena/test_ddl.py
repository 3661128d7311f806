"""Databases, tables, views and partitions made by statements."""

from __future__ import annotations

import pyarrow as pa
import pytest

from athena_support import Athena


@pytest.fixture
def athena(local_aws):
    return Athena(local_aws)


def test_databases_come_and_go(athena):
    name = f"{athena.database}_more"
    assert athena.run(f"CREATE DATABASE {name} COMMENT 'x'").execution["StatementType"] == "DDL"
    assert "already exists" in athena.reason(f"create schema {name}")
    athena.run(f"create schema if not exists `{name}`")
    assert [name] in athena.run("show databases").rows
    assert athena.run(f"show databases like '{name[:-2]}*'").rows == [[name]]
    athena.run(f"create external table {name}.t (a int) location 's3://{athena.bucket}/t/'")
    assert "is not empty" in athena.reason(f"drop database {name}")
    athena.run(f"drop database {name} cascade")
    assert "does not exist" in athena.reason(f"drop database {name}")
    athena.run(f"drop database if exists {name}")


def test_an_external_table_is_in_the_catalog_as_it_was_written(athena):
    athena.run(
        f"""
        CREATE EXTERNAL TABLE IF NOT EXISTS `{athena.database}`.`Sales` (
          `id` bigint COMMENT 'its number',
          `price` decimal(12,2),
          counts map<string,array<int>>, -- nested
          place struct<x:int,y:string>
        )
        COMMENT 'all sales'
        PARTITIONED BY (`day` string, n int)
        ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
        WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
        STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
        OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
        LOCATION 's3://{athena.bucket}/sales/'
        TBLPROPERTIES ('has_encrypted_data'='false', 'projection.enabled'='false');
        """
    )
    table = athena.glue.get_table(DatabaseName=athena.database, Name="sales")["Table"]
    storage = table["StorageDescriptor"]
    assert storage["Columns"] == [
        {"Name": "id", "Type": "bigint", "Comment": "its number"},
        {"Name": "price", "Type": "decimal(12,2)"},
        {"Name": "counts", "Type": "map<string,array<int>>"},
        {"Name": "place", "Type": "struct<x:int,y:string>"},
    ]
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "string"}, {"Name": "n", "Type": "int"}]
    assert storage["Location"] == f"s3://{athena.bucket}/sales/"
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert storage["SerdeInfo"]["Parameters"]["ignore.malformed.json"] == "true"
    assert table["Parameters"]["has_encrypted_data"] == "false"
    assert (table["TableType"], table["Description"]) == ("EXTERNAL_TABLE", "all sales")


def test_show_create_table_gives_a_statement_that_makes_the_same_table(athena):
    athena.run(
        "create external table one (a int, b array<string>) partitioned by (day string) "
        f"row format delimited fields terminated by '\\t' stored as textfile location 's3://{athena.bucket}/one/'"
    )
    before = athena.glue.get_table(DatabaseName=athena.database, Name="one")["Table"]
    statement = "\n".join(str(row[0]) for row in athena.run("show create table one").rows)
    athena.run("drop table one")
    athena.run(statement.replace(f"`{athena.database}.one`", "one"))
    after = athena.glue.get_table(DatabaseName=athena.database, Name="one")["Table"]
    assert after["StorageDescriptor"] == before["StorageDescriptor"]
    assert after["PartitionKeys"] == before["PartitionKeys"]


def test_tables_can_be_listed_and_described(athena):
    athena.table("first", {"a": "int"}, keys={"day": "string"})
    athena.table("second", {"b": "array<string>"})
    assert athena.run("show tables").rows == [["first"], ["second"]]
    assert athena.run(f"show tables in {athena.database} 'f*'").rows == [["first"]]
    assert [row[0].strip() for row in athena.run("show columns in first").rows if row[0]] == ["a", "day"]
    described = [[cell.strip() if cell else cell for cell in row] for row in athena.run("describe first").rows]
    assert described[:2] == [["a", "int", ""], ["day", "string", ""]]
    assert ["# Partition Information", "", ""] in described
    assert "Table not found nope" in athena.reason("describe nope")


def test_a_text_result_is_stored_too(athena):
    athena.table("first", {"a": "int"})
    result = athena.run("show tables")
    assert result.execution["StatementType"] == "UTILITY"
    key = f"results/{result.execution['QueryExecutionId']}.txt"
    assert result.execution["ResultConfiguration"]["OutputLocation"] == f"s3://{athena.bucket}/{key}"
    assert athena.s3.get_object(Bucket=athena.bucket, Key=key)["Body"].read() == b"first\n"


def test_dropping_a_table_leaves_its_files(athena):
    athena.table("first", {"a": "int"})
    athena.put_parquet("first/a.parquet", pa.table({"a": pa.array([1], pa.int32())}))
    athena.run("drop table first")
    assert "Table not found first" in athena.reason("drop table first")
    athena.run("drop table if exists first")
    assert athena.keys("first/") == ["first/a.parquet"]


def test_partitions_are_added_and_dropped(athena):
    athena.table("t", {"a": "int"}, keys={"year": "string", "day": "string"})
    athena.put_parquet("elsewhere/a.parquet", pa.table({"a": pa.array([7], pa.int32())}))
    athena.run(
        "alter table t add partition (year='2026', day='01') "
        f"location 's3://{athena.bucket}/elsewhere/' partition (year='2026', day='02')"
    )
    assert athena.run("show partitions t").rows == [["year=2026/day=01"], ["year=2026/day=02"]]
    assert athena.run("select a, day from t").rows == [["7", "01"]]
    assert "Partition already exists" in athena.reason("alter table t add partition (year='2026', day='01')")
    athena.run("alter table t add if not exists partition (year='2026', day='01')")
    athena.run("alter table t drop partition (year='2026', day='01')")
    assert athena.run("show partitions t").rows == [["year=2026/day=02"]]
    assert "Partition not found" in athena.reason("alter table t drop partition (year='2026', day='01')")
    athena.run("alter table t drop if exists partition (year='2026', day='01')")
    assert "no value for" in athena.reason("alter table t add partition (year='2026')")


def test_repair_finds_folders_of_hives_naming(athena):
    athena.table("t", {"a": "int"}, keys={"year": "string", "day": "string"})
    for key in ("year=2026/day=01/a.parquet", "year=2026/day=a%3Ab/a.parquet", "2026/01/a.parquet", "year=2026/x"):
        athena.put_parquet(f"t/{key}", pa.table({"a": pa.array([1], pa.int32())}))
    shown = athena.run("MSCK REPAIR TABLE t").rows
    assert shown[0] == ["Partitions not in metastore:\tt:year=2026/day=01\tt:year=2026/day=a:b"]
    assert athena.run("select day from t order by day").rows == [["01"], ["a:b"]]
    assert athena.run("msck repair table t").rows == []
    athena.table("flat", {"a": "int"})
    assert "is not partitioned" in athena.reason("msck repair table flat")


def test_views_are_queries_of_their_own_database(athena):
    athena.table("t", {"a": "int"})
    athena.put_parquet("t/a.parquet", pa.table({"a": pa.array([1, 2], pa.int32())}))
    athena.run("create view v as select a, a * 10 as b from t")
    assert athena.run("select b from v where a = 2").value == "20"
    elsewhere = athena.run(f"select count(*) from {athena.database}.v", QueryExecutionContext={"Database": "default"})
    assert elsewhere.value == "2"
    assert "already exists" in athena.reason("create view v as select 1 as x")
    athena.run("create or replace view v as select a from t where a = 1;")
    assert athena.run("select * from v").value == "1"
    assert athena.run("show views").rows == [["v"]]
    assert "not a view" not in athena.reason("drop table v")
    athena.run("drop view v")
    assert athena.reason("select * from v").startswith("TABLE_NOT_FOUND")


def test_a_view_that_can_not_be_bound_is_not_made(athena):
    assert athena.reason("create view v as select nope").startswith("COLUMN_NOT_FOUND: line 1:25: ")
    assert athena.run("show tables").rows == []


@pytest.mark.parametrize(
    "sql",
    [
        "update t set a = 1",
        "delete from t",
        "merge into t using s on t.a = s.a when matched then delete",
        "create table t (a int) location 's3://b/t/' tblproperties ('table_type' = 'ICEBERG')",
        "alter table t add columns (b int)",
        "alter table t rename to u",
        "optimize t rewrite data using bin_pack",
        "vacuum t",
        "show grants",
        "create table t with (bucketed_by = array['a'], bucket_count = 2) as select 1 as a",
        "explain analyze select 1",
        "prepare p from select 1",
        "describe extended t",
        "create external table t (a int) stored as orc location 's3://b/t/'",
    ],
)
def test_what_can_not_be_done_fails_and_says_so(athena, sql):
    assert athena.reason(sql).startswith("NOT_SUPPORTED: local_aws can't run this statement: ")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", "line 1:1: mismatched input 'selec'. Expecting: "),
        ("create external table t (a nonsense) location 's3://b/t/'", "line 1:"),
        ("create external table t (a int", "line 1:31: mismatched input '<EOF>'"),
        ("drop table", "line 1:11: mismatched input '<EOF>'"),
        ("msck repair t", "line 1:"),
        ("alter table t add partition day='1'", "line 1:29: mismatched input 'day'"),
        ("unload select 1 to 's3://b/x/'", "line 1:8: mismatched input 'select'"),
        ("select 1; select 2", "Only one sql statement is allowed"),
        ("-- nothing", "line 1:1: mismatched input '<EOF>'"),
    ],
)
def test_what_is_no_statement_is_refused_at_the_start(athena, sql, message):
    with pytest.raises(athena.client.exceptions.InvalidRequestException) as refused:
        athena.start(sql)
    assert refused.value.response["Error"]["Message"].startswith(message)
