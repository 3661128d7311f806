"""Every record is accounted for exactly once, however broken its line."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream_glue.counts import count_columns
from clickstream_glue.ledger import ledger_counts
from clickstream_glue.parsing import with_texts
from clickstream_glue.pipeline import accounted_rows
from clickstream_glue.records import BLANKS, one_row_per_record
from tests.glue_scripts.support import INGEST_DATE, line, lines_frame

pytestmark = pytest.mark.spark

LINES_A_RUN = 600
PIECES = [
    *'{}[]",:\\ \t\r\0-+.eE0Z',
    "}{",
    "} {",
    '"}{"',
    "\\u0000",
    "\ufeff",
    "é",
    "😀",
    "null",
    "true",
    "1e9",
    "{}",
    "[]",
]
VALUES: list[Any] = [
    ...,
    None,
    "",
    " ",
    "x",
    "}{",
    'a"b',
    "\\",
    0,
    -1,
    2.5,
    1e300,
    True,
    [],
    {},
    [{}],
    {"a": {"b": "}"}},
]
STAMPS = ["2026-03-01T12:00:00Z", 1772366400123, "2026-02-22T00:00:00Z", "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]
FIELDS = ("event_id", "user_id", "event_type", "product_id", "session_id", "timestamp", "price", "quantity", "unknown")


def mutated_line(rng: random.Random) -> str:
    """A line that was a good event before some of its values and characters were changed."""
    changes = {name: rng.choice(VALUES) for name in FIELDS if rng.random() < 0.15}
    text = line(**{"event_id": f"e{rng.randrange(200)}", "timestamp": rng.choice(STAMPS), **changes})
    for _ in range(rng.choice((0, 0, 1, 2, 5))):
        at = rng.randrange(len(text) + 1)
        change = rng.randrange(4)
        if change == 0:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif change == 1:
            text = text[:at] + text[at + rng.randrange(1, 4) :]
        elif change == 2:
            text = text[:at]
        else:
            text = text[:at] + line(user_id=rng.choice(VALUES)) + text[at:]
    return text.replace("\n", "")


def split(text: str) -> list[str]:
    """The records on a line, found character by character."""
    records, start, in_string, escaped = [], 0, False, False
    for at, character in enumerate(text):
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character == "}" and text[at + 1 :].lstrip(" \t\r\n\f\v").startswith("{"):
            records.append(text[start : at + 1])
            start = at + 1
    return [record.strip(BLANKS) for record in [*records, text[start:]] if record.strip(BLANKS)]


def is_object(text: str) -> bool:
    """Whether the standard library takes the text for one JSON object."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return isinstance(json.loads(text, parse_constant=refuse), dict)
    except ValueError:
        return False


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_rows_read_are_written_duplicate_or_quarantined(spark: SparkSession, contract: Contract, seed: int) -> None:
    assert_all_are_accounted_for(spark, contract, random.Random(seed), LINES_A_RUN)


@pytest.mark.faults
def test_100_000_mutated_lines_are_all_accounted_for(spark: SparkSession, contract: Contract) -> None:
    assert_all_are_accounted_for(spark, contract, random.Random(100_000), 100_000)


def assert_all_are_accounted_for(spark: SparkSession, contract: Contract, rng: random.Random, count: int) -> None:
    lines = [mutated_line(rng) for _ in range(count)]
    rows = accounted_rows(lines_frame(spark, lines), F.lit("a.gz"), INGEST_DATE, contract)
    observed = rows.agg(*count_columns(INGEST_DATE, contract)).collect()[0].asDict()
    counts = ledger_counts(observed, [], INGEST_DATE, contract)  # raises if the sum is not right
    records = [record for text in lines for record in split(text.strip(BLANKS))]
    assert counts.rows_read == len(records)
    assert counts.rows_quarantined_by_reason["malformed_json"] == sum(not is_object(record) for record in records)
    assert counts.rows_written > 0


@settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_records_are_cut_and_judged_as_the_standard_library_does(
    spark: SparkSession, contract: Contract, seed: int
) -> None:
    rng = random.Random(seed)
    lines = [mutated_line(rng) for _ in range(LINES_A_RUN)]
    parsed = with_texts(one_row_per_record(lines_frame(spark, lines)), contract).select("raw", "is_object").collect()
    records = [record for text in lines for record in split(text.strip(BLANKS))]
    assert sorted(row["raw"] for row in parsed) == sorted(records)
    assert [row["raw"] for row in parsed if row["is_object"] != is_object(row["raw"])] == []
