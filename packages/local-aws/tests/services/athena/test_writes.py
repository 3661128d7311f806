"""UNLOAD, CREATE TABLE AS and INSERT INTO."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pytest

from athena_support import LAZY_SERDE, Athena

ROWS = (
    "(values ('a', 1, cast(1.50 as decimal(12,2)), '01'), ('b', 2, null, '02'), (null, 3, cast(3 as decimal(12,2)), "
    "'01')) as t(name, n, price, day)"
)


@pytest.fixture
def athena(local_aws):
    return Athena(local_aws)


def test_unload_writes_parquet_of_the_querys_types(athena):
    target = f"s3://{athena.bucket}/out/"
    result = athena.run(
        f"UNLOAD (select name, n, cast(n as bigint) as big, price, n > 1 as flag, 0.5e0 as ratio, "
        f"date '2026-01-02' as d, array['x'] as tags from {ROWS}) TO '{target}' WITH (format = 'PARQUET')"
    )
    assert (result.rows, result.execution["StatementType"]) == ([], "DML")
    (key,) = athena.keys("out/")
    rows = athena.get_parquet(key)
    assert [str(column.type) for column in rows.schema] == [
        *["string", "int32", "int64", "decimal128(12, 2)", "bool", "double", "date32[day]", "list<element: string>"]
    ]
    assert rows["n"].to_pylist() == [1, 2, 3]
    manifest = result.execution["Statistics"]["DataManifestLocation"]
    listed = athena.s3.get_object(Bucket=athena.bucket, Key=manifest.split("/", 3)[3])["Body"].read().decode()
    assert listed.split() == [f"s3://{athena.bucket}/{key}"]


def test_unload_refuses_a_place_that_is_not_empty_and_leaves_it_as_it_was(athena):
    sql = f"unload (select 1 as a) to 's3://{athena.bucket}/out' with (format = 'PARQUET')"
    athena.run(sql)
    before = athena.keys("out/")
    reason = athena.reason(sql)
    assert reason.startswith("HIVE_PATH_ALREADY_EXISTS: Target directory for table ")
    assert f"already exists: s3://{athena.bucket}/out" in reason
    assert athena.keys("out/") == before


def test_unload_does_not_take_a_longer_name_for_the_same_place(athena):
    athena.put("outer/file", "x")
    athena.run(f"unload (select 1 as a) to 's3://{athena.bucket}/out' with (format = 'PARQUET')")
    assert len(athena.keys("out/")) == 1


def test_unload_that_fails_writes_nothing(athena):
    sql = "select 10 / (n - 40000) as a from unnest(sequence(1, 50000)) as t(n)"
    reason = athena.reason(f"unload ({sql}) to 's3://{athena.bucket}/out/' with (format = 'PARQUET')")
    assert reason == "DIVISION_BY_ZERO: Division by zero"
    assert athena.keys("out/") == []


def test_unload_partitions_by_the_last_columns(athena):
    athena.run(
        f"unload (select name, n, day from {ROWS}) to 's3://{athena.bucket}/out/' "
        "with (format = 'JSON', compression = 'gzip', partitioned_by = ARRAY['day'])"
    )
    first, second = athena.keys("out/")
    assert first.startswith("out/day=01/")
    assert second.startswith("out/day=02/")
    body = gzip.decompress(athena.s3.get_object(Bucket=athena.bucket, Key=first)["Body"].read())
    assert [json.loads(line) for line in body.splitlines()] == [{"name": "a", "n": 1}, {"n": 3}]


def test_unload_writes_text_with_the_wanted_delimiter(athena):
    athena.run(
        f"unload (select name, n from {ROWS} order by n) to 's3://{athena.bucket}/out/' "
        "with (format = 'TEXTFILE', field_delimiter = ';', compression = 'none')"
    )
    (key,) = athena.keys("out/")
    assert athena.s3.get_object(Bucket=athena.bucket, Key=key)["Body"].read() == b"a;1\nb;2\n\\N;3\n"


@pytest.mark.parametrize(
    ("query", "options", "reason"),
    [
        pytest.param("select 1 as a", "format = 'ORC'", "NOT_SUPPORTED: local_aws can't run this", id="ORC"),
        pytest.param("select 1 as a", "format = 'XML'", "INVALID_TABLE_PROPERTY: ", id="no such format"),
        pytest.param(
            "select 1 as a", "format = 'PARQUET', nope = 'x'", "INVALID_TABLE_PROPERTY: ", id="no such option"
        ),
        pytest.param("select now() as a", "format = 'PARQUET'", "NOT_SUPPORTED: Unsupported Hive type", id="time zone"),
        pytest.param("select 1 as a, 2 as a", "format = 'PARQUET'", "DUPLICATE_COLUMN_NAME: ", id="same name twice"),
        pytest.param(
            "select 1 as a, 2 as b",
            "format = 'PARQUET', partitioned_by = array['a']",
            "HIVE_COLUMN_ORDER_MISMATCH: ",
            id="key not last",
        ),
        pytest.param("select nope", "format = 'PARQUET'", "COLUMN_NOT_FOUND: line 1:16: Column 'nope'", id="column"),
    ],
)
def test_unload_refuses_what_it_can_not_write(athena, query, options, reason):
    sql = f"unload ({query}) to 's3://{athena.bucket}/out/' with ({options})"
    assert athena.reason(sql).startswith(reason)
    assert athena.keys("out/") == []


def test_create_table_as_makes_a_table_that_can_be_read(athena):
    result = athena.run(f"create table copied as select name, n, price from {ROWS}")
    assert result.execution["StatementType"] == "DDL"
    table = athena.glue.get_table(DatabaseName=athena.database, Name="copied")["Table"]
    columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert columns == [("name", "string"), ("n", "int"), ("price", "decimal(12,2)")]
    assert table["StorageDescriptor"]["Location"].startswith(f"s3://{athena.bucket}/results/tables/")
    assert athena.run("select * from copied order by n").rows == [
        ["a", "1", "1.50"],
        ["b", "2", None],
        [None, "3", "3.00"],
    ]


def test_sums_of_whole_numbers_are_bigint_inside_other_types_too(athena):
    athena.run("create table sums as select sum(1) as a, array[sum(1)] as b, sum(1) + 1 as c")
    described = [[str(cell).strip() for cell in row] for row in athena.run("describe sums").rows]
    assert described == [["a", "bigint", ""], ["b", "array<bigint>", ""], ["c", "bigint", ""]]


@pytest.mark.parametrize("file_format", ["PARQUET", "JSON", "TEXTFILE"])
def test_what_create_table_as_writes_is_read_back_the_same(athena, file_format):
    athena.run(
        f"create table copied with (format = '{file_format}', external_location = 's3://{athena.bucket}/copied', "
        f"partitioned_by = array['day']) as select name, n, price, day from {ROWS}"
    )
    assert athena.run("show partitions copied").rows == [["day=01"], ["day=02"]]
    result = athena.run("select * from copied order by n")
    assert result.rows == [["a", "1", "1.50", "01"], ["b", "2", None, "02"], [None, "3", "3.00", "01"]]
    assert athena.run("select n from copied where day = '02'").rows == [["2"]]


def test_create_table_as_refuses_a_table_that_exists(athena):
    athena.run("create table one as select 1 as a")
    assert athena.reason("create table one as select 2 as a").startswith("TABLE_ALREADY_EXISTS: ")
    athena.run("create table if not exists one as select 2 as a")
    assert athena.run("select a from one").value == "1"


def test_create_table_as_without_data_has_the_columns_only(athena):
    athena.run("create table bare as select 1 as a with no data")
    result = athena.run("select * from bare")
    assert (result.columns, result.rows) == (["a"], [])


def test_insert_into_adds_rows_and_partitions(athena):
    athena.table("target", {"name": "string", "n": "bigint"}, keys={"day": "string"})
    athena.run(f"insert into target select name, n, day from {ROWS}")
    athena.run("insert into target (n, day) values (9, '02')")
    assert athena.run("select name, n, day from target order by n").rows == [
        ["a", "1", "01"],
        ["b", "2", "02"],
        [None, "3", "01"],
        [None, "9", "02"],
    ]
    assert len(athena.keys("target/day=02/")) == 2
    assert athena.run("show partitions target").rows == [["day=01"], ["day=02"]]


def test_insert_into_refuses_other_types_and_columns(athena):
    athena.table("target", {"name": "string", "n": "int"})
    assert athena.reason("insert into target select 1, 'x'") == (
        "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: "
        "Table: [varchar, integer], Query: [integer, varchar]"
    )
    assert athena.reason("insert into target select 'x'").startswith("TYPE_MISMATCH: ")
    assert athena.reason("insert into target (nope) values (1)").startswith("COLUMN_NOT_FOUND: ")
    assert athena.reason("insert into nope values (1)").startswith("TABLE_NOT_FOUND: ")
    assert athena.keys("target/") == []


def test_insert_into_text_uses_the_tables_delimiter(athena):
    athena.table("target", {"a": "int", "b": "string"}, serde=LAZY_SERDE, serde_parameters={"field.delim": "|"})
    athena.run("insert into target values (1, 'x')")
    assert athena.run("select a, b from target").rows == [["1", "x"]]


def test_more_than_a_hundred_partitions_at_once_are_refused(athena):
    athena.table("target", {"a": "bigint"}, keys={"p": "bigint"})
    sql = "insert into target select n, n from unnest(sequence(1, 101)) as t(n)"
    assert athena.reason(sql).startswith("HIVE_TOO_MANY_OPEN_PARTITIONS: ")
    assert athena.keys("target/") == []


def test_unloaded_decimals_have_the_columns_precision_in_parquet(athena):
    athena.table("prices", {"price": "decimal(12,2)"})
    athena.put_parquet("prices/a.parquet", pa.table({"price": pa.array([1], pa.int32()).cast(pa.decimal128(12, 2))}))
    athena.run(
        f"unload (select price, sum(price) as total from prices group by price) to 's3://{athena.bucket}/out/' "
        "with (format = 'PARQUET')"
    )
    rows = athena.get_parquet(athena.keys("out/")[0])
    assert [str(column.type) for column in rows.schema] == ["decimal128(12, 2)", "decimal128(38, 2)"]
