"""Parquet data files: what their footers say, and the SQL that reads them with the catalog's types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from local_aws.services.athena.catalog import Column
from local_aws.services.athena.data_files import DataFile
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.hive_types import HiveType, quoted

_BAD_DATA_TYPE = 401
_TEXT = {"string", "varchar", "char"}
_WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}


@dataclass(frozen=True)
class ParquetFile:
    """A data file and the shape of the columns that the query uses.

    :param present: name of a used column that the file has, and the SQL that reads it
    :param used_bytes: compressed size of the chunks of the used columns
    """

    file: DataFile
    present: tuple[tuple[str, str], ...]
    used_bytes: int


def open_file(file: DataFile, used: Iterable[Column]) -> ParquetFile:
    """Read the footer and check that the file's types can be read as the catalog's.

    :raises StatementError: if it is no Parquet file or a used column has another type
    """
    try:
        with pq.ParquetFile(file.path) as parquet:
            metadata, schema = parquet.metadata, parquet.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise StatementError(
            f"HIVE_BAD_DATA: Not valid Parquet file: {file.uri} {str(error).splitlines()[0]}", error_type=_BAD_DATA_TYPE
        ) from error
    names = {name.lower(): name for name in reversed(schema.names)}
    present: dict[str, str] = {}
    in_file: set[str] = set()
    for column in used:
        found = names.get(column.name)
        if found is None:
            continue
        arrow = schema.field(found).type
        if not _readable(arrow, column.type):
            raise StatementError(
                f"HIVE_BAD_DATA: Field {column.name}'s type {_physical_type(metadata, found)} in parquet file "
                f"{file.uri} is incompatible with type {_trino_name(column.type)} defined in table schema",
                error_type=_BAD_DATA_TYPE,
            )
        is_undeclared_text = pa.types.is_binary(arrow) and column.type.is_text
        present[column.name] = f"decode(f.{quoted(found)})" if is_undeclared_text else f"f.{quoted(found)}"
        in_file.add(found)
    return ParquetFile(file, tuple(present.items()), _compressed_size(metadata, in_file))


def _compressed_size(metadata: pq.FileMetaData, names: set[str]) -> int:
    size = 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for number in range(row_group.num_columns):
            chunk = row_group.column(number)
            if chunk.path_in_schema.split(".")[0] in names:
                size += chunk.total_compressed_size
    return size


def _physical_type(metadata: pq.FileMetaData, name: str) -> str:
    for number in range(len(metadata.schema)):
        column = metadata.schema.column(number)
        if column.path.split(".")[0] == name:
            return str(column.physical_type) if column.path == name else "GROUP"
    return "GROUP"


def _trino_name(hive: HiveType) -> str:
    if hive.name == "decimal":
        return f"decimal({hive.parameters[0]},{hive.parameters[1]})"
    return hive.athena


def _readable(arrow: pa.DataType, hive: HiveType) -> bool:
    """Whether Athena reads a file's column of that type as the catalog's type."""
    types = pa.types
    if types.is_null(arrow):
        return True
    if hive.name in _TEXT:
        return bool(types.is_string(arrow) or types.is_large_string(arrow) or types.is_binary(arrow))
    if hive.name in _WHOLE:
        return bool(types.is_signed_integer(arrow) and (arrow.bit_width <= max(_WHOLE[hive.name], 32)))
    if hive.name == "decimal":
        return bool(types.is_decimal(arrow) and arrow.precision - arrow.scale <= hive.parameters[0])
    if hive.name == "array":
        return bool((types.is_list(arrow) or types.is_large_list(arrow)) and _readable(arrow.value_type, hive.parts[0]))
    if hive.name == "map":
        return bool(
            types.is_map(arrow)
            and _readable(arrow.key_type, hive.parts[0])
            and _readable(arrow.item_type, hive.parts[1])
        )
    if hive.name == "struct":
        return bool(types.is_struct(arrow)) and _fields_readable(arrow, hive)
    checks = {
        "boolean": types.is_boolean,
        "float": types.is_float32,
        "real": types.is_float32,
        "double": types.is_floating,
        "date": types.is_date32,
        "timestamp": types.is_timestamp,
        "binary": lambda found: types.is_binary(found) or types.is_string(found),
        "varbinary": lambda found: types.is_binary(found) or types.is_string(found),
    }
    return bool(checks[hive.name](arrow))


def _fields_readable(arrow: pa.DataType, hive: HiveType) -> bool:
    fields = {arrow.field(number).name.lower(): arrow.field(number).type for number in range(arrow.num_fields)}
    return all(
        name not in fields or _readable(fields[name], part) for name, part in zip(hive.fields, hive.parts, strict=True)
    )


def select_sql(files: list[ParquetFile], columns: Iterable[Column], values_relation: str) -> str:
    """The SELECT that reads the files; the columns that a file does not have, or nobody uses, are null.

    :param values_relation: relation with ``__file`` and the partition keys, empty if the table is not partitioned
    """
    shapes: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for file in files:
        shapes.setdefault(file.present, []).append(str(file.file.path))
    selects = []
    for present, paths in shapes.items():
        expressions = dict(present)
        outputs = [
            f"CAST({expressions.get(column.name, 'NULL')} AS {column.type.duckdb}) AS {quoted(column.name)}"
            for column in columns
        ]
        source = f"read_parquet([{', '.join(_path_literal(path) for path in paths)}], hive_partitioning=false"
        if values_relation:
            outputs.append("p.* EXCLUDE (__file)")
            source += f", filename='__file') AS f JOIN {values_relation} AS p USING (__file)"
        else:
            source += ") AS f"
        selects.append(f"SELECT {', '.join(outputs)} FROM {source}")  # noqa: S608 - names are quoted
    return " UNION ALL ".join(selects)


def _path_literal(path: str) -> str:
    """The path as a string of SQL; DuckDB would take some characters of it for a pattern."""
    return "'" + re.sub(r"([*?\[])", r"[\1]", path).replace("'", "''") + "'"
