"""Prefix expressions such as ``!{timestamp:yyyy}``, and the names of the objects that Firehose delivers."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

MAX_PREFIX_LENGTH = 512
RANDOM_STRING_LENGTH = 11
DEFAULT_TIME_PREFIX = "!{timestamp:yyyy/MM/dd/HH/}"
ERROR_OUTPUT_TYPE = "firehose:error-output-type"
RANDOM_STRING = "firehose:random-string"
_TIMESTAMP = "timestamp:"
_EXPRESSION = re.compile(r"!\{([^}]*)\}")
_TIME_FORMAT = re.compile(r"'(?P<literal>[^']*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)")
# The part of Java's DateTimeFormatter patterns that has a meaning in a folder name.
_TIME_FIELDS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "uuuu": lambda at: f"{at.year:04}",
    "yy": lambda at: f"{at.year % 100:02}",
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: str(at.day),
    "DDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "mm": lambda at: f"{at.minute:02}",
    "ss": lambda at: f"{at.second:02}",
}


class PrefixError(ValueError):
    """A prefix that Firehose would refuse, or that is not understood here; the message says which part."""


def data_prefix(prefix: str) -> str:
    """The prefix of delivered objects with the default time folders, where it has no timestamp of its own.

    :raises PrefixError: if the expression is not valid for delivered objects
    """
    if f"!{{{ERROR_OUTPUT_TYPE}}}" in prefix:
        raise PrefixError(f"Prefix can't contain !{{{ERROR_OUTPUT_TYPE}}}")
    complete = prefix if f"!{{{_TIMESTAMP}" in prefix else prefix + DEFAULT_TIME_PREFIX
    evaluate(complete, datetime(2000, 1, 1, tzinfo=UTC))
    return complete


def error_prefix(prefix: str, data: str) -> str:
    """The prefix of error output; without one of its own it is derived from the data prefix.

    :param prefix: the configured ErrorOutputPrefix, empty if there is none
    :param data: the configured Prefix
    :raises PrefixError: if the expression is not valid for error output
    """
    if not prefix:
        if _EXPRESSION.search(data):
            raise PrefixError("ErrorOutputPrefix can't be null or empty when Prefix contains expressions")
        return f"{data}!{{{ERROR_OUTPUT_TYPE}}}/{DEFAULT_TIME_PREFIX}"
    has_expression = _EXPRESSION.search(prefix) is not None
    if has_expression and f"!{{{ERROR_OUTPUT_TYPE}}}" not in prefix:
        raise PrefixError(f"ErrorOutputPrefix must contain !{{{ERROR_OUTPUT_TYPE}}}")
    complete = prefix if has_expression else f"{prefix}!{{{ERROR_OUTPUT_TYPE}}}/{DEFAULT_TIME_PREFIX}"
    evaluate(complete, datetime(2000, 1, 1, tzinfo=UTC), "processing-failed")
    return complete


def evaluate(prefix: str, arrived_at: datetime, error_output_type: str = "") -> str:
    """The prefix with its expressions replaced.

    :param arrived_at: arrival of the oldest record of the object, in UTC
    :raises PrefixError: if an expression is unknown or the result is too long
    """
    remainder = _EXPRESSION.sub("", prefix)
    if "!{" in remainder:
        raise PrefixError(f"{prefix!r} has a !{{ without its closing brace")
    evaluated = _EXPRESSION.sub(lambda match: _value(match[1], arrived_at, error_output_type), prefix)
    if len(evaluated) > MAX_PREFIX_LENGTH:
        raise PrefixError(f"{prefix[:80]!r}... is longer than {MAX_PREFIX_LENGTH} characters when evaluated")
    return evaluated


def object_name(stream: str, version: str, arrived_at: datetime, extension: str) -> str:
    """``<stream>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>``."""
    return f"{stream}-{version}-{arrived_at:%Y-%m-%d-%H-%M-%S}-{uuid4()}{extension}"


def _value(expression: str, arrived_at: datetime, error_output_type: str) -> str:
    if expression.startswith(_TIMESTAMP):
        return _format_time(expression.removeprefix(_TIMESTAMP), arrived_at)
    if expression == RANDOM_STRING:
        return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(RANDOM_STRING_LENGTH))
    if expression == ERROR_OUTPUT_TYPE:
        return error_output_type
    raise PrefixError(
        f"!{{{expression}}} is not supported by local_aws: it knows !{{timestamp:...}}, !{{{RANDOM_STRING}}} and "
        f"!{{{ERROR_OUTPUT_TYPE}}}"
    )


def _format_time(pattern: str, arrived_at: datetime) -> str:
    parts = []
    for match in _TIME_FORMAT.finditer(pattern):
        if match["literal"] is not None:
            parts.append(match["literal"] or "'")  # two quotes in a row are one quote
        elif match["other"] is not None:
            parts.append(match["other"])
        elif match["letters"] in _TIME_FIELDS:
            parts.append(_TIME_FIELDS[match["letters"]](arrived_at))
        else:
            hint = "; the calendar year is yyyy, YYYY is the week-based year" if match["letter"] == "Y" else ""
            raise PrefixError(
                f"{match['letters']!r} in !{{timestamp:{pattern}}} is not supported by local_aws: it knows "
                f"{', '.join(_TIME_FIELDS)}{hint}"
            )
    return "".join(parts)
