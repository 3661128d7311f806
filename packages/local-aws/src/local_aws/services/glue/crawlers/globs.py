"""Glue's exclude patterns: Unix globs over the part of a key that follows the include path."""

from __future__ import annotations

import re
from functools import cache


class InvalidGlobError(ValueError):
    """A pattern that Glue would not take."""


@cache
def compile_glob(pattern: str) -> re.Pattern[str]:
    """The regular expression that matches the same whole paths as the pattern.

    ``*`` and ``?`` stay within one folder level, ``**`` crosses levels, ``[a-c]`` and ``[!a-c]`` are one character,
    ``{a,b}`` is either (not nested), a backslash takes the special meaning from the next character.

    :raises InvalidGlobError: if the pattern is not complete
    """
    parts: list[str] = []
    in_group = False
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "\\":
            if position == len(pattern):
                raise InvalidGlobError(f"the exclude pattern {pattern!r} ends with a backslash")
            parts.append(re.escape(pattern[position]))
            position += 1
        elif character == "*":
            crossing = pattern[position : position + 1] == "*"
            parts.append(".*" if crossing else "[^/]*")
            position += crossing
        elif character == "?":
            parts.append("[^/]")
        elif character == "[":
            expression, position = _bracket_expression(pattern, position)
            parts.append(expression)
        elif character == "{":
            if in_group:
                raise InvalidGlobError(f"the exclude pattern {pattern!r} has a group inside a group")
            in_group = True
            parts.append("(?:")
        elif character == "}" and in_group:
            in_group = False
            parts.append(")")
        elif character == "," and in_group:
            parts.append("|")
        else:
            parts.append(re.escape(character))
    if in_group:
        raise InvalidGlobError(f"the exclude pattern {pattern!r} has no }} for its {{")
    return re.compile("".join(parts), re.DOTALL)


def is_excluded(path: str, patterns: list[str]) -> bool:
    """Whether one of the patterns matches the whole path.

    :raises InvalidGlobError: if a pattern is not complete
    """
    return any(compile_glob(pattern).fullmatch(path) for pattern in patterns)


def _bracket_expression(pattern: str, start: int) -> tuple[str, int]:
    """The expression whose opening bracket is just before ``start``, and where it ends."""
    end = pattern.find("]", start + 1)
    if end < 0:
        raise InvalidGlobError(f"the exclude pattern {pattern!r} has no ] for its [")
    content = pattern[start:end]
    negated = content.startswith("!")
    characters = content[negated:]
    if not characters:
        raise InvalidGlobError(f"the exclude pattern {pattern!r} has an empty []")
    # All but the hyphen stand for themselves here; a hyphen first in the brackets does so too.
    escaped = "".join("-" if c == "-" and number else re.escape(c) for number, c in enumerate(characters))
    try:
        re.compile(f"[{escaped}]")
    except re.error as error:
        raise InvalidGlobError(f"the exclude pattern {pattern!r} has a bad range: {error}") from error
    # A name component only: never the slash, not even where it is negated.
    return f"(?!/)[{'^' if negated else ''}{escaped}]", end + 1
