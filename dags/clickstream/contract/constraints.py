"""What the contract's values may be, beyond their Python type.

Both the loader (``parse.py``) and the JSON schema (``schema.py``) read these from the annotations of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """A number from ``minimum`` to ``maximum``, both included; None for no limit."""

    minimum: float
    maximum: float | None = None

    def __str__(self) -> str:
        return f"{self.minimum:g} or more" if self.maximum is None else f"from {self.minimum:g} to {self.maximum:g}"


@dataclass(frozen=True)
class Pattern:
    """A text that the regular expression matches as a whole; ``meaning`` says in words what that is."""

    regex: str
    meaning: str


@dataclass(frozen=True)
class NonEmpty:
    """A list of at least one element."""


@dataclass(frozen=True)
class FromKey:
    """Not in the file itself: the value is the key under which the object lies."""


_SIMPLE_TYPE = r"(?:tinyint|smallint|int|bigint|float|double|boolean|string|binary|date|timestamp|decimal\(\d+,\d+\))"

Count = Annotated[int, Range(0)]
PositiveInt = Annotated[int, Range(1)]
Share = Annotated[float, Range(0, 1)]
Amount = Annotated[float, Range(0)]
Text = Annotated[str, Pattern(r".*\S.*", "a text that is not blank")]
Name = Annotated[str, Pattern(r"[a-z][a-z0-9_]*", "a name of small letters, digits and _")]
Label = Annotated[str, Pattern(r"[a-z][a-z0-9-]*", "a name of small letters, digits and -")]
Prefix = Annotated[str, Pattern(r"[^\s/]\S*/", "a key prefix that ends in a slash and does not begin with one")]
Key = Annotated[str, Pattern(r"[^\s/](?:\S*[^\s/])?", "an object's key")]
IsoDate = Annotated[str, Pattern(r"\d{4}-\d{2}-\d{2}", "a date as YYYY-MM-DD")]
ColumnType = Annotated[
    str,
    Pattern(
        rf"(?:{_SIMPLE_TYPE}|array<{_SIMPLE_TYPE}>|map<{_SIMPLE_TYPE},{_SIMPLE_TYPE}>)",
        "a type as Glue spells it, such as bigint, decimal(12,2) or map<string,bigint>",
    ),
]
DatedPrefix = Annotated[
    str,
    Pattern(
        r"[^\s/!]\S*/year=!\{timestamp:yyyy\}/month=!\{timestamp:MM\}/day=!\{timestamp:dd\}/",
        "a prefix of its own with year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/ behind it",
    ),
]
# A document whose form AWS defines.
AwsDocument = Mapping[str, Any]
