"""Puts the rows of a table's pruned files behind its internal name in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from local_aws import access_log
from local_aws.services.athena import parquet_files, text_files
from local_aws.services.athena.catalog import Column, Partition, TableDefinition
from local_aws.services.athena.data_files import DataFile, data_files
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.hive_types import quoted
from local_aws.services.s3 import storage


@dataclass(frozen=True)
class TableScan:
    """What is read of one mention of a table.

    :param view_sql: the SELECT behind the internal name
    :param relations: names of Arrow tables that it reads besides files -> the tables
    :param paths: the files that DuckDB itself opens
    :param bytes_scanned: what Athena bills for it
    """

    view_sql: str
    relations: dict[str, pa.Table]
    paths: tuple[str, ...]
    bytes_scanned: int


def placeholder_sql(internal_name: str, definition: TableDefinition) -> str:
    """The statement that creates an empty table of the same columns, to bind the query before any file is read."""
    columns = ", ".join(f"{quoted(column.name)} {column.type.duckdb}" for column in definition.all_columns)
    return f"CREATE TABLE {quoted(internal_name)} ({columns})"


def scan_of(internal_name: str, definition: TableDefinition, partitions: list[Partition], used: set[str]) -> TableScan:
    """Look at the files of the partitions.

    :param used: names of the columns that the query needs
    :raises StatementError: if a file can't be read as the catalog says
    """
    used_columns = [column for column in definition.columns if column.name in used]
    files = data_files(partitions)
    for file in files:
        access_log.record_object("s3:GetObject", *storage.split_uri(file.uri))
    if not files:
        return TableScan(_no_rows(definition.all_columns), {}, (), 0)
    if definition.format == "parquet":
        return _parquet_scan(internal_name, definition, files, used_columns)
    relation = f"{internal_name}_rows"
    rows = text_files.read(definition, files, used_columns, lambda file: key_values(definition, file.values))
    outputs = [
        f"CAST({quoted(column.name) if column.name in rows.column_names else 'NULL'} AS {column.type.duckdb}) "
        f"AS {quoted(column.name)}"
        for column in definition.all_columns
    ]
    size = sum(file.size for file in files)
    return TableScan(f"SELECT {', '.join(outputs)} FROM {relation}", {relation: rows}, (), size)  # noqa: S608 - names are quoted


def _parquet_scan(
    internal_name: str, definition: TableDefinition, files: list[DataFile], used: list[Column]
) -> TableScan:
    opened = [parquet_files.open_file(file, used) for file in files]
    relations: dict[str, pa.Table] = {}
    if definition.partition_keys:
        relation = f"{internal_name}_values"
        columns: dict[str, Any] = {"__file": pa.array([str(file.path) for file in files], pa.string())}
        values = [key_values(definition, file.values) for file in files]
        for number, key in enumerate(definition.partition_keys):
            columns[key.name] = pa.array([row[number] for row in values], key.type.arrow)
        relations[relation] = pa.table(columns)
    sql = parquet_files.select_sql(opened, definition.columns, next(iter(relations), ""))
    paths = tuple(str(file.path) for file in files)
    return TableScan(sql, relations, paths, sum(file.used_bytes for file in opened))


def key_values(definition: TableDefinition, values: Iterable[str]) -> list[Any]:
    """The partition's values in the types of the partition keys.

    :raises StatementError: if a value is not of its key's type
    """
    typed: list[Any] = []
    for key, value in zip(definition.partition_keys, values, strict=True):
        if value == "__HIVE_DEFAULT_PARTITION__":
            typed.append(None)
            continue
        try:
            typed.append(value if key.type.is_text else _cast(value, key.type.duckdb))
        except duckdb.Error as error:
            raise StatementError(
                f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value '{value}' for {key.type.athena} "
                f"partition key: {key.name}"
            ) from error
    return typed


@lru_cache(maxsize=10_000)
def _cast(value: str, type_name: str) -> Any:
    with duckdb.connect(":memory:") as connection:
        row = connection.execute(f"SELECT CAST(? AS {type_name})", [value]).fetchone()
    return row[0] if row else None


def _no_rows(columns: Iterable[Column]) -> str:
    outputs = ", ".join(f"CAST(NULL AS {column.type.duckdb}) AS {quoted(column.name)}" for column in columns)
    return f"SELECT {outputs} WHERE false"
