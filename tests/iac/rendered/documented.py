"""What AWS says in words only: character sets and quotas that the service models lack.

Those that the local AWS holds its requests against, too, are taken from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.iac.rendered.calls import CallPath, RenderedCall
from tests.iac.rendered.documented_access import ACCESS
from tests.iac.rendered.documented_data import PIPELINE, S3
from tests.iac.rendered.documented_network import EC2
from tests.iac.rendered.documented_watch import MWAA, WATCH

DOCUMENTED = (*EC2, *S3, *ACCESS, *PIPELINE, *MWAA, *WATCH)


def complaints_of_documentation(calls: Iterable[RenderedCall]) -> list[str]:
    """What AWS's documentation has against the calls one by one, each with file and line."""
    return [
        call.complaint(path, f"{problem} ({documented.page or documented.says})", value)
        for call in calls
        for documented in DOCUMENTED
        if re.fullmatch(documented.call.replace(".", r"\.").replace("*", ".*"), call.call.name)
        for path, value in values_at(call.members, documented.member.split("."))
        if (problem := documented.limit(value))
    ]


def values_at(value: Any, member: list[str], path: CallPath = ()) -> Iterator[tuple[CallPath, Any]]:
    """The values of a member, with their paths."""
    if not member:
        yield path, value
        return
    first, *rest = member
    if first == "*":
        pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from values_at(item, rest, (*path, key))
    elif isinstance(value, dict) and first in value:
        yield from values_at(value[first], rest, (*path, first))
