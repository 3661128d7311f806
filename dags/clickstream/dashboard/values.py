"""How values are shown: numbers by their column, texts of events so that they are seen and do nothing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from clickstream.contract import Column

NO_VALUE = "–"
MAX_CELL_CHARACTERS = 120
WHOLE_NUMBER_TYPES = frozenset({"tinyint", "smallint", "int", "bigint"})
RATE_WORDS = ("rate", "share")
SECONDS_SUFFIX = "_s"
# Characters that turn the direction of the text around them, or have no width at all.
_INVISIBLE = frozenset("\u200b\u200e\u200f\u061c\u2028\u2029\ufeff\ufffe\uffff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


@dataclass(frozen=True)
class Change:
    """How a number compares with an earlier one: ``direction`` is up, down or same."""

    text: str
    direction: str


def is_number(column: Column) -> bool:
    """Whether the column holds numbers."""
    return column.type in WHOLE_NUMBER_TYPES or column.type == "double" or column.type.startswith("decimal")


def is_rate(column: Column) -> bool:
    """Whether the column holds shares of one, shown as percentages."""
    return column.name.rpartition("_")[2] in RATE_WORDS


def heading(column: Column) -> str:
    """The column's name in words; a unit at its end is shown with the values instead."""
    return column.name.removesuffix(SECONDS_SUFFIX).replace("_", " ")


def format_value(value: str | None, column: Column) -> str:
    """A value of Athena's as a person reads it."""
    if value is None:
        return NO_VALUE
    if not is_number(column):
        return cut(value)
    number = as_number(value)
    return NO_VALUE if number is None else format_number(number, column)


def format_number(number: Decimal, column: Column) -> str:
    """A number in the way of its column: a percentage, a length of time, a whole number or two decimals."""
    if is_rate(column):
        return f"{number * 100:,.1f} %"
    if column.name.endswith(SECONDS_SUFFIX):
        return format_duration(number)
    return f"{number:,.0f}" if column.type in WHOLE_NUMBER_TYPES else f"{number:,.2f}"


def as_number(value: str | None) -> Decimal | None:
    """A number of Athena's result, None where it is null, no number or none that has a size."""
    try:
        number = Decimal(value) if value is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def format_duration(seconds: Decimal | float) -> str:
    """A length of time in its two largest units."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def change(now: Decimal | None, before: Decimal | None, column: Column) -> Change | None:
    """The change in percent, or in percentage points where the number is a percentage; None without a comparison."""
    if now is None or before is None:
        return None
    if is_rate(column):
        text = f"{(now - before) * 100:+,.1f} pp"
    elif before == 0:
        return None if now else Change("±0", "same")
    else:
        text = f"{(now - before) / abs(before) * 100:+,.1f} %"
    if not text.strip("+-0., %p"):
        return Change("±0", "same")
    direction = "down" if text.startswith("-") else "up"
    return Change(text.replace("-", "−"), direction)


def escape_invisible(text: str) -> str:
    """The text with control characters, and those that turn its direction, written as escapes."""
    return "".join(_escape(char) if _acts(char) else char for char in text)


def cut(text: str, limit: int = MAX_CELL_CHARACTERS, full_length: int | None = None) -> str:
    """A text, made visible, of bounded length; where it was longer, its full length is named.

    :param full_length: of the text that ``text`` is the beginning of
    """
    length = len(text) if full_length is None else full_length
    if length <= limit:
        return escape_invisible(text)
    return f"{escape_invisible(text[:limit])}… ({length:,} characters)"


def _acts(char: str) -> bool:
    return char in _INVISIBLE or unicodedata.category(char) in ("Cc", "Cs")


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"
