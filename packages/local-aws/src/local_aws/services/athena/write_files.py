"""Writes a query's rows as data files: for UNLOAD, CREATE TABLE AS and INSERT INTO."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from local_aws import clock, settings
from local_aws.services.athena.errors import StatementError, UnsupportedStatementError
from local_aws.services.athena.hive_types import HiveTypeError, from_arrow
from local_aws.services.athena.results import text_of
from local_aws.services.s3 import storage

MAX_PARTITIONS = 100
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_PARQUET_COMPRESSIONS = {"gzip": "gzip", "snappy": "snappy", "zstd": "zstd", "lz4": "lz4", "none": "none"}
_TEXT_COMPRESSIONS = {"gzip", "none"}
_NO_NAME = frozenset("%\"#'*/:=?\\{[]^\x7f")


@dataclass(frozen=True)
class FileFormat:
    """How rows become bytes.

    :param name: ``PARQUET``, ``JSON`` or ``TEXTFILE``
    """

    name: str
    compression: str
    field_delimiter: str = "\x01"


@dataclass
class WrittenFiles:
    """What was written.

    :param partitions: values of each partition that got rows -> address of its folder
    """

    uris: list[str] = field(default_factory=list)
    row_count: int = 0
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def manifest(self) -> bytes:
        """The list of the files."""
        return "".join(f"{uri}\n" for uri in self.uris).encode()


def file_format(name: str, compression: str | None, field_delimiter: str | None = None) -> FileFormat:
    """The format of that name.

    :raises StatementError: if there is no such format or compression, here or in Athena
    """
    name = {"TEXT": "TEXTFILE", "CSV": "TEXTFILE"}.get(name.upper(), name.upper())
    if name in {"ORC", "AVRO"}:
        raise UnsupportedStatementError(f"it writes PARQUET, JSON and TEXTFILE, not {name}")
    if name not in {"PARQUET", "JSON", "TEXTFILE"}:
        raise StatementError(f"INVALID_TABLE_PROPERTY: Unable to set table property 'format' to '{name}'")
    wanted = (compression or "gzip").lower()
    if name == "PARQUET":
        if wanted not in _PARQUET_COMPRESSIONS:
            raise StatementError(f"INVALID_TABLE_PROPERTY: Unsupported compression {wanted} for {name}")
    elif wanted not in _TEXT_COMPRESSIONS:
        raise UnsupportedStatementError(f"it writes {name} with gzip or none, not {wanted}")
    return FileFormat(name, wanted, field_delimiter or "\x01")


def check_columns(schema: pa.Schema) -> None:
    """Refuse columns that data files can't have.

    :raises StatementError: naming the first of them
    """
    names = [name.lower() for name in schema.names]
    for name in names:
        if names.count(name) > 1:
            raise StatementError(f"DUPLICATE_COLUMN_NAME: line 1:1: Column name '{name}' specified more than once")
    for column in schema:
        if pa.types.is_timestamp(column.type) and column.type.tz:
            raise StatementError("NOT_SUPPORTED: Unsupported Hive type: timestamp(3) with time zone")
        if pa.types.is_null(column.type):
            raise StatementError(f"COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown: {column.name}")
        try:
            from_arrow(column.type)
        except HiveTypeError as error:
            raise StatementError(f"NOT_SUPPORTED: Unsupported Hive type of column {column.name}: {error}") from error


def write(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, location: str, to: FileFormat, partition_keys: list[str]
) -> WrittenFiles:
    """Write the rows below the location: all of the files or, if something fails, none.

    :param partition_keys: the last columns, in the order of the folders
    :raises StatementError: if rows would go to too many partitions
    """
    written = WrittenFiles()
    with tempfile.TemporaryDirectory(dir=settings.current().temporary_dir, prefix="athena-") as folder:
        writers: dict[tuple[str, ...], _Writer] = {}
        kept = pa.schema([column for column in schema if column.name not in partition_keys])
        for batch in batches:
            written.row_count += batch.num_rows
            for values, rows in _by_partition(pa.Table.from_batches([batch], schema), partition_keys):
                if values not in writers:
                    if len(writers) == MAX_PARTITIONS:
                        raise StatementError(
                            f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MAX_PARTITIONS} open writers "
                            "for partitions/buckets"
                        )
                    writers[values] = _Writer(Path(folder) / str(len(writers)), kept, to)
                writers[values].write(rows.select(kept.names))
        for values, writer in writers.items():
            writer.close()
            base = _partition_location(location, partition_keys, values)
            uri = f"{base}{_file_name(to)}"
            bucket, key = storage.split_uri(uri)
            storage.put_object(bucket, key, writer.path)
            written.uris.append(uri)
            if partition_keys:
                written.partitions[values] = base
    return written


class _Writer:
    """Writes one local file in one format."""

    def __init__(self, path: Path, schema: pa.Schema, to: FileFormat) -> None:
        self.path = path
        self._format = to
        self._parquet: pq.ParquetWriter | None = None
        self._stream: gzip.GzipFile | BufferedWriter | None = None
        if to.name == "PARQUET":
            self._parquet = pq.ParquetWriter(
                path, schema, compression=_PARQUET_COMPRESSIONS[to.compression], store_schema=False
            )
        else:
            self._stream = gzip.GzipFile(path, "wb") if to.compression == "gzip" else path.open("wb")

    def write(self, rows: pa.Table) -> None:
        """Append the rows."""
        if self._parquet is not None:
            self._parquet.write_table(rows)
        elif self._stream is not None:
            lines = _json_lines(rows) if self._format.name == "JSON" else _text_lines(rows, self._format)
            self._stream.write("".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        """Finish the file."""
        if self._parquet is not None:
            self._parquet.close()
        if self._stream is not None:
            self._stream.close()


def _by_partition(rows: pa.Table, keys: list[str]) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    if not keys:
        if rows.num_rows:
            yield (), rows
        return
    for values in rows.select(keys).group_by(keys).aggregate([]).to_pylist():
        mask = None
        for key in keys:
            column = rows[key]
            same = pc.is_null(column) if values[key] is None else pc.equal(column, pa.scalar(values[key], column.type))
            same = pc.fill_null(same, False)
            mask = same if mask is None else pc.and_(mask, same)
        texts = tuple(text_of(values[key], rows.schema.field(key).type) or NULL_PARTITION for key in keys)
        yield texts, rows.filter(mask)


def _partition_location(location: str, keys: list[str], values: tuple[str, ...]) -> str:
    return (
        location.rstrip("/")
        + "/"
        + "".join(f"{key}={escaped(value)}/" for key, value in zip(keys, values, strict=True))
    )


def escaped(value: str) -> str:
    """A partition's value as Hive writes it in the name of a folder."""
    return "".join(
        f"%{ord(character):02X}" if character in _NO_NAME or character < " " else character for character in value
    )


