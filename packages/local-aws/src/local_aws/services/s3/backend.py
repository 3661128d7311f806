"""moto's S3 backend, with every object kept as a file below its bucket's folder instead of in memory."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import threading
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from moto.s3 import models, notifications
from moto.s3.exceptions import InvalidBucketName, MissingKey

from local_aws import clock, settings
from local_aws.services.s3 import dirty_objects, object_files
from local_aws.services.s3.object_files import FileState

log = logging.getLogger(__name__)
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_REGIONAL_END = "-an"  # of buckets in the account's regional namespace only
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_HASH_CHUNK_BYTES = 1024 * 1024


# storage.install() puts FileKey in this one's place, so what FileKey itself needs of it is named here.
_MotoKey: Any = models.FakeKey


class FileKey(_MotoKey):
    """An object whose content is its file; the content is in memory only until that file is in place.

    The parts of multipart uploads and the older versions of a versioned object have no file and stay with moto's
    own buffer, which spills to disk when it grows.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> FileKey:
        # moto's own __new__ keeps a reference to every instance for ever.
        return object.__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.path: Path | None = None
        self.file_state: FileState | None = None
        self._replaced_file: Path | None = None
        self._etag: str | None
        super().__init__(*args, **kwargs)

    def __del__(self) -> None:
        # moto's own would warn that the buffer was not closed in time: it never lets go of an instance otherwise.
        self.dispose()
        if self._replaced_file is not None:
            self._replaced_file.unlink(missing_ok=True)

    @property
    def value(self) -> bytes:
        """The content.

        :raises MissingKey: if another process removed the file
        """
        with self.lock:
            if self.path is None:
                self._value_buffer.seek(0)
                return bytes(self._value_buffer.read())
            path = self.path
        try:
            with path.open("rb") as file:
                state = FileState.of(os.fstat(file.fileno()))
                content = file.read()
        except FileNotFoundError as error:
            raise MissingKey(key=self.name) from error
        if path != self.path:  # replaced between the look at the path and the opening
            return self.value
        if state != self.file_state:
            self.observe(state)
        return content

    @value.setter
    def value(self, content: bytes) -> None:
        _MotoKey.value.fset(self, content)

    @property
    def etag(self) -> str:
        """The quoted MD5 of the content, computed when first asked for unless the upload gave it."""
        if self._etag is None and self.path is not None:
            digest = hashlib.md5(usedforsecurity=False)
            try:
                with self.path.open("rb") as file:
                    while chunk := file.read(_HASH_CHUNK_BYTES):
                        digest.update(chunk)
            except FileNotFoundError as error:
                raise MissingKey(key=self.name) from error
            self._etag = digest.hexdigest()
        return str(_MotoKey.etag.fget(self))

    def keep_in(self, path: Path, state: FileState) -> None:
        """The content now lies in that file: forget the copy in memory."""
        with self.lock:  # someone may be reading the copy
            self.path = path
            self.file_state = state
            self.contentsize = state.size
            self._value_buffer.close()

    def observe(self, state: FileState) -> None:
        """Another process wrote the file: take over its size and time."""
        self.file_state = state
        self.contentsize = state.size
        self.last_modified = modified_at(state)
        self._etag = None

    def keep_replaced(self, temporary_dir: Path) -> None:
        """Another object is about to take the file's place: who reads this one now must not get that one's content."""
        if self.path is None:
            return
        link = temporary_dir / uuid4().hex
        try:
            os.link(self.path, link)
        except FileNotFoundError:
            return  # another process removed it
        with self.lock:
            self.path = self._replaced_file = link

    def take_into_memory(self) -> None:
        """The file is about to hold another version: keep this one's content in moto's buffer."""
        if self.path is None:
            return
        content = self.value
        _ = self.etag
        with self.lock:
            self._value_buffer = models.tempfile.SpooledTemporaryFile(self._max_buffer_size)
            self.value = content
            self.path = self.file_state = None


def modified_at(state: FileState) -> datetime:
    """When a file that another process wrote was modified, on the settable clock; without time zone, as moto has it."""
    real = datetime.fromtimestamp(state.modified_ns / 1e9, UTC)
    return (real + clock.offset()).replace(tzinfo=None)


