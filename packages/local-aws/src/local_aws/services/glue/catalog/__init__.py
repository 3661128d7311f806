"""The Glue Data Catalog: moto's own, made safe for crawls that write while requests read."""

from __future__ import annotations

CATALOG = "catalog"
