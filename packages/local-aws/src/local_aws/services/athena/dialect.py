"""Athena's dialect: parses queries, refuses what Athena would refuse, and turns them into DuckDB's SQL."""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType

from local_aws.services.athena import rewrite
from local_aws.services.athena.errors import StatementError, StatementSyntaxError, UnsupportedStatementError, at
from local_aws.services.athena.functions import ALLOWED, PARSER_NAMES, SYNTAX_NODES
from local_aws.services.athena.names import position

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every statement that is not routed to it

_FOREIGN_TOKENS = {
    TokenType.DCOLON,
    TokenType.DIV,
    TokenType.HASH_ARROW,
    TokenType.DHASH_ARROW,
    TokenType.TILDE,
    TokenType.DARROW,
    TokenType.RLIKE,
}
_NO_VALUES = {  # behind these a bracket can't be a subscript
    TokenType.SEMICOLON,
    TokenType.SELECT,
    TokenType.COMMA,
    TokenType.L_PAREN,
    TokenType.L_BRACKET,
    TokenType.EQ,
    TokenType.DPIPE,
    TokenType.ARROW,
    TokenType.THEN,
    TokenType.ELSE,
    TokenType.WHERE,
    TokenType.AND,
    TokenType.OR,
}
_QUERY_NODES = (exp.Query, exp.Values)
STATEMENT_WORDS = (
    "'(', 'ALTER', 'CREATE', 'DEALLOCATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', "
    "'MERGE', 'MSCK', 'PREPARE', 'SHOW', 'TABLE', 'UNLOAD', 'UPDATE', 'USING', 'VACUUM', 'VALUES', 'WITH', <query>"
)


def parse_query(sql: str) -> exp.Query:
    """Parse one SELECT, VALUES, TABLE or WITH query.

    :raises StatementSyntaxError: if it is none
    :raises StatementError: if it calls functions that Athena does not have
    """
    statement = parse_statement(sql)
    if isinstance(statement, exp.Values):
        statement = exp.select("*").from_(statement)
    if not isinstance(statement, exp.Query):
        raise StatementSyntaxError(f"line 1:1: mismatched input '{first_word(sql)}'. Expecting: <query>")
    _check_nodes(statement)
    check_functions(statement, sql)
    return statement


def parse_statement(sql: str) -> exp.Expression:
    """Parse one statement of any kind that sqlglot knows.

    :raises StatementSyntaxError: if the text is not one statement
    """
    try:
        statements = [found for found in sqlglot.parse(sql, read="athena") if found is not None]
    except ParseError as error:
        raise _syntax_error(sql, error) from error
    except TokenError as error:
        raise StatementSyntaxError(f"line 1:1: token recognition error: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise StatementError("STACK_OVERFLOW: statement is too large (stack overflow during parsing)") from error
    _check_tokens(sql)
    if not statements:
        raise StatementSyntaxError(f"line 1:1: mismatched input '<EOF>'. Expecting: {STATEMENT_WORDS}")
    if len(statements) > 1:
        raise StatementSyntaxError("Only one sql statement is allowed. Got: " + sql.strip()[:200])
    statement = statements[0]
    if isinstance(statement, (exp.Command, exp.Column, exp.Alias, exp.Paren)) or not isinstance(
        statement, (*_QUERY_NODES, exp.DDL, exp.DML, exp.Create, exp.Insert, exp.Drop, exp.Describe)
    ):
        raise unexpected(sql)
    return statement


def _check_nodes(query: exp.Expression) -> None:
    """Refuse what the parser lets through although Athena's queries, or those here, don't have it."""
    for star in query.find_all(exp.Star):
        if any(star.args.values()):
            raise StatementSyntaxError(f"{at(position(star))}: mismatched input. Expecting: ',', <EOF>")
    sample = query.find(exp.TableSample)
    if sample is not None:
        raise UnsupportedStatementError("it has no TABLESAMPLE")


def _check_tokens(sql: str) -> None:
    """Refuse what the parser lets through although Athena's queries don't have it."""
    previous = TokenType.SEMICOLON
    for token in sqlglot.tokenize(sql, read="athena"):
        where = f"line {token.line}:{token.col - (token.end - token.start)}"
        if token.token_type is TokenType.IDENTIFIER and sql[token.start] == "`":
            raise StatementSyntaxError(
                f"{where}: backquoted identifiers are not supported; use double quotes to quote identifiers"
            )
        if token.token_type in _FOREIGN_TOKENS or token.text.upper() in {"QUALIFY", "ILIKE"}:
            raise StatementSyntaxError(f"{where}: mismatched input '{token.text}'. Expecting: <expression>")
        if token.token_type is TokenType.L_BRACKET and previous in _NO_VALUES:
            raise StatementSyntaxError(f"{where}: mismatched input '['. Expecting: <expression>")
        previous = token.token_type


def unexpected(sql: str) -> StatementSyntaxError:
    """The error for a text that starts like no statement."""
    return StatementSyntaxError(f"line 1:1: mismatched input '{first_word(sql)}'. Expecting: {STATEMENT_WORDS}")


def first_word(sql: str) -> str:
    """The first word of the text, without comments."""
    try:
        tokens = sqlglot.tokenize(sql, read="athena")
    except TokenError:
        return sql.split()[0] if sql.split() else ""
    return tokens[0].text if tokens else "<EOF>"


def check_functions(statement: exp.Expression, sql: str) -> None:
    """Refuse functions that are not in the allowlist.

    :raises StatementError: naming the first of them
    """
    for function in statement.find_all(exp.Func):
        if "start" in function.meta:
            name = sql[function.meta["start"] : function.meta["end"] + 1].strip('"').lower()
        elif isinstance(function, SYNTAX_NODES):
            continue
        else:
            name = PARSER_NAMES.get(function.sql_name().lower(), function.sql_name().lower())
        if name not in ALLOWED:
            raise StatementError(f"FUNCTION_NOT_REGISTERED: {at(position(function))}: Function '{name}' not registered")


def to_duckdb(query: exp.Query, schema: dict[str, dict[str, str]]) -> str:
    """The query in DuckDB's SQL; tables have their internal names already.

    :param schema: internal table name -> column name -> type in DuckDB's SQL
    """
    return rewrite.rewritten(query, schema).sql(dialect="duckdb")


def _syntax_error(sql: str, error: ParseError) -> StatementSyntaxError:
    detail = error.errors[0] if error.errors else {}
    word = first_word(sql)
    if word.upper() not in STATEMENT_WORDS and word.upper() not in {"SELECT", "("}:
        return unexpected(sql)
    highlighted = str(detail.get("highlight") or "<EOF>")
    line = int(detail.get("line") or 1)
    column = int(detail.get("col") or 1) - len(highlighted) + 1
    description = str(detail.get("description") or error).split(" <Token")[0].splitlines()[0]
    return StatementSyntaxError(f"line {line}:{max(column, 1)}: mismatched input '{highlighted}'. {description}")
