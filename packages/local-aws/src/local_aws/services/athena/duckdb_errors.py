"""Says in Athena's words what DuckDB says in its own."""

from __future__ import annotations

import re

import duckdb
from sqlglot import exp

from local_aws.services.athena.errors import CancelledError, StatementError, at
from local_aws.services.athena.names import position

_OWN_CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)+: ")
_NO_COLUMN = (
    re.compile(r'Referenced column "([^"]+)" (?:was )?not found'),
    re.compile(r'does not have a column named "([^"]+)"'),
    re.compile(r'Referenced table "([^"]+)" not found'),
)
_AMBIGUOUS = re.compile(r'Ambiguous reference to column name "([^"]+)"')
_NOT_GROUPED = re.compile(r'column "([^"]+)" must appear in the GROUP BY clause')
_FUNCTION = re.compile(r"(?:No function matches the given name and argument types|Macro) '?(\w+)\(([^'\n]*)\)")
_NO_FUNCTION = re.compile(r"Function with name (\w+) does not exist")
_CAST = re.compile(r"[Cc]ould not convert string '(.*)' to (\w+)", re.DOTALL)


def translated(error: duckdb.Error, statement: exp.Expression) -> Exception:
    """The error to raise instead; ``statement`` is the query as it was parsed, for positions."""
    text = str(error).split("\n\nLINE ")[0].strip()
    if isinstance(error, duckdb.InterruptException):
        return CancelledError()
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
        return _binding(text, statement)
    if isinstance(error, duckdb.ParserException):
        return StatementError(f"SYNTAX_ERROR: line 1:1: {_without_kind(text)}")
    if isinstance(error, (duckdb.ConversionException, duckdb.OutOfRangeException)):
        cast = _CAST.search(text)
        if cast and cast.group(2) == "BOOL" and _OWN_CODE.match(cast.group(1)):  # a macro's own failure
            return StatementError(cast.group(1))
        if cast:
            return StatementError(f"INVALID_CAST_ARGUMENT: Cannot cast '{cast.group(1)}' to {cast.group(2)}")
        code = "INVALID_CAST_ARGUMENT" if "cast" in text.lower() else "NUMERIC_VALUE_OUT_OF_RANGE"
        return StatementError(f"{code}: {_without_kind(text)}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return StatementError(
            "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor", error_type=1
        )
    if isinstance(error, duckdb.InvalidInputException):
        return StatementError(f"INVALID_FUNCTION_ARGUMENT: {_without_kind(text)}")
    return StatementError(f"GENERIC_INTERNAL_ERROR: {_without_kind(text)}", category=1)


def _binding(text: str, statement: exp.Expression) -> StatementError:
    for pattern in _NO_COLUMN:
        found = pattern.search(text)
        if found:
            name, where = _column(found.group(1), statement)
            return StatementError(
                f"COLUMN_NOT_FOUND: {where}: Column '{name}' cannot be resolved or requester is not authorized "
                "to access requested resources"
            )
    found = _AMBIGUOUS.search(text)
    if found:
        name, where = _column(found.group(1), statement)
        return StatementError(f"AMBIGUOUS_NAME: {where}: Column '{name}' is ambiguous")
    found = _NOT_GROUPED.search(text)
    if found:
        name, where = _column(found.group(1), statement)
        return StatementError(
            f"EXPRESSION_NOT_AGGREGATE: {where}: '{name}' must be an aggregate expression or appear in GROUP BY clause"
        )
    found = _NO_FUNCTION.search(text)
    if found:
        return StatementError(f"FUNCTION_NOT_REGISTERED: line 1:1: Function '{found.group(1)}' not registered")
    found = _FUNCTION.search(text)
    if found:
        name = found.group(1).lower()
        calls = (call for call in statement.find_all(exp.Func) if call.sql_name().lower() == name)
        where = at(next((position(call) for call in calls), (1, 1)))
        return StatementError(
            f"FUNCTION_NOT_FOUND: {where}: Unexpected parameters ({found.group(2).lower()}) for function {name}. "
            "local_aws: no form of it takes these types"
        )
    return StatementError(f"TYPE_MISMATCH: line 1:1: {_without_kind(text)}")


def _column(name: str, statement: exp.Expression) -> tuple[str, str]:
    """The name as Athena shows it and its place in the statement."""
    for column in sorted(statement.find_all(exp.Column), key=lambda found: bool(found.table)):
        if name.lower() in {column.name.lower(), column.table.lower()}:
            shown = f"{column.table}.{column.name}" if column.table else column.name
            return shown.lower(), at(position(column))
    return name, at((1, 1))


def _without_kind(text: str) -> str:
    return re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", text).splitlines()[0]
