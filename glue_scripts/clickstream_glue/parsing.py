"""Reads the known fields of each record as texts."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract
from clickstream_glue.records import has_one_brace, trimmed

_MALFORMED = "__malformed"
_END = "end of record"
# Ends with its first } and holds nothing that json_tuple forgives.
_FLAT_OBJECT = r"^\{[^}'\x00-\x1f]*+\}\z"
# Spark's defaults take 'single quotes' and NaN, which are not JSON.
_STRICT_JSON = {"mode": "PERMISSIVE", "allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def with_texts(records: DataFrame, contract: Contract) -> DataFrame:
    """Add ``is_object`` and a column of text for each known field.

    ``is_object`` is false where the record is anything but one whole JSON object: broken, an array, a scalar, or
    an object with something behind it. A text is null where the field is absent, null or blank. A number or a
    boolean is its JSON text; an object or an array is its JSON too, see :func:`is_nested`. Of a repeated key
    the last value that is not null counts. Unknown fields are left out.

    ``json_tuple`` reads the whole record and gives nothing but nulls where it is broken, so a record in which it
    found a field needs no second look, unless it holds what only ``json_tuple`` takes for JSON: single quotes and
    control characters. The others go through ``from_json``, which costs more and tells more.

    :param records: column ``raw`` (string), without blanks around it
    :returns: ``records`` plus ``is_object`` (boolean, not null) and the contract's fields (string)
    """
    names = [field.name for field in contract.event.fields]
    raw = F.col("raw")
    fields = records.select(*records.columns, F.json_tuple("raw", *names).alias(*names))
    is_sound = raw.rlike(_FLAT_OBJECT) & F.coalesce(*names).isNotNull()
    is_object = F.when(is_sound, F.lit(True)).otherwise(F.coalesce(_is_whole_object(raw), F.lit(False)))
    return fields.select(
        *records.columns, is_object.alias("is_object"), *[_unless_blank(F.col(name)).alias(name) for name in names]
    )


def is_nested(field_name: str) -> Column:
    """True where the field's text is the JSON of an object or array, rather than a string that looks like one."""
    text = F.col(field_name)
    looks_nested = text.startswith("{") | text.startswith("[")
    return looks_nested & ~F.col("raw").rlike(f'"{field_name}"\\s*:\\s*"')


def _is_whole_object(record: Column) -> Column:
    parsed = F.from_json(record, f"`{_MALFORMED}` string", {**_STRICT_JSON, "columnNameOfCorruptRecord": _MALFORMED})
    is_parsed = parsed.isNotNull() & parsed[_MALFORMED].isNull()
    return record.startswith("{") & is_parsed & (has_one_brace(record) | _is_alone(record))


def _is_alone(record: Column) -> Column:
    """True where nothing follows the record's JSON value.

    ``from_json`` stops behind the first value and ignores the rest. With the record as the first element of an array,
    anything that follows it breaks the array or keeps its mark from being the second element.
    """
    framed = F.concat(F.lit("["), record, F.lit(f',{{"_":"{_END}"}}]'))
    elements = F.from_json(framed, "array<struct<`_`: string>>", _STRICT_JSON)
    return (F.size(elements) == 2) & (F.get(elements, 1)["_"] == _END)


def _unless_blank(text: Column) -> Column:
    # No blank starts with any of the characters from ! to ~, and comparing is far cheaper than trimming.
    is_visible = (text >= "!") & (text < "\x7f")
    return F.when(is_visible | (trimmed(text) != ""), text)
