"""Runs one query: binds it against the catalog's types, picks partitions and files, and lets DuckDB compute it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from local_aws.services.athena import dialect, pruning
from local_aws.services.athena.catalog import Column
from local_aws.services.athena.duckdb_errors import translated
from local_aws.services.athena.errors import CancelledError, StatementError
from local_aws.services.athena.functions import macros_in
from local_aws.services.athena.hive_types import quoted
from local_aws.services.athena.names import ReadTable, TableNames
from local_aws.services.athena.scan import TableScan, placeholder_sql, scan_of

THREADS = 2
MEMORY_LIMIT = "1GB"
BATCH_ROWS = 10_000
CANCEL_TIMEOUT_S = 5
_INTERRUPT_INTERVAL_S = 0.05
# Only columns that nobody uses are to be dropped from the plan: everything else would hide what Athena reads.
_PLAN_OPTIMIZERS_OFF = "filter_pushdown,filter_pullup,empty_result_pullup,statistics_propagation,join_filter_pushdown"


class QueryRun:
    """One query on a DuckDB of its own, which sees nothing but the files of the query's tables.

    :param bytes_cutoff: the most bytes it may scan; None is no limit
    """

    def __init__(self, database: str, bytes_cutoff: int | None = None) -> None:
        self.bytes_scanned = 0
        self._database = database
        self._bytes_cutoff = bytes_cutoff
        self._lock = threading.Lock()
        self._cancelled = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cancel(self) -> None:
        """Stop what is going on; the thread that runs it gets a CancelledError. Returns when it has stopped."""
        self._cancelled = True
        deadline = time.monotonic() + CANCEL_TIMEOUT_S
        while time.monotonic() < deadline:
            with self._lock:
                if self._connection is None:
                    return
                self._connection.interrupt()
            time.sleep(_INTERRUPT_INTERVAL_S)  # again: it may have come just before a statement began

    def check_cancelled(self) -> None:
        """Raise if :meth:`cancel` was called.

        :raises CancelledError: if so
        """
        if self._cancelled:
            raise CancelledError

    def until_cancelled(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """The reader's batches.

        :raises CancelledError: as soon as :meth:`cancel` was called
        """
        for batch in reader:
            self.check_cancelled()
            yield batch

    @contextmanager
    def rows(self, query: exp.Query) -> Iterator[pa.RecordBatchReader]:
        """The query's rows in batches, in the types that Athena gives them.

        :raises StatementError: if the query can't be run
        :raises CancelledError: if it was cancelled
        """
        parsed = query.copy()
        connection = self._connect()
        try:
            names = TableNames(self._database)
            names.rename(query)
            schema = {table.internal_name: _duckdb_columns(table) for table in names.tables}
            pruned = {table.internal_name: pruning.partitions_to_read(table, query) for table in names.tables}
            sql = dialect.to_duckdb(query, schema)
            for macro in macros_in(sql):
                connection.execute(macro)
            used = _bind(connection, names.tables, sql)
            scans = {}
            for table in names.tables:
                self.check_cancelled()
                name = table.internal_name
                scans[name] = scan_of(name, table.definition, pruned[name], used.get(name, set()))
            self._check_cutoff(scans)
            attach(connection, scans)
            self.check_cancelled()
            reader = connection.execute(sql).to_arrow_reader(BATCH_ROWS)
            types = [str(column[1]) for column in connection.description or []]
            yield _as_athena_types(reader, types)
        except duckdb.Error as error:
            raise translated(error, parsed) from error
        except pa.ArrowException as error:  # what DuckDB raises while its rows are fetched arrives as text
            self.check_cancelled()
            raise translated(_as_duckdb_error(str(error)), parsed) from error
        finally:
            self._close(connection)

    def plan(self, query: exp.Query) -> str:
        """DuckDB's plan of the query over empty tables.

        :raises StatementError: if the query can't be bound
        """
        with self._bound(query) as (connection, sql):
            row = connection.execute(f"EXPLAIN {sql}").fetchone()
            return str(row[1]) if row else ""

    def schema(self, query: exp.Query) -> pa.Schema:
        """The columns that the query gives; no file is read.

        :raises StatementError: if the query can't be bound
        """
        with self._bound(query) as (connection, sql):
            reader = connection.execute(f"SELECT * FROM ({sql}) LIMIT 0").to_arrow_reader(BATCH_ROWS)  # noqa: S608
            return _as_athena_types(reader, [str(column[1]) for column in connection.description or []]).schema

    @contextmanager
    def _bound(self, query: exp.Query) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """A connection with empty tables in place of the query's, and the query in DuckDB's SQL."""
        parsed = query.copy()
        connection = self._connect()
        try:
            names = TableNames(self._database)
            names.rename(query)
            sql = dialect.to_duckdb(query, {table.internal_name: _duckdb_columns(table) for table in names.tables})
            for macro in macros_in(sql):
                connection.execute(macro)
            for table in names.tables:
                connection.execute(placeholder_sql(table.internal_name, table.definition))
            yield connection, sql
        except duckdb.Error as error:
            raise translated(error, parsed) from error
        finally:
            self._close(connection)

    def _close(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._connection = None
        connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        config: dict[str, Any] = {
            "threads": THREADS,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET TimeZone = 'UTC'")
        with self._lock:
            self._connection = connection
        self.check_cancelled()
        return connection

    def _check_cutoff(self, scans: dict[str, TableScan]) -> None:
        self.bytes_scanned = sum(scan.bytes_scanned for scan in scans.values())
        if self._bytes_cutoff is not None and self.bytes_scanned > self._bytes_cutoff:
            raise StatementError(
                f"Bytes scanned limit was exceeded: {self.bytes_scanned} of {self._bytes_cutoff} bytes"
            )


def _as_duckdb_error(text: str) -> duckdb.Error:
    kinds = {
        "Invalid Input Error": duckdb.InvalidInputException,
        "Conversion Error": duckdb.ConversionException,
        "Out of Range Error": duckdb.OutOfRangeException,
        "Out of Memory Error": duckdb.OutOfMemoryException,
        "INTERRUPT Error": duckdb.InterruptException,
    }
    for kind, exception in kinds.items():
        if kind in text:
            return exception(text[text.index(kind) :])
    return duckdb.Error(text)


def _bind(connection: duckdb.DuckDBPyConnection, tables: list[ReadTable], sql: str) -> dict[str, set[str]]:
    """Bind the query against empty tables; returns the columns it needs of each, by internal name."""
    for table in tables:
        connection.execute(placeholder_sql(table.internal_name, table.definition))
    connection.execute(f"SET disabled_optimizers = '{_PLAN_OPTIMIZERS_OFF}'")
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {sql}").fetchone()
    connection.execute("RESET disabled_optimizers")
    for table in tables:
        connection.execute(f"DROP TABLE {quoted(table.internal_name)}")
    used: dict[str, set[str]] = {table.internal_name: set() for table in tables}
    columns = {table.internal_name: table.definition.all_columns for table in tables}
    nodes = json.loads(row[1]) if row else []
    while nodes:
        node = nodes.pop()
        nodes += node["children"]
        details = node.get("extra_info", {})
        name = str(details.get("Table", "")).rpartition(".")[2].strip('"')
        if name in used:
            used[name] |= _projected(details.get("Projections", ""), columns[name])
    return used


def _projected(projections: Any, columns: tuple[Column, ...]) -> set[str]:
    shown = projections if isinstance(projections, list) else [projections]
    names = {column.name for column in columns}
    # A field of a struct is shown as column.field.
    return {name for entry in shown for name in names if entry == name or str(entry).strip('"').split(".")[0] == name}


def attach(connection: duckdb.DuckDBPyConnection, scans: dict[str, TableScan]) -> None:
    """Put the scans behind their names and close DuckDB to every file but theirs, for good."""
    paths = sorted({path for scan in scans.values() for path in scan.paths})
    connection.execute(f"SET allowed_paths = [{_literals(paths)}]")
    # DuckDB checks a name with the characters of patterns by its folder.
    folders = sorted({str(Path(path).parent) for path in paths if re.search(r"[*?\[]", path)})
    connection.execute(f"SET allowed_directories = [{_literals(folders)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    for name, scan in scans.items():
        for relation, rows in scan.relations.items():
            connection.register(relation, rows)
        connection.execute(f"CREATE VIEW {quoted(name)} AS {scan.view_sql}")


def _literals(texts: list[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


def _duckdb_columns(table: ReadTable) -> dict[str, str]:
    return {column.name: column.type.duckdb for column in table.definition.all_columns}


def _as_athena_types(reader: pa.RecordBatchReader, types: list[str]) -> pa.RecordBatchReader:
    """DuckDB sums whole numbers into a type of 128 bits, which Arrow shows as decimal(38,0): Athena has bigint."""
    fields = []
    for field, type_name in zip(reader.schema, types, strict=True):
        is_whole = type_name in {"HUGEINT", "UHUGEINT"}
        kind = pa.int64() if is_whole else _signed(field.type)
        fields.append(pa.field(field.name, kind, metadata={"athena": "json"} if type_name == "JSON" else None))
    schema = pa.schema(fields)
    return pa.RecordBatchReader.from_batches(schema, (_cast(batch, schema) for batch in reader))


def _signed(kind: pa.DataType) -> pa.DataType:
    """The type with bigint for whole numbers without a sign, which only DuckDB has, inside maps and arrays too."""
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    if pa.types.is_map(kind):
        return pa.map_(_signed(kind.key_type), _signed(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(_signed(kind.value_type))
    return kind


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    try:
        return pa.RecordBatch.from_arrays(
            [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)], schema=schema
        )
    except pa.ArrowInvalid as error:
        raise StatementError(f"NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow: {error}") from error
