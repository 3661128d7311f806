"""What other processes write into a bucket's folder becomes visible in S3."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from local_aws import clock
from local_aws.services.s3 import object_files, storage
from local_aws.services.s3.storage import NoSuchBucketError, NoSuchKeyError
from local_aws.settings import REGION


@pytest.fixture
def bucket(in_process_backends: Path) -> str:
    name = f"bucket-{uuid4()}"
    storage._backend().create_bucket(name, REGION)
    return name


@pytest.fixture
def folder(bucket: str) -> Path:
    return storage.bucket_path(bucket)


def listing(bucket: str) -> dict[str, int]:
    return {info.key: info.size for info in storage.list_objects(bucket)}


def test_new_changed_and_removed_files_arrive(bucket, folder):
    storage.put_object(bucket, "kept", b"kept")
    storage.put_object(bucket, "changed", b"before")
    storage.put_object(bucket, "removed", b"x")
    (folder / "a" / "b=1").mkdir(parents=True)
    (folder / "a" / "b=1" / "new").write_bytes(b"new")
    (folder / "changed").write_bytes(b"afterwards")
    (folder / "removed").unlink()
    storage.import_changes(bucket)
    assert listing(bucket) == {"a/b=1/new": 3, "changed": 10, "kept": 4}
    assert storage.get_object(bucket, "a/b=1/new") == b"new"
    assert storage.get_object(bucket, "changed") == b"afterwards"


def test_a_change_of_the_same_size_arrives_too(bucket, folder):
    storage.put_object(bucket, "k", b"before")
    etag = storage.list_objects(bucket)[0].etag
    (folder / "k").write_bytes(b"behind")
    storage.import_changes(bucket)
    assert storage.list_objects(bucket)[0].etag != etag


def test_unchanged_files_are_not_read(bucket, folder, monkeypatch):
    storage.put_object(bucket, "k", b"x")
    (folder / "new").write_bytes(b"y")
    storage.import_changes(bucket)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "open", refuse)
    storage.import_changes(bucket)
    assert listing(bucket) == {"k": 1, "new": 1}


def test_hadoop_checksums_links_and_empty_folders_are_no_objects(bucket, folder):
    (folder / "empty").mkdir()
    (folder / ".part-0.crc").write_bytes(b"x")
    (folder / "part-0").write_bytes(b"x")
    (folder / "link").symlink_to("/etc/hostname")
    storage.import_changes(bucket)
    assert listing(bucket) == {"part-0": 1}


def test_a_checksum_goes_when_its_object_is_replaced_or_deleted(bucket, folder):
    (folder / "part-0").write_bytes(b"x")
    (folder / ".part-0.crc").write_bytes(b"sum")
    storage.import_changes(bucket)
    storage.put_object(bucket, "part-0", b"other")
    assert not (folder / ".part-0.crc").exists()
    (folder / ".part-0.crc").write_bytes(b"sum")
    storage.delete_object(bucket, "part-0")
    assert list(folder.iterdir()) == []


def test_a_file_whose_name_can_not_be_a_key_is_left_out(bucket, folder, caplog):
    (folder / "fine").write_bytes(b"x")
    (folder / os.fsdecode(b"not-utf8-\xff")).write_bytes(b"x")
    storage.import_changes(bucket)
    assert listing(bucket) == {"fine": 1}
    assert "left out" in caplog.text


def test_only_the_prefix_is_looked_at_where_one_is_given(bucket, folder):
    storage.put_object(bucket, "b/gone", b"x")
    (folder / "b" / "gone").unlink()
    (folder / "a").mkdir()
    (folder / "a" / "new").write_bytes(b"x")
    storage.import_changes(bucket, "a/")
    assert listing(bucket) == {"a/new": 1, "b/gone": 1}


def test_an_imported_file_has_the_time_of_the_clock(bucket, folder):
    clock.set_now(datetime(2026, 1, 31, 12, tzinfo=UTC))
    try:
        (folder / "k").write_bytes(b"x")
        storage.import_changes(bucket)
        modified = storage.list_objects(bucket)[0].last_modified
    finally:
        clock.reset()
    assert abs(modified - datetime(2026, 1, 31, 12, tzinfo=UTC)) < timedelta(minutes=1)


def test_a_large_file_is_stored_from_its_path(bucket, folder, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"0123456789" * 100_000)
    storage.put_object(bucket, "copy", source)
    source.write_bytes(b"changed afterwards")
    assert storage.get_object(bucket, "copy") == b"0123456789" * 100_000
    assert storage.object_path(bucket, "copy").read_bytes() == b"0123456789" * 100_000


def test_a_missing_bucket_or_object_has_an_error_of_its_own(bucket):
    with pytest.raises(NoSuchBucketError):
        storage.import_changes("no-such-bucket")
    with pytest.raises(NoSuchBucketError):
        storage.put_object("no-such-bucket", "k", b"x")
    with pytest.raises(NoSuchKeyError):
        storage.get_object(bucket, "k")
    storage.delete_object(bucket, "k")


def test_an_object_whose_file_vanished_does_not_exist(bucket, folder):
    storage.put_object(bucket, "k", b"x")
    (folder / "k").unlink()
    with pytest.raises(NoSuchKeyError):
        storage.get_object(bucket, "k")


def test_in_a_versioned_bucket_a_lost_file_brings_the_version_before_it_back(bucket, folder):
    storage._backend().put_bucket_versioning(bucket, "Enabled")
    storage.put_object(bucket, "k", b"one")
    storage.put_object(bucket, "k", b"two")
    (folder / "k").unlink()
    storage.import_changes(bucket)
    assert storage.get_object(bucket, "k") == b"one"


def test_an_object_that_s3_stores_during_the_walk_stays(bucket, folder, monkeypatch):
    walk = object_files.files_below

    def walk_then_store(top: Path) -> list[tuple[Path, object_files.FileState]]:
        found = list(walk(top))
        storage.put_object(bucket, "meanwhile", b"x")
        return found

    monkeypatch.setattr(object_files, "files_below", walk_then_store)
    storage._backend().import_changes(bucket)
    assert listing(bucket) == {"meanwhile": 1}


def test_imports_that_overlap_with_writers_lose_nothing(bucket, folder):
    done = threading.Event()

    def import_until_done() -> None:
        while not done.is_set():
            storage.import_changes(bucket)

    def write(number: int) -> None:
        for turn in range(20):
            storage.put_object(bucket, f"s3/{number}/{turn}", b"x")
            path = folder / "job" / str(number)
            path.mkdir(parents=True, exist_ok=True)
            (path / f"{turn}").write_bytes(b"yy")
            if turn % 2:
                storage.delete_object(bucket, f"s3/{number}/{turn}")
                (path / f"{turn}").unlink()

    with ThreadPoolExecutor(6) as pool:
        importers = [pool.submit(import_until_done) for _ in range(2)]
        writers = [pool.submit(write, number) for number in range(4)]
        for writer in writers:
            writer.result(60)
        done.set()
        for importer in importers:
            importer.result(60)
    storage.import_changes(bucket)
    wanted = {f"s3/{number}/{turn}": 1 for number in range(4) for turn in range(0, 20, 2)}
    wanted |= {f"job/{number}/{turn}": 2 for number in range(4) for turn in range(0, 20, 2)}
    assert listing(bucket) == wanted


@pytest.mark.parametrize("uri", ["bucket/key", "s3:///key", "https://bucket/key", ""])
def test_what_is_no_s3_address_is_refused(uri):
    with pytest.raises(storage.InvalidUriError):
        storage.split_uri(uri)


def test_an_s3_address_splits_into_bucket_and_key():
    assert storage.split_uri("s3://b/k/e=1/y") == ("b", "k/e=1/y")
    assert storage.split_uri("s3://b") == ("b", "")
