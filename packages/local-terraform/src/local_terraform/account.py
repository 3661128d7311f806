"""The account that a local AWS stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """An account, in one region. The defaults are those of moto, whose account every pair of credentials belongs to."""

    id: str = "123456789012"
    region: str = "us-east-1"
