"""Partition projection: partitions that follow from a table's properties instead of from the catalog."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlglot import exp

from local_aws import clock
from local_aws.services.athena.catalog import Column, Partition, TableDefinition
from local_aws.services.athena.errors import StatementError

MAX_PARTITIONS = 1_000_000  # Athena allows more; whoever scans so many here forgot a condition
_NOW = re.compile(r"NOW(?:\s*([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?", re.IGNORECASE)
_PATTERN_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DIRECTIVES = {"yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_UNITS = ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND")
_SECONDS = {"WEEK": 604_800, "DAY": 86_400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
_MONTHS = {"YEAR": 12, "MONTH": 1}
Matching = Callable[[tuple[Column, ...], list[Partition], list[exp.Expression]], list[Partition]]


def is_projected(table: TableDefinition) -> bool:
    """Whether the table's partitions are projected."""
    return table.parameters.get("projection.enabled", "").lower() == "true"


def projected_partitions(
    table: TableDefinition, conditions: list[exp.Expression], matching: Matching
) -> list[Partition]:
    """The projected partitions that the conditions let through.

    :param conditions: conditions on partition keys alone
    :param matching: picks the partitions that conditions let through
    :raises StatementError: if the table's properties are not valid
    """
    values_by_key = []
    for key in table.partition_keys:
        own = [condition for condition in conditions if _keys_of(condition) == {key.name}]
        candidates = [Partition((value,), "") for value in _values(table, key, own)]
        values_by_key.append([partition.values[0] for partition in matching((key,), candidates, own)])
    if math.prod(len(values) for values in values_by_key) > MAX_PARTITIONS:
        raise StatementError(
            f"EXCEEDED_PARTITION_LIMIT: Query over table '{table.database}.{table.name}' can potentially read more "
            f"than {MAX_PARTITIONS} partitions"
        )
    found = [Partition(values, _location(table, values)) for values in itertools.product(*values_by_key)]
    across_keys = [condition for condition in conditions if len(_keys_of(condition)) > 1]
    return matching(table.partition_keys, found, across_keys)


def _keys_of(condition: exp.Expression) -> set[str]:
    return {column.name.lower() for column in condition.find_all(exp.Column)}


def _location(table: TableDefinition, values: tuple[str, ...]) -> str:
    template = table.parameters.get("storage.location.template")
    names = [key.name for key in table.partition_keys]
    if not template:
        parts = "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
        return f"{table.location.rstrip('/')}/{parts}/"
    for name, value in zip(names, values, strict=True):
        template = template.replace(f"${{{name}}}", value)
    return template


def _values(table: TableDefinition, key: Column, conditions: list[exp.Expression]) -> list[str]:
    def setting(name: str, default: str | None = None) -> str:
        value = table.parameters.get(f"projection.{key.name}.{name}", default)
        if value is None:
            raise _invalid(table, f"projection.{key.name}.{name} is missing")
        return value.strip()

    kind = setting("type").lower()
    try:
        if kind == "enum":
            return [value.strip() for value in setting("values").split(",")]
        if kind == "integer":
            return _integers(setting("range"), int(setting("interval", "1")), int(setting("digits", "0")))
        if kind == "date":
            java_format = setting("format")
            unit = setting("interval.unit", _default_unit(java_format)).upper().removesuffix("S")
            return list(_dates(setting("range"), java_format, int(setting("interval", "1")), unit))
    except (ValueError, KeyError) as error:
        raise _invalid(table, f"projection of {key.name}: {error}") from error
    if kind == "injected":
        return _injected(key, conditions)
    raise _invalid(table, f"projection.{key.name}.type is {kind!r}")


def _invalid(table: TableDefinition, detail: str) -> StatementError:
    return StatementError(
        f"INVALID_TABLE_PROPERTY: Table {table.database}.{table.name} is configured for partition projection, "
        f"but the following properties are invalid: {detail}"
    )


def _integers(limits: str, interval: int, digits: int) -> list[str]:
    first, last = (int(limit) for limit in limits.split(","))
    if (last - first) // interval > MAX_PARTITIONS:
        raise ValueError(f"the range {limits} has more than {MAX_PARTITIONS} values")
    return [f"{number:0{digits}d}" for number in range(first, last + 1, interval)]


def _dates(limits: str, java_format: str, interval: int, unit: str) -> Iterator[str]:
    if unit not in _UNITS or interval < 1:
        raise ValueError(f"interval {interval} {unit}")
    directives = _strftime_format(java_format)
    first_text, last_text = (limit.strip() for limit in limits.split(","))
    first, last = _instant(first_text, directives), _instant(last_text, directives)
    for count in range(MAX_PARTITIONS):
        current = _plus(first, count * interval, unit)
        if current > last:
            return
        yield current.strftime(directives)
    raise ValueError(f"the range {limits} has more than {MAX_PARTITIONS} values")


def _instant(text: str, directives: str) -> datetime:
    now = _NOW.fullmatch(text)
    if now is None:
        return datetime.strptime(text, directives).replace(tzinfo=UTC)
    instant = clock.now()
    if now.group(2):
        count = int(now.group(2)) * (1 if now.group(1) == "+" else -1)
        instant = _plus(instant, count, now.group(3).upper())
    return datetime.strptime(instant.strftime(directives), directives).replace(tzinfo=UTC)  # as exact as the format


def _plus(instant: datetime, count: int, unit: str) -> datetime:
    if unit in _SECONDS:
        return instant + timedelta(seconds=count * _SECONDS[unit])
    month = instant.year * 12 + instant.month - 1 + count * _MONTHS[unit]
    return instant.replace(year=month // 12, month=month % 12 + 1, day=min(instant.day, 28))


def _default_unit(java_format: str) -> str | None:
    """Athena knows the unit itself where the format ends in days or months."""
    directives = _strftime_format(java_format)
    if re.search("%[HMS]", directives):
        return None
    return "DAYS" if "%d" in directives else "MONTHS" if "%m" in directives else None


def _strftime_format(java_format: str) -> str:
    parts = []
    for part in _PATTERN_PART.finditer(java_format):
        text = part.group(0)
        if part.group(1) is not None:
            parts.append(part.group(1).replace("''", "'").replace("%", "%%") or "'")
        elif part.group(2):
            if text not in _DIRECTIVES:
                raise ValueError(f"local_aws does not know {text} in the date format {java_format}")
            parts.append(_DIRECTIVES[text])
        else:
            parts.append(text.replace("%", "%%"))
    return "".join(parts)


def _injected(key: Column, conditions: list[exp.Expression]) -> list[str]:
    for condition in conditions:
        if isinstance(condition, exp.EQ):
            literal = next((side for side in (condition.this, condition.expression) if _is_literal(side)), None)
            if literal is not None:
                return [literal.name]
        if isinstance(condition, exp.In) and condition.expressions and all(map(_is_literal, condition.expressions)):
            return [literal.name for literal in condition.expressions]
    raise StatementError(
        f"CONSTRAINT_VIOLATION: For the injected projected partition column {key.name}, the WHERE clause must contain "
        "only static equality conditions, and at least one such condition must be present."
    )


def _is_literal(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal)
