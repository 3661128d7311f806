"""The parts of the state. A service registers its own: how to save and load it, and which calls make it dirty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.persistence import dirty
from local_aws.persistence.store import Store

_READING = ("BatchGet", "Describe", "Filter", "Get", "List", "PutRecord")  # records are no part of the state
_TAGGING = "resourcegroupstaggingapi"  # may touch whatever has tags


@dataclass(frozen=True)
class Call:
    """A call that succeeded.

    :param service: moto's name of the service
    :param environ: the request, as WSGI has it
    :param actions: IAM action and resource, for each resource of the request
    """

    service: str
    environ: dict[str, Any]
    actions: list[tuple[str, str]]

    @property
    def only_reads(self) -> bool:
        """Whether all of its actions only look at something."""
        return all(action.partition(":")[2].startswith(_READING) for action, _ in self.actions)


@dataclass(frozen=True)
class Part:
    """What is saved and loaded as a whole.

    :param save: writes what differs from what was saved
    :param load: brings back what was saved
    :param note_call: looks at a call; True if it may have changed the part
    :param after_failure: called when a save failed and nothing of it was written
    """

    name: str
    save: Callable[[Store], None]
    load: Callable[[Store], None]
    note_call: Callable[[Call], bool]
    after_failure: Callable[[], None] = lambda: None


_registered: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add a part; parts are loaded in the order of their registration."""
    _registered[part.name] = part


def registry() -> dict[str, Part]:
    """All parts by name, in the order in which they are loaded."""
    return dict(_registered)


def written_by(*services: str) -> Callable[[Call], bool]:
    """A part's ``note_call``: any call of these services of moto that does not only read."""
    return lambda call: call.service in services and not call.only_reads


def mark_changed_by(call: Call) -> None:
    """Mark the parts that may have to be saved again after a call."""
    tagged = call.service == _TAGGING and not call.only_reads
    dirty.mark(*(part.name for part in _registered.values() if part.note_call(call) or tagged))