def _file_name(to: FileFormat) -> str:
    suffix = ".gz" if to.name != "PARQUET" and to.compression == "gzip" else ""
    return f"{clock.now():%Y%m%d_%H%M%S}_00000_{uuid4().hex[:5]}_{uuid4()}{suffix}"


def _json_lines(rows: pa.Table) -> Iterator[str]:
    kinds = [column.type for column in rows.schema]
    for row in rows.to_pylist():
        values = {name: _json_value(row[name], kind) for name, kind in zip(rows.schema.names, kinds, strict=True)}
        yield json.dumps({name: value for name, value in values.items() if value is not None}, ensure_ascii=False)


def _json_value(value: Any, kind: pa.DataType) -> Any:
    if value is None or pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return value
    if pa.types.is_list(kind):
        return [_json_value(item, kind.value_type) for item in value]
    if pa.types.is_map(kind):
        return {str(text_of(key, kind.key_type)): _json_value(item, kind.item_type) for key, item in value}
    if pa.types.is_struct(kind):
        return {part.name: _json_value(value[part.name], part.type) for part in kind}
    if pa.types.is_decimal(kind):
        return json.loads(format(value, "f")) if kind.scale == 0 else float(value)
    return text_of(value, kind)


def _text_lines(rows: pa.Table, to: FileFormat) -> Iterator[str]:
    kinds = [column.type for column in rows.schema]
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        cells = (text_of(value, kind) for value, kind in zip(row, kinds, strict=True))
        yield to.field_delimiter.join("\\N" if cell is None else cell for cell in cells)


def check_empty(location: str, table: str) -> None:
    """Refuse a location where something is already.

    :raises StatementError: if something is there, or it is no place in S3
    """
    try:
        bucket, prefix = storage.split_uri(location)
        taken = storage.list_objects(bucket, prefix.rstrip("/") + "/" if prefix.strip("/") else "")
    except (ValueError, storage.NoSuchBucketError) as error:
        raise StatementError(f"HIVE_FILESYSTEM_ERROR: {location} can't be written to: {error}") from error
    if taken:
        raise StatementError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{table}' already exists: {location}. "
            f"You may need to manually clean the data at location '{location}' before retrying. "
            "Athena will not delete data in your account."
        )
