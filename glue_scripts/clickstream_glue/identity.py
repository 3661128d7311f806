"""Gives events an id and finds the repeated ones."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract

_SEPARATOR = "\u001f"
_NULL = "\u0000"


def with_event_id(events: DataFrame, contract: Contract) -> DataFrame:
    """Fill in ``event_id`` where it is null, if the contract says ``derive_event_id``.

    The id is the MD5 (32 hex digits) of the other known fields' values in the contract's order, the timestamp as
    microseconds since 1970, joined by U+001F, null as U+0000. It depends on values alone, so a redelivered line
    has the same id whatever the order of its keys, its spaces, its unknown fields or its time zone.

    :param events: the contract's fields, typed
    """
    if not contract.derive_event_id:
        return events
    values = [
        F.unix_micros(field.name) if field.type == "timestamp" else F.col(field.name)
        for field in contract.fields
        if field.name != "event_id"
    ]
    texts = [F.coalesce(value.cast("string"), F.lit(_NULL)) for value in values]
    derived = F.md5(F.concat_ws(_SEPARATOR, *texts))
    return events.withColumn("event_id", F.coalesce("event_id", derived))


def with_is_duplicate(rows: DataFrame, contract: Contract) -> DataFrame:
    """Add ``is_duplicate``: true for all but one of the rows that share an ``event_id``.

    The earliest row is kept; among rows of the same instant the lowest in the order of the other fields, so that
    which one stays never depends on the order of reading. Rows without an event_id are never duplicates.

    :param rows: the contract's fields
    :returns: ``rows`` plus ``is_duplicate`` (boolean, not null)
    """
    # Rows without an id are told apart by other fields only to spread them over the tasks.
    spread = F.when(F.col("event_id").isNull(), F.xxhash64("user_id", "session_id", "timestamp"))
    others = [field.name for field in contract.fields if field.name not in ("event_id", "timestamp")]
    same_id = Window.partitionBy("event_id", spread).orderBy("timestamp", *others)
    is_repeated = F.row_number().over(same_id) > 1
    return rows.withColumn("is_duplicate", F.col("event_id").isNotNull() & is_repeated)
