"""SHOW and DESCRIBE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from local_aws.services.athena import catalog, catalog_writes, views
from local_aws.services.athena.catalog import TableDefinition
from local_aws.services.athena.errors import StatementError, UnsupportedStatementError
from local_aws.services.athena.projection import is_projected
from local_aws.services.athena.statement import TEXT_RESULT, UTILITY, Environment, StatementResult, text_result
from local_aws.services.athena.tokens import Cursor

_WIDTH = 20
_HIDDEN_PROPERTIES = {"EXTERNAL"}


@dataclass(frozen=True)
class Show:
    """SHOW DATABASES, TABLES, VIEWS, PARTITIONS, COLUMNS, CREATE TABLE, CREATE VIEW, TBLPROPERTIES; DESCRIBE.

    :param name: Athena's SubstatementType, which says what is shown
    :param target: database and table
    :param pattern: regular expression that names must match
    """

    name: str
    target: tuple[str, str]
    pattern: str = ""
    kind: str = UTILITY
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> Show:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        :raises UnsupportedStatementError: if it shows something else
        """
        cursor = Cursor(sql, "hive")
        if cursor.accept("DESCRIBE") or cursor.accept("DESC"):
            if cursor.peek() in {"EXTENDED", "FORMATTED"}:
                raise UnsupportedStatementError("DESCRIBE has no EXTENDED and no FORMATTED")
            shown = cls("DESCRIBE_TABLE", cursor.qualified_name(database))
            cursor.expect_end()
            return shown
        cursor.expect("SHOW")
        for words, name in _SHOWN_TABLES.items():
            if cursor.accept(*words):
                shown = cls(name, _target(cursor, database))
                cursor.expect_end()
                return shown
        if cursor.accept("DATABASES") or cursor.accept("SCHEMAS"):
            cursor.accept("LIKE")
            shown = cls("SHOW_DATABASES", ("", ""), "" if cursor.is_at_end else cursor.string())
        elif cursor.peek() in {"TABLES", "VIEWS"}:
            name = "SHOW_TABLES" if cursor.accept("TABLES") else "SHOW_VIEWS"
            cursor.accept("VIEWS")
            where = cursor.name() if cursor.accept("IN") or cursor.accept("FROM") else database.lower()
            cursor.accept("LIKE")
            shown = cls(name, (where, ""), "" if cursor.is_at_end else cursor.string())
        else:
            raise UnsupportedStatementError(f"it has no SHOW {cursor.peek()}")
        cursor.expect_end()
        return shown

    def execute(self, environment: Environment) -> StatementResult:
        """Give what the catalog holds."""
        if self.name == "SHOW_DATABASES":
            names = [name for name in catalog.database_names() if self._matches(name)]
            return text_result(environment, ["database_name"], [[name] for name in names])
        if self.name in {"SHOW_TABLES", "SHOW_VIEWS"}:
            return text_result(environment, ["tab_name"], [[name] for name in self._tables()])
        definition = catalog.find_table(*self.target)
        if definition is None:
            raise StatementError(f"FAILED: SemanticException [Error 10001]: Table not found {self.target[1]}")
        if self.name == "SHOW_PARTITIONS":
            return text_result(environment, ["partition"], [[line] for line in _partitions(definition)])
        if self.name == "SHOW_COLUMNS":
            rows = [[column.name.ljust(_WIDTH)] for column in definition.all_columns]
            return text_result(environment, ["field"], rows)
        if self.name == "SHOW_TABLE_PROPERTIES":
            rows = [[name, value] for name, value in sorted(definition.parameters.items())]
            return text_result(environment, ["prpt_name", "prpt_value"], rows)
        if self.name == "DESCRIBE_TABLE":
            return text_result(environment, ["col_name", "data_type", "comment"], _described(definition))
        text = _create_view(definition) if definition.is_view else _create_table(definition)
        column = "Create View" if definition.is_view else "createtab_stmt"
        return text_result(environment, [column], [[line] for line in text.split("\n")])

    def _tables(self) -> list[str]:
        catalog_writes.check_database(self.target[0])
        tables = catalog.table_definitions(self.target[0])
        only_views = self.name == "SHOW_VIEWS"
        return [
            table["Name"]
            for table in tables
            if self._matches(table["Name"]) and (not only_views or table.get("TableType") == catalog.VIEW_TYPE)
        ]

    def _matches(self, name: str) -> bool:
        """Patterns are regular expressions whose star stands for anything, as in Hive."""
        if not self.pattern:
            return True
        try:
            return re.fullmatch(re.sub(r"(?<!\.)\*", ".*", self.pattern), name, re.IGNORECASE) is not None
        except re.error as error:
            raise StatementError(f"FAILED: ParseException invalid pattern '{self.pattern}': {error}") from error


