"""Terraform's sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Set(list[Any]):
    """A set, in Terraform's order: sorted, each value once. ``for`` and ``each`` give its values as the keys too."""

    def __init__(self, values: Iterable[Any]) -> None:
        found: list[Any] = []
        for value in values:
            if value not in found:
                found.append(value)
        is_sorted = all(isinstance(value, str) for value in found) or all(
            type(value) in {int, float} for value in found
        )
        super().__init__(sorted(found) if is_sorted else found)
