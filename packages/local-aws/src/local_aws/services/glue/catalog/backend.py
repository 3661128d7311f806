"""moto's Data Catalog behind one lock."""

from __future__ import annotations

import threading
from typing import Any

from moto.glue.models import GlueBackend


class CatalogBackend(GlueBackend):
    """One region's catalog.

    ``lock`` guards every change and every walk of it: crawls write to it while requests read it.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()

    @property
    def _url_module(self) -> Any:
        from moto.glue import urls

        return urls

    def get_partitions(self, database_name: str, table_name: str, expression: str | None) -> list[Any]:
        """The partitions that the expression lets through."""
        with self.lock:
            return list(super().get_partitions(database_name, table_name, expression))

    def get_tables(self, database_name: str, expression: str | None) -> list[Any]:
        """The tables whose name matches the pattern."""
        with self.lock:
            return list(super().get_tables(database_name, expression))
