"""A query's view of the Glue catalog: tables and partitions as they were when it asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.glue.models import glue_backends

from local_aws import access_log, settings
from local_aws.services.athena.errors import StatementError
from local_aws.services.athena.hive_types import HiveType, HiveTypeError, parse

CATALOG = "awsdatacatalog"
VIEW_TYPE = "VIRTUAL_VIEW"
_PARQUET = "parquet"
_JSON = "json"
_LAZY_CSV = "csv"
_OPEN_CSV = "opencsv"
_FORMATS = (  # part of the SerDe's name in lower case -> format
    ("parquet", _PARQUET),
    ("jsonserde", _JSON),
    ("opencsvserde", _OPEN_CSV),
    ("lazysimpleserde", _LAZY_CSV),
)


@dataclass(frozen=True)
class Column:
    """A column or partition key; the name is in lower case."""

    name: str
    type: HiveType


@dataclass(frozen=True)
class Partition:
    """One partition: its values, as text in the order of the partition keys, and where its files are."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class TableDefinition:
    """One table of the catalog.

    :param definition: the table as GetTable shows it
    :param catalog_partitions: the partitions in the catalog; projection does not use them
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]
    location: str
    serde: str
    serde_parameters: dict[str, str]
    parameters: dict[str, str]
    definition: dict[str, Any]
    catalog_partitions: tuple[Partition, ...]

    @property
    def format(self) -> str:
        """``parquet``, ``json``, ``csv`` or ``opencsv``.

        :raises StatementError: if the table's files can't be read here
        """
        serde = self.serde.lower()
        for part, name in _FORMATS:
            if part in serde:
                return name
        raise StatementError(
            f"NOT_SUPPORTED: local_aws can't read {self.database}.{self.name}: unknown SerDe {self.serde or '(none)'}"
        )

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns and, behind them, the partition keys."""
        return self.columns + self.partition_keys

    @property
    def is_view(self) -> bool:
        """Whether the table is a stored query."""
        return str(self.definition.get("TableType", "")) == VIEW_TYPE


def glue_backend() -> Any:
    """The Glue backend of this account and region; hold its ``lock`` while walking or changing it."""
    current = settings.current()
    return glue_backends[current.account_id][current.region]


def database_names() -> list[str]:
    """All databases, sorted."""
    access_log.record_catalog("GetDatabases", "*")
    backend = glue_backend()
    with backend.lock:
        return sorted(backend.databases)


def database(name: str) -> dict[str, Any] | None:
    """The database as GetDatabase shows it, or None."""
    access_log.record_catalog("GetDatabase", name)
    backend = glue_backend()
    with backend.lock:
        found = _by_name(backend.databases, name)
        return found.as_dict() if found is not None else None


def table_definitions(database_name: str) -> list[dict[str, Any]]:
    """All tables of a database as GetTable shows them, by name; none if there is no such database."""
    access_log.record_catalog("GetTables", database_name, "*")
    backend = glue_backend()
    with backend.lock:
        found = _by_name(backend.databases, database_name)
        return [] if found is None else [found.tables[name].as_dict() for name in sorted(found.tables)]


def find_table(database_name: str, table_name: str) -> TableDefinition | None:
    """The table, with its partitions, or None; names in any case.

    :raises StatementError: if its columns have types that Athena does not know
    """
    access_log.record_catalog("GetTable", database_name, table_name)
    backend = glue_backend()
    with backend.lock:
        found = _by_name(backend.databases, database_name)
        table = _by_name(found.tables, table_name) if found is not None else None
        if table is None:
            return None
        definition: dict[str, Any] = table.as_dict()
        partitions = [partition.as_dict() for partition in table.partitions.values()]
    return _table(database_name.lower(), table_name.lower(), definition, partitions)


def _by_name(entries: dict[str, Any], name: str) -> Any:
    """The entry of that name in any case: moto keeps names as they were written, Glue in lower case."""
    lower = name.lower()
    return entries.get(lower) or next((entry for key, entry in entries.items() if key.lower() == lower), None)


def _table(
    database_name: str, name: str, definition: dict[str, Any], partitions: list[dict[str, Any]]
) -> TableDefinition:
    storage = definition.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    return TableDefinition(
        database=database_name,
        name=name,
        columns=_columns(name, storage.get("Columns") or []),
        partition_keys=_columns(name, definition.get("PartitionKeys") or []),
        location=storage.get("Location") or "",
        serde=serde.get("SerializationLibrary") or "",
        serde_parameters=dict(serde.get("Parameters") or {}),
        parameters={key: str(value) for key, value in (definition.get("Parameters") or {}).items()},
        definition=definition,
        catalog_partitions=tuple(
            Partition(
                tuple(str(value) for value in partition["Values"]),
                (partition.get("StorageDescriptor") or {}).get("Location") or "",
            )
            for partition in partitions
        ),
    )


def _columns(table: str, entries: list[dict[str, Any]]) -> tuple[Column, ...]:
    columns = []
    for entry in entries:
        try:
            columns.append(Column(entry["Name"].lower(), parse(entry.get("Type") or "string")))
        except HiveTypeError as error:
            raise StatementError(
                f"HIVE_INVALID_METADATA: Column {entry['Name']} of table {table} has an invalid type: {error}"
            ) from error
    return tuple(columns)
