"""How each service's calls take tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.iac.rendered.calls import Tags

AsMembers = Callable[[Tags], dict[str, Any]]


def tag_map(member: str) -> AsMembers:
    """``{"name": "value"}``."""
    return lambda tags: {member: dict(tags)}


def tag_list(member: str, key: str = "Key", value: str = "Value") -> AsMembers:
    """``[{"Key": "name", "Value": "value"}]``."""
    return lambda tags: {member: [{key: name, value: text} for name, text in tags.items()]}


def tag_specification(resource_type: str) -> AsMembers:
    """EC2's way: the tags of what the call makes, with its type."""

    def members(tags: Tags) -> dict[str, Any]:
        return {"TagSpecifications": [{"ResourceType": resource_type, **tag_list("Tags")(tags)}]}

    return members


def tag_header(member: str) -> AsMembers:
    """S3's way for objects: a query string."""
    return lambda tags: {member: urlencode(tags)}
