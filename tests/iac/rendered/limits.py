"""The forms that limits have which AWS states in words only: character sets, sizes and choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Gives what is wrong with a value; empty if nothing is.
Limit = Callable[[Any], str]
# Letters, digits and spaces of every script.
TAG = r"[\w\s.:/=+\-@]"
TAGGING_PAGE = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"


@dataclass(frozen=True)
class Documented:
    """A limit on one member of a call; ``*`` in the path is any item of a list, or any key of a map.

    :param says: a sentence of the documentation in botocore's model, which a test looks up there
    :param page: a page of AWS's documentation, for what the model has no words of
    """

    call: str
    member: str
    limit: Limit
    says: str = ""
    page: str = ""


def characters(pattern: str, most: int | None = None) -> Limit:
    """The whole value is made of these."""

    def limit(value: str) -> str:
        if most is not None and len(value) > most:
            return f"it may have {most} characters, not {len(value)}"
        wrong = sorted({character for character in value if not re.fullmatch(pattern, character)})
        return f"it may not have {' '.join(map(repr, wrong))}" if wrong else ""

    return limit


def matches(pattern: str) -> Limit:
    """The whole value is like this."""
    return lambda value: "" if re.fullmatch(pattern, value) else f"it has to be like {pattern}"


def does_not_match(pattern: str) -> Limit:
    """Nothing in the value is like this."""
    return lambda value: f"it may not be like {pattern}" if re.search(pattern, value) else ""


def one_of(*choices: Any) -> Limit:
    """The value is one of these."""
    return lambda value: "" if value in choices else f"it has to be one of {', '.join(map(str, choices))}"


def within(least: float, most: float) -> Limit:
    """The number is in this range, its ends included."""
    return lambda value: "" if least <= value <= most else f"it has to be from {least} to {most}"


def at_most(most: int, what: str, size: Callable[[Any], int] = len) -> Limit:
    """There are at most so many."""
    return lambda value: "" if size(value) <= most else f"it may have {most} {what}, not {size(value)}"


def utf8_bytes(text: str) -> int:
    """The size of a text where AWS counts bytes."""
    return len(text.encode())


def characters_without_white_space(document: str) -> int:
    """The size of a policy as IAM counts it."""
    return len(re.sub(r"\s", "", document))
