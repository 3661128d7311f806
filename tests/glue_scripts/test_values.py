"""Giving the optional fields their types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clickstream.contract import Contract, Field
from clickstream_glue.parsing import with_texts
from clickstream_glue.values import UnknownFieldTypeError, is_nulled, optional_fields, with_optional_values

pytestmark = pytest.mark.spark

WRONG = object()
PRICES = {
    "19.99": Decimal("19.99"),
    '"19.99"': Decimal("19.99"),
    "20": Decimal("20.00"),
    "-1.5": Decimal("-1.50"),
    "1e3": Decimal("1000.00"),
    "0.1": Decimal("0.10"),
    "19.990000000000002": Decimal("19.99"),
    "0.285": Decimal("0.29"),
    "9999999999.99": Decimal("9999999999.99"),
    "10000000000": WRONG,
    "1e400": WRONG,
    '"1e1000000000"': WRONG,
    '"1e-1000000000"': WRONG,
    f'"{"9" * 1_000_000}"': WRONG,
    '"free"': WRONG,
    '"12.50 €"': WRONG,
    '"1,50"': WRONG,
    "true": WRONG,
    "[1]": WRONG,
    '{"amount":1}': WRONG,
    "null": None,
    '""': None,
}
QUANTITIES = {
    "3": 3,
    '"3"': 3,
    "-1": -1,
    "0": 0,
    "2.0": 2,
    "2e1": 20,
    "2.5": WRONG,
    "2147483647": 2147483647,
    "2147483648": WRONG,
    '"1e1000000000"': WRONG,
    '"two"': WRONG,
    "false": WRONG,
    "[]": WRONG,
    "null": None,
    '" "': None,
}
PRODUCTS = {
    '"p"': "p",
    "7": "7",
    "true": "true",
    '"{x}"': "{x}",
    '{"id":1}': WRONG,
    "[]": WRONG,
    "null": None,
    '""': None,
}
FIELDS = {"price": PRICES, "quantity": QUANTITIES, "product_id": PRODUCTS}
CASES = [
    pytest.param(field, value, expected, id=f"{field}-{value[:20]}")
    for field, values in FIELDS.items()
    for value, expected in values.items()
]


@pytest.fixture(scope="module", params=["false", "true"], ids=["without ANSI mode", "in ANSI mode"])
def typed(request: pytest.FixtureRequest, spark: SparkSession, contract: Contract) -> Iterator[dict[str, Any]]:
    """Each record's values and the fields that were nulled; Spark 4 is in ANSI mode unless told otherwise."""
    spark.conf.set("spark.sql.ansi.enabled", request.param)
    records = spark.createDataFrame(
        [(f'{{"{field}":{value}}}',) for field, values in FIELDS.items() for value in values], "raw string"
    )
    typed = with_optional_values(with_texts(records, contract), contract)
    flags = [is_nulled(field, contract).alias(f"{field.name}_is_nulled") for field in optional_fields(contract)]
    yield {row["raw"]: row for row in typed.select("*", *flags).collect()}
    spark.conf.set("spark.sql.ansi.enabled", "false")


@pytest.mark.parametrize(("field", "value", "expected"), CASES)
def test_a_value_is_read_or_nulled(typed: dict[str, Any], field: str, value: str, expected: object) -> None:
    row = typed[f'{{"{field}":{value}}}']
    assert row[field] == (None if expected is WRONG else expected)
    nulled = [
        name for name in ("event_id", "session_id", "product_id", "price", "quantity") if row[f"{name}_is_nulled"]
    ]
    assert nulled == ([field] if expected is WRONG else [])


def test_absent_values_and_no_rows_are_not_counted(spark: SparkSession, contract: Contract) -> None:
    records = spark.createDataFrame([("{}",), (None,)], "raw string")
    assert [row["nulled"] for row in with_optional_values(with_texts(records, contract), contract).collect()] == [0, 0]
    assert with_optional_values(with_texts(records.limit(0), contract), contract).collect() == []


def test_a_type_that_the_job_cannot_read_is_named(spark: SparkSession, contract: Contract) -> None:
    fields = (*contract.event.fields, Field("tags", "array<string>", required=False))
    changed = replace(contract, event=replace(contract.event, fields=fields))
    with pytest.raises(UnknownFieldTypeError, match=r"'tags' has type 'array<string>'"):
        with_optional_values(with_texts(spark.createDataFrame([], "raw string"), changed), changed)
