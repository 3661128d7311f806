"""Which tables and partitions the objects below an include path make up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.services.glue.crawlers.globs import is_excluded
from local_aws.services.glue.crawlers.parquet_footers import Footer, FooterCache, UnreadableFileError

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9_]")


class CrawlFailedError(RuntimeError):
    """The crawl can't go on; the message becomes the crawl's ErrorMessage."""


@dataclass(frozen=True)
class CrawledObject:
    """An object below the include path."""

    key: str
    size: int
    path: Path


@dataclass
class FoundPartition:
    """A partition: its values, its key prefix (ending in a slash) and what its files hold."""

    values: tuple[str, ...]
    prefix: str
    columns: dict[str, str] = field(default_factory=dict)
    object_count: int = 0
    row_count: int = 0
    byte_count: int = 0

    def add(self, found: CrawledObject, footer: Footer) -> None:
        """Count one more file of this partition."""
        for name, column_type in footer.columns:
            self.columns.setdefault(name, column_type)
        self.object_count += 1
        self.row_count += footer.row_count
        self.byte_count += found.size


@dataclass
class FoundTable:
    """A table: its bucket, key prefix (ending in a slash, empty for a whole bucket), columns and partitions."""

    bucket: str
    prefix: str
    partition_keys: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    partitions: dict[tuple[str, ...], FoundPartition] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """The address of the table's folder."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def base_name(self) -> str:
        """The name that the folder gives the table."""
        folder = self.prefix.rstrip("/").rpartition("/")[2] or self.bucket
        return _NOT_IN_A_NAME.sub("_", folder.lower())


def crawlable(objects: Iterable[CrawledObject], include_prefix: str, exclusions: list[str]) -> list[CrawledObject]:
    """The objects that a crawl looks at: not excluded, not empty, and not hidden by a leading ``_`` or ``.``."""
    return [
        found
        for found in objects
        if found.size > 0
        and not found.key.rpartition("/")[2].startswith(("_", "."))
        and not is_excluded(found.key.removeprefix(include_prefix), exclusions)
    ]


def table_prefix(key: str, include_prefix: str, table_level: int | None) -> str | None:
    """The prefix of the table that an object belongs to; None if it lies above the level of tables.

    :param table_level: how deep the tables lie, the bucket being level 1; None: at the include path
    """
    if table_level is None:
        return include_prefix
    folders = key.split("/")[:-1]
    if len(folders) < table_level - 1:
        return None
    return "".join(f"{folder}/" for folder in folders[: table_level - 1])


def table_of(bucket: str, prefix: str, objects: list[CrawledObject], footers: FooterCache) -> FoundTable:
    """The table that the objects make up.

    :raises CrawlFailedError: if they don't make up one table, or one of them can't be read
    """
    table = FoundTable(bucket, prefix)
    table.partition_keys = _partition_keys(table, objects)
    first_key_of: dict[str, str] = {}
    for found in objects:
        try:
            footer = footers.footer(found.path)
        except UnreadableFileError as error:
            raise CrawlFailedError(f"s3://{bucket}/{found.key} {error}. local_aws crawls Parquet only.") from error
        for name, column_type in footer.columns:
            known = table.columns.setdefault(name, column_type)
            first_key_of.setdefault(name, found.key)
            if known != column_type:
                raise CrawlFailedError(
                    f"Incompatible schemas below {table.location}: the column {name} is {known} in "
                    f"{first_key_of[name]} and {column_type} in {found.key}."
                )
        values = _values(table, found)
        folder = found.key.rpartition("/")[0] + "/" if "/" in found.key else ""
        table.partitions.setdefault(values, FoundPartition(values, folder)).add(found, footer)
    clashing = sorted(set(table.partition_keys) & set(table.columns))
    if clashing:
        raise CrawlFailedError(
            f"{table.location} has {clashing[0]} both as a folder name and as a column: a table can't have both."
        )
    return table


def _partition_keys(table: FoundTable, objects: list[CrawledObject]) -> tuple[str, ...]:
    """One key for each folder level: the name before the ``=``, or ``partition_<n>`` where the folders have none."""
    depths = {len(_folders(table, found)): found.key for found in objects}
    if len(depths) > 1:
        (shallow, shallow_key), *_, (deep, deep_key) = sorted(depths.items())
        raise CrawlFailedError(
            f"Objects below {table.location} lie at different depths and can't be partitions of one table: "
            f"{shallow_key} in {shallow} folders, {deep_key} in {deep}."
        )
    keys: list[str] = []
    for level in range(next(iter(depths))):
        names = {_folders(table, found)[level].partition("=")[::2] for found in objects}
        named = {name.lower() for name, value in names if value}
        plain = any(not value for _, value in names)
        if len(named) > 1 or (named and plain):
            raise CrawlFailedError(
                f"Folders at one level below {table.location} don't belong to one partition key: "
                f"{', '.join(sorted(f'{name}={value}' if value else name for name, value in names)[:4])}."
            )
        keys.append(named.pop() if named else f"partition_{level}")
    return tuple(keys)


def _values(table: FoundTable, found: CrawledObject) -> tuple[str, ...]:
    return tuple(folder.partition("=")[2] or folder for folder in _folders(table, found))


def _folders(table: FoundTable, found: CrawledObject) -> list[str]:
    return found.key.removeprefix(table.prefix).split("/")[:-1]
