"""Reads the known fields of each record as texts."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream_glue.records import has_one_brace, trimmed

_MALFORMED = "__malformed"
_END = "end of record"
# Spark's defaults take 'single quotes' and NaN, which are not JSON.
_STRICT_JSON = {"mode": "PERMISSIVE", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def with_texts(records: DataFrame, contract: Contract) -> DataFrame:
    """Add ``is_object`` and a column of text for each known field.

    ``is_object`` is false where the record is anything but one whole JSON object: broken, an array, a scalar, or
    an object with something behind it. A text is null where the field is absent, null or blank. A number or a
    boolean is its JSON text; an object or an array is its JSON too, see :func:`is_nested`. Of a repeated key
    the last one counts. Unknown fields are left out.

    :param records: column ``raw`` (string), without blanks around it
    :returns: ``records`` plus ``is_object`` (boolean, not null) and the contract's fields (string)
    """
    options = {**_STRICT_JSON, "columnNameOfCorruptRecord": _MALFORMED}
    schema = ", ".join(f"`{name}` string" for name in [*(field.name for field in contract.fields), _MALFORMED])
    parsed = records.withColumn("parsed", F.from_json("raw", schema, options))
    raw = F.col("raw")
    is_object = raw.startswith("{") & F.col(f"parsed.{_MALFORMED}").isNull() & (has_one_brace(raw) | _is_alone(raw))
    texts = [_unless_blank(F.col(f"parsed.{field.name}")).alias(field.name) for field in contract.fields]
    return parsed.select(*records.columns, F.coalesce(is_object, F.lit(False)).alias("is_object"), *texts)


def is_nested(field_name: str) -> Column:
    """True where the field's text is the JSON of an object or array, rather than a string that looks like one."""
    text = F.col(field_name)
    looks_nested = text.startswith("{") | text.startswith("[")
    return looks_nested & ~F.col("raw").rlike(f'"{field_name}"\\s*:\\s*"')


def _is_alone(record: Column) -> Column:
    """True where nothing follows the record's JSON value.

    ``from_json`` stops behind the first value and ignores the rest. With the record as the first element of an array,
    anything that follows it breaks the array or keeps its mark from being the second element.
    """
    framed = F.concat(F.lit("["), record, F.lit(f',{{"_":"{_END}"}}]'))
    elements = F.from_json(framed, "array<struct<`_`: string>>", _STRICT_JSON)
    return (F.size(elements) == 2) & (F.get(elements, 1)["_"] == _END)


def _unless_blank(text: Column) -> Column:
    return F.when(trimmed(text) != "", text)
