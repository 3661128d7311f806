"""Databases, tables and partitions: CREATE, DROP, ALTER and MSCK REPAIR."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from local_aws.services.athena import catalog, catalog_writes
from local_aws.services.athena.catalog import TableDefinition
from local_aws.services.athena.data_files import folder
from local_aws.services.athena.errors import StatementError, UnsupportedStatementError
from local_aws.services.athena.statement import DDL, TEXT_RESULT, Environment, StatementResult, text_result
from local_aws.services.athena.tokens import Cursor
from local_aws.services.athena.write_files import escaped
from local_aws.services.s3 import storage

Values = dict[str, str]


@dataclass(frozen=True)
class CreateDatabase:
    """CREATE DATABASE name."""

    database: str
    if_not_exists: bool
    comment: str = ""
    location: str = ""
    name: str = "CREATE_DATABASE"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str) -> CreateDatabase:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "hive")
        cursor.expect("CREATE")
        if not cursor.accept("DATABASE"):
            cursor.expect("SCHEMA")
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        database = cursor.name()
        comment = cursor.string() if cursor.accept("COMMENT") else ""
        location = cursor.string() if cursor.accept("LOCATION") else ""
        if cursor.accept("WITH", "DBPROPERTIES"):
            cursor.properties()
        cursor.expect_end()
        return cls(database, if_not_exists, comment, location)

    def execute(self, environment: Environment) -> StatementResult:
        """Put the database into the catalog."""
        if not (self.if_not_exists and catalog.database(self.database) is not None):
            catalog_writes.create_database(self.database, self.comment, self.location, {})
        return text_result(environment, [], [])


@dataclass(frozen=True)
class DropDatabase:
    """DROP DATABASE name."""

    database: str
    if_exists: bool
    cascade: bool
    name: str = "DROP_DATABASE"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str) -> DropDatabase:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "hive")
        cursor.expect("DROP")
        if not cursor.accept("DATABASE"):
            cursor.expect("SCHEMA")
        if_exists = cursor.accept("IF", "EXISTS")
        database = cursor.name()
        cascade = cursor.accept("CASCADE")
        cursor.accept("RESTRICT")
        cursor.expect_end()
        return cls(database, if_exists, cascade)

    def execute(self, environment: Environment) -> StatementResult:
        """Take the database out of the catalog."""
        if catalog.database(self.database) is not None:
            catalog_writes.drop_database(self.database, self.cascade)
        elif not self.if_exists:
            raise StatementError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {self.database}")
        return text_result(environment, [], [])


@dataclass(frozen=True)
class DropTable:
    """DROP TABLE name or DROP VIEW name."""

    table: tuple[str, str]
    if_exists: bool
    is_view: bool
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @property
    def name(self) -> str:
        """Athena's SubstatementType."""
        return "DROP_VIEW" if self.is_view else "DROP_TABLE"

    @classmethod
    def parse(cls, sql: str, database: str) -> DropTable:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "hive")
        cursor.expect("DROP")
        is_view = cursor.accept("VIEW")
        if not is_view:
            cursor.expect("TABLE")
        if_exists = cursor.accept("IF", "EXISTS")
        table = cursor.qualified_name(database)
        cursor.accept("PURGE")
        cursor.expect_end()
        return cls(table, if_exists, is_view)

    def execute(self, environment: Environment) -> StatementResult:
        """Take it out of the catalog; the files stay."""
        found = catalog.find_table(*self.table)
        if found is not None and found.is_view == self.is_view:
            catalog_writes.drop_table(*self.table)
        elif found is not None:
            raise StatementError(f"FAILED: SemanticException {self.table[1]} is {'not ' if self.is_view else ''}a view")
        elif not self.if_exists:
            raise _table_not_found(self.table[1])
        return text_result(environment, [], [])


@dataclass(frozen=True)
class AddPartitions:
    """ALTER TABLE name ADD [IF NOT EXISTS] PARTITION (...) [LOCATION ...] ..."""

    table: tuple[str, str]
    if_not_exists: bool
    partitions: tuple[tuple[tuple[tuple[str, str], ...], str], ...]
    name: str = "ALTER_TABLE_ADD_PARTITION"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    def execute(self, environment: Environment) -> StatementResult:
        """Put the partitions into the catalog."""
        definition = _table(self.table)
        locations: dict[tuple[str, ...], str] = {}
        for pairs, location in self.partitions:
            values = _ordered(definition, dict(pairs))
            if not location:
                names = (key.name for key in definition.partition_keys)
                parts = "/".join(f"{name}={escaped(value)}" for name, value in zip(names, values, strict=True))
                location = f"{definition.location.rstrip('/')}/{parts}"
            folder(location)
            locations[values] = location
        known = {partition.values for partition in definition.catalog_partitions}
        taken = [values for values in locations if values in known]
        if taken and not self.if_not_exists:
            raise StatementError(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
                f"AlreadyExistsException(message:Partition already exists: {list(taken[0])})"
            )
        catalog_writes.add_partitions(*self.table, locations)
        return text_result(environment, [], [])


