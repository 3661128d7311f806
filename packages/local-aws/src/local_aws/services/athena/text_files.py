"""Data files of text: JSON lines and the two kinds of CSV."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from local_aws.services.athena.catalog import Column, TableDefinition
from local_aws.services.athena.data_files import DataFile
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.hive_types import HiveType

_BAD_DATA_TYPE = 401
_BATCH_ROWS = 20_000
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\u0001": "\x01", "\\001": "\x01", "\\\\": "\\"}
Row = list[Any]


def read(
    definition: TableDefinition, files: list[DataFile], used: list[Column], keys_of: Callable[[DataFile], list[Any]]
) -> pa.Table:
    """The used columns and the partition keys of all rows.

    :param keys_of: gives the typed partition values of a file
    :raises StatementError: if a file can't be read as the catalog says
    """
    readers = {"json": _json_rows, "csv": _csv_rows, "opencsv": _open_csv_rows}
    reader = readers[definition.format]
    key_columns = definition.partition_keys
    schema = pa.schema([(column.name, column.type.arrow) for column in (*used, *key_columns)])
    schema = schema.append(pa.field("__row", pa.bool_()))  # counts the rows when nothing else is used
    batches = []
    for file in files:
        keys = keys_of(file)
        rows: list[Row] = []
        for row in reader(definition, file, used):
            rows.append(row)
            if len(rows) == _BATCH_ROWS:
                batches.append(_batch(rows, keys, schema))
                rows = []
        batches.append(_batch(rows, keys, schema))
    return pa.Table.from_batches(batches, schema)


def _batch(rows: list[Row], keys: list[Any], schema: pa.Schema) -> pa.RecordBatch:
    used_count = len(schema) - len(keys) - 1
    arrays = [pa.array([row[number] for row in rows], schema.field(number).type) for number in range(used_count)]
    for number, key in enumerate(keys):
        arrays.append(pa.array([key] * len(rows), schema.field(used_count + number).type))
    arrays.append(pa.array([True] * len(rows), pa.bool_()))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _lines(file: DataFile) -> Iterator[str]:
    try:
        with file.path.open("rb") as stored:
            is_packed = file.uri.endswith((".gz", ".gzip"))
            stream = gzip.GzipFile(fileobj=stored) if is_packed else stored
            yield from io.TextIOWrapper(stream, "utf-8", errors="replace", newline="\n")
    except (OSError, EOFError, zlib.error) as error:
        raise StatementError(f"HIVE_CURSOR_ERROR: Failed to read file at {file.uri}: {error}") from error


def _json_rows(definition: TableDefinition, file: DataFile, used: list[Column]) -> Iterator[Row]:
    ignores_malformed = definition.serde_parameters.get("ignore.malformed.json", "").lower() == "true"
    renamed = {
        name.removeprefix("mapping.").lower(): key.lower()
        for name, key in definition.serde_parameters.items()
        if name.startswith("mapping.")
    }
    wanted = [(renamed.get(column.name, column.name), column) for column in used]
    for line in _lines(file):
        if not line.strip():
            continue
        try:
            document = json.loads(line, parse_float=Decimal)
            if not isinstance(document, dict):
                raise ValueError("not an object")
        except ValueError as error:
            if ignores_malformed:
                yield [None] * len(used)
                continue
            raise StatementError(
                f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {error} in {file.uri}",
                error_type=_BAD_DATA_TYPE,
            ) from error
        values = {key.lower(): value for key, value in document.items()}
        yield [_json_value(values.get(key), column.type, column.name, file) for key, column in wanted]


def _json_value(value: Any, hive: HiveType, name: str, file: DataFile) -> Any:
    if value is None:
        return None
    try:
        if hive.name == "array":
            return [_json_value(item, hive.parts[0], name, file) for item in _instance(value, list)]
        if hive.name == "map":
            return [
                (_scalar(key, hive.parts[0]), _json_value(item, hive.parts[1], name, file))
                for key, item in _instance(value, dict).items()
            ]
        if hive.name == "struct":
            fields = {key.lower(): item for key, item in _instance(value, dict).items()}
            return {
                field: _json_value(fields.get(field), part, name, file)
                for field, part in zip(hive.fields, hive.parts, strict=True)
            }
        if hive.is_text and not isinstance(value, str):
            return json.dumps(value, default=str, separators=(",", ":"))
        return _scalar(value, hive)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise StatementError(
            f"HIVE_BAD_DATA: Error parsing field value '{str(value)[:100]}' for field {name}: {error} in {file.uri}",
            error_type=_BAD_DATA_TYPE,
        ) from error


def _instance(value: Any, wanted: type) -> Any:
    if not isinstance(value, wanted):
        raise TypeError(f"not a JSON {'array' if wanted is list else 'object'}")
    return value


def _scalar(value: Any, hive: HiveType) -> Any:
    """The value in the column's type.

    :raises ValueError: if it is no value of that type
    """
    text = str(value).strip()
    if hive.is_text:
        return str(value)
    if hive.name in {"tinyint", "smallint", "int", "bigint"}:
        number = int(text)
        bits = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}[hive.name]
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(f"out of range of {hive.name}")
        return number
    if hive.name in {"float", "double", "real"}:
        return float(text)
    if hive.name == "decimal":
        number_ = Decimal(text).quantize(Decimal(1).scaleb(-hive.parameters[1]))
        if len(number_.as_tuple().digits) > hive.parameters[0]:
            raise ValueError("out of range of the decimal")
        return number_
    if hive.name == "boolean":
        if text.lower() not in {"true", "false"}:
            raise ValueError("neither true nor false")
        return text.lower() == "true"
    if hive.name == "date":
        return date.fromisoformat(text)
    if hive.name == "timestamp":
        return datetime.fromisoformat(text.replace("T", " ").removesuffix("Z"))
    return text.encode()


def _csv_rows(definition: TableDefinition, file: DataFile, used: list[Column]) -> Iterator[Row]:
    """LazySimpleSerDe: no quotes, what is not of the column's type is null."""
    parameters = definition.serde_parameters
    delimiter = _character(parameters.get("field.delim") or parameters.get("serialization.format"), "\x01")
    escape = _character(parameters.get("escape.delim"), "")
    null_text = parameters.get("serialization.null.format", "\\N")
    numbers = [[column.name for column in definition.columns].index(column.name) for column in used]
    for line in _without_header(definition, _lines(file)):
        fields = _split(line.rstrip("\n").rstrip("\r"), delimiter, escape)
        row: Row = []
        for number, column in zip(numbers, used, strict=True):
            raw = fields[number] if number < len(fields) else null_text
            if raw == null_text or (raw == "" and not column.type.is_text):
                row.append(None)
                continue
            row.append(_lazy_value(_unescaped(raw, escape), column.type, parameters))
        yield row


