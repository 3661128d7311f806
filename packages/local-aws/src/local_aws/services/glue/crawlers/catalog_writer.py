"""Writes what a crawl found into the catalog, as the crawler's policies say."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_aws import access_log, clock
from local_aws.services.glue.crawlers.table_layout import CrawlFailedError, FoundPartition, FoundTable

CRAWLER_PARAMETER = "UPDATED_BY_CRAWLER"
DEPRECATED_PARAMETER = "DEPRECATED_BY_CRAWLER"
_FORMAT: dict[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "Compressed": False,
    "NumberOfBuckets": -1,
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
    "BucketColumns": [],
    "SortColumns": [],
    "StoredAsSubDirectories": False,
}
_INHERITED = ("InputFormat", "OutputFormat", "Compressed", "NumberOfBuckets", "SerdeInfo", "Columns")


@dataclass(frozen=True)
class WritePolicy:
    """What the crawler's definition says about writing.

    :param update: whether the definitions of tables that exist may change (``UpdateBehavior``)
    :param delete: ``DELETE_FROM_DATABASE``, ``DEPRECATE_IN_DATABASE`` or ``LOG``
    :param merge_new_columns: add columns to a table that exists, never remove or change one
    :param inherit_from_table: partitions get their columns and formats from the table
    """

    crawler: str
    table_prefix: str
    update: bool
    delete: str
    merge_new_columns: bool
    inherit_from_table: bool


@dataclass
class CatalogChanges:
    """The names of the tables, and the counts of partitions, that a crawl changed."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    partitions_added: int = 0
    partitions_updated: int = 0
    partitions_deleted: int = 0


