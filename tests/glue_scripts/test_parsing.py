"""Reading the known fields as texts."""

from __future__ import annotations

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream_glue.parsing import is_nested, with_texts

pytestmark = pytest.mark.spark

DEEP = '{"x":' * 900 + "1" + "}" * 900
TOO_DEEP = '{"x":' * 5000 + "1" + "}" * 5000
OBJECTS = {
    "flat": '{"user_id":"u"}',
    "empty": "{}",
    "nested": '{"user_id":"u","context":{"page":{"url":"/"}}}',
    "a closing brace in a string": '{"user_id":"}"}',
    "deep": DEEP,
    "unknown fields only": '{"a":[1,{"b":null}]}',
    "a repeated key": '{"user_id":"a","user_id":"b"}',
    "NUL as an escape": r'{"user_id":"a\u0000b"}',
    "half a surrogate pair": r'{"user_id":"\ud83d"}',
}
NOT_OBJECTS = {
    "text": "hello",
    "an array": '[{"user_id":"u"}]',
    "a string": '"user_id"',
    "a number": "1",
    "null": "null",
    "cut short": '{"user_id":"u"',
    "cut short in a string": '{"user_id":"u',
    "cut short behind a nested object": '{"user_id":"u","a":{}',
    "text behind it": '{"user_id":"u"}x',
    "a brace behind it": '{"user_id":"u"}}',
    "a bracket behind it": '{"user_id":"u"}]',
    "a bracket and an object behind it": '{"user_id":"u"},{}]}',
    "a second one behind a comma": '{"user_id":"u"},{"user_id":"v"}',
    "single quotes": "{'user_id':'u'}",
    "no quotes": "{user_id:1}",
    "a comma at the end": '{"user_id":"u",}',
    "a missing value": '{"user_id":}',
    "NaN": '{"price":NaN}',
    "a comment": '{"user_id":"u"/* c */}',
    "a leading zero": '{"quantity":01}',
    "a raw tab in a string": '{"user_id":"a\tb"}',
    "a NUL behind it": '{"user_id":"u"}\0',
    "too deep": TOO_DEEP,
}


@pytest.fixture(scope="module")
def parsed(spark: SparkSession, contract: Contract) -> dict[str, Row]:
    """What each case's record became, from one Spark run."""
    records = spark.createDataFrame([(text,) for text in [*OBJECTS.values(), *NOT_OBJECTS.values()]], "raw string")
    return {row["raw"]: row for row in with_texts(records, contract).collect()}


@pytest.mark.parametrize("name", OBJECTS)
def test_one_whole_object_is_an_object(parsed: dict[str, Row], name: str) -> None:
    assert parsed[OBJECTS[name]]["is_object"] is True


@pytest.mark.parametrize("name", NOT_OBJECTS)
def test_anything_else_is_not_an_object(parsed: dict[str, Row], name: str) -> None:
    assert parsed[NOT_OBJECTS[name]]["is_object"] is False


def test_values_become_texts(spark: SparkSession, contract: Contract) -> None:
    record = r"""{"user_id": 42, "event_type": "größer \"A\"", "product_id": null, "session_id": " \t",
                 "event_id": " x ", "price": "1.5", "quantity": true, "timestamp": 1767225600123, "ip": "192.0.2.1"}"""
    row = with_texts(spark.createDataFrame([(record,)], "raw string"), contract).drop("raw").first()
    assert row is not None
    assert row.asDict() == {
        "is_object": True,
        "event_id": " x ",
        "user_id": "42",
        "session_id": None,
        "event_type": 'größer "A"',
        "product_id": None,
        "timestamp": "1767225600123",
        "price": "1.5",
        "quantity": "true",
    }


def test_the_last_of_repeated_keys_counts(parsed: dict[str, Row]) -> None:
    assert parsed[OBJECTS["a repeated key"]]["user_id"] == "b"


def test_null_and_empty_input_have_no_objects(spark: SparkSession, contract: Contract) -> None:
    nothing = spark.createDataFrame([(None,)], "raw string")
    assert [row["is_object"] for row in with_texts(nothing, contract).collect()] == [False]
    assert with_texts(nothing.limit(0), contract).collect() == []


def test_only_real_objects_and_arrays_are_nested(spark: SparkSession, contract: Contract) -> None:
    values = {'{"a":1}': True, "[1]": True, '"{}"': False, '"[object Object]"': False, '"u"': False, "1": False}
    records = spark.createDataFrame([(f'{{"user_id" : {value}}}',) for value in values], "raw string")
    rows = with_texts(records, contract).select("raw", is_nested("user_id").alias("is_nested")).collect()
    assert {row["raw"]: row["is_nested"] for row in rows} == {f'{{"user_id" : {v}}}': n for v, n in values.items()}


def test_parsing_needs_no_python_process(spark: SparkSession, contract: Contract) -> None:
    plan = with_texts(spark.range(1).select(F.lit("{}").alias("raw")), contract)
    assert "Python" not in str(plan._jdf.queryExecution().executedPlan().toString())
