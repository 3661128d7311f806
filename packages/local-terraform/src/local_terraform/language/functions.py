"""Terraform's functions and operators, but for those that nobody has needed here so far."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import itertools
import json
import math
import operator
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import regex

from local_terraform.errors import TerraformError
from local_terraform.language.files import FILE_FUNCTIONS, fill_template
from local_terraform.language.sets import Set


def text_of(value: Any) -> str:
    """A value as a template shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (list, dict)):
        raise TerraformError(f"{value!r} can't be part of a string")
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def number_of(value: Any) -> int | float:
    """A value as arithmetic takes it: a number, or a string that holds one.

    :raises TerraformError: if it is neither
    """
    try:
        number = json_decode(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TerraformError(f"{value!r} is no number")
    return number


def json_encode(value: Any) -> str:
    """A value as ``jsonencode`` writes it: keys sorted, and what HTML would read escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def json_decode(text: str) -> Any:
    """A JSON text's value. Terraform has one kind of number: 1.0 is 1."""

    def number(digits: str) -> int | float:
        return int(float(digits)) if float(digits).is_integer() else float(digits)

    return json.loads(text, parse_float=number)


def _whole(number: Any) -> Any:
    """A result of arithmetic: Terraform has one kind of number, 1.0 is 1."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _of_numbers(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: _whole(function(number_of(a), number_of(b)))


def _regex(pattern: str, text: str) -> Any:
    match = regex.search(pattern, text)
    if match is None:
        raise TerraformError(f"{pattern} does not match {text!r}")
    return _captures(match)


def _captures(match: regex.Match[str]) -> Any:
    return match.groupdict() or list(match.groups()) or match[0]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return regex.sub(old[1:-1], re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", new), text)
    return text.replace(old, new)


def _format(template: str, *values: Any) -> str:
    plain = [v if isinstance(v, (int, float)) and not isinstance(v, bool) else text_of(v) for v in values]
    return template.replace("%v", "%s") % tuple(plain)


def _flat(values: Iterable[Any]) -> list[Any]:
    return [item for value in values for item in (_flat(value) if isinstance(value, list) else [value])]


def _one(values: list[Any]) -> Any:
    if len(values) > 1:
        raise TerraformError(f"one() of {len(values)} values")
    return values[0] if values else None


def _coalesce(*values: Any) -> Any:
    found = [value for value in values if value is not None and value != ""]
    if not found:
        raise TerraformError("coalesce() of nothing but null and empty strings")
    return found[0]


def _lookup(entries: dict[str, Any], key: str, *default: Any) -> Any:
    return entries.get(key, *default) if default else entries[key]


def _cidr_subnets(block: str, *bits: int) -> list[str]:
    network = ipaddress.ip_network(block)
    start, found = int(network.network_address), []
    for new in bits:
        prefix = network.prefixlen + new
        size = 2 ** (network.max_prefixlen - prefix)
        start = math.ceil(start / size) * size
        found.append(f"{ipaddress.ip_address(start)}/{prefix}")
        start += size
    return found


def _cidr_subnet(block: str, bits: int, number: int) -> str:
    if not 0 <= number < 2**bits:
        raise ValueError(f"{bits} bits can't number a subnet {number}")
    return str(next(itertools.islice(ipaddress.ip_network(block).subnets(bits), number, None)))


def _element(values: list[Any], number: int) -> Any:
    if number < 0:
        raise IndexError(f"{number} is below zero")
    return values[number % len(values)]


def _range(*limits: int) -> list[int]:
    """As Python's, but downwards without being told."""
    start, limit = limits[:2] if len(limits) > 1 else (0, limits[0])
    return list(range(start, limit, *(limits[2:] or [1 if start <= limit else -1])))


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(values):
        raise IndexError(f"{start} to {end} of {len(values)} values")
    return values[start:end]


def _substr(text: str, start: int, length: int) -> str:
    rest = text[start:]
    return rest[:length] if length >= 0 else rest


def _sum(values: list[Any]) -> Any:
    if not values:
        raise ValueError("there is nothing to add up")
    return _whole(sum(map(number_of, values)))


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _equal(a: Any, b: Any) -> bool:
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": _equal,
    "!=": lambda a, b: not _equal(a, b),
    "<": _of_numbers(operator.lt),
    ">": _of_numbers(operator.gt),
    "<=": _of_numbers(operator.le),
    ">=": _of_numbers(operator.ge),
    "+": _of_numbers(operator.add),
    "-": _of_numbers(operator.sub),
    "*": _of_numbers(operator.mul),
    "/": _of_numbers(operator.truediv),
    "%": _of_numbers(math.fmod),  # the remainder has the sign of the first
}

