"""Cutting lines into records."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream_glue.records import one_row_per_record, records_of
from tests.glue_scripts.support import lines_frame

pytestmark = pytest.mark.spark

CASES = {
    "one object": ('{"a":1}', ['{"a":1}']),
    "two objects without a delimiter": ('{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']),
    "two objects with blanks between": ('{"a":1} \t {"b":2}', ['{"a":1}', '{"b":2}']),
    "three objects": ('{"a":1}{"b":2}{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']),
    "nested objects": ('{"a":{"b":{}}}{"c":[{}]}', ['{"a":{"b":{}}}', '{"c":[{}]}']),
    "an array of objects": ('[{"a":1},{"b":2}]', ['[{"a":1},{"b":2}]']),
    "braces in a string": ('{"a":"x}{y"}', ['{"a":"x}{y"}']),
    "braces in strings of both": ('{"a":"}{"}{"b":"}{"}', ['{"a":"}{"}', '{"b":"}{"}']),
    "an escaped quote before braces": (r'{"a":"x\"}{y"}', [r'{"a":"x\"}{y"}']),
    "an escaped backslash before the quote": (r'{"a":"x\\"}{"b":1}', [r'{"a":"x\\"}', '{"b":1}']),
    "a string that never ends": ('{"a":"x}{y', ['{"a":"x}{y']),
    "a string that ends in a backslash": ('{"a":"x}{y\\', ['{"a":"x}{y\\']),
    "an object cut short before another": ('{"a":{"b":1}{"c":2}', ['{"a":{"b":1}', '{"c":2}']),
    "an object cut short behind another": ('{"a":1}{"b":', ['{"a":1}', '{"b":']),
    "text behind an object": ('{"a":1}x', ['{"a":1}x']),
    "text between objects": ('{"a":1}x{"b":2}', ['{"a":1}x{"b":2}']),
    "closing braces only": ("}}}", ["}}}"]),
    "a line end within a record": ('{"a":\r1}{"b":2}', ['{"a":\r1}', '{"b":2}']),
    "not JSON": ("hello", ["hello"]),
}


@pytest.fixture(scope="module")
def records(spark: SparkSession) -> dict[str, list[str]]:
    """The records of each case, from one Spark run."""
    lines = spark.createDataFrame([(name, text) for name, (text, _) in CASES.items()], "name string, line string")
    rows = lines.select("name", records_of(F.col("line")).alias("records")).collect()
    return {row["name"]: row["records"] for row in rows}


@pytest.mark.parametrize("name", CASES)
def test_a_line_is_cut_only_between_objects(records: dict[str, list[str]], name: str) -> None:
    assert records[name] == CASES[name][1]


def test_blank_lines_are_not_records_and_blanks_are_cut_off(spark: SparkSession) -> None:
    lines = ["", " \t\r", None, ' \t{"a":1} \r', '\ufeff{"b":2}{"c":3}']
    rows = one_row_per_record(lines_frame(spark, lines)).collect()
    assert sorted(row["raw"] for row in rows) == ['{"a":1}', '{"b":2}', '{"c":3}']


def test_no_lines_give_no_records(spark: SparkSession) -> None:
    assert one_row_per_record(lines_frame(spark, [])).collect() == []


def test_long_lines_neither_overflow_the_stack_nor_lose_a_record(spark: SparkSession) -> None:
    count = 100_000
    one_object = '{"a":["' + '","'.join("}{" for _ in range(count)) + '"]}'
    many_objects = '{"a":"\\"}{"}' * count
    many_braces = "{" * count + "}" * count
    frame = one_row_per_record(lines_frame(spark, [one_object, many_objects, many_braces]))
    assert {row["raw"]: row["count"] for row in frame.groupBy("raw").count().collect()} == {
        one_object: 1,
        '{"a":"\\"}{"}': count,
        many_braces: 1,
    }
