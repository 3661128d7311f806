"""Reads the event's timestamp."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812

# Spark alone would also take a time without a zone, a bare year, or a time of today.
_ISO_8601 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)\z"
)
# As most producers write it. Without its Z, Spark reads it in the session's time zone and needs no look-up of zones.
_UTC = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z\z"
# 13 digits are the years 2001 to 2286. Spark 3.5 gives a number with a fraction as 1.767225600123456E12.
_EPOCH_MILLISECONDS = r"^(?:[0-9]{13}(?:\.[0-9]{1,9})?|[0-9]\.[0-9]{1,18}E12)\z"


def timestamp_from_text(column: str) -> Column:
    """The instant that a text names, in microseconds; null where it names none.

    Accepted are ISO 8601 in its extended form (``T``, ``t`` or a space before the time; seconds and fraction
    optional; ``Z``, ``z`` or an offset such as ``+05:30``, ``+0530``, ``+05`` required) and epoch milliseconds of
    13 digits, as a number or a string. What is finer than a microsecond is cut off. Refused are times without a
    zone, dates that no calendar has, 24:00, a 60th second, and numbers of other lengths: epoch seconds would
    otherwise pass for a day in January 1970.

    :param column: name of a column of strings
    :returns: timestamp
    """
    upper = f"upper(`{column}`)"
    iso_8601 = F.expr(f"try_cast({upper} as timestamp)")
    without_seconds = F.expr(f"try_cast(regexp_replace({upper}, '^(.{{16}})(?=[Z+-])', '$1:00') as timestamp)")
    milliseconds = F.expr(f"timestamp_micros(cast(floor(try_cast(`{column}` as decimal(22,6)) * 1000) as bigint))")
    utc = F.expr(f"try_cast(substring_index(`{column}`, 'Z', 1) as timestamp)")
    is_utc = (F.current_timezone() == "UTC") & F.col(column).rlike(_UTC)
    is_iso_8601, is_milliseconds = F.col(column).rlike(_ISO_8601), F.col(column).rlike(_EPOCH_MILLISECONDS)
    plain = F.when(is_utc, utc)
    return plain.when(is_iso_8601, F.coalesce(iso_8601, without_seconds)).when(is_milliseconds, milliseconds)