FUNCTIONS: dict[str, Callable[..., Any]] = FILE_FUNCTIONS | {
    "abs": abs,
    "abspath": lambda path: str(Path(path).absolute()),
    "alltrue": all,
    "anytrue": any,
    "base64decode": lambda text: base64.b64decode(text).decode(),
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "base64sha256": lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
    "basename": lambda path: Path(path).name,
    "ceil": math.ceil,
    "chomp": lambda text: text.rstrip("\r\n"),
    "chunklist": lambda values, size: [values[start : start + size] for start in range(0, len(values), size)],
    "cidrsubnet": _cidr_subnet,
    "cidrsubnets": _cidr_subnets,
    "coalesce": _coalesce,
    "compact": lambda values: [text_of(value) for value in values if value is not None and value != ""],
    "concat": lambda *lists: [item for items in lists for item in items],
    "contains": lambda values, value: any(_equal(item, value) for item in values),
    "dirname": lambda path: str(Path(path).parent),
    "distinct": _distinct,
    "element": _element,
    "endswith": str.endswith,
    "flatten": _flat,
    "floor": math.floor,
    "format": _format,
    "formatlist": lambda template, values: [_format(template, value) for value in values],
    "index": lambda values, value: values.index(value),
    "join": lambda separator, *lists: separator.join(map(text_of, itertools.chain(*lists))),
    "jsondecode": json_decode,
    "jsonencode": json_encode,
    "keys": sorted,
    "length": len,
    "lookup": _lookup,
    "lower": str.lower,
    "max": max,
    "md5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "merge": lambda *maps: {key: value for entries in maps if entries for key, value in entries.items()},
    "min": min,
    "one": _one,
    "pow": _of_numbers(pow),
    "range": _range,
    "regex": _regex,
    "regexall": lambda pattern, text: [_captures(match) for match in regex.finditer(pattern, text)],
    "replace": _replace,
    "reverse": lambda values: list(reversed(values)),
    "setintersection": lambda first, *sets: Set(value for value in first if all(value in other for other in sets)),
    "setproduct": lambda *sets: [list(combination) for combination in itertools.product(*sets)],
    "setsubtract": lambda a, b: Set(value for value in a if value not in b),
    "setunion": lambda *sets: Set(itertools.chain(*sets)),
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "slice": _slice,
    "sort": lambda values: sorted(map(text_of, values)),
    "split": lambda separator, text: text.split(separator),
    "startswith": str.startswith,
    "strcontains": lambda text, part: part in text,
    "substr": _substr,
    "sum": _sum,
    "templatefile": lambda path, values: fill_template(path, values, text_of),
    "title": lambda text: re.sub(r"\b\w", lambda match: match[0].upper(), text),
    "tolist": list,
    "tomap": dict,
    "tonumber": lambda value: json_decode(value) if isinstance(value, str) else value,
    "toset": Set,
    "tostring": lambda value: None if value is None else text_of(value),
    "trim": lambda text, characters: text.strip(characters),
    "trimprefix": str.removeprefix,
    "trimspace": str.strip,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
    "values": lambda entries: [entries[key] for key in sorted(entries)],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}
