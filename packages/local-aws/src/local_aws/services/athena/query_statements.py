"""SELECT and the statements that write a SELECT's rows: UNLOAD, CREATE TABLE AS, INSERT INTO, CREATE VIEW, EXPLAIN."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from local_aws import settings
from local_aws.services.athena import catalog, catalog_writes, dialect, views
from local_aws.services.athena.catalog import TableDefinition
from local_aws.services.athena.errors import StatementError, StatementSyntaxError, UnsupportedStatementError
from local_aws.services.athena.hive_types import from_arrow
from local_aws.services.athena.projection import is_projected
from local_aws.services.athena.results import column_of, write_csv, write_metadata
from local_aws.services.athena.statement import (
    CSV_RESULT,
    DDL,
    DML,
    NO_RESULT,
    TEXT_RESULT,
    UTILITY,
    Environment,
    StatementResult,
    text_result,
)
from local_aws.services.athena.tokens import Cursor, only
from local_aws.services.athena.write_files import WrittenFiles, check_columns, check_empty, file_format, write


@dataclass(frozen=True)
class Select:
    """A query."""

    query: exp.Query
    name: str = "SELECT"
    kind: str = DML
    result_suffix: str = CSV_RESULT

    def execute(self, environment: Environment) -> StatementResult:
        """Run the query and store its rows as Athena's CSV."""
        run = environment.run
        with (
            run.rows(self.query.copy()) as reader,
            tempfile.NamedTemporaryFile(dir=settings.current().temporary_dir, prefix="athena-") as stream,
        ):
            count = write_csv(run.until_cancelled(reader), reader.schema, stream)
            stream.flush()
            columns = [column_of(column) for column in reader.schema]
            environment.output.put(CSV_RESULT, Path(stream.name))
        environment.output.put(".csv.metadata", write_metadata(columns))
        return StatementResult(columns, None, row_count=count)


@dataclass(frozen=True)
class Unload:
    """UNLOAD (query) TO location WITH (...)."""

    query: exp.Query
    location: str
    properties: dict[str, Any]
    name: str = "UNLOAD"
    kind: str = DML
    result_suffix: str = NO_RESULT

    @classmethod
    def parse(cls, sql: str) -> Unload:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "trino")
        cursor.expect("UNLOAD")
        start, end = cursor.skip_parentheses()
        cursor.expect("TO")
        location = cursor.string()
        properties = cursor.properties() if cursor.accept("WITH") else {}
        cursor.expect_end()
        return cls(dialect.parse_query(only(sql, start, end)), location, properties)

    def execute(self, environment: Environment) -> StatementResult:
        """Write the rows to the location, where nothing may be yet."""
        properties = dict(self.properties)
        to = file_format(
            str(properties.pop("format", "")),
            properties.pop("compression", None),
            properties.pop("field_delimiter", None),
        )
        keys = [str(key).lower() for key in properties.pop("partitioned_by", [])]
        _refuse_properties(properties)
        check_empty(self.location, f"temporary_unload.{environment.output.prefix.rpartition('/')[2]}")
        with environment.run.rows(self.query.copy()) as reader:
            check_columns(reader.schema)
            _check_partition_keys(reader.schema, keys)
            written = write(environment.run.until_cancelled(reader), reader.schema, self.location, to, keys)
        return _written(environment, written)