@dataclass(frozen=True)
class DropPartitions:
    """ALTER TABLE name DROP [IF EXISTS] PARTITION (...), ..."""

    table: tuple[str, str]
    if_exists: bool
    partitions: tuple[tuple[tuple[str, str], ...], ...]
    name: str = "ALTER_TABLE_DROP_PARTITION"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    def execute(self, environment: Environment) -> StatementResult:
        """Take the partitions that have these values out of the catalog."""
        definition = _table(self.table)
        names = [key.name for key in definition.partition_keys]
        for pairs in self.partitions:
            wanted = dict(pairs)
            _check_keys(definition, wanted)
            found = [
                partition.values
                for partition in definition.catalog_partitions
                if all(value == wanted.get(name, value) for name, value in zip(names, partition.values, strict=True))
            ]
            if not found and not self.if_exists:
                spec = "/".join(f"{name}={value}" for name, value in pairs)
                raise StatementError(f"FAILED: SemanticException [Error 10006]: Partition not found ({spec})")
            for values in found:
                catalog_writes.drop_partition(*self.table, values)
        return text_result(environment, [], [])


@dataclass(frozen=True)
class RepairTable:
    """MSCK REPAIR TABLE name."""

    table: tuple[str, str]
    name: str = "MSCK_REPAIR"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> RepairTable:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "hive")
        cursor.expect("MSCK", "REPAIR", "TABLE")
        table = cursor.qualified_name(database)
        cursor.expect_end()
        return cls(table)

    def execute(self, environment: Environment) -> StatementResult:
        """Put the folders of Hive's naming that are not in the catalog into it."""
        definition = _table(self.table)
        bucket, prefix = folder(definition.location)
        names = [key.name for key in definition.partition_keys]
        locations: dict[tuple[str, ...], str] = {}
        for entry in storage.list_objects(bucket, prefix):
            parts = entry.key[len(prefix) :].split("/")[: len(names)]
            pairs = [part.partition("=") for part in parts]
            if [name.lower() for name, separator, _ in pairs if separator] == names:
                values = tuple(unquote(value) for _, _, value in pairs)
                locations[values] = f"s3://{bucket}/{prefix}{'/'.join(parts)}"
        added = catalog_writes.add_partitions(*self.table, locations)
        shown = [
            f"{self.table[1]}:" + "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
            for values in added
        ]
        if not shown:
            return text_result(environment, [], [])
        lines = ["Partitions not in metastore:\t" + "\t".join(shown)]
        lines += [f"Repair: Added partition to metastore {name}" for name in shown]
        return text_result(environment, [""], [[line] for line in lines])


def parse_alter(sql: str, database: str) -> AddPartitions | DropPartitions:
    """Read an ALTER TABLE statement.

    :raises StatementSyntaxError: if it is none
    :raises UnsupportedStatementError: if it changes something other than partitions
    """
    cursor = Cursor(sql, "hive")
    cursor.expect("ALTER")
    cursor.expect("TABLE")
    table = cursor.qualified_name(database)
    if cursor.accept("ADD"):
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        if cursor.peek() != "PARTITION":
            raise UnsupportedStatementError("ALTER TABLE changes partitions only")
        added = []
        while cursor.accept("PARTITION"):
            values = cursor.properties()
            location = cursor.string() if cursor.accept("LOCATION") else ""
            added.append((_pairs(values), location))
            cursor.accept(",")
        cursor.expect_end()
        return AddPartitions(table, if_not_exists, tuple(added))
    if cursor.accept("DROP"):
        if_exists = cursor.accept("IF", "EXISTS")
        if cursor.peek() != "PARTITION":
            raise UnsupportedStatementError("ALTER TABLE changes partitions only")
        dropped = []
        while cursor.accept("PARTITION"):
            dropped.append(_pairs(cursor.properties()))
            cursor.accept(",")
        cursor.expect_end()
        return DropPartitions(table, if_exists, tuple(dropped))
    raise UnsupportedStatementError("ALTER TABLE changes partitions only")


def _pairs(values: dict[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), str(value)) for name, value in values.items())


def _table(table: tuple[str, str]) -> TableDefinition:
    found = catalog.find_table(*table)
    if found is None:
        raise _table_not_found(table[1])
    if not found.partition_keys:
        raise StatementError(f"FAILED: SemanticException table {table[1]} is not partitioned")
    return found


def _table_not_found(name: str) -> StatementError:
    return StatementError(f"FAILED: SemanticException [Error 10001]: Table not found {name}")


def _check_keys(definition: TableDefinition, given: Values) -> None:
    names = {key.name for key in definition.partition_keys}
    for name in given:
        if name not in names:
            raise StatementError(
                f"FAILED: SemanticException [Error 10098]: Partition column {name} is not a partition key"
            )


def _ordered(definition: TableDefinition, given: Values) -> tuple[str, ...]:
    _check_keys(definition, given)
    missing = [key.name for key in definition.partition_keys if key.name not in given]
    if missing:
        raise StatementError(f"FAILED: SemanticException partition spec has no value for: {', '.join(missing)}")
    return tuple(given[key.name] for key in definition.partition_keys)
