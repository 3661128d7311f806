"""The Glue Data Catalog: databases, tables with their versions, partitions."""

from __future__ import annotations

from typing import Any

from moto.glue.models import FakeDatabase, FakePartition, FakeTable, glue_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.glue.catalog import CATALOG

DATABASE, TABLE, PARTITION = "glue.database", "glue.table", "glue.partition"
_DATABASE_FIELDS = ("name", "input", "catalog_id", "created_time")
_TABLE_FIELDS = (
    "database_name",
    "name",
    "catalog_id",
    "created_time",
    "updated_time",
    "versions",
    "_current_version",
)
_PARTITION_FIELDS = ("database_name", "table_name", "partition_input", "values", "creation_time")


def save(store: Store) -> None:
    """Write what differs."""
    databases, tables, partitions = {}, {}, {}
    for region, backend in by_region(glue_backends):
        with backend.lock:
            for database in backend.databases.values():
                databases[key(region, database.name)] = encode(fields(database, _DATABASE_FIELDS))
                for table in database.tables.values():
                    place = (region, database.name, table.name)
                    tables[key(*place)] = encode(fields(table, _TABLE_FIELDS))
                    for partition in table.partitions.values():
                        partitions[key(*place, *partition.values)] = encode(fields(partition, _PARTITION_FIELDS))
    for kind, documents in ((DATABASE, databases), (TABLE, tables), (PARTITION, partitions)):
        store.replace(kind, documents)


def load(store: Store) -> None:
    """Bring back what was saved."""
    store.each(DATABASE, _load_database)
    store.each(TABLE, _load_table)
    store.each(PARTITION, _load_partition)


def _load_database(name: list[str], document: dict[str, Any]) -> None:
    backend = of_region(glue_backends, name[0])
    backend.databases[name[1]] = restore(FakeDatabase, document, _DATABASE_FIELDS, tables={})


def _load_table(name: list[str], document: dict[str, Any]) -> None:
    database = of_region(glue_backends, name[0]).databases[name[1]]
    database.tables[name[2]] = restore(FakeTable, document, _TABLE_FIELDS, partitions={})


def _load_partition(name: list[str], document: dict[str, Any]) -> None:
    table = of_region(glue_backends, name[0]).databases[name[1]].tables[name[2]]
    partition = restore(FakePartition, document, _PARTITION_FIELDS)
    table.partitions[str(partition.values)] = partition


PART = Part(CATALOG, save, load, written_by("glue"))