@dataclass(frozen=True)
class CreateTableAs:
    """CREATE TABLE name WITH (...) AS query."""

    table: tuple[str, str]
    if_not_exists: bool
    properties: dict[str, Any]
    query: exp.Query
    with_data: bool
    name: str = "CREATE_TABLE_AS_SELECT"
    kind: str = DDL
    result_suffix: str = NO_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> CreateTableAs:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "trino")
        cursor.expect("CREATE")
        cursor.expect("TABLE")
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        table = cursor.qualified_name(database)
        properties = cursor.properties() if cursor.accept("WITH") else {}
        cursor.expect("AS")
        start = cursor.offset
        text, with_data = _without_data_clause(sql)
        return cls(table, if_not_exists, properties, dialect.parse_query(only(text, start, len(text))), with_data)

    def execute(self, environment: Environment) -> StatementResult:
        """Write the rows and create the table over them."""
        database, name = self.table
        catalog_writes.check_database(database)
        if catalog.find_table(database, name) is not None:
            if self.if_not_exists:
                return StatementResult()
            raise StatementError(
                f"TABLE_ALREADY_EXISTS: line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
            )
        properties = dict(self.properties)
        to = file_format(
            str(properties.pop("format", "PARQUET")),
            properties.pop("write_compression", properties.pop("parquet_compression", None)),
            properties.pop("field_delimiter", None),
        )
        keys = [str(key).lower() for key in properties.pop("partitioned_by", [])]
        location = str(properties.pop("external_location", ""))
        if not location:
            location = (
                f"{environment.output.prefix.rpartition('/')[0]}/tables/{environment.output.prefix.rpartition('/')[2]}/"
            )
        if properties.pop("is_external", True) is not True or properties.pop("table_type", "HIVE") != "HIVE":
            raise UnsupportedStatementError("it has Hive tables only, no Iceberg")
        _refuse_properties(properties)
        location = location.rstrip("/") + "/"
        check_empty(location, f"{database}.{name}")
        with environment.run.rows(self.query.copy()) as reader:
            check_columns(reader.schema)
            _check_partition_keys(reader.schema, keys)
            batches = environment.run.until_cancelled(reader) if self.with_data else iter(())
            schema = pa.schema([pa.field(column.name.lower(), column.type) for column in reader.schema])
            written = write((batch.rename_columns(schema.names) for batch in batches), schema, location, to, keys)
        columns = [(column.name, str(from_arrow(column.type))) for column in schema]
        catalog_writes.create_table(
            database,
            name,
            columns=columns[: len(columns) - len(keys)],
            partition_keys=columns[len(columns) - len(keys) :],
            location=location,
            storage=catalog_writes.storage_for(to),
        )
        catalog_writes.add_partitions(database, name, written.partitions)
        return _written(environment, written)


@dataclass(frozen=True)
class Insert:
    """INSERT INTO table [(columns)] query."""

    table: tuple[str, str]
    columns: tuple[str, ...]
    query: exp.Query
    name: str = "INSERT"
    kind: str = DML
    result_suffix: str = NO_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> Insert:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "trino")
        cursor.expect("INSERT")
        cursor.expect("INTO")
        table = cursor.qualified_name(database)
        columns: list[str] = []
        if cursor.peek() == "(" and cursor.peek(1) not in {"SELECT", "WITH", "VALUES", "("}:
            start, end = cursor.skip_parentheses()
            names = Cursor(sql[start:end], "trino")
            columns.append(names.name())
            while names.accept(","):
                columns.append(names.name())
            names.expect_end()
        return cls(table, tuple(columns), dialect.parse_query(only(sql, cursor.offset, len(sql))))

    def execute(self, environment: Environment) -> StatementResult:
        """Write the rows as new files of the table; new partitions come into the catalog."""
        database, name = self.table
        definition = catalog.find_table(database, name)
        if definition is None or definition.is_view:
            raise StatementError(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{database}.{name}' does not exist")
        to = catalog_writes.format_of(definition)
        wanted = [column.name for column in definition.all_columns]
        given = list(self.columns) or wanted
        unknown = [column for column in given if column not in wanted]
        if unknown:
            raise StatementError(
                f"COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: {unknown[0]}"
            )
        with environment.run.rows(self.query.copy()) as reader:
            _check_insertable(reader.schema, definition, given)
            schema = pa.schema([(column.name, column.type.arrow) for column in definition.all_columns])
            batches = (_as_columns(batch, given, schema) for batch in environment.run.until_cancelled(reader))
            keys = [key.name for key in definition.partition_keys]
            written = write(batches, schema, definition.location, to, keys)
        if not is_projected(definition):
            catalog_writes.add_partitions(database, name, written.partitions)
        return _written(environment, written)


@dataclass(frozen=True)
class CreateView:
    """CREATE [OR REPLACE] VIEW name AS query."""

    table: tuple[str, str]
    or_replace: bool
    query: exp.Query
    text: str
    name: str = "CREATE_VIEW"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> CreateView:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "trino")
        cursor.expect("CREATE")
        or_replace = cursor.accept("OR", "REPLACE")
        cursor.expect("VIEW")
        table = cursor.qualified_name(database)
        cursor.expect("AS")
        start = cursor.offset
        return cls(table, or_replace, dialect.parse_query(only(sql, start, len(sql))), sql[start:].strip().rstrip(";"))

    def execute(self, environment: Environment) -> StatementResult:
        """Check the query against the catalog and store it."""
        database, name = self.table
        catalog_writes.check_database(database)
        existing = catalog.find_table(database, name)
        if existing is not None and not (self.or_replace and existing.is_view):
            raise StatementError(
                f"TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'awsdatacatalog.{database}.{name}'"
            )
        schema = environment.run.schema(self.query.copy())
        check_columns(schema)
        columns = [(column.name.lower(), str(from_arrow(column.type))) for column in schema]
        shown = [{"name": column, "type": kind} for column, kind in columns]
        text = views.encoded(self.text, environment.database or database, shown)
        catalog_writes.create_view(database, name, columns, text)
        return text_result(environment, [], [])


