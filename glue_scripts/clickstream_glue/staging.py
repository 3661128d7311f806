"""Lays out events and quarantined records so that one pass over the input can write both.

Two writes would mean reading the input twice or caching it, and either costs more than all the rest. So the
quarantined records travel through the one shuffle and the one write with the events, in columns that they don't
need, as a partition of their own. From there they are written as the quarantine's JSON: a small read.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream.contract.keys import EVENT_DATE_KEYS

# The value of every partition column of the staged quarantined records.
QUARANTINED = "quarantined"
# Where each column of the quarantine travels.
_CARRIERS = {"raw": "session_id", "reason": "event_type", "source_object": "user_id"}
_SECONDS_A_DAY = 86_400


def staged_rows(classified: DataFrame, source_object: Column, contract: Contract) -> DataFrame:
    """Keep an event's fields, or a quarantined record's raw text, reason and source in their place.

    :param classified: ``raw``, the contract's fields, typed, ``nulled`` and ``reason``
    :param source_object: the name of the object that the row was read from
    :returns: the contract's fields, ``nulled`` and ``is_quarantined`` (boolean, not null)
    """
    is_accepted = F.col("reason").isNull()
    carried = {"raw": F.col("raw"), "reason": F.col("reason"), "source_object": source_object}
    cargo = {carrier: carried[column] for column, carrier in _CARRIERS.items()}
    columns = []
    for field in contract.event.fields:
        value = F.when(is_accepted, F.col(field.name))
        columns.append((value.otherwise(cargo[field.name]) if field.name in cargo else value).alias(field.name))
    return classified.select(*columns, "nulled", (~is_accepted).alias("is_quarantined"))


def with_event_date(rows: DataFrame) -> DataFrame:
    """Add ``event_date`` (date, UTC): the event's own; null for quarantined records."""
    return rows.withColumn("event_date", F.to_date("timestamp"))


def in_partitions(rows: DataFrame, contract: Contract) -> DataFrame:
    """The rows to write: without duplicates, in the tables' columns and partition keys, sorted for compression.

    Rows of one event date, event type and user follow each other, in the order of their hour or so. All of that is
    packed into one number, because Spark sorts a single number several times faster than five columns.

    :param rows: the contract's fields, ``is_quarantined``, ``is_duplicate`` and ``event_date``
    :returns: the columns of the events table, in order, plus ``year``, ``month`` and ``day`` (string)
    """
    text = F.col("event_date").cast("string")
    parts = dict(zip(EVENT_DATE_KEYS, (text.substr(1, 4), text.substr(6, 2), text.substr(9, 2)), strict=True))
    keys = [F.when(F.col("is_quarantined"), QUARANTINED).otherwise(part).alias(key) for key, part in parts.items()]
    columns = [column.name for column in contract.tables.events.columns]
    kept = rows.where(~F.col("is_duplicate"))
    return kept.sortWithinPartitions(_sort_number()).select(*columns, *keys)


def _sort_number() -> Column:
    """From the highest bit: event date, 16 bits of the event type's hash, 22 of the user's, 9 of the time of day."""
    day = F.coalesce(F.unix_date("event_date"), F.lit(0))
    event_type = F.hash("event_type").bitwiseAND(0xFFFF)
    user = F.hash("user_id").bitwiseAND(0x3FFFFF)
    time_of_day = F.coalesce(F.unix_seconds("timestamp") % _SECONDS_A_DAY * 512 / _SECONDS_A_DAY, F.lit(0))
    number = day.cast("bigint")
    for part, bits in ((event_type, 16), (user, 22), (time_of_day, 9)):
        number = F.shiftleft(number, bits).bitwiseOR(part.cast("bigint"))
    return number


def quarantine_rows(staged: DataFrame, raw_root: str) -> DataFrame:
    """The quarantine's rows out of the staged ones.

    :param staged: the staged partition ``QUARANTINED``
    :param raw_root: URI of the raw bucket, without a slash at its end; source objects become keys below it
    :returns: ``raw``, ``reason``, ``source_object`` (string)
    """
    # Spark names the object by its URI, with %20 for a space; + stays + there, but url_decode would make it a space.
    uri = F.expr(f"url_decode(replace(`{_CARRIERS['source_object']}`, '+', '%2B'))")
    key = F.when(uri.startswith(f"{raw_root}/"), uri.substr(F.lit(len(raw_root) + 2), F.length(uri))).otherwise(uri)
    return staged.select(
        F.col(_CARRIERS["raw"]).alias("raw"), F.col(_CARRIERS["reason"]).alias("reason"), key.alias("source_object")
    )
