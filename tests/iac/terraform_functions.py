"""Terraform's functions and operators, as far as ``iac/`` uses them. Sets are sorted lists here."""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import json
import math
import operator
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


class TerraformError(ValueError):
    """An expression has no value: Terraform would refuse it, or this evaluator does not know what it uses."""


def text_of(value: Any) -> str:
    """A value as a template shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (list, dict)):
        raise TerraformError(f"{value!r} can't be part of a string")
    return str(value)


def json_encode(value: Any) -> str:
    """A value as ``jsonencode`` writes it: keys sorted, and what HTML would read escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def json_decode(text: str) -> Any:
    """A JSON text's value. Terraform has one kind of number: 1.0 is 1."""

    def number(digits: str) -> int | float:
        return int(float(digits)) if float(digits).is_integer() else float(digits)

    return json.loads(text, parse_float=number)


def fileset(folder: str, pattern: str) -> list[str]:
    """The files below a folder whose path matches; ``*`` stays within a folder, ``**`` does not."""
    matches = re.compile(_pattern(pattern)).fullmatch
    root = Path(folder)
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(path for path in found if matches(path))


def _pattern(glob: str) -> str:
    translated, depth, place = "", 0, 0
    while place < len(glob):
        for token, meaning in (("**/", "(?:[^/]+/)*"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")):
            if glob.startswith(token, place):
                translated, place = translated + meaning, place + len(token)
                break
        else:
            character = glob[place]
            depth += {"{": 1, "}": -1}.get(character, 0)
            alternatives = {"{": "(?:", "}": ")"} | ({",": "|"} if depth else {})
            translated, place = translated + alternatives.get(character, re.escape(character)), place + 1
    return translated


def _sha256(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _regex(pattern: str, text: str) -> Any:
    match = re.search(pattern, text)
    if match is None:
        raise TerraformError(f"{pattern} does not match {text!r}")
    return match.groupdict() or list(match.groups()) or match[0]


def _replace(text: str, old: str, new: str) -> str:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return re.sub(old[1:-1], re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", new), text)
    return text.replace(old, new)


def _format(template: str, *values: Any) -> str:
    return template.replace("%v", "%s") % tuple(text_of(v) if not isinstance(v, (int, float)) else v for v in values)


def _templatefile(path: str, values: dict[str, Any]) -> str:
    """Names only: ``${name}``; ``$${`` is a ``${`` of the file's own."""
    text = Path(path).read_text(encoding="utf-8")
    if "%{" in text:
        raise TerraformError(f"{path}: template directives are not known here")
    return re.sub(r"(?<!\$)\$\{\s*(\w+)\s*\}", lambda match: text_of(values[match[1]]), text).replace("$${", "${")


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
    return str(next(itertools.islice(ipaddress.ip_network(block).subnets(bits), number, None)))


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
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: json_decode(repr(a / b)),
    "%": operator.mod,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "alltrue": all,
    "anytrue": any,
    "basename": lambda path: Path(path).name,
    "ceil": math.ceil,
    "cidrsubnet": _cidr_subnet,
    "cidrsubnets": _cidr_subnets,
    "coalesce": _coalesce,
    "compact": lambda values: [value for value in values if value],
    "concat": lambda *lists: [item for items in lists for item in items],
    "contains": lambda values, value: value in values,
    "distinct": _distinct,
    "endswith": str.endswith,
    "file": lambda path: Path(path).read_text(encoding="utf-8"),
    "filesha256": _sha256,
    "fileset": fileset,
    "flatten": _flat,
    "floor": math.floor,
    "format": _format,
    "formatlist": lambda template, values: [_format(template, value) for value in values],
    "join": lambda separator, values: separator.join(map(text_of, values)),
    "jsondecode": json_decode,
    "jsonencode": json_encode,
    "keys": sorted,
    "length": len,
    "lookup": _lookup,
    "lower": str.lower,
    "max": max,
    "merge": lambda *maps: {key: value for entries in maps if entries for key, value in entries.items()},
    "min": min,
    "one": _one,
    "pow": pow,
    "range": lambda *limits: list(range(*limits)),
    "regex": _regex,
    "regexall": re.findall,
    "replace": _replace,
    "reverse": lambda values: list(reversed(values)),
    "setproduct": lambda *sets: [list(combination) for combination in itertools.product(*sets)],
    "setsubtract": lambda a, b: [value for value in a if value not in b],
    "setunion": lambda *sets: sorted({value for values in sets for value in values}),
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "slice": lambda values, start, end: values[start:end],
    "sort": sorted,
    "split": lambda separator, text: text.split(separator),
    "startswith": str.startswith,
    "strcontains": lambda text, part: part in text,
    "substr": lambda text, start, length: text[start : start + length] if length >= 0 else text[start:],
    "sum": sum,
    "templatefile": _templatefile,
    "tolist": list,
    "tomap": dict,
    "tonumber": lambda value: json_decode(value) if isinstance(value, str) else value,
    "toset": lambda values: sorted(set(values)),
    "tostring": lambda value: None if value is None else text_of(value),
    "trim": str.strip,
    "trimprefix": str.removeprefix,
    "trimspace": str.strip,
    "trimsuffix": str.removesuffix,
    "upper": str.upper,
    "values": lambda entries: [entries[key] for key in sorted(entries)],
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
}
