"""How Athena prints values, and the files that hold results."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa

from local_aws.services.athena.hive_types import HiveTypeError, from_arrow

_PRECISIONS = {  # Athena's type -> precision it reports
    "boolean": 0,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "date": 0,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "varchar": 2147483647,
    "varbinary": 1073741824,
}
_LONGEST_PLAIN_DOUBLE = 1e7
_SHORTEST_PLAIN_DOUBLE = 1e-3
_CELL = re.compile(rb'(?:"((?:[^"]|"")*)")?(,|\n)')
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result, with Athena's name of its type."""

    name: str
    type: str
    precision: int
    scale: int

    def as_dict(self) -> dict[str, Any]:
        """The column as GetQueryResults shows it."""
        return {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": self.name,
            "Label": self.name,
            "Type": self.type,
            "Precision": self.precision,
            "Scale": self.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": self.type in {"varchar", "char"},
        }


def column_of(field: pa.Field) -> ResultColumn:
    """The result column for a column of an Arrow table."""
    if field.metadata and b"athena" in field.metadata:
        name = field.metadata[b"athena"].decode()
    elif pa.types.is_timestamp(field.type) and field.type.tz:
        name = "timestamp with time zone"
    elif pa.types.is_decimal(field.type):
        return ResultColumn(field.name, "decimal", field.type.precision, field.type.scale)
    elif pa.types.is_null(field.type):
        name = "unknown"
    elif pa.types.is_interval(field.type):
        name = "interval day to second"
    elif pa.types.is_time(field.type):
        name = "time"
    else:
        try:
            name = from_arrow(field.type).athena
        except HiveTypeError:
            name = str(field.type)
    return ResultColumn(field.name, name, _PRECISIONS.get(name, 0), 0)


def text_of(value: Any, kind: pa.DataType) -> str | None:
    """The value as Athena prints it; None for null."""
    return None if value is None else _printer(kind)(value)


def _printer(kind: pa.DataType) -> Callable[[Any], str]:
    types = pa.types
    if types.is_boolean(kind):
        return lambda value: "true" if value else "false"
    if types.is_floating(kind):
        return _double
    if types.is_decimal(kind):
        return lambda value: format(Decimal(value), "f")
    if types.is_timestamp(kind):
        zone = " UTC" if kind.tz else ""
        return lambda value: _timestamp(value) + zone
    if types.is_date(kind):
        return lambda value: value.isoformat() if isinstance(value, date) else str(value)
    if types.is_binary(kind) or types.is_large_binary(kind):
        return lambda value: " ".join(f"{byte:02x}" for byte in value)
    if types.is_list(kind) or types.is_large_list(kind):
        item = _nested(kind.value_type)
        return lambda value: "[" + ", ".join(item(part) for part in value) + "]"
    if types.is_map(kind):
        key, content = _nested(kind.key_type), _nested(kind.item_type)
        return lambda value: "{" + ", ".join(f"{key(name)}={content(part)}" for name, part in value) + "}"
    if types.is_struct(kind):
        fields = [(kind.field(number).name, _nested(kind.field(number).type)) for number in range(kind.num_fields)]
        return lambda value: "{" + ", ".join(f"{name}={show(value[name])}" for name, show in fields) + "}"
    if types.is_interval(kind):
        return _interval
    return str


def _interval(value: Any) -> str:
    milliseconds = value.nanoseconds // 1_000_000
    if value.months:
        return f"{value.months // 12}-{value.months % 12}"
    seconds, milliseconds = divmod(milliseconds, 1000)
    days, seconds = value.days + seconds // 86_400, seconds % 86_400
    return f"{days} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"


def _nested(kind: pa.DataType) -> Callable[[Any], str]:
    show = _printer(kind)
    return lambda value: "null" if value is None else show(value)


def _timestamp(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"


def _double(value: float) -> str:
    """The number as Java prints doubles."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _SHORTEST_PLAIN_DOUBLE <= abs(value) < _LONGEST_PLAIN_DOUBLE:
        return format(Decimal(repr(value)), "f") if "e" in repr(value) else repr(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(str(digit) for digit in digits)
    power = int(exponent) + len(text) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def write_csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, stream: IO[bytes]) -> int:
    """Write Athena's CSV: a header, every value in quotes, nulls as nothing. Returns the number of rows."""
    stream.write((",".join(_quoted(name) for name in schema.names) + "\n").encode())
    printers = [_printer(field.type) for field in schema]
    count = 0
    for batch in batches:
        columns = [
            [None if value is None else _quoted(show(value)) for value in column.to_pylist()]
            for column, show in zip(batch.columns, printers, strict=True)
        ]
        lines = (",".join("" if cell is None else cell for cell in row) for row in zip(*columns, strict=True))
        stream.write("".join(line + "\n" for line in lines).encode())
        count += batch.num_rows
    return count


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write_metadata(columns: list[ResultColumn]) -> bytes:
    """The file beside the CSV that says what types its columns have."""
    return json.dumps({"ColumnInfo": [column.as_dict() for column in columns]}).encode()


def read_rows(stream: IO[bytes], offset: int, limit: int) -> tuple[list[list[str | None]], int | None]:
    """Rows of a CSV that :func:`write_csv` wrote, its header among them.

    :param offset: byte at which the first of them starts; 0 is the header
    :returns: the rows, and where the next one starts, None behind the last
    :raises ValueError: if no row starts there
    """
    if offset:
        stream.seek(offset - 1)
        if stream.read(1) != b"\n":
            raise ValueError(f"no row starts at {offset}")
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    text, place, row_start = b"", 0, 0
    while len(rows) < limit:
        cell = _CELL.match(text, place)
        if cell is None:
            more = stream.read(_CHUNK_BYTES)
            if not more:
                break
            offset += row_start
            text, place, row_start, row = text[row_start:] + more, 0, 0, []
            continue
        place = cell.end()
        row.append(None if cell.group(1) is None else cell.group(1).replace(b'""', b'"').decode())
        if cell.group(2) == b"\n":
            rows.append(row)
            row, row_start = [], place
    is_last = row_start == len(text) and not stream.read(1)
    return rows, None if is_last else offset + row_start
