"""moto's backends of this account, those that exist."""

from __future__ import annotations

from typing import Any

from local_aws import settings


def by_region(backends: Any) -> list[tuple[str, Any]]:
    """Region (or partition, for services without regions) and backend."""
    return list(backends[settings.current().account_id].items())


def of_region(backends: Any, region: str) -> Any:
    """The backend of a region, made where it does not exist yet."""
    return backends[settings.current().account_id][region]
