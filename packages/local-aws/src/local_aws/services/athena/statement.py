"""What all kinds of statements have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from local_aws.services.athena.executor import QueryRun
from local_aws.services.athena.results import ResultColumn
from local_aws.services.s3 import storage

DML = "DML"
DDL = "DDL"
UTILITY = "UTILITY"
TEXT_RESULT = ".txt"
CSV_RESULT = ".csv"
NO_RESULT = ""


@dataclass(frozen=True)
class Output:
    """Where a statement's result goes.

    :param prefix: address that the names of the result files start with; ends in the execution's id
    """

    prefix: str

    def put(self, suffix: str, content: bytes | Path) -> str:
        """Store a result file; returns its address."""
        uri = self.prefix + suffix
        storage.put_object(*storage.split_uri(uri), content)
        return uri


@dataclass(frozen=True)
class Environment:
    """What a statement runs in.

    :param database: database of names without one
    """

    run: QueryRun
    output: Output
    database: str


@dataclass
class StatementResult:
    """What a statement gave.

    :param rows: rows that are kept with the execution; None if they are in the CSV file
    :param row_count: rows of a query
    :param update_count: rows written
    :param manifest: address of the list of the files written
    """

    columns: list[ResultColumn] = field(default_factory=list)
    rows: list[list[str | None]] | None = field(default_factory=list)
    row_count: int = 0
    update_count: int = 0
    manifest: str | None = None


class Statement(Protocol):
    """A parsed statement.

    ``name`` is Athena's SubstatementType, ``kind`` its StatementType, ``result_suffix`` the end of its result's name.
    """

    @property
    def name(self) -> str:
        """Athena's SubstatementType."""

    @property
    def kind(self) -> str:
        """Athena's StatementType."""

    @property
    def result_suffix(self) -> str:
        """The end of the name of its result file."""

    def execute(self, environment: Environment) -> StatementResult:
        """Run it.

        :raises StatementError: if it fails
        """


def text_result(environment: Environment, column_names: list[str], rows: list[list[str]]) -> StatementResult:
    """The result of a statement whose rows are text, stored as Athena's text file."""
    content = "".join("\t".join(row) + "\n" for row in rows)
    environment.output.put(TEXT_RESULT, content.encode())
    columns = [ResultColumn(name, "string", 0, 0) for name in column_names]
    return StatementResult(columns, [list(row) for row in rows])
