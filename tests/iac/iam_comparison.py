"""Holds the calls that were recorded against what policies grant, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call that was made."""

    role: str
    action: str
    resource: str


@dataclass(frozen=True)
class Statement:
    """One statement of a policy of one role.

    :param explained: the actions and resources, as they are written, that carry a comment why they are there
    """

    role: str
    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    has_condition: bool = False
    explained: frozenset[str] = field(default=frozenset())

    def matches(self, call: Call) -> bool:
        """Whether the statement speaks of the call, its conditions aside."""
        return call.role == self.role and any_matches(self.actions, call.action, True) and self._has(call.resource)

    def uses(self, call: Call, action: str) -> bool:
        """Whether the call needs this action of the statement."""
        return call.role == self.role and matches(action, call.action, True) and self._has(call.resource)

    def _has(self, resource: str) -> bool:
        return any_matches(self.resources, resource)


@dataclass(frozen=True)
class Differences:
    """Sentences, one a difference.

    :param refused: calls that the policies do not allow
    :param unused: actions and resources that no call needed and no comment explains
    """

    refused: list[str]
    unused: list[str]


def statements_of(
    role: str, document: Mapping[str, Any], explained: Mapping[str, Iterable[str]] | None = None
) -> list[Statement]:
    """The statements of a policy document.

    :param explained: by Sid, the actions and resources with a comment
    :raises ValueError: for a statement without a Sid, or with what this can't compare
    """
    found = []
    for entry in document["Statement"]:
        sid = entry.get("Sid")
        if not sid:
            raise ValueError(f"a statement of {role} has no Sid: {entry}")
        if unknown := set(entry) - {"Sid", "Effect", "Action", "Resource", "Condition"}:
            raise ValueError(f"{role}: {sid} has {', '.join(sorted(unknown))}, which this test does not compare")
        found.append(
            Statement(
                role,
                sid,
                entry["Effect"] == "Allow",
                _texts(entry["Action"]),
                _texts(entry["Resource"]),
                "Condition" in entry,
                frozenset((explained or {}).get(sid, ())),
            )
        )
    return found


def differences(calls: Iterable[Call], statements: Sequence[Statement]) -> Differences:
    """What was called and is not granted, and what is granted and was not called."""
    made = sorted(set(calls))
    return Differences(
        _refused(made, statements), [*_unused_actions(made, statements), *_unused_resources(made, statements)]
    )


def _refused(calls: list[Call], statements: Sequence[Statement]) -> list[str]:
    sentences: dict[str, None] = {}
    for call in calls:
        matching = [statement for statement in statements if statement.matches(call)]
        if not any(statement.allows for statement in matching):
            sentences[f"{call.role} called {call.action} on {_shortened(call.resource)}, which no policy grants"] = None
        elif denying := [found.sid for found in matching if not found.allows and not found.has_condition]:
            sentences[f"{call.role} called {call.action} on {_shortened(call.resource)}, which {denying[0]} denies"] = (
                None
            )
    return list(sentences)


def _unused_actions(calls: list[Call], statements: Sequence[Statement]) -> list[str]:
    return [
        f"{statement.role}: {statement.sid} grants {action}, which was not called: "
        "take it out, or say in a comment on its line why it is there"
        for statement in statements
        if statement.allows
        for action in statement.actions
        if action not in statement.explained and not any(statement.uses(call, action) for call in calls)
    ]


def _unused_resources(calls: list[Call], statements: Sequence[Statement]) -> list[str]:
    return [
        f"{statement.role}: {statement.sid} grants {resource}, on which nothing was called: "
        "take it out, or say in a comment on its line why it is there"
        for statement in statements
        # What has to be used is what an action without a comment was called on; unused actions are named already.
        if statement.allows
        and any(
            statement.uses(call, action) for action in set(statement.actions) - statement.explained for call in calls
        )
        for resource in statement.resources
        if resource not in statement.explained
        and not any(statement.matches(call) and matches(resource, call.resource) for call in calls)
    ]


def _shortened(resource: str) -> str:
    """Without what differs from object to object and from run to run: one sentence tells of all of them."""
    return re.sub(r"(=|log-stream:.|[0-9a-f]{8}-[0-9a-f]{4}-).*", "…", resource)


def any_matches(patterns: Iterable[str], text: str, ignore_case: bool = False) -> bool:
    """Whether the text matches one of IAM's patterns."""
    return any(matches(pattern, text, ignore_case) for pattern in patterns)


@cache
def matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """Whether the text matches a pattern of IAM: ``*`` for any characters, slashes too, ``?`` for one."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def _texts(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
