"""Finds the reason, if any, for which a record is quarantined."""

from __future__ import annotations

from datetime import date, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream.contract.rules import accepted_timestamps
from clickstream_glue.parsing import is_nested, with_texts
from clickstream_glue.timestamps import timestamp_from_text
from clickstream_glue.values import with_optional_values


class UnknownReasonError(ValueError):
    """The contract's quarantine reasons are not those that the job can tell apart."""


def classified(records: DataFrame, ingest_date: date, contract: Contract) -> DataFrame:
    """Read each record's fields and judge it.

    :param records: column ``raw`` (string)
    :returns: ``records`` plus the contract's fields, typed, ``nulled`` (int) and ``reason`` (string, null if accepted)
    """
    values = with_optional_values(with_texts(records, contract), contract)
    instants = values.withColumn("timestamp", timestamp_from_text("timestamp"))
    return with_reason(instants, ingest_date, contract).drop("is_object")


def with_reason(values: DataFrame, ingest_date: date, contract: Contract) -> DataFrame:
    """Add ``reason``: the first of the contract's quarantine reasons that applies, null where none does.

    A user_id or event_type that is an object or array is not a string: such a user_id counts as missing, such an
    event_type as invalid.

    :param values: ``raw``, ``is_object``, ``user_id``, ``event_type`` (string) and ``timestamp`` (timestamp)
    :returns: ``values`` plus ``reason`` (string)
    :raises UnknownReasonError: if the contract lists other reasons than the job knows
    """
    first, last = accepted_timestamps(ingest_date, contract)
    user_id, event_type, timestamp = F.col("user_id"), F.col("event_type"), F.col("timestamp")
    applies = {
        "malformed_json": ~F.col("is_object"),
        "missing_user_id": user_id.isNull() | is_nested("user_id"),
        "missing_event_type": event_type.isNull(),
        "invalid_event_type": _is_too_long(event_type, contract) | is_nested("event_type"),
        "invalid_timestamp": timestamp.isNull(),
        "timestamp_in_future": timestamp > instant(last),
        "too_late": timestamp < instant(first),
    }
    if set(applies) != set(contract.quarantine_reasons):
        raise UnknownReasonError(f"contract.json lists {contract.quarantine_reasons}; the job knows {tuple(applies)}")
    reasons = [F.when(applies[reason], F.lit(reason)) for reason in contract.quarantine_reasons]
    return values.withColumn("reason", F.coalesce(*reasons))


def _is_too_long(event_type: Column, contract: Contract) -> Column:
    most = contract.event.max_event_type_length
    return (F.octet_length(event_type) > most) & (F.length(event_type) > most)  # bytes are quicker to count


def instant(moment: datetime) -> Column:
    """``moment`` as a literal that does not depend on any time zone setting."""
    return F.expr(f"timestamp'{moment.isoformat()}'")
