"""What a query gives: rows, types, files."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from athena_support import Athena, QueryFailedError

COLUMNS = {
    "text": "string",
    "whole": "int",
    "big": "bigint",
    "price": "decimal(12,2)",
    "ratio": "double",
    "flag": "boolean",
    "at": "timestamp",
    "day": "date",
    "tags": "array<string>",
    "counts": "map<string,bigint>",
    "place": "struct<x:int,y:string>",
}
ROW = {
    "text": 'say "hi", é',
    "whole": 7,
    "big": 9_000_000_000,
    "price": Decimal("12.50"),
    "ratio": 0.5,
    "flag": True,
    "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC),
    "day": datetime.date(2026, 1, 2),
    "tags": ["a", None],
    "counts": [("k", 1)],
    "place": {"x": 1, "y": None},
}
SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("whole", pa.int32()),
        ("big", pa.int64()),
        ("price", pa.decimal128(12, 2)),
        ("ratio", pa.float64()),
        ("flag", pa.bool_()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("tags", pa.list_(pa.string())),
        ("counts", pa.map_(pa.string(), pa.int64())),
        ("place", pa.struct([("x", pa.int32()), ("y", pa.string())])),
    ]
)


@pytest.fixture(scope="module")
def athena(local_aws):
    found = Athena(local_aws)
    found.table("samples", COLUMNS)
    rows = pa.Table.from_pylist([ROW, dict.fromkeys(ROW)], schema=SCHEMA)
    found.put_parquet("samples/one.parquet", rows)
    return found


def test_values_are_printed_and_typed_as_athena_does(athena):
    result = athena.run("select * from samples where whole = 7")
    assert result.columns == list(COLUMNS)
    assert result.types == [
        *["varchar", "integer", "bigint", "decimal", "double", "boolean", "timestamp", "date", "array", "map", "row"]
    ]
    assert result.rows == [
        [
            'say "hi", é',
            "7",
            "9000000000",
            "12.50",
            "0.5",
            "true",
            "2026-01-02 03:04:05.678",
            "2026-01-02",
            "[a, null]",
            "{k=1}",
            "{x=1, y=null}",
        ]
    ]


def test_a_null_has_no_value_and_an_empty_string_has_one(athena):
    result = athena.run("select text, '' as nothing from samples where whole is null")
    assert result.rows == [[None, ""]]


def test_decimals_tell_their_precision_and_scale(athena):
    execution = athena.run("select price from samples").execution
    page = athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    column = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]
    assert (column["Type"], column["Precision"], column["Scale"]) == ("decimal", 12, 2)


def test_the_result_file_quotes_every_value_and_leaves_nulls_out(athena):
    result = athena.run("select text, whole, '' as nothing from samples order by whole")
    location = result.execution["ResultConfiguration"]["OutputLocation"]
    execution_id = result.execution["QueryExecutionId"]
    assert location == f"s3://{athena.bucket}/results/{execution_id}.csv"
    body = athena.s3.get_object(Bucket=athena.bucket, Key=f"results/{execution_id}.csv")["Body"].read()
    assert body.decode() == '"text","whole","nothing"\n"say ""hi"", é","7",""\n,,""\n'
    assert f"results/{execution_id}.csv.metadata" in athena.keys("results/")


def test_columns_without_a_name_are_numbered(athena):
    assert athena.run("select 1, 'x' as named, count(*) from samples").columns == ["_col0", "named", "_col2"]


def test_pages_go_on_where_the_last_one_ended_and_only_the_first_has_the_header(athena):
    result = athena.run("select n from unnest(sequence(1, 2500)) as t(n) order by n")
    assert [row[0] for row in result.rows] == [str(number) for number in range(1, 2501)]
    execution_id = result.execution["QueryExecutionId"]
    first = athena.client.get_query_results(QueryExecutionId=execution_id, MaxResults=2)
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["n", "1"]
    second = athena.client.get_query_results(QueryExecutionId=execution_id, MaxResults=2, NextToken=first["NextToken"])
    assert [row["Data"][0]["VarCharValue"] for row in second["ResultSet"]["Rows"]] == ["2", "3"]


def test_values_with_line_breaks_survive_pages(athena):
    result = athena.run("select 'a' || chr(10) || '\"b\"' as t")
    assert result.rows == [['a\n"b"']]


def test_nulls_come_last_whichever_way_rows_are_sorted(athena):
    assert athena.run("select whole from samples order by whole").rows == [["7"], [None]]
    assert athena.run("select whole from samples order by whole desc").rows == [["7"], [None]]


def test_a_query_scans_the_chunks_of_its_columns_only(athena):
    everything = athena.run("select * from samples").bytes_scanned
    one = athena.run("select whole from samples").bytes_scanned
    assert 0 < one < everything
    assert athena.run("select text from samples where whole = 7").bytes_scanned > one
    assert athena.run("select count(*) from samples").bytes_scanned == 0
    assert athena.run("select n from (select whole as n, text from samples)").bytes_scanned == one


def test_a_column_that_the_file_does_not_have_is_null(athena):
    athena.table("wider", {"whole": "int", "later": "string"})
    athena.put_parquet("wider/one.parquet", pa.table({"WHOLE": pa.array([1], pa.int32())}))
    assert athena.run("select whole, later from wider").rows == [["1", None]]


def test_files_of_different_shapes_are_read_together(athena):
    athena.table("shapes", {"a": "int", "b": "string"})
    athena.put_parquet("shapes/1.parquet", pa.table({"a": pa.array([1], pa.int32())}))
    athena.put_parquet("shapes/2.parquet", pa.table({"b": ["x"], "a": pa.array([2], pa.int32())}))
    assert athena.run("select a, b from shapes order by a").rows == [["1", None], ["2", "x"]]


def test_a_file_of_another_type_fails_the_query_only_if_the_column_is_used(athena):
    athena.table("mismatch", {"a": "bigint", "b": "string"})
    uri = f"s3://{athena.bucket}/mismatch/1.parquet"
    athena.put_parquet("mismatch/1.parquet", pa.table({"a": ["text"], "b": ["x"]}))
    assert athena.run("select b from mismatch").rows == [["x"]]
    assert athena.reason("select a from mismatch") == (
        f"HIVE_BAD_DATA: Field a's type BYTE_ARRAY in parquet file {uri} is incompatible with type bigint "
        "defined in table schema"
    )


def test_a_file_that_is_no_parquet_fails_the_query(athena):
    athena.table("broken", {"a": "bigint"})
    athena.put("broken/1.parquet", b"not parquet at all")
    assert athena.reason("select a from broken").startswith("HIVE_BAD_DATA: Not valid Parquet file: s3://")


def test_hidden_and_empty_objects_are_skipped(athena):
    athena.table("hidden", {"a": "int"})
    athena.put_parquet("hidden/1.parquet", pa.table({"a": pa.array([1], pa.int32())}))
    for key in ("hidden/_SUCCESS", "hidden/.part.crc2", "hidden/_temporary/2.parquet"):
        athena.put(key, b"rubbish")
    athena.put("hidden/empty.parquet", b"")
    assert athena.run("select a from hidden").rows == [["1"]]


def test_an_empty_table_has_no_rows(athena):
    athena.table("nothing", {"a": "int", "b": "array<string>"})
    result = athena.run("select * from nothing")
    assert (result.rows, result.types) == ([], ["integer", "array"])
    assert athena.run("select count(*) from nothing").value == "0"


def test_names_are_found_in_any_case_and_with_their_database_and_catalog(athena):
    sql = f'select Whole from "AwsDataCatalog"."{athena.database.upper()}"."SAMPLES" where WHOLE = 7'
    assert athena.run(sql, QueryExecutionContext={}).value == "7"
    assert athena.run(f"select samples.whole from {athena.database}.samples where samples.whole = 7").value == "7"


def test_a_common_table_may_have_the_name_of_the_table_it_reads(athena):
    sql = "with samples as (select whole from samples where whole = 7) select s.whole from samples as s"
    assert athena.run(sql).value == "7"


def test_a_table_can_be_joined_with_itself(athena):
    assert athena.run("select count(*) from samples a join samples b on a.whole = b.whole").value == "1"


def test_object_names_with_the_characters_of_patterns_are_read(athena):
    athena.table("odd", {"a": "int"})
    athena.put_parquet("odd/part-[1]*?'x.parquet", pa.table({"a": pa.array([1], pa.int32())}))
    assert athena.run("select a from odd").value == "1"


def test_the_clock_of_the_server_is_the_clock_of_the_query(bare_local_aws):
    own = Athena(bare_local_aws)
    bare_local_aws.set_clock("2026-02-03T04:05:06Z")
    row = own.run("select current_date, date_format(now(), '%Y-%m-%d %H:%i')").rows[0]
    assert row == ["2026-02-03", "2026-02-03 04:05"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        pytest.param(
            "select nope from samples",
            "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access "
            "requested resources",
            id="column",
        ),
        pytest.param(
            "select\n  s.nope\nfrom samples s",
            "COLUMN_NOT_FOUND: line 2:3: Column 's.nope' cannot be resolved or requester is not authorized to access "
            "requested resources",
            id="column of an alias on another line",
        ),
        pytest.param(
            "select * from nope",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{database}.nope' does not exist",
            id="table",
        ),
        pytest.param("select * from nope.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist", id="schema"),
        pytest.param(
            "select lower(text), nope(1) from samples",
            "FUNCTION_NOT_REGISTERED: line 1:21: Function 'nope' not registered",
            id="function",
        ),
        pytest.param(
            "select * from samples where text = 1",
            "TYPE_MISMATCH: line 1:29: Cannot apply operator: varchar = integer",
            id="text and number",
        ),
        pytest.param(
            "select * from samples where day > '2026-01-01'",
            "TYPE_MISMATCH: line 1:29: Cannot apply operator: date > varchar(10)",
            id="date and text",
        ),
        pytest.param(
            "select text, count(*) from samples",
            "EXPRESSION_NOT_AGGREGATE: line 1:8: 'text' must be an aggregate expression or appear in GROUP BY clause",
            id="not grouped",
        ),
        pytest.param(
            "select whole from samples a, samples b",
            "AMBIGUOUS_NAME: line 1:8: Column 'whole' is ambiguous",
            id="ambiguous",
        ),
        pytest.param("select 1 / (whole - 7) from samples", "DIVISION_BY_ZERO: Division by zero", id="division"),
        pytest.param(
            "select cast(text as integer) from samples",
            "INVALID_CAST_ARGUMENT: Cannot cast 'say \"hi\", é' to INT32",
            id="cast",
        ),
    ],
)
def test_errors_say_what_and_where(athena, sql, reason):
    assert athena.reason(sql) == reason.format(database=athena.database)


def test_a_failed_query_tells_its_error(athena):
    execution = athena.wait(athena.start("select nope from samples"))
    error = execution["Status"]["AthenaError"]
    assert (error["ErrorCategory"], error["Retryable"]) == (2, False)
    assert error["ErrorMessage"] == execution["Status"]["StateChangeReason"]
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Final query state: FAILED"):
        athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])


def test_a_cast_that_fails_late_fails_the_whole_query(athena):
    sql = "select 100 / (n - 50000) from unnest(sequence(1, 60000)) as t(n)"
    with pytest.raises(QueryFailedError, match="DIVISION_BY_ZERO"):
        athena.run(sql)