_SHOWN_TABLES = {
    ("PARTITIONS",): "SHOW_PARTITIONS",
    ("COLUMNS", "IN"): "SHOW_COLUMNS",
    ("COLUMNS", "FROM"): "SHOW_COLUMNS",
    ("CREATE", "TABLE"): "SHOW_CREATE_TABLE",
    ("CREATE", "VIEW"): "SHOW_CREATE_VIEW",
    ("TBLPROPERTIES",): "SHOW_TABLE_PROPERTIES",
}


def _target(cursor: Cursor, database: str) -> tuple[str, str]:
    target = cursor.qualified_name(database)
    if cursor.accept("IN") or cursor.accept("FROM"):
        target = (cursor.name(), target[1])
    return target


def _partitions(definition: TableDefinition) -> list[str]:
    if not definition.partition_keys:
        raise StatementError(
            f"FAILED: SemanticException [Error 10241]: Table {definition.name} is not a partitioned table"
        )
    if is_projected(definition):
        return []  # projected partitions are not in the catalog
    names = [key.name for key in definition.partition_keys]
    return [
        "/".join(f"{name}={value}" for name, value in zip(names, partition.values, strict=True))
        for partition in definition.catalog_partitions
    ]


def _described(definition: TableDefinition) -> list[list[str]]:
    storage = definition.definition.get("StorageDescriptor") or {}
    comments = {
        entry["Name"].lower(): entry.get("Comment") or ""
        for entry in [*(storage.get("Columns") or []), *(definition.definition.get("PartitionKeys") or [])]
    }

    def row(cells: list[str]) -> list[str]:
        return [cell.ljust(_WIDTH) for cell in cells]

    rows = [row([column.name, str(column.type), comments[column.name]]) for column in definition.all_columns]
    if definition.partition_keys:
        rows += [["", "", ""], ["# Partition Information", "", ""], row(["# col_name", "data_type", "comment"])]
        rows += [row([key.name, str(key.type), comments[key.name]]) for key in definition.partition_keys]
    return rows


def _create_view(definition: TableDefinition) -> str:
    return f"CREATE VIEW {definition.database}.{definition.name} AS\n{views.query_of(definition)}"


def _create_table(definition: TableDefinition) -> str:
    storage: dict[str, Any] = definition.definition.get("StorageDescriptor") or {}

    def listed(columns: Any) -> str:
        return ", \n".join(f"  `{column.name}` {column.type}" for column in columns)

    def properties(values: dict[str, str]) -> str:
        return ", \n".join(f"  '{name}'='{value}'" for name, value in sorted(values.items()))

    lines = [f"CREATE EXTERNAL TABLE `{definition.database}.{definition.name}`(", listed(definition.columns) + ")"]
    if definition.partition_keys:
        lines += ["PARTITIONED BY ( ", listed(definition.partition_keys) + ")"]
    lines += ["ROW FORMAT SERDE ", f"  '{definition.serde}' "]
    if definition.serde_parameters:
        lines += ["WITH SERDEPROPERTIES ( ", properties(definition.serde_parameters) + ") "]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'", "LOCATION", f"  '{definition.location}'"]
    kept = {name: value for name, value in definition.parameters.items() if name not in _HIDDEN_PROPERTIES}
    lines += ["TBLPROPERTIES (", properties(kept) + ")"]
    return "\n".join(lines)
