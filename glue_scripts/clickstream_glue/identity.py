"""Gives events an id and finds the repeated ones."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract

_SEPARATOR = "\u001f"
_NULL = "\u0000"
_TURN = "turn"


def with_event_id(events: DataFrame, contract: Contract) -> DataFrame:
    """Fill in ``event_id`` where it is null, if the contract says ``derive_event_id``.

    The id is the MD5 (32 hex digits) of the other known fields' values in the contract's order, the timestamp as
    microseconds since 1970, joined by U+001F, null as U+0000. It depends on values alone, so a redelivered line
    has the same id whatever the order of its keys, its spaces, its unknown fields or its time zone.

    :param events: the contract's fields, typed
    """
    if not contract.event.derive_event_id:
        return events
    values = [
        F.unix_micros(field.name) if field.type == "timestamp" else F.col(field.name)
        for field in contract.event.fields
        if field.name != "event_id"
    ]
    texts = [F.coalesce(value.cast("string"), F.lit(_NULL)) for value in values]
    derived = F.md5(F.concat_ws(_SEPARATOR, *texts))
    return events.withColumn("event_id", F.coalesce("event_id", derived))


def with_is_duplicate(rows: DataFrame, contract: Contract, earlier_ids: DataFrame | None = None) -> DataFrame:
    """Add ``is_duplicate``: true for the rows whose ``event_id`` was written before, and for all but one that share it.

    The earliest row is kept; among rows of the same instant the lowest in the order of the other fields, so that
    which one stays never depends on the order of reading. Rows without an event_id are never duplicates.

    :param rows: the contract's fields
    :param earlier_ids: column ``event_id`` (string): what other runs have written; none of it is in the result
    :returns: ``rows`` plus ``is_duplicate`` (boolean, not null)
    """
    both = rows
    order = [
        "timestamp",
        *(field.name for field in contract.event.fields if field.name not in ("event_id", "timestamp")),
    ]
    if earlier_ids is not None:
        # One shuffle for both sides: a join would sort the ids a second time.
        earlier = earlier_ids.where("event_id is not null").select("event_id", F.lit(0).alias(_TURN))
        both = rows.withColumn(_TURN, F.lit(1)).unionByName(earlier, allowMissingColumns=True)
        order = [_TURN, *order]
    has_id = F.col("event_id").isNotNull()
    # A number first: it decides nearly every comparison of the sort. Rows without an id are only spread by it.
    group = F.when(has_id, F.xxhash64("event_id")).otherwise(F.xxhash64("user_id", "session_id", "timestamp"))
    is_repeated = F.row_number().over(Window.partitionBy(group, "event_id").orderBy(*order)) > 1
    marked = both.withColumn("is_duplicate", has_id & is_repeated)
    return marked if earlier_ids is None else marked.where(f"{_TURN} = 1").drop(_TURN)
