"""Cuts the lines of the raw zone into records."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

# A byte order mark may stand before any line once Firehose has joined several files into one object.
BLANKS = " \t\r\n\f\v\ufeff"

# From here to the next } that is followed by {, or to the end; what stands in a JSON string is stepped over.
# Possessive throughout: Java runs such loops without recursion, so a line of many MiB can't overflow the stack.
_RECORD = r'(?s)(?:[^"}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\z)|\}(?!\s*+\{))*+(?:\}|\z)'


def trimmed(text: Column) -> Column:
    """``text`` without the blanks around it."""
    return F.call_function("btrim", text, F.lit(BLANKS))


def has_one_brace(record: Column) -> Column:
    """True where the first ``}`` is also the last character: no second object can hide in such a record.

    Nearly all records of flat events are of this kind. Bytes are compared here, not characters: counting characters
    (``length``, ``instr``) costs more than parsing the timestamp does.
    """
    before_brace = F.substring_index(record, "}", 1)
    return record.endswith("}") & (F.octet_length(before_brace) + 1 == F.octet_length(record))


def records_of(line: Column) -> Column:
    """The records on a line, as an array.

    Producers that forget the delimiter leave ``{…}{…}`` on one line. Outside a JSON string, a ``}`` followed by
    a ``{`` (blanks allowed between) is never valid JSON, so a line is cut there and nowhere else.

    :param line: string
    :returns: array of strings without blanks around them, none of them blank; empty for a blank line
    """
    pieces = F.transform(F.regexp_extract_all(line, F.lit(_RECORD), F.lit(0)), trimmed)
    is_record = line.startswith("{") & has_one_brace(line)
    return F.when(is_record, F.array(line)).otherwise(F.filter(pieces, lambda piece: piece != ""))


def one_row_per_record(lines: DataFrame) -> DataFrame:
    """Cut each line into its records, without the blanks around them; blank lines are not records.

    :param lines: column ``value`` (string), one line each; other columns are kept
    :returns: the other columns of ``lines``, plus ``raw`` (string, not null, not blank)
    """
    others = [name for name in lines.columns if name != "value"]
    return lines.select(*others, F.explode(records_of(F.col("value"))).alias("raw"))
