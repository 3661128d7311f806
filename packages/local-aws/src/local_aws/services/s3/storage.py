"""S3 for the other parts of this process: the same objects that clients see, without HTTP.

What is done here for a role (``access_log.acting_as``) is recorded as that role's call.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from moto.s3 import models
from moto.s3.exceptions import MissingBucket, MissingKey

from local_aws import access_log, clock, settings
from local_aws.access_log import arns
from local_aws.services.s3 import object_files
from local_aws.services.s3.backend import FileKey, FileS3Backend
from local_aws.services.s3.object_files import UnstorableKeyError

__all__ = [
    "NoSuchBucketError",
    "NoSuchKeyError",
    "ObjectInfo",
    "UnstorableKeyError",
    "bucket_path",
    "bucket_paths",
    "check_bucket",
    "delete_object",
    "get_object",
    "import_changes",
    "install",
    "list_objects",
    "load",
    "object_path",
    "put_object",
    "split_uri",
]

_URI_SCHEME = "s3://"


class NoSuchBucketError(LookupError):
    """The bucket does not exist."""


class NoSuchKeyError(LookupError):
    """The object does not exist."""


class InvalidUriError(ValueError):
    """The text is not an s3:// address."""


@dataclass(frozen=True)
class ObjectInfo:
    """What a listing says of one object."""

    key: str
    size: int
    last_modified: datetime
    _source: FileKey = field(repr=False, compare=False)

    @property
    def etag(self) -> str:
        """The quoted entity tag; for files that another process wrote, the first call reads the file."""
        try:
            return str(self._source.etag)
        except MissingKey as error:
            raise NoSuchKeyError(f"the object {self.key} was deleted after it was listed") from error


def install() -> None:
    """Let moto use the backend that keeps its objects as files."""
    models.FakeKey = FileKey
    models.utcnow = clock.naive_utcnow
    models.s3_backends.backend = FileS3Backend


def load() -> None:
    """Bring the buckets and objects that an earlier process left on disk back; half-written files are dropped."""
    current = settings.current()
    shutil.rmtree(current.temporary_dir, ignore_errors=True)
    current.temporary_dir.mkdir(parents=True)
    current.buckets_dir.mkdir(parents=True, exist_ok=True)
    backend = _backend()
    for folder in sorted(path for path in current.buckets_dir.iterdir() if path.is_dir()):
        backend.create_bucket(folder.name, current.region)
        backend.import_changes(folder.name)


def bucket_path(bucket: str) -> Path:
    """The folder that holds the bucket's objects as files.

    :raises NoSuchBucketError: if there is no such bucket
    """
    try:
        return _backend().folder_of(bucket)
    except MissingBucket as error:
        raise NoSuchBucketError(f"the bucket {bucket} does not exist") from error


def bucket_paths() -> dict[str, Path]:
    """The folder of each bucket, by the buckets' names."""
    backend = _backend()
    return {name: backend.buckets_dir / name for name in sorted(backend.buckets)}


def object_path(bucket: str, key: str) -> Path:
    """The file of an object, whether it exists or not.

    :raises NoSuchBucketError: if there is no such bucket
    :raises UnstorableKeyError: if no object can have that key
    """
    return object_files.file_of(bucket_path(bucket), key)


def check_bucket(bucket: str) -> None:
    """Look whether there is such a bucket, as AWS services do before they write into one.

    :raises NoSuchBucketError: if there is none
    """
    access_log.record("s3:GetBucketLocation", [arns.bucket(bucket)])
    bucket_path(bucket)


def put_object(bucket: str, key: str, data: bytes | Path) -> None:
    """Store the bytes, or a copy of that file, as an object.

    :raises NoSuchBucketError: if there is no such bucket
    :raises UnstorableKeyError: if no object can have that key
    """
    bucket_path(bucket)
    access_log.record_object("s3:PutObject", bucket, key)
    if isinstance(data, Path):
        _backend().put_file(bucket, key, data)
    else:
        _backend().put_object(bucket, key, data)


def get_object(bucket: str, key: str) -> bytes:
    """The content of an object.

    :raises NoSuchBucketError: if there is no such bucket
    :raises NoSuchKeyError: if there is no such object
    """
    bucket_path(bucket)
    access_log.record_object("s3:GetObject", bucket, key)
    found = _backend().get_object(bucket, key)
    try:
        if found is not None:
            return bytes(found.value)
    except MissingKey:
        pass  # another process removed its file
    raise NoSuchKeyError(f"the object s3://{bucket}/{key} does not exist")


def delete_object(bucket: str, key: str) -> None:
    """Delete an object; as in S3, it is no error when there is none.

    :raises NoSuchBucketError: if there is no such bucket
    """
    bucket_path(bucket)
    access_log.record_object("s3:DeleteObject", bucket, key)
    _backend().delete_object(bucket, key)


def list_objects(bucket: str, prefix: str = "") -> list[ObjectInfo]:
    """The objects whose key starts with the prefix, in the order of their keys.

    :raises NoSuchBucketError: if there is no such bucket
    """
    bucket_path(bucket)
    access_log.record("s3:ListBucket", [arns.bucket(bucket)])
    keys = _backend().get_bucket(bucket).keys
    return [
        ObjectInfo(name, key.size, key.last_modified.replace(tzinfo=UTC), key)
        for name, key in sorted(keys.items(), key=lambda item: str(item[0]))
        if name.startswith(prefix) and isinstance(key, FileKey)
    ]


def import_changes(bucket: str, prefix: str = "") -> None:
    """Bring what another process wrote to or removed from :func:`bucket_path` into S3.

    Unchanged files are not read; Hadoop's checksum files are ignored. Calls may overlap.

    :param prefix: look only below this prefix, which ends in a slash
    :raises NoSuchBucketError: if there is no such bucket
    """
    bucket_path(bucket)
    written, removed = _backend().import_changes(bucket, prefix)
    access_log.record_objects("s3:PutObject", bucket, written)
    access_log.record_objects("s3:DeleteObject", bucket, removed)


def split_uri(uri: str) -> tuple[str, str]:
    """The bucket and the key (or prefix) of an ``s3://bucket/key`` address.

    :raises InvalidUriError: if the text is no such address
    """
    bucket, _, key = uri.removeprefix(_URI_SCHEME).partition("/")
    if not uri.startswith(_URI_SCHEME) or not bucket:
        raise InvalidUriError(f"{uri!r} is not an S3 address: write s3://bucket/key")
    return bucket, key


def _backend() -> FileS3Backend:
    return cast(FileS3Backend, models.s3_backends[settings.current().account_id]["aws"])
