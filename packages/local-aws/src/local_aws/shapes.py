"""Holds a value against a shape of botocore's service models: all that AWS says of its requests, not types alone.

botocore's own validator leaves out the greatest lengths, the patterns and the enums, so that a call it lets pass may be
one that AWS refuses.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

# Patterns are written for Java, which has no characters above U+FFFF but pairs of halves.
_PAIRS_OF_HALVES = r"\uD800\uDC00-\uDBFF\uDFFF"
_ABOVE_FFFF = r"\U00010000-\U0010FFFF"
_WHOLE, _REAL = (int,), (int, float, Decimal)
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "list": (list, tuple),
    "map": (dict,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": _WHOLE,
    "long": _WHOLE,
    "float": _REAL,
    "double": _REAL,
    "bigdecimal": _REAL,
    "blob": (bytes, bytearray, str),
    "timestamp": (datetime.datetime, str, *_REAL),
}
_NUMBERS = {"integer", "long", "float", "double", "bigdecimal"}

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One way in which a value is not what its shape says.

    :param path: members' names, lists' indices from 0 and maps' keys, from the outermost inwards
    :param constraint: ``required``, ``unknown``, ``type``, ``union``, ``length``, ``range``, ``pattern`` or ``enum``
    :param message: in the words of AWS's own ``failed to satisfy constraint: …``
    :param value: what was there; ``None`` where nothing was
    """

    path: Path
    constraint: str
    message: str
    value: Any = None


def problems(shape: Shape, value: Any) -> list[Problem]:
    """Everything in which the value breaks the shape; empty if AWS's model has nothing against it.

    ``None`` counts as absent, as a null in JSON does.

    :raises regex.error: if a pattern of the model can't be translated
    """
    return list(_problems(shape, value, ()))


@cache
def pattern_of(text: str) -> regex.Pattern[str]:
    """A model's pattern, to be matched with the whole value; ``\\w`` and its like are ASCII, as in Java.

    :raises regex.error: if it can't be translated
    """
    translated = text.replace(_PAIRS_OF_HALVES, _ABOVE_FFFF)
    # V1: a flag inside a group ends with the group. \p is empty beyond ASCII if the flag is set.
    ascii_only = 0 if r"\p" in text else regex.ASCII
    return regex.compile(translated, regex.V1 | ascii_only)


def _problems(shape: Shape, value: Any, path: Path) -> Iterator[Problem]:
    if shape.metadata.get("document"):
        return  # any JSON
    kind = shape.type_name
    if not _is_of_type(kind, value):
        yield Problem(path, "type", f"Member must be of type {kind}", value)
        return
    yield from _limits(shape, value, path)
    if isinstance(shape, StructureShape):
        yield from _of_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, (*path, index))
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.key, key, (*path, key))
            yield from _problems(shape.value, item, (*path, key))
    elif isinstance(value, str) and kind != "timestamp":
        yield from _of_text(shape, value, path)


def _is_of_type(kind: str, value: Any) -> bool:
    # Python counts True as 1.
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _limits(shape: Shape, value: Any, path: Path) -> Iterator[Problem]:
    is_number = shape.type_name in _NUMBERS
    if shape.type_name in {"boolean", "timestamp", "structure"}:
        return
    constraint, what = ("range", "value") if is_number else ("length", "length")
    size = value if is_number else len(value)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield Problem(path, constraint, f"Member must have {what} greater than or equal to {least}", value)
    if most is not None and size > most:
        yield Problem(path, constraint, f"Member must have {what} less than or equal to {most}", value)


def _of_text(shape: Shape, value: str, path: Path) -> Iterator[Problem]:
    pattern, choices = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern is not None and not pattern_of(pattern).fullmatch(value):
        yield Problem(path, "pattern", f"Member must satisfy regular expression pattern: {pattern}", value)
    if choices is not None and value not in choices:
        yield Problem(path, "enum", f"Member must satisfy enum value set: [{', '.join(choices)}]", value)


def _of_structure(shape: StructureShape, value: dict[str, Any], path: Path) -> Iterator[Problem]:
    given = {name: item for name, item in value.items() if item is not None}
    for name in shape.required_members:
        if name not in given and not shape.members[name].metadata.get("idempotencyToken"):
            yield Problem((*path, name), "required", "Member must not be null")
    if shape.is_tagged_union and len(given) != 1:
        yield Problem(path, "union", f"Exactly one member must be set: {', '.join(shape.members)}", value)
    for name, item in given.items():
        if name in shape.members:
            yield from _problems(shape.members[name], item, (*path, name))
        else:
            yield Problem((*path, name), "unknown", "No such member", item)
