"""Databases and tables as Athena's metadata calls show them."""

from __future__ import annotations

import re
from typing import Any

from local_aws.services.athena import catalog
from local_aws.services.athena.errors import MetadataError

GLUE_CATALOG = "AwsDataCatalog"


def databases(catalog_name: str) -> list[dict[str, Any]]:
    """All databases of the catalog."""
    _check_catalog(catalog_name)
    return [database(catalog_name, name) for name in catalog.database_names()]


def database(catalog_name: str, name: str) -> dict[str, Any]:
    """The database of that name.

    :raises MetadataError: if there is none
    """
    _check_catalog(catalog_name)
    found = catalog.database(name)
    if found is None:
        raise _not_found("GetDatabase", f"Database {name} not found")
    return {
        "Name": found["Name"],
        "Description": found.get("Description") or "",
        "Parameters": found.get("Parameters") or {},
    }


def table(catalog_name: str, database_name: str, name: str) -> dict[str, Any]:
    """The table of that name.

    :raises MetadataError: if there is none
    """
    database(catalog_name, database_name)
    for definition in catalog.table_definitions(database_name):
        if definition["Name"] == name.lower():
            return _shown(definition)
    raise _not_found("GetTable", f"Table {name} not found")


def tables(catalog_name: str, database_name: str, pattern: str | None) -> list[dict[str, Any]]:
    """The tables whose names match the regular expression.

    :raises MetadataError: if there is no such database
    """
    database(catalog_name, database_name)
    wanted = re.compile(pattern or ".*", re.IGNORECASE)
    return [
        _shown(definition)
        for definition in catalog.table_definitions(database_name)
        if wanted.fullmatch(definition["Name"])
    ]


def _shown(definition: dict[str, Any]) -> dict[str, Any]:
    storage = definition.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    parameters = dict(definition.get("Parameters") or {})
    parameters |= {
        "location": storage.get("Location") or "",
        "inputformat": storage.get("InputFormat") or "",
        "outputformat": storage.get("OutputFormat") or "",
        "serde.serialization.lib": serde.get("SerializationLibrary") or "",
    }
    parameters |= {f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()}
    return {
        "Name": definition["Name"],
        "CreateTime": definition["CreateTime"],
        "TableType": definition.get("TableType") or "EXTERNAL_TABLE",
        "Columns": [_column(entry) for entry in storage.get("Columns") or []],
        "PartitionKeys": [_column(entry) for entry in definition.get("PartitionKeys") or []],
        "Parameters": parameters,
    }


def _column(entry: dict[str, Any]) -> dict[str, str]:
    return {name: entry[name] for name in ("Name", "Type", "Comment") if entry.get(name)}


def _check_catalog(name: str) -> None:
    if name.lower() != GLUE_CATALOG.lower():
        raise MetadataError(f"Catalog {name} is not found: local_aws has {GLUE_CATALOG} only")


def _not_found(operation: str, detail: str) -> MetadataError:
    return MetadataError(
        f"An error occurred (EntityNotFoundException) when calling the {operation} operation: {detail}. "
        "(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException)"
    )
