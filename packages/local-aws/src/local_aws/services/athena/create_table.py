"""CREATE EXTERNAL TABLE, in Hive's syntax."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local_aws.services.athena import catalog, catalog_writes
from local_aws.services.athena.data_files import folder
from local_aws.services.athena.errors import StatementError, UnsupportedStatementError
from local_aws.services.athena.hive_types import HiveTypeError, parse
from local_aws.services.athena.statement import DDL, TEXT_RESULT, Environment, StatementResult, text_result
from local_aws.services.athena.tokens import Cursor

_DELIMITERS = {  # words of ROW FORMAT DELIMITED -> the SerDe's parameter
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "collection.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("ESCAPED", "BY"): "escape.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}


@dataclass
class CreateTable:
    """The statement, as far as it was read."""

    table: tuple[str, str] = ("", "")
    if_not_exists: bool = False
    columns: list[tuple[str, str]] = field(default_factory=list)
    partition_keys: list[tuple[str, str]] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    serde: str = ""
    serde_parameters: dict[str, str] = field(default_factory=dict)
    stored_as: str = ""
    formats: tuple[str, str] | None = None
    location: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    name: str = "CREATE_TABLE"
    kind: str = DDL
    result_suffix: str = TEXT_RESULT

    @classmethod
    def parse(cls, sql: str, database: str) -> CreateTable:
        """Read the statement.

        :raises StatementSyntaxError: if it is none
        """
        cursor = Cursor(sql, "hive")
        statement = cls()
        cursor.expect("CREATE")
        is_external = cursor.accept("EXTERNAL")
        cursor.expect("TABLE")
        statement.if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        statement.table = cursor.qualified_name(database)
        statement.columns = statement._columns(cursor)
        while not cursor.is_at_end:
            statement._clause(cursor)
        if not is_external:
            raise UnsupportedStatementError(
                "CREATE TABLE without EXTERNAL makes Iceberg tables, which it has not: write CREATE EXTERNAL TABLE"
            )
        if not statement.location:
            raise StatementError(
                "FAILED: SemanticException table is not partitioned or location is missing: No LOCATION"
            )
        return statement

    def _columns(self, cursor: Cursor) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        cursor.expect("(")
        while True:
            name = cursor.name()
            text = cursor.text_until(",", ")", "COMMENT")
            try:
                kind = str(parse(text))
            except HiveTypeError as error:
                raise cursor.error(f"no viable alternative at input '{name} {text}': {error}") from error
            found.append((name, kind))
            if cursor.accept("COMMENT"):
                self.comments[name] = cursor.string()
            if not cursor.accept(","):
                break
        cursor.expect(")")
        return found

    def _clause(self, cursor: Cursor) -> None:
        if cursor.accept("COMMENT"):
            self.comment = cursor.string()
        elif cursor.accept("PARTITIONED", "BY"):
            self.partition_keys = self._columns(cursor)
        elif cursor.accept("ROW", "FORMAT"):
            self._row_format(cursor)
        elif cursor.accept("WITH", "SERDEPROPERTIES"):
            self.serde_parameters |= _texts(cursor.properties())
        elif cursor.accept("STORED", "AS"):
            if cursor.accept("INPUTFORMAT"):
                input_format = cursor.string()
                cursor.expect("OUTPUTFORMAT")
                self.formats = (input_format, cursor.string())
            else:
                self.stored_as = cursor.name().upper()
        elif cursor.accept("LOCATION"):
            self.location = cursor.string()
        elif cursor.accept("TBLPROPERTIES"):
            self.parameters |= _texts(cursor.properties())
        elif cursor.peek() == "CLUSTERED":
            raise UnsupportedStatementError("it has no buckets")
        else:
            raise cursor.error("Expecting: 'LOCATION'")

    def _row_format(self, cursor: Cursor) -> None:
        if cursor.accept("SERDE"):
            self.serde = cursor.string()
            return
        cursor.expect("DELIMITED")
        found = True
        while found:
            found = False
            for words, parameter in _DELIMITERS.items():
                if cursor.accept(*words):
                    self.serde_parameters[parameter] = cursor.string().encode().decode("unicode_escape")
                    found = True

    def execute(self, environment: Environment) -> StatementResult:
        """Put the table into the catalog."""
        database, name = self.table
        catalog_writes.check_database(database)
        if self.if_not_exists and catalog.find_table(database, name) is not None:
            return text_result(environment, [], [])
        folder(self.location)
        catalog_writes.create_table(
            database,
            name,
            columns=self.columns,
            partition_keys=self.partition_keys,
            location=self.location,
            storage=self._storage(),
            parameters=self.parameters,
            comment=self.comment,
            comments=self.comments,
        )
        return text_result(environment, [], [])

    def _storage(self) -> dict[str, Any]:
        stored_as = self.stored_as or "TEXTFILE"
        if stored_as not in catalog_writes.FORMATS:
            raise UnsupportedStatementError(f"it reads PARQUET, JSON and TEXTFILE, not {stored_as}")
        input_format, output_format, serde = catalog_writes.FORMATS[stored_as]
        if self.formats:
            input_format, output_format = self.formats
        parameters = {"serialization.format": self.serde_parameters.get("field.delim", "1"), **self.serde_parameters}
        return {
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": self.serde or serde, "Parameters": parameters},
        }


def _texts(properties: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in properties.items()}