class CatalogWriter:
    """Brings one database of the catalog in line with what a crawl found. The caller holds the backend's lock."""

    def __init__(self, backend: Any, database: str, policy: WritePolicy, log: Callable[[str], None]) -> None:
        self._backend = backend
        self._database = database
        self._policy = policy
        self._log = log
        self.changes = CatalogChanges()

    def write(self, found: FoundTable) -> None:
        """Create or update the table and its partitions.

        :raises CrawlFailedError: if the table that exists has other partition keys
        """
        name = self._name_for(found)
        tables = self._tables()
        self._record("GetTable", name)
        if name not in tables:
            self._record("CreateTable", name)
            self._backend.create_table(self._database, name, self._table_input(name, found))
            self.changes.created.append(name)
            self._log(f"INFO : Created table {name} in database {self._database}")
            table_changed = False
        else:
            table_changed = self._update_table(tables[name], found)
        partitions_changed = self._write_partitions(tables[name], found)
        if (table_changed or partitions_changed) and name not in self.changes.created:
            self.changes.updated.append(name)

    def remove_missing(self, targets: list[str], found_locations: set[str]) -> None:
        """Deal with the tables of this crawler below the targets that were not found again."""
        tables = self._tables()
        self._record("GetTables", "*")
        for name, table in list(tables.items()):
            definition = _definition(table)
            location = definition.get("StorageDescriptor", {}).get("Location", "")
            is_own = definition.get("Parameters", {}).get(CRAWLER_PARAMETER) == self._policy.crawler
            if not is_own or location in found_locations or not location.startswith(tuple(targets)):
                continue
            if self._policy.delete == "DELETE_FROM_DATABASE":
                self._record("DeleteTable", name)
                self._backend.delete_table(self._database, name)
                self.changes.deleted.append(name)
            elif self._policy.delete == "DEPRECATE_IN_DATABASE":
                if DEPRECATED_PARAMETER in definition["Parameters"]:
                    continue
                deprecated = copy.deepcopy(definition)
                deprecated["Parameters"][DEPRECATED_PARAMETER] = _now_ms()
                self._record("UpdateTable", name)
                table.update(deprecated)
                self.changes.updated.append(name)
            self._log(f"INFO : Table {name} has no objects any more: {self._policy.delete}")

    def _tables(self) -> dict[str, Any]:
        access_log.record_catalog("GetDatabase", self._database)
        tables: dict[str, Any] = self._backend.get_database(self._database).tables
        return tables

    def _record(self, operation: str, table: str) -> None:
        access_log.record_catalog(operation, self._database, table)

    def _name_for(self, found: FoundTable) -> str:
        """The folder's name, with a hash of the location where another location's table has that name already."""
        name = f"{self._policy.table_prefix}{found.base_name}".lower()
        existing = self._tables().get(name)
        if existing is None:
            return name
        location = _definition(existing).get("StorageDescriptor", {}).get("Location", "")
        if location.rstrip("/") == found.location.rstrip("/"):
            return name
        digest = hashlib.md5(found.location.encode(), usedforsecurity=False).hexdigest()
        return f"{name}_{digest}"

    def _table_input(self, name: str, found: FoundTable) -> dict[str, Any]:
        parameters = self._parameters(list(found.partitions.values()))
        return {
            "Name": name,
            "Owner": "owner",
            "Retention": 0,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.partition_keys],
            "Parameters": parameters,
            "StorageDescriptor": {
                **copy.deepcopy(_FORMAT),
                "Columns": _columns(found.columns),
                "Location": found.location,
                "Parameters": dict(parameters),
            },
        }

    def _update_table(self, table: Any, found: FoundTable) -> bool:
        """Whether the table's definition changed."""
        definition = _definition(table)
        keys = [key["Name"] for key in definition.get("PartitionKeys", [])]
        if keys != list(found.partition_keys):
            raise CrawlFailedError(
                f"The table {table.name} is partitioned by {keys}, but the folders below {found.location} by "
                f"{list(found.partition_keys)}: delete the table or move the objects."
            )
        is_own = CRAWLER_PARAMETER in definition.get("Parameters", {})
        wanted = copy.deepcopy(definition)
        storage = wanted.setdefault("StorageDescriptor", {})
        # A table that no crawler made keeps all it has; it only gets what it lacks.
        if self._policy.merge_new_columns or (not is_own and self._policy.update):
            storage["Columns"] = _merge(storage.get("Columns", []), found.columns)
        elif self._policy.update:
            storage["Columns"] = _columns(found.columns)
        elif _merge(storage.get("Columns", []), found.columns) != storage.get("Columns", []):
            self._log(f"INFO : The schema of table {table.name} changed; UpdateBehavior is LOG")
        if is_own and self._policy.update:
            parameters = self._parameters(list(found.partitions.values()))
            for holder in (wanted, storage):
                holder["Parameters"] = {**holder.get("Parameters", {}), **parameters}
                holder["Parameters"].pop(DEPRECATED_PARAMETER, None)
        if wanted == definition:
            return False
        self._record("UpdateTable", table.name)
        table.update(wanted)
        return True

    def _write_partitions(self, table: Any, found: FoundTable) -> bool:
        """Whether a partition was added, updated or deleted."""
        if not found.partition_keys:
            return False
        before = (self.changes.partitions_added, self.changes.partitions_updated, self.changes.partitions_deleted)
        self._record("GetPartitions", table.name)
        existing = {tuple(partition.values): partition for partition in table.partitions.values()}
        for values, partition in found.partitions.items():
            wanted = self._partition_input(table, partition, found)
            present = existing.pop(values, None)
            if present is None:
                self._record("BatchCreatePartition", table.name)
                table.create_partition(wanted)
                self.changes.partitions_added += 1
            elif present.partition_input != wanted and (self._policy.update or self._policy.inherit_from_table):
                self._record("UpdatePartition", table.name)
                table.update_partition(list(values), wanted)
                table.get_partition(list(values)).creation_time = present.creation_time
                self.changes.partitions_updated += 1
        is_own_table = CRAWLER_PARAMETER in _definition(table).get("Parameters", {})
        for values, gone in existing.items():
            # In a table that no crawler made, what no crawler added is not a crawler's to remove.
            if is_own_table or CRAWLER_PARAMETER in gone.partition_input.get("Parameters", {}):
                self._remove_partition(table, values, gone)
        after = (self.changes.partitions_added, self.changes.partitions_updated, self.changes.partitions_deleted)
        return before != after

    def _partition_input(self, table: Any, partition: FoundPartition, found: FoundTable) -> dict[str, Any]:
        table_storage = _definition(table)["StorageDescriptor"]
        storage: dict[str, Any] = copy.deepcopy(_FORMAT) | {"Columns": _columns(partition.columns)}
        if self._policy.inherit_from_table:
            storage |= {name: copy.deepcopy(table_storage[name]) for name in _INHERITED if name in table_storage}
        parameters = self._parameters([partition])
        return {
            "Values": list(partition.values),
            "StorageDescriptor": {
                **storage,
                "Location": f"s3://{found.bucket}/{partition.prefix}",
                "Parameters": parameters,
            },
            "Parameters": dict(parameters),
        }

    def _remove_partition(self, table: Any, values: tuple[str, ...], partition: Any) -> None:
        if self._policy.delete == "DELETE_FROM_DATABASE":
            self._record("BatchDeletePartition", table.name)
            table.delete_partition(list(values))
            self.changes.partitions_deleted += 1
        elif self._policy.delete == "DEPRECATE_IN_DATABASE":
            parameters = partition.partition_input.get("Parameters", {})
            if DEPRECATED_PARAMETER in parameters:
                return
            self._record("UpdatePartition", table.name)
            partition.partition_input["Parameters"] = {**parameters, DEPRECATED_PARAMETER: _now_ms()}
            self.changes.partitions_updated += 1
        self._log(f"INFO : Partition {'/'.join(values)} of {table.name} has no objects any more: {self._policy.delete}")

    def _parameters(self, partitions: list[FoundPartition]) -> dict[str, str]:
        row_count = sum(partition.row_count for partition in partitions)
        byte_count = sum(partition.byte_count for partition in partitions)
        return {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            CRAWLER_PARAMETER: self._policy.crawler,
            "averageRecordSize": str(byte_count // row_count if row_count else 0),
            "classification": "parquet",
            "compressionType": "none",
            "objectCount": str(sum(partition.object_count for partition in partitions)),
            "recordCount": str(row_count),
            "sizeKey": str(byte_count),
            "typeOfData": "file",
        }


def _definition(table: Any) -> dict[str, Any]:
    definition: dict[str, Any] = list(table.versions.values())[-1]
    return definition


def _columns(columns: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": column_type} for name, column_type in columns.items()]


def _merge(existing: list[dict[str, str]], found: dict[str, str]) -> list[dict[str, str]]:
    known = {column["Name"] for column in existing}
    return [*existing, *_columns({name: kind for name, kind in found.items() if name not in known})]


def _now_ms() -> str:
    return str(int(clock.now().timestamp() * 1000))
