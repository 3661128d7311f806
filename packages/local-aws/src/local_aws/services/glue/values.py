"""What Glue's definitions, runs and crawls have in common when they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there: AWS leaves out what is not set."""
    return {name: value for name, value in values.items() if value is not None}