def _may_be_a_bucket(name: str) -> bool:
    return (
        _BUCKET_NAME.fullmatch(name) is not None
        and ".." not in name
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_RESERVED_STARTS)
        and not name.endswith(_RESERVED_ENDS)
    )


class FileS3Backend(models.S3Backend):
    """moto's S3 backend with a write-through copy on disk that is the content itself."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.buckets_dir = settings.current().buckets_dir
        self.temporary_dir = settings.current().temporary_dir
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

    @property
    def _url_module(self) -> Any:
        from moto.s3 import urls

        return urls

    def folder_of(self, bucket_name: str) -> Path:
        """The folder of a bucket that exists.

        :raises MissingBucket: if it does not
        """
        return self.buckets_dir / str(self.get_bucket(bucket_name).name)

    def create_bucket(self, bucket_name: str, region_name: str, bucket_namespace: str | None = None) -> Any:
        """Create a bucket and its folder."""
        if not _may_be_a_bucket(bucket_name) or (bucket_namespace is None and bucket_name.endswith(_REGIONAL_END)):
            raise InvalidBucketName
        with self._locks[bucket_name]:
            bucket = super().create_bucket(bucket_name, region_name, bucket_namespace)
            (self.buckets_dir / bucket_name).mkdir(parents=True, exist_ok=True)
        return bucket

    def delete_bucket(self, bucket_name: str) -> Any:
        """Delete a bucket and its folder; None if it still holds objects."""
        folder = self.folder_of(bucket_name)
        with self._locks[bucket_name]:
            self.import_changes(bucket_name)
            deleted = super().delete_bucket(bucket_name)
            if deleted is not None:
                shutil.rmtree(folder, ignore_errors=False)
        return deleted

    def put_object(self, bucket_name: str, key_name: str, value: bytes | str, *args: Any, **kwargs: Any) -> Any:
        """Store an object and its file; every other call that makes an object ends here too."""
        folder = self.folder_of(bucket_name)
        object_files.file_of(folder, key_name)
        content = value.encode() if isinstance(value, str) else value
        temporary = object_files.write_temporary(self.temporary_dir, content)
        try:
            with self._locks[bucket_name]:
                self.get_bucket(bucket_name)  # it may have been deleted while the file was written
                path = object_files.make_room(folder, key_name)
                self._detach_current(bucket_name, key_name)
                # With its tag from the start: a listing may see the object before its file is in place.
                kwargs["etag"] = kwargs.get("etag") or hashlib.md5(content, usedforsecurity=False).hexdigest()
                key = super().put_object(bucket_name, key_name, content, *args, **kwargs)
                self._attach(key, temporary, path)
                dirty_objects.mark(bucket_name, key_name)
        finally:
            temporary.unlink(missing_ok=True)
        return key

    def put_file(self, bucket_name: str, key_name: str, source: Path) -> None:
        """Store a copy of a file as an object, without reading it into memory at once."""
        folder = self.folder_of(bucket_name)
        object_files.file_of(folder, key_name)
        temporary = object_files.write_temporary(self.temporary_dir, source)
        try:
            with self._locks[bucket_name]:
                self.get_bucket(bucket_name)
                path = object_files.make_room(folder, key_name)
                self._detach_current(bucket_name, key_name)
                object_files.move_in(temporary, path)
                self._adopt(bucket_name, key_name, path)
        finally:
            temporary.unlink(missing_ok=True)

    def delete_object(self, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        """Delete an object (or set a delete marker) and remove or restore its file to match."""
        folder = self.folder_of(bucket_name)
        with self._locks[bucket_name]:
            bucket = self.get_bucket(bucket_name)
            if bucket.is_versioned:
                self._detach_current(bucket_name, key_name)
            result = super().delete_object(bucket_name, key_name, *args, **kwargs)
            dirty_objects.mark(bucket_name, key_name)
            try:
                path = object_files.file_of(folder, key_name)
            except object_files.UnstorableKeyError:
                return result  # no such object can exist
            current = bucket.keys.get(key_name)
            if isinstance(current, FileKey):
                self._write_back(current, folder)
            elif not path.is_dir():
                object_files.remove(folder, path)
        return result

    def import_changes(self, bucket_name: str, prefix: str = "") -> tuple[list[str], list[str]]:
        """Bring what other processes wrote to or removed from the bucket's folder into S3.

        Only what a file's modification time and size say is looked at; unchanged files are not read.

        :param prefix: only keys below this prefix are looked at; must end in a slash or be empty
        :returns: the keys that were written, and those that were removed
        """
        written: list[str] = []
        folder = self.folder_of(bucket_name)
        top = object_files.file_of(folder, prefix.removesuffix("/")) if prefix else folder
        found = dict(object_files.files_below(top))
        bucket = self.get_bucket(bucket_name)
        known = {
            name: key.file_state
            for name, key in bucket.keys.items()
            if isinstance(key, FileKey) and name.startswith(prefix)
        }
        for path, state in found.items():
            name = path.relative_to(folder).as_posix()
            if known.pop(name, None) == state:
                continue
            try:
                object_files.file_of(folder, name)
            except object_files.UnstorableKeyError as error:
                log.warning("the file %r in the bucket %s is left out: %s", name, bucket_name, error.message)
                continue
            with self._locks[bucket_name]:
                self._adopt(bucket_name, name, path)
            written.append(name)
        for name in known:
            with self._locks[bucket_name]:
                self._forget_if_gone(bucket_name, name)
        return written, list(known)

    def _attach(self, key: FileKey, temporary: Path, path: Path) -> None:
        modified_ns = int(key.last_modified.replace(tzinfo=UTC).timestamp() * 1e9)
        os.utime(temporary, ns=(modified_ns, modified_ns))
        try:
            object_files.move_in(temporary, path)
        except OSError:
            self._adopt(key.bucket_name, key.name, path)
            raise
        state = object_files.state_of(path)
        if state is not None:
            key.keep_in(path, state)

    def _adopt(self, bucket_name: str, key_name: str, path: Path) -> None:
        """Make the object what its file says; the caller holds the bucket's lock."""
        bucket = self.get_bucket(bucket_name)
        state = object_files.state_of(path)
        if state is None:
            self._forget_if_gone(bucket_name, key_name)
            return
        current = bucket.keys.get(key_name)
        if isinstance(current, FileKey) and current.file_state == state:
            return
        dirty_objects.mark(bucket_name, key_name)
        if isinstance(current, FileKey) and current.path is not None and not bucket.is_versioned:
            current.observe(state)
            key = current
        else:
            key = self._key_of_file(bucket, key_name, path, state)
            versions = bucket.keys.getlist(key_name, []) if bucket.is_versioned else []
            bucket.keys.setlist(key_name, [*versions, key])
        event = notifications.S3NotificationEvent.OBJECT_CREATED_PUT_EVENT
        notifications.send_event(self.account_id, event, bucket, key)

    def _key_of_file(self, bucket: Any, key_name: str, path: Path, state: FileState) -> FileKey:
        key = FileKey(
            name=key_name,
            bucket_name=bucket.name,
            value=b"",
            account_id=self.account_id,
            region_name=self.region_name,
            is_versioned=bucket.is_versioned,
            version_id=str(uuid4()) if bucket.is_versioned else "null",
        )
        key.keep_in(path, state)
        key.observe(state)
        return key

    def _forget_if_gone(self, bucket_name: str, key_name: str) -> None:
        """Delete an object whose file another process removed; the caller holds the bucket's lock."""
        bucket = self.get_bucket(bucket_name)
        current = bucket.keys.get(key_name)
        if isinstance(current, FileKey) and current.path is not None and object_files.state_of(current.path) is None:
            if bucket.is_versioned:
                # Its content is gone for good, so it can't stay as an older version.
                versions = [version for version in bucket.keys.getlist(key_name) if version is not current]
                if versions:
                    bucket.keys.setlist(key_name, versions)
                    return
            super().delete_object(bucket_name, key_name)
            dirty_objects.mark(bucket_name, key_name)

    def _detach_current(self, bucket_name: str, key_name: str) -> None:
        bucket = self.get_bucket(bucket_name)
        current = bucket.keys.get(key_name)
        if not isinstance(current, FileKey):
            return
        if bucket.is_versioned:
            current.take_into_memory()
        else:
            current.keep_replaced(self.temporary_dir)

    def _write_back(self, key: FileKey, folder: Path) -> None:
        """After a version was deleted, the one before it becomes the current one and gets the file."""
        if key.path is not None:
            return
        temporary = object_files.write_temporary(self.temporary_dir, key.value)
        self._attach(key, temporary, object_files.make_room(folder, key.name))
