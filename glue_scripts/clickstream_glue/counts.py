"""Counts the rows while they are written."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream.contract.rules import possible_event_dates
from clickstream_glue.values import is_nulled, optional_fields


def count_columns(ingest_date: date, contract: Contract) -> list[Column]:
    """Aggregates to observe on the rows that the write receives, duplicates included.

    They are observed behind the last shuffle, where a repeated task does not count twice. Event dates get a column
    each, as an observation can't group; there are no more of them than the contract's thresholds allow.

    The rows need the contract's fields, ``nulled``, ``is_quarantined``, ``is_duplicate`` and ``event_date``.
    """
    is_written = ~F.col("is_quarantined") & ~F.col("is_duplicate")
    conditions = {"duplicate": F.col("is_duplicate")}
    for reason in contract.quarantine_reasons:
        conditions[f"reason:{reason}"] = F.col("is_quarantined") & (F.col("event_type") == reason)
    for day in possible_event_dates(ingest_date, contract):
        conditions[f"date:{day.isoformat()}"] = is_written & (F.col("event_date") == F.expr(f"date'{day.isoformat()}'"))
    for field in optional_fields(contract):
        conditions[f"nulled:{field.name}"] = is_written & is_nulled(field, contract)
    counted = [F.count(F.when(condition, 1)).alias(name) for name, condition in conditions.items()]
    return [F.count(F.lit(1)).alias("read"), *counted]
