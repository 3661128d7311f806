"""When a rule or a schedule is due: the expressions that EventBridge and its Scheduler take.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


class _Field(NamedTuple):
    """One field of a cron expression.

    :param also: what it may hold besides numbers, ranges, steps and ``*``
    """

    least: int
    most: int
    names: list[str]
    also: str

    def takes(self, text: str) -> bool:
        return all(self._takes_part(part) for part in text.split(","))

    def _takes_part(self, part: str) -> bool:
        if self.also and re.fullmatch(self.also, part):
            return True
        values, slash, step = part.partition("/")
        if slash and not step.isdecimal():
            return False
        first, dash, last = values.partition("-")
        return values == "*" or (self._takes_value(first) and (not dash or self._takes_value(last)))

    def _takes_value(self, text: str) -> bool:
        return text.upper() in self.names or (text.isdecimal() and self.least <= int(text) <= self.most)


_FIELDS = (
    _Field(0, 59, [], ""),
    _Field(0, 23, [], ""),
    _Field(1, 31, [], r"\?|L|LW|\d{1,2}W"),
    _Field(1, 12, _MONTHS, ""),
    _Field(1, 7, _DAYS, r"\?|L|[1-7]L|[1-7]#[1-5]"),
    _Field(1970, 2199, [], ""),
)


def is_due_regularly(expression: str) -> bool:
    """Whether it is a ``rate`` or a ``cron`` that EventBridge's rules take."""
    rate = _RATE.fullmatch(expression)
    if rate:
        return (rate[1] == "1") == (rate[3] == "")
    return _is_cron(expression)


def is_due(expression: str) -> bool:
    """Whether it is an ``at``, a ``rate`` or a ``cron`` that the Scheduler takes."""
    return any(pattern.fullmatch(expression) for pattern in (_AT, _RATE)) or _is_cron(expression)


def _is_cron(expression: str) -> bool:
    found = _CRON.fullmatch(expression)
    if not found:
        return False
    fields = found.groups()
    # A day of the month and a day of the week can't both be said.
    return (fields[2] == "?") != (fields[4] == "?") and all(
        field.takes(text) for field, text in zip(_FIELDS, fields, strict=True)
    )
