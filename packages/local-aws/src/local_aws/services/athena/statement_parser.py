"""Reads a statement of any kind."""

from __future__ import annotations

from itertools import pairwise

import sqlglot
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType

from local_aws.services.athena import dialect
from local_aws.services.athena.create_table import CreateTable
from local_aws.services.athena.ddl import CreateDatabase, DropDatabase, DropTable, RepairTable, parse_alter
from local_aws.services.athena.errors import StatementError, StatementSyntaxError, UnsupportedStatementError
from local_aws.services.athena.query_statements import CreateTableAs, CreateView, Explain, Insert, Select, Unload
from local_aws.services.athena.show import Show
from local_aws.services.athena.statement import Statement
from local_aws.services.athena.tokens import Cursor, tokens

_QUERY_WORDS = {"SELECT", "WITH", "VALUES", "TABLE", "("}
_UNSUPPORTED = {
    "UPDATE",
    "DELETE",
    "MERGE",
    "OPTIMIZE",
    "VACUUM",
    "GRANT",
    "REVOKE",
    "CALL",
    "USE",
    "SET",
    "RESET",
    "TRUNCATE",
}


def parse(sql: str, database: str, parameters: list[str] | None, prepared: dict[str, str]) -> Statement:
    """Read the statement, with its parameters in place.

    :param database: database of names without one
    :param prepared: the workgroup's prepared statements by name
    :raises StatementSyntaxError: if it is none
    :raises StatementError: if it can't be run here
    """
    sql = _without_semicolon(sql)
    words = _first_words(sql)
    if words[:1] == ["EXECUTE"]:
        sql, parameters = _executed(sql, parameters, prepared)
        sql = _without_semicolon(sql)
        words = _first_words(sql)
    sql = with_parameters(sql, parameters or [])
    return _parsed(sql, words, database)


def _parsed(sql: str, words: list[str], database: str) -> Statement:
    first = words[0] if words else ""
    if first in _QUERY_WORDS:
        return Select(dialect.parse_query(sql))
    if first == "CREATE":
        return _create(sql, words[1:], database)
    if first == "DROP":
        if words[1:2] in (["DATABASE"], ["SCHEMA"]):
            return DropDatabase.parse(sql)
        return DropTable.parse(sql, database)
    if first == "UNLOAD":
        return Unload.parse(sql)
    if first == "INSERT":
        if words[1:2] == ["OVERWRITE"]:
            raise UnsupportedStatementError("Athena has no INSERT OVERWRITE")
        return Insert.parse(sql, database)
    if first == "ALTER":
        return parse_alter(sql, database)
    if first == "MSCK":
        return RepairTable.parse(sql, database)
    if first in {"SHOW", "DESCRIBE", "DESC"}:
        return Show.parse(sql, database)
    if first == "EXPLAIN":
        return Explain.parse(sql)
    if first in {"PREPARE", "DEALLOCATE"}:
        raise UnsupportedStatementError(f"{first}: use the calls CreatePreparedStatement and DeletePreparedStatement")
    if first in _UNSUPPORTED:
        raise UnsupportedStatementError(first)
    raise dialect.unexpected(sql)


def _create(sql: str, words: list[str], database: str) -> Statement:
    if words[:1] in (["DATABASE"], ["SCHEMA"]):
        return CreateDatabase.parse(sql)
    if words[:1] == ["VIEW"] or words[:3] == ["OR", "REPLACE", "VIEW"]:
        return CreateView.parse(sql, database)
    if words[:1] == ["TABLE"] and _has_query(sql):
        return CreateTableAs.parse(sql, database)
    return CreateTable.parse(sql, database)


def _has_query(sql: str) -> bool:
    """Whether the text has an AS with a query behind it."""
    try:
        words = [token.text.upper() for token in tokens(sql, "trino")]
    except TokenError:
        return False
    return any(word == "AS" and following in _QUERY_WORDS for word, following in pairwise(words))


def _first_words(sql: str) -> list[str]:
    try:
        words = " ".join(token.text.upper() for token in tokens(sql, "hive")[:4]).split()
    except TokenError:
        words = sql.upper().split()[:4]
    if not words:
        raise StatementSyntaxError(f"line 1:1: mismatched input '<EOF>'. Expecting: {dialect.STATEMENT_WORDS}")
    return words


def _without_semicolon(sql: str) -> str:
    text = sql.rstrip()
    return text[:-1] if text.endswith(";") else text


def _executed(sql: str, parameters: list[str] | None, prepared: dict[str, str]) -> tuple[str, list[str]]:
    """The prepared statement that EXECUTE names, and the parameters behind USING."""
    cursor = Cursor(sql, "trino")
    cursor.expect("EXECUTE")
    name = cursor.name()
    used: list[str] = list(parameters or [])
    if cursor.accept("USING"):
        used = [cursor.text_until(",")]
        while cursor.accept(","):
            used.append(cursor.text_until(","))
    cursor.expect_end()
    if name not in prepared:
        raise StatementError(f"NOT_FOUND: Prepared statement not found: {name}")
    return prepared[name], used


def with_parameters(sql: str, parameters: list[str]) -> str:
    """The text with the parameters, which are SQL literals, in place of its question marks.

    :raises StatementError: if there are more or fewer, or one is no expression
    """
    try:
        marks = [token for token in tokens(sql, "trino") if token.token_type is TokenType.PLACEHOLDER]
    except TokenError:
        return sql  # the parser will say what is wrong with it
    if len(marks) != len(parameters):
        raise StatementError(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {len(marks)} "
            f"but found {len(parameters)}"
        )
    for mark, text in reversed(list(zip(marks, parameters, strict=True))):
        try:
            dialect.check_functions(sqlglot.parse_one(f"({text})", read="athena"), f"({text})")
        except (ParseError, TokenError) as error:
            raise StatementError(f"INVALID_PARAMETER_USAGE: line 1:1: {text!r} is not an expression") from error
        sql = f"{sql[: mark.start]}{text}{sql[mark.end + 1 :]}"
    return sql
