"""The objects that hold a table's rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_aws.services.athena.catalog import Partition
from local_aws.services.athena.errors import StatementError
from local_aws.services.s3 import storage

_HIDDEN = ("_", ".")


@dataclass(frozen=True)
class DataFile:
    """One object with rows.

    :param uri: its address in S3
    :param path: the file that holds its content
    :param values: the values of its partition
    """

    uri: str
    path: Path
    size: int
    values: tuple[str, ...]


def data_files(partitions: list[Partition]) -> list[DataFile]:
    """The objects below the partitions' locations; hidden names and empty objects are skipped, as Athena skips them.

    :raises StatementError: if a location is not in a bucket that exists
    """
    by_bucket: dict[str, list[tuple[str, Partition]]] = {}
    for partition in partitions:
        bucket, prefix = folder(partition.location)
        by_bucket.setdefault(bucket, []).append((prefix, partition))
    return [file for bucket, folders in by_bucket.items() for file in _files_in(bucket, folders)]


def _files_in(bucket: str, folders: list[tuple[str, Partition]]) -> Iterator[DataFile]:
    """The files of many folders of one bucket, with one listing."""
    try:
        objects = storage.list_objects(bucket, _common_start([prefix for prefix, _ in folders]))
    except storage.NoSuchBucketError as error:
        raise StatementError(
            f"HIVE_METASTORE_ERROR: The specified bucket does not exist: {bucket} (Service: Amazon S3; "
            "Status Code: 404; Error Code: NoSuchBucket)"
        ) from error
    keys = [entry.key for entry in objects]
    for prefix, partition in folders:
        for number in range(bisect_left(keys, prefix), len(objects)):
            entry = objects[number]
            if not entry.key.startswith(prefix):
                break
            if entry.size and not any(part.startswith(_HIDDEN) for part in entry.key[len(prefix) :].split("/")):
                path = storage.object_path(bucket, entry.key)
                yield DataFile(f"s3://{bucket}/{entry.key}", path, entry.size, partition.values)


def folder(location: str) -> tuple[str, str]:
    """The bucket of a location, and its prefix, which ends in a slash unless it is the whole bucket.

    :raises StatementError: if the location is not an address in S3
    """
    try:
        bucket, prefix = storage.split_uri(location)
    except ValueError as error:
        raise StatementError(f"HIVE_METASTORE_ERROR: Unsupported table location: {location!r}") from error
    return bucket, prefix if not prefix or prefix.endswith("/") else prefix + "/"


def _common_start(texts: list[str]) -> str:
    """What all the texts start with: it need not end at a slash."""
    first, last = min(texts), max(texts)
    length = next(
        (number for number, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first)
    )
    return first[:length]
