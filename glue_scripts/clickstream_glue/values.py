"""Gives the optional fields their types."""

from __future__ import annotations

import re
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract, Field
from clickstream_glue.parsing import is_nested

_LONGEST_NUMBER = 64


class UnknownFieldTypeError(ValueError):
    """The contract gives a field a type that the job can't read."""


def optional_fields(contract: Contract) -> list[Field]:
    """The contract's optional fields; a field's place in this list is its bit in ``nulled``."""
    return [field for field in contract.event.fields if not field.required]


def with_optional_values(texts: DataFrame, contract: Contract) -> DataFrame:
    """Replace the optional fields' texts by typed values, and add ``nulled``.

    A text that is no value of its field's type becomes null, and the field's bit in ``nulled`` is set. A number may
    come as a JSON string. A decimal is rounded half up to its scale; one beyond its precision is no value. An int
    may be written with a zero fraction (``2.0``).

    :param texts: the contract's fields (string) and ``raw`` (string)
    :returns: ``texts`` with typed optional fields, plus ``nulled`` (int, not null)
    :raises UnknownFieldTypeError: if an optional field's type is not string, int, bigint or decimal
    """
    fields = optional_fields(contract)
    values = {field.name: _value(field) for field in fields}
    bits = [
        F.when(F.col(field.name).isNotNull() & values[field.name].isNull(), 1 << bit).otherwise(0)
        for bit, field in enumerate(fields)
    ]
    nulled = reduce(Column.bitwiseOR, bits, F.lit(0))
    return texts.select(
        *[values[name].alias(name) if name in values else F.col(name) for name in texts.columns],
        nulled.alias("nulled"),
    )


def is_nulled(field: Field, contract: Contract) -> Column:
    """True where the row's value of an optional field was of the wrong type."""
    return F.col("nulled").bitwiseAND(1 << optional_fields(contract).index(field)) != 0


def _value(field: Field) -> Column:
    name = f"`{field.name}`"
    if field.type == "string":
        return F.when(~is_nested(field.name), F.col(field.name))
    # Java takes seconds over a number of a million digits, and fails the task over an exponent of ten.
    text = F.col(field.name)
    has_exponent = (text.contains("e") | text.contains("E")) & text.rlike("[eE][+-]?[0-9]{4}")
    is_short = (F.octet_length(field.name) <= _LONGEST_NUMBER) & ~has_exponent
    if field.type in ("int", "bigint"):
        # 2.0 and 2e0 are whole numbers too, but a plain cast cuts 2.5 down to 2 or refuses 2.0.
        number = f"try_cast({name} as decimal(38,10))"
        whole = F.expr(f"case when {number} = floor({number}) then try_cast({number} as {field.type}) end")
        return F.coalesce(F.expr(f"try_cast({name} as {field.type})"), F.when(is_short, whole))
    if re.fullmatch(r"decimal\(\d+,\d+\)", field.type):
        return F.when(is_short, F.expr(f"try_cast({name} as {field.type})"))
    known = "string, int, bigint or decimal(p,s)"
    raise UnknownFieldTypeError(f"field {field.name!r} has type {field.type!r}; use {known}")