def _lazy_value(text: str, hive: HiveType, parameters: dict[str, str]) -> Any:
    between_items = _character(parameters.get("collection.delim") or parameters.get("colelction.delim"), "\x02")
    between_key_and_value = _character(parameters.get("mapkey.delim"), "\x03")
    try:
        if hive.name == "array":
            return [_lazy_value(item, hive.parts[0], parameters) for item in text.split(between_items)] if text else []
        if hive.name == "map":
            entries = (item.partition(between_key_and_value) for item in text.split(between_items))
            return [(_scalar(key, hive.parts[0]), _scalar(item, hive.parts[1])) for key, _, item in entries]
        if hive.name == "struct":
            items = text.split(between_items)
            return {name: _scalar(item, part) for name, part, item in zip(hive.fields, hive.parts, items, strict=False)}
        return _scalar(text, hive)
    except (ValueError, InvalidOperation):
        return None


def _split(line: str, delimiter: str, escape: str) -> list[str]:
    """The fields as they stand in the line: a delimiter behind the escape character is part of a field."""
    if not escape or escape not in line:
        return line.split(delimiter)
    fields, current, characters = [], "", iter(line)
    for character in characters:
        if character == escape:
            current += character + next(characters, "")
        elif character == delimiter:
            fields.append(current)
            current = ""
        else:
            current += character
    return [*fields, current]


def _unescaped(text: str, escape: str) -> str:
    if not escape or escape not in text:
        return text
    characters = iter(text)
    return "".join(next(characters, "") if character == escape else character for character in characters)


def _open_csv_rows(definition: TableDefinition, file: DataFile, used: list[Column]) -> Iterator[Row]:
    """OpenCSVSerde: quoted fields; what is not of the column's type fails the query."""
    parameters = definition.serde_parameters
    escape = _character(parameters.get("escapeChar"), "\\")
    quote = _character(parameters.get("quoteChar"), '"')
    numbers = [[column.name for column in definition.columns].index(column.name) for column in used]
    reader = csv.reader(
        _without_header(definition, _lines(file)),
        delimiter=_character(parameters.get("separatorChar"), ","),
        quotechar=quote,
        escapechar=None if escape == quote else escape,
        doublequote=True,
    )
    for fields in reader:
        row: Row = []
        for number, column in zip(numbers, used, strict=True):
            text = fields[number] if number < len(fields) else None
            if text is None or (text == "" and not column.type.is_text):
                row.append(None)
            else:
                row.append(_open_csv_value(text, column, file))
        yield row


def _open_csv_value(text: str, column: Column, file: DataFile) -> Any:
    try:
        if column.type.name == "date":  # OpenCSVSerde wants days since 1970
            return date.fromordinal(date(1970, 1, 1).toordinal() + int(text))
        if column.type.name == "timestamp":  # and milliseconds
            return datetime.utcfromtimestamp(int(text) / 1000)  # noqa: DTZ004
        return _scalar(text, column.type)
    except (ValueError, InvalidOperation) as error:
        raise StatementError(
            f"HIVE_BAD_DATA: Error parsing column '{column.name}' in {file.uri}: {error}", error_type=_BAD_DATA_TYPE
        ) from error


def _without_header(definition: TableDefinition, lines: Iterator[str]) -> Iterator[str]:
    count = definition.parameters.get("skip.header.line.count", "0")
    for _ in range(int(count) if count.isdigit() else 0):
        next(lines, None)
    return lines


def _character(text: str | None, default: str) -> str:
    if not text:
        return default
    if text.isdigit():  # Hive writes control characters as their number
        return chr(int(text))
    return _ESCAPES.get(text, text)[:1]
