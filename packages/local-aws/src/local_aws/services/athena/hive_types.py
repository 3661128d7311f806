"""The catalog's column types: what Hive calls them, and what DuckDB, Arrow and Athena make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

_SIMPLE: dict[str, tuple[str, str, pa.DataType]] = {  # Hive's name -> DuckDB's, Athena's, Arrow's
    "boolean": ("BOOLEAN", "boolean", pa.bool_()),
    "tinyint": ("TINYINT", "tinyint", pa.int8()),
    "smallint": ("SMALLINT", "smallint", pa.int16()),
    "int": ("INTEGER", "integer", pa.int32()),
    "integer": ("INTEGER", "integer", pa.int32()),
    "bigint": ("BIGINT", "bigint", pa.int64()),
    "float": ("FLOAT", "float", pa.float32()),
    "real": ("FLOAT", "float", pa.float32()),
    "double": ("DOUBLE", "double", pa.float64()),
    "string": ("VARCHAR", "varchar", pa.string()),
    "varchar": ("VARCHAR", "varchar", pa.string()),
    "char": ("VARCHAR", "char", pa.string()),
    "date": ("DATE", "date", pa.date32()),
    "timestamp": ("TIMESTAMP", "timestamp", pa.timestamp("us")),
    "binary": ("BLOB", "varbinary", pa.binary()),
    "varbinary": ("BLOB", "varbinary", pa.binary()),
}
_TOKEN = re.compile(r"\s*([a-z_0-9.$-]+|`[^`]+`|[<>(),:])", re.IGNORECASE)
DEFAULT_DECIMAL = (10, 0)


class HiveTypeError(ValueError):
    """The text is no type of the catalog."""


@dataclass(frozen=True)
class HiveType:
    """One type, with its parts if it is nested.

    :param name: Hive's name of the type, in lower case, without parameters
    :param parameters: precision and scale of a decimal, length of a varchar or char
    :param parts: element type of an array, key and value type of a map, field types of a struct
    :param fields: field names of a struct
    """

    name: str
    parameters: tuple[int, ...] = ()
    parts: tuple[HiveType, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def duckdb(self) -> str:
        """The type in DuckDB's SQL."""
        if self.name == "decimal":
            return f"DECIMAL({self.parameters[0]},{self.parameters[1]})"
        if self.name == "array":
            return f"{self.parts[0].duckdb}[]"
        if self.name == "map":
            return f"MAP({self.parts[0].duckdb}, {self.parts[1].duckdb})"
        if self.name == "struct":
            fields = (f"{quoted(field)} {part.duckdb}" for field, part in zip(self.fields, self.parts, strict=True))
            return f"STRUCT({', '.join(fields)})"
        return _SIMPLE[self.name][0]

    @property
    def athena(self) -> str:
        """The type's name in Athena's column descriptions."""
        if self.name == "struct":
            return "row"
        return self.name if self.name not in _SIMPLE else _SIMPLE[self.name][1]

    @property
    def arrow(self) -> pa.DataType:
        """The type in Arrow's schema."""
        if self.name == "decimal":
            return pa.decimal128(*self.parameters)
        if self.name == "array":
            return pa.list_(self.parts[0].arrow)
        if self.name == "map":
            return pa.map_(self.parts[0].arrow, self.parts[1].arrow)
        if self.name == "struct":
            return pa.struct(list(zip(self.fields, (part.arrow for part in self.parts), strict=True)))
        return _SIMPLE[self.name][2]

    @property
    def is_text(self) -> bool:
        """Whether values are strings."""
        return _SIMPLE.get(self.name, ("",))[0] == "VARCHAR"

    def __str__(self) -> str:
        """The type as Hive writes it."""
        if self.name == "struct":
            fields = (f"{field}:{part}" for field, part in zip(self.fields, self.parts, strict=True))
            return f"struct<{','.join(fields)}>"
        if self.parts:
            return f"{self.name}<{','.join(str(part) for part in self.parts)}>"
        if self.parameters:
            return f"{self.name}({','.join(str(parameter) for parameter in self.parameters)})"
        return self.name


def parse(text: str) -> HiveType:
    """Read a type as the catalog holds it, such as ``map<string,bigint>``.

    :raises HiveTypeError: if the text is no type
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text) or not tokens:
        raise HiveTypeError(f"{text!r} is not a type of the catalog")
    tokens.reverse()
    try:
        found = _type(tokens)
    except (IndexError, ValueError) as error:
        raise HiveTypeError(f"{text!r} is not a type of the catalog") from error
    if tokens:
        raise HiveTypeError(f"{text!r} is not a type of the catalog")
    return found


def quoted(name: str) -> str:
    """The name as an identifier of DuckDB's SQL."""
    return '"' + name.replace('"', '""') + '"'


def from_arrow(arrow: pa.DataType) -> HiveType:
    """The catalog's type for a column that a query wrote.

    :raises HiveTypeError: if no type of the catalog can hold it
    """
    if pa.types.is_decimal(arrow):
        return HiveType("decimal", (arrow.precision, arrow.scale))
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return HiveType("array", parts=(from_arrow(arrow.value_type),))
    if pa.types.is_map(arrow):
        return HiveType("map", parts=(from_arrow(arrow.key_type), from_arrow(arrow.item_type)))
    if pa.types.is_struct(arrow):
        fields = [arrow.field(number) for number in range(arrow.num_fields)]
        return HiveType(
            "struct",
            parts=tuple(from_arrow(field.type) for field in fields),
            fields=tuple(field.name for field in fields),
        )
    if pa.types.is_timestamp(arrow):
        return HiveType("timestamp")
    if pa.types.is_large_string(arrow) or pa.types.is_null(arrow):
        return HiveType("string")
    for name, (_, _, candidate) in _SIMPLE.items():
        if candidate == arrow and name not in {"integer", "real", "varchar", "char", "varbinary"}:
            return HiveType(name)
    raise HiveTypeError(f"no type of the catalog holds {arrow}")


def _type(tokens: list[str]) -> HiveType:
    name = tokens.pop().lower()
    if name in {"array", "map"}:
        _expect(tokens, "<")
        parts = [_type(tokens)]
        if name == "map":
            _expect(tokens, ",")
            parts.append(_type(tokens))
        _expect(tokens, ">")
        return HiveType(name, parts=tuple(parts))
    if name == "struct":
        return _struct(tokens)
    parameters = _parameters(tokens)
    if name in {"decimal", "numeric"}:
        return HiveType("decimal", (*parameters, 0)[:2] if parameters else DEFAULT_DECIMAL)
    if name not in _SIMPLE:
        raise ValueError(name)
    return HiveType("int" if name == "integer" else name, parameters)


def _struct(tokens: list[str]) -> HiveType:
    fields: list[str] = []
    parts: list[HiveType] = []
    _expect(tokens, "<")
    while True:
        fields.append(tokens.pop().strip("`").lower())
        _expect(tokens, ":")
        parts.append(_type(tokens))
        if tokens[-1] != ",":
            break
        tokens.pop()
    _expect(tokens, ">")
    return HiveType("struct", parts=tuple(parts), fields=tuple(fields))


def _parameters(tokens: list[str]) -> tuple[int, ...]:
    if not tokens or tokens[-1] != "(":
        return ()
    tokens.pop()
    numbers = [int(tokens.pop())]
    while tokens[-1] == ",":
        tokens.pop()
        numbers.append(int(tokens.pop()))
    _expect(tokens, ")")
    return tuple(numbers)


def _expect(tokens: list[str], wanted: str) -> None:
    found = tokens.pop()
    if found != wanted:
        raise ValueError(f"{found} instead of {wanted}")
