"""Reads statements that have no tree of their own, token by token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokens import TokenType

from local_aws.services.athena.errors import StatementSyntaxError

_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


@dataclass(frozen=True)
class Token:
    """A token of a statement's text, and the places of its first and last character there."""

    text: str
    token_type: TokenType
    start: int
    end: int


def tokens(sql: str, dialect: str) -> list[Token]:
    """The text's tokens.

    :raises TokenError: if it has none in that dialect
    """
    # Behind a parenthesis, because at the start the tokenizer takes all that follows SHOW and others for one string.
    found = sqlglot.tokenize("(" + sql, read=dialect)[1:]
    return [Token(token.text, token.token_type, token.start - 1, token.end - 1) for token in found]


class Cursor:
    """A place in a statement's tokens.

    :param dialect: ``hive`` for DDL, where backticks quote names and double quotes are strings; ``trino`` for queries
    :raises StatementSyntaxError: if the text has no tokens of that dialect
    """

    def __init__(self, sql: str, dialect: str) -> None:
        self.sql = sql
        try:
            self._tokens = tokens(sql, dialect)
        except TokenError as error:
            raise StatementSyntaxError(f"line 1:1: token recognition error: {str(error).splitlines()[0]}") from error
        while self._tokens and self._tokens[-1].token_type is TokenType.SEMICOLON:
            self._tokens.pop()
        self._place = 0

    @property
    def is_at_end(self) -> bool:
        """Whether there are no more tokens."""
        return self._place >= len(self._tokens)

    @property
    def offset(self) -> int:
        """Where in the text the next token starts; the text's end if there is none."""
        return len(self.sql) if self.is_at_end else self._tokens[self._place].start

    def peek(self, ahead: int = 0) -> str:
        """The text of a coming token in upper case; a quoted name or string is never a keyword."""
        if self._place + ahead >= len(self._tokens):
            return ""
        token = self._tokens[self._place + ahead]
        if token.token_type is TokenType.STRING or self.sql[token.start] in "`\"'":
            return "'"
        return token.text.upper()

    def accept(self, *words: str) -> bool:
        """Step over the words, if they come next."""
        # The tokenizer takes some pairs of words for one.
        count, text = 0, ""
        while count < len(words) and len(text.split()) < len(words):
            text = f"{text} {self.peek(count)}".strip()
            count += 1
        if text.split() != list(words):
            return False
        self._place += count
        return True

    def expect(self, *words: str) -> None:
        """Step over the words.

        :raises StatementSyntaxError: if something else comes next
        """
        if not self.accept(*words):
            raise self.error(f"Expecting: {' '.join(words)}")

    def expect_end(self) -> None:
        """Be at the end.

        :raises StatementSyntaxError: if there is more
        """
        if not self.is_at_end:
            raise self.error("Expecting: <EOF>")

    def name(self) -> str:
        """Step over a name, in lower case as the catalog keeps it.

        :raises StatementSyntaxError: if none comes next
        """
        if self.is_at_end or self.peek() in {"(", ")", ",", "."}:
            raise self.error("Expecting: <identifier>")
        token = self._next()
        if token.token_type is TokenType.STRING and self.sql[token.start] == "'":
            self._place -= 1
            raise self.error("Expecting: <identifier>")
        return token.text.lower()

    def qualified_name(self, default_database: str) -> tuple[str, str]:
        """Step over ``table``, ``database.table`` or ``catalog.database.table``; gives database and table."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        if len(parts) == 3 and parts[0] == "awsdatacatalog":
            parts.pop(0)
        if len(parts) > 2:
            raise StatementSyntaxError(f"line 1:1: Catalog '{parts[0]}' does not exist")
        return (parts[0], parts[1]) if len(parts) == 2 else (default_database.lower(), parts[0])

    def string(self) -> str:
        """Step over a string.

        :raises StatementSyntaxError: if none comes next
        """
        if self.is_at_end or self._tokens[self._place].token_type is not TokenType.STRING:
            raise self.error("Expecting: <string>")
        return self._next().text

    def value(self) -> Any:
        """Step over a property's value: a string, a number, a truth value or an ARRAY of those.

        :raises StatementSyntaxError: if none comes next
        """
        if self.accept("ARRAY"):
            self.expect("[")
            items = []
            while not self.accept("]"):
                items.append(self.value())
                if not self.accept(",") and self.peek() != "]":
                    raise self.error("Expecting: ']'")
            return items
        for word, value in (("TRUE", True), ("FALSE", False)):
            if self.accept(word):
                return value
        if not self.is_at_end and self._tokens[self._place].token_type is TokenType.NUMBER:
            text = self._next().text
            return float(text) if "." in text else int(text)
        return self.string()

    def properties(self) -> dict[str, Any]:
        """Step over ``(name = value, ...)``; names as strings or identifiers.

        :raises StatementSyntaxError: if that does not come next
        """
        found: dict[str, Any] = {}
        self.expect("(")
        while not self.accept(")"):
            is_string = not self.is_at_end and self._tokens[self._place].token_type is TokenType.STRING
            name = self.string() if is_string else self.name()
            self.expect("=")
            found[name] = self.value()
            if not self.accept(",") and self.peek() != ")":
                raise self.error("Expecting: ')'")
        return found

    def skip_parentheses(self) -> tuple[int, int]:
        """Step over ``(...)``; gives where in the text its inside starts and ends.

        :raises StatementSyntaxError: if it does not come next or has no end
        """
        self.expect("(")
        start, depth = self.offset, 1
        while not self.is_at_end:
            text = self.peek()
            depth += (text in _OPENING) - (text in _CLOSING)
            if depth == 0:
                end = self.offset
                self._place += 1
                return start, end
            self._place += 1
        raise self.error("Expecting: ')'")

    def text_until(self, *ends: str) -> str:
        """Step over everything before one of those tokens that is outside all brackets; gives its text."""
        start, depth = self.offset, 0
        while not self.is_at_end:
            text = self.peek()
            if depth == 0 and text in ends:
                break
            if text and set(text) <= set("<>"):
                depth += text.count("<") - text.count(">")
            depth += (text in _OPENING) - (text in _CLOSING)
            self._place += 1
        return self.sql[start : self.offset].strip()

    def error(self, detail: str) -> StatementSyntaxError:
        """The error for what comes next."""
        if self.is_at_end:
            lines = self.sql.rstrip().split("\n")
            return StatementSyntaxError(f"line {len(lines)}:{len(lines[-1]) + 1}: mismatched input '<EOF>'. {detail}")
        token = self._tokens[self._place]
        line_start = self.sql.rfind("\n", 0, token.start)
        place = f"line {self.sql.count(chr(10), 0, token.start) + 1}:{token.start - line_start}"
        return StatementSyntaxError(f"{place}: mismatched input '{token.text}'. {detail}")

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += 1
        return token


def only(sql: str, start: int, end: int) -> str:
    """That part of the text at its own place, with blanks around it, so that positions in it stay right."""
    before = "".join(character if character == "\n" else " " for character in sql[:start])
    return before + sql[start:end]
