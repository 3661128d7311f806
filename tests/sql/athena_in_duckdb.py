"""Runs Athena SQL on DuckDB: each statement is parsed as Athena's dialect and translated."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot

from clickstream.contract import Column, load_contract

# Types as Glue spells them -> as DuckDB does.
DUCKDB_TYPES = {
    "string": "varchar",
    "int": "integer",
    "bigint": "bigint",
    "double": "double",
    "timestamp": "timestamp",
    "decimal(12,2)": "decimal(12,2)",
    "decimal(18,2)": "decimal(18,2)",
    "map<string,bigint>": "map(varchar, bigint)",
    "map<string,string>": "map(varchar, varchar)",
    "array<string>": "varchar[]",
}
EVENT_DEFAULTS = {"session_id": None, "product_id": None, "price": None, "quantity": None}


class Athena:
    """The catalog's tables, empty, in DuckDB."""

    def __init__(self) -> None:
        contract = load_contract()
        self.database = duckdb.connect()
        self.database.execute("set timezone = 'UTC'")
        for table in contract.tables:
            self._create(table.name, (*table.columns, *table.partition_keys))
        for report in contract.reports:
            self._create(report.name, (*report.columns, contract.catalog.report_partition_key))

    def _create(self, name: str, columns: tuple[Column, ...]) -> None:
        described = ", ".join(f'"{column.name}" {DUCKDB_TYPES[column.type]}' for column in columns)
        self.database.execute(f"create table {name} ({described})")

    def load_events(self, file: Path) -> None:
        """Put the events of a CSV file into the table ``events``, each into the partition of its own timestamp.

        The file needs the columns user_id, event_type and timestamp; event_id is numbered where the file has none,
        ingest_date is the event's day. An empty cell is null. Columns year, month and day overrule the timestamp.
        """
        with file.open(newline="", encoding="utf-8") as lines:
            for number, row in enumerate(csv.DictReader(lines)):
                event = {name: value or None for name, value in row.items()}
                day = str(event["timestamp"])[:10]
                year, month, day_of_month = day.split("-")
                whole = {
                    **EVENT_DEFAULTS,
                    "event_id": f"e{number}",
                    "year": year,
                    "month": month,
                    "day": day_of_month,
                    "ingest_date": day,
                    **event,
                }
                names = ", ".join(f'"{name}"' for name in whole)
                marks = ", ".join("?" for _ in whole)
                self.database.execute(f"insert into events ({names}) values ({marks})", list(whole.values()))

    def insert_events(self, day: date, rows: pa.Table) -> None:
        """Put rows with the columns of the contract's events table into the partition of one date."""
        values = f"'{day:%Y}', '{day:%m}', '{day:%d}', '{day}'"
        self.database.register("rows", rows)
        self.database.execute(f"insert into events select *, {values} from rows")
        self.database.unregister("rows")

    def select(self, sql: str) -> tuple[list[tuple[str, str]], list[tuple]]:
        """The columns (name, DuckDB type) and rows of one statement in Athena's dialect."""
        [translated] = sqlglot.transpile(sql, read="athena", write="duckdb")
        result = self.database.execute(translated)
        columns = [(name, str(type_).lower()) for name, type_, *_ in result.description]
        return columns, result.fetchall()

    def materialise(self, name: str, sql: str, report_date: str) -> None:
        """Insert the rows of a report's SELECT into its table."""
        _, rows = self.select(sql)
        for row in rows:
            marks = ", ".join("?" for _ in (*row, report_date))
            self.database.execute(f"insert into {name} values ({marks})", [*row, report_date])


def statements(file: Path) -> list[str]:
    """The statements of a file with several of them, each with the comment above it."""
    parts = [part.strip() for part in file.read_text(encoding="utf-8").split(";\n")]
    return [part for part in parts if part]