@dataclass(frozen=True)
class Explain:
    """EXPLAIN query: that it can be bound, and what it would read."""

    query: exp.Query
    name: str = "EXPLAIN"
    kind: str = UTILITY
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str) -> Explain:
        """Read the statement.

        :raises StatementError: if it asks for another kind of plan
        """
        cursor = Cursor(sql, "trino")
        cursor.expect("EXPLAIN")
        if cursor.peek() == "ANALYZE" or (cursor.peek() == "(" and cursor.peek(1) in {"TYPE", "FORMAT"}):
            raise UnsupportedStatementError("EXPLAIN takes no options and no ANALYZE")
        return cls(dialect.parse_query(only(sql, cursor.offset, len(sql))))

    def execute(self, environment: Environment) -> StatementResult:
        """Give the plan as text; it is DuckDB's, not Trino's."""
        plan = environment.run.plan(self.query.copy())
        return text_result(environment, ["Query Plan"], [[line] for line in plan.splitlines()])


def _refuse_properties(left: dict[str, Any]) -> None:
    for name in left:
        if name in {
            "bucketed_by",
            "bucket_count",
            "vacuum_max_snapshot_age_seconds",
            "compression_level",
            "partitioning",
        }:
            raise UnsupportedStatementError(f"it has no property {name}")
        raise StatementError(f"INVALID_TABLE_PROPERTY: line 1:1: table property '{name}' does not exist")


def _check_partition_keys(schema: pa.Schema, keys: list[str]) -> None:
    names = [name.lower() for name in schema.names]
    if keys and (names[len(names) - len(keys) :] != keys or len(keys) >= len(names)):
        raise StatementError(
            f"HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order "
            f"as the table properties: [{', '.join(keys)}]"
        )


def _check_insertable(schema: pa.Schema, definition: TableDefinition, given: list[str]) -> None:
    by_name = {column.name: column.type for column in definition.all_columns}
    wanted = [by_name[name] for name in given]
    table_types = ", ".join(kind.athena for kind in wanted)
    query_types = ", ".join(column_of(column).type for column in schema)
    fits = len(wanted) == len(schema) and all(
        _fits(column.type, kind.arrow) for column, kind in zip(schema, wanted, strict=True)
    )
    if not fits:
        raise StatementError(
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: "
            f"Table: [{table_types}], Query: [{query_types}]"
        )


def _fits(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether Athena converts the one into the other by itself."""
    types = pa.types
    if given.equals(wanted) or types.is_null(given) or str(from_arrow(given)) == str(from_arrow(wanted)):
        return True
    if types.is_integer(given) and types.is_integer(wanted):
        return True
    if types.is_integer(given) or types.is_decimal(given):
        return bool(types.is_decimal(wanted) or types.is_floating(wanted))
    return bool(
        (types.is_floating(given) and types.is_floating(wanted))
        or (types.is_date(given) and types.is_timestamp(wanted))
    )


def _as_columns(batch: pa.RecordBatch, given: list[str], schema: pa.Schema) -> pa.RecordBatch:
    """The rows in the table's columns and types; columns that are not given are null."""
    arrays = []
    for column in schema:
        if column.name not in given:
            arrays.append(pa.nulls(batch.num_rows, column.type))
            continue
        try:
            arrays.append(batch.column(given.index(column.name)).cast(column.type))
        except pa.ArrowInvalid as error:
            raise StatementError(
                f"INVALID_CAST_ARGUMENT: Cannot cast a value for column {column.name}: {error}"
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _written(environment: Environment, written: WrittenFiles) -> StatementResult:
    manifest = environment.output.put("-manifest.csv", written.manifest)
    environment.output.put(".metadata", write_metadata([]))
    return StatementResult(update_count=written.row_count, manifest=manifest)


def _without_data_clause(sql: str) -> tuple[str, bool]:
    """The text without WITH [NO] DATA at its end, and whether it asks for data."""
    words = sql.rstrip().rstrip(";").split()
    tail = [word.upper() for word in words[-3:]]
    for clause, with_data in ((["WITH", "NO", "DATA"], False), (["WITH", "DATA"], True)):
        if tail[-len(clause) :] == clause:
            end = sql.upper().rfind("WITH")
            return sql[:end], with_data
    if not words:
        raise StatementSyntaxError("line 1:1: mismatched input '<EOF>'")
    return sql, True
