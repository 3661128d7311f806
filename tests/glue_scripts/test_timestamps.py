"""Reading timestamps."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream_glue.timestamps import timestamp_from_text

pytestmark = pytest.mark.spark

INSTANTS = {
    "2026-03-01T12:00:00Z": "2026-03-01 12:00:00",
    "2026-03-01T12:00:00z": "2026-03-01 12:00:00",
    "2026-03-01t12:00:00Z": "2026-03-01 12:00:00",
    "2026-03-01 12:00:00Z": "2026-03-01 12:00:00",
    "2026-03-01T12:00Z": "2026-03-01 12:00:00",
    "2026-03-01 12:00-08:00": "2026-03-01 20:00:00",
    "2026-03-01T12:00:00.5Z": "2026-03-01 12:00:00.5",
    "2026-03-01T12:00:00.123456Z": "2026-03-01 12:00:00.123456",
    "2026-03-01T12:00:00.123456789Z": "2026-03-01 12:00:00.123456",
    "2026-03-01T12:00:00.9999999Z": "2026-03-01 12:00:00.999999",
    "2026-03-01T12:00:00+05:30": "2026-03-01 06:30:00",
    "2026-03-01T12:00:00+0530": "2026-03-01 06:30:00",
    "2026-03-01T12:00:00+05": "2026-03-01 07:00:00",
    "2026-03-01T12:00:00-08:00": "2026-03-01 20:00:00",
    "2026-03-01T12:00:00.25-03:30": "2026-03-01 15:30:00.25",
    "2026-03-01T12:00:00+14:00": "2026-02-28 22:00:00",
    "2026-03-01T12:00:00-00:00": "2026-03-01 12:00:00",
    "2026-03-01T00:30:00+01:00": "2026-02-28 23:30:00",
    "2024-02-29T23:59:59.999999Z": "2024-02-29 23:59:59.999999",
    "0001-01-01T00:00:00Z": "0001-01-01 00:00:00",
    "9999-12-31T23:59:59Z": "9999-12-31 23:59:59",
    "1772366400000": "2026-03-01 12:00:00",
    "1772366400123": "2026-03-01 12:00:00.123",
    "1772366400123.456": "2026-03-01 12:00:00.123456",
    "1.772366400123456E12": "2026-03-01 12:00:00.123456",
}
NO_INSTANTS = [
    None,
    "",
    "now",
    "today",
    "12:00:00Z",
    "T12:00:00Z",
    "2026",
    "2026-03-01",
    "2026-03-01Z",
    "2026-03-01T12:00:00",
    "2026-03-01T12:00:00.123",
    "2026-03-01T12:00:00 Europe/Paris",
    "2026-03-01T12:00:00PST",
    "2026-03-01T12:00:00+25:00",
    "2026-03-01T12:00:00+5",
    "2026-02-29T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T23:59:60Z",
    "2026-03-01T12:61:00Z",
    "2026-3-1T12:00:00Z",
    "20260301T120000Z",
    "12026-03-01T12:00:00Z",
    "-2026-03-01T12:00:00Z",
    "2026-03-01T12:00:00Z\n",
    "2026-03-01T12:00:00Zx",
    " 2026-03-01T12:00:00Z",
    "٢٠٢٦-03-01T12:00:00Z",
    "01/03/2026 12:00",
    "1772366400",
    "1772366400123456",
    "-1772366400000",
    "1772366400000x",
    "1.772366400123456E13",
    "true",
    '{"$date":"2026-03-01T12:00:00Z"}',
]


@pytest.fixture(scope="module")
def instants(spark: SparkSession) -> dict[str | None, str | None]:
    """Each text's instant, from one Spark run."""
    texts = spark.createDataFrame([(text,) for text in [*INSTANTS, *NO_INSTANTS]], "text string")
    rows = texts.select("text", timestamp_from_text("text").cast("string").alias("instant")).collect()
    return {row["text"]: row["instant"] for row in rows}


@pytest.mark.parametrize("text", INSTANTS)
def test_an_instant_is_read_in_utc(instants: dict[str | None, str | None], text: str) -> None:
    assert instants[text] == INSTANTS[text]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_names_no_instant_is_null(instants: dict[str | None, str | None], text: str | None) -> None:
    assert instants[text] is None


def test_the_sessions_time_zone_and_ansi_mode_change_nothing(spark: SparkSession) -> None:
    texts = spark.createDataFrame([(text,) for text in [*INSTANTS, *NO_INSTANTS]], "text string")
    instants = texts.select(F.unix_micros(timestamp_from_text("text")).alias("at"))
    expected = instants.collect()
    settings = {"spark.sql.session.timeZone": "Asia/Kolkata", "spark.sql.ansi.enabled": "true"}
    before = {name: spark.conf.get(name) or "false" for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        assert texts.select(F.unix_micros(timestamp_from_text("text")).alias("at")).collect() == expected
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
