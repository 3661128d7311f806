"""The whole of the work on one arrival date's lines, as one plan with a single shuffle."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame

from clickstream.contract import Contract
from clickstream_glue.classification import classified
from clickstream_glue.identity import with_event_id, with_is_duplicate
from clickstream_glue.records import one_row_per_record
from clickstream_glue.staging import staged_rows, with_event_date


def accounted_rows(
    lines: DataFrame,
    source_object: Column,
    ingest_date: date,
    contract: Contract,
    earlier_ids: DataFrame | None = None,
) -> DataFrame:
    """One row for each record, with what becomes of it: written, duplicate or quarantined.

    :param lines: column ``value`` (string), and what ``source_object`` needs
    :param source_object: the URI of the object that a line was read from
    :param earlier_ids: column ``event_id`` (string) of events written before, of which these may be repetitions
    :returns: what :func:`staged_rows` gives, plus ``is_duplicate`` (boolean) and ``event_date`` (date)
    """
    records = classified(one_row_per_record(lines), ingest_date, contract)
    rows = staged_rows(with_event_id(records, contract), source_object, contract)
    return with_event_date(with_is_duplicate(rows, contract, earlier_ids))
