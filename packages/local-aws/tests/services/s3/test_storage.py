"""S3 over HTTP, and the files that mirror it."""

from __future__ import annotations

import os
import signal
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local_aws_server import LocalAwsServer, StartServer

PART_BYTES = 5 * 1024 * 1024


@pytest.fixture
def s3(bare_local_aws: LocalAwsServer) -> Any:
    return bare_local_aws.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"bucket-{uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def folder(bare_local_aws: LocalAwsServer, bucket: str) -> Path:
    return bare_local_aws.data_dir / "s3" / bucket


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def keys_in(s3: Any, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_an_object_is_a_file_of_the_same_content(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="a/b=1/ü ñ+&.json", Body=b"first")
    s3.put_object(Bucket=bucket, Key="a/b=1/ü ñ+&.json", Body=b"second")
    assert files_in(folder) == {"a/b=1/ü ñ+&.json": b"second"}
    assert s3.get_object(Bucket=bucket, Key="a/b=1/ü ñ+&.json")["Body"].read() == b"second"
    assert s3.head_object(Bucket=bucket, Key="a/b=1/ü ñ+&.json")["ContentLength"] == 6


def test_an_empty_object_is_kept(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert files_in(folder) == {"empty": b""}
    assert s3.get_object(Bucket=bucket, Key="empty")["Body"].read() == b""


def test_content_type_metadata_and_ranges_survive_the_file(s3, bucket):
    s3.put_object(Bucket=bucket, Key="page", Body=b"0123456789", ContentType="text/html", Metadata={"run": "7"})
    answer = s3.get_object(Bucket=bucket, Key="page", Range="bytes=2-4")
    assert answer["Body"].read() == b"234"
    assert (answer["ContentType"], answer["Metadata"]) == ("text/html", {"run": "7"})


def test_an_object_that_did_not_change_is_not_sent_again(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_a_presigned_address_and_a_form_work_without_a_signed_header(s3, bucket, folder):
    address = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    urllib.request.urlopen(urllib.request.Request(address, data=b"by address", method="PUT"), timeout=10).close()  # noqa: S310
    form = s3.generate_presigned_post(bucket, "form")
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    )
    body = f'{fields}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nby form\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    urllib.request.urlopen(urllib.request.Request(form["url"], body.encode(), headers), timeout=10).close()  # noqa: S310
    assert files_in(folder) == {"k": b"by address", "form": b"by form"}


def test_a_copy_is_a_file_of_its_own(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="from", Body=b"content", ContentType="text/csv")
    s3.copy_object(Bucket=bucket, Key="to/there", CopySource={"Bucket": bucket, "Key": "from"})
    s3.delete_object(Bucket=bucket, Key="from")
    assert files_in(folder) == {"to/there": b"content"}
    assert s3.get_object(Bucket=bucket, Key="to/there")["ContentType"] == "text/csv"


def test_a_multipart_upload_becomes_one_file_when_it_completes(s3, bucket, folder):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    parts = []
    for number, content in enumerate([b"a" * PART_BYTES, b"b" * 10], start=1):
        answer = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=number, Body=content)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    assert files_in(folder) == {}
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    assert files_in(folder) == {"big": b"a" * PART_BYTES + b"b" * 10}
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-2"')


def test_deleting_removes_the_files_and_the_folders_that_this_leaves_empty(s3, bucket, folder):
    for key in ("a/b/1", "a/b/2", "a/c/3", "d"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.delete_object(Bucket=bucket, Key="a/c/3")
    assert not (folder / "a" / "c").exists()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ("a/b/1", "a/b/2", "d", "never")]})
    assert list(folder.iterdir()) == []
    assert keys_in(s3, bucket) == []


@pytest.mark.parametrize("key", ["a/b", "a", "a/b/c/d", "../x", "never"])
def test_deleting_what_does_not_exist_is_no_error_and_deletes_nothing_else(s3, bucket, folder, key):
    s3.put_object(Bucket=bucket, Key="a/b/c", Body=b"x")
    s3.delete_object(Bucket=bucket, Key=key)
    assert files_in(folder) == {"a/b/c": b"x"}


def test_a_bucket_is_deleted_with_its_folder_only_when_it_is_empty(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=bucket)
    assert code_of(error) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="a")
    s3.delete_bucket(Bucket=bucket)
    assert not folder.exists()


def test_a_bucket_with_a_file_that_s3_has_not_seen_yet_is_not_empty(s3, bucket, folder):
    (folder / "written-by-a-job").write_bytes(b"x")
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=bucket)
    assert code_of(error) == "BucketNotEmpty"


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        pytest.param("../outside", "InvalidArgument", "'..'", id="parent"),
        pytest.param("a/../../outside", "InvalidArgument", "'..'", id="parent_inside"),
        pytest.param("a/./b", "InvalidArgument", "'.'", id="dot"),
        pytest.param("/etc/outside", "InvalidArgument", "empty segment", id="absolute"),
        pytest.param("a//b", "InvalidArgument", "empty segment", id="empty_segment"),
        pytest.param("folder/", "InvalidArgument", "empty segment", id="folder_marker"),
        pytest.param("s" * 251, "InvalidArgument", "250 bytes", id="long_segment"),
        pytest.param("ä" * 126, "InvalidArgument", "250 bytes", id="long_segment_in_bytes"),
        pytest.param("k/" * 600 + "k", "KeyTooLongError", "1024 bytes", id="long_key"),
        pytest.param("a/.part.crc", "InvalidArgument", "checksum", id="hadoop_checksum"),
    ],
)
def test_a_key_that_can_not_be_a_file_is_refused_and_leaves_nothing(s3, bare_local_aws, bucket, key, code, reason):
    before = sorted(bare_local_aws.data_dir.parent.rglob("*outside*"))
    with pytest.raises(ClientError, match=reason) as error:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert code_of(error) == code
    assert keys_in(s3, bucket) == []
    assert sorted(bare_local_aws.data_dir.parent.rglob("*outside*")) == before
    assert list((bare_local_aws.data_dir / "tmp").iterdir()) == []


def test_a_key_of_exactly_250_bytes_a_segment_is_taken(s3, bucket):
    s3.put_object(Bucket=bucket, Key="s" * 250 + "/" + "t" * 250, Body=b"x")
    assert keys_in(s3, bucket) == ["s" * 250 + "/" + "t" * 250]


def test_an_object_below_another_object_is_refused(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    with pytest.raises(ClientError, match="already is an object") as error:
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"y")
    assert code_of(error) == "InvalidArgument"
    assert files_in(folder) == {"a": b"x"}


def test_an_object_in_place_of_a_folder_of_objects_is_refused(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")
    with pytest.raises(ClientError, match="folder that holds other objects") as error:
        s3.put_object(Bucket=bucket, Key="a", Body=b"y")
    assert code_of(error) == "InvalidArgument"
    assert files_in(folder) == {"a/b": b"x"}


def test_an_empty_folder_is_no_obstacle_for_an_object(s3, bucket, folder):
    (folder / "a" / "b").mkdir(parents=True)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert files_in(folder) == {"a": b"x"}


@pytest.mark.parametrize("name", ["ab", "Upper", "under_score", "a..b", "-ab", "x" * 64])
def test_a_bucket_name_that_aws_refuses_is_refused(bare_local_aws, name):
    answer = bare_local_aws.client("s3")
    answer.meta.events.unregister("before-parameter-build.s3", None)
    with pytest.raises(ClientError) as error:
        answer.create_bucket(Bucket=name)
    assert code_of(error) == "InvalidBucketName"
    assert not (bare_local_aws.data_dir / "s3" / name).exists()


def test_a_versioned_bucket_keeps_older_versions_and_the_file_shows_the_current_one(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before versioning")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    assert files_in(folder) == {"k": b"two"}
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"one"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"before versioning"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert files_in(folder) == {"k": b"one"}
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    assert files_in(folder) == {}
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)
    assert files_in(folder) == {"k": b"one"}
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"


def test_overlapping_writers_of_one_key_leave_one_whole_object(s3, bucket, folder):
    contents = [bytes([letter]) * 200_000 for letter in b"abcdefgh"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: s3.put_object(Bucket=bucket, Key="k", Body=content), contents))
    body = s3.get_object(Bucket=bucket, Key="k")["Body"].read()
    assert body in contents
    assert files_in(folder) == {"k": body}


def test_overlapping_writers_and_deleters_below_one_folder_leave_files_and_listing_equal(s3, bucket, folder):
    def write_and_delete(number: int) -> None:
        for turn in range(10):
            s3.put_object(Bucket=bucket, Key=f"a/b/{number}", Body=b"x")
            if turn != 9 or number % 2:
                s3.delete_object(Bucket=bucket, Key=f"a/b/{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write_and_delete, range(6)))
    assert keys_in(s3, bucket) == ["a/b/0", "a/b/2", "a/b/4"] == sorted(files_in(folder))


def test_the_time_of_an_object_comes_from_the_clock(s3, bare_local_aws, bucket):
    bare_local_aws.set_clock("2026-01-31T23:59:00Z")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    bare_local_aws.control("DELETE", "clock")
    assert s3.head_object(Bucket=bucket, Key="k")["LastModified"].isoformat().startswith("2026-01-31T23:59:")


def test_a_file_that_vanished_is_an_object_that_does_not_exist(s3, bucket, folder):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    (folder / "k").unlink()
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert code_of(error) == "NoSuchKey"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_restart_finds_the_objects_again(start_local_aws: StartServer, tmp_path: Path, how: signal.Signals):
    server = start_local_aws(tmp_path / "data")
    server.set_clock("2026-02-03T04:05:06Z")
    client = server.client("s3")
    client.create_bucket(Bucket="kept")
    client.create_bucket(Bucket="empty")
    client.put_object(Bucket="kept", Key="a/b", Body=b"content")
    before = client.list_objects_v2(Bucket="kept")["Contents"]
    os.kill(server.process.pid, how)
    server.process.wait(30)
    (tmp_path / "data" / "tmp" / "half-written").write_bytes(b"x")

    server = start_local_aws(tmp_path / "data")
    client = server.client("s3")
    assert {entry["Name"] for entry in client.list_buckets()["Buckets"]} == {"empty", "kept"}
    after = client.list_objects_v2(Bucket="kept")["Contents"]
    assert [(entry["Key"], entry["LastModified"], entry["ETag"], entry["Size"]) for entry in after] == [
        (entry["Key"], entry["LastModified"], entry["ETag"], entry["Size"]) for entry in before
    ]
    assert client.get_object(Bucket="kept", Key="a/b")["Body"].read() == b"content"
    assert not (tmp_path / "data" / "tmp" / "half-written").exists()


def test_an_object_is_read_as_a_whole_while_others_replace_it(local_aws):
    """boto3 compares each body with the checksum in its own answer, and raises where they differ."""
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="replaced")
    bodies = [bytes([number]) * size for number, size in enumerate((10, 10, 20_000, 20_000))]
    s3.put_object(Bucket="replaced", Key="a/key", Body=bodies[0])
    stop = threading.Event()

    def replace(body: bytes) -> None:
        while not stop.is_set():
            s3.put_object(Bucket="replaced", Key="a/key", Body=body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        writers = [pool.submit(replace, body) for body in bodies]
        try:
            for _ in range(300):
                assert s3.get_object(Bucket="replaced", Key="a/key")["Body"].read() in bodies
        finally:
            stop.set()
        assert [writer.result(30) for writer in writers] == [None] * len(bodies)


@pytest.mark.parametrize("condition", [{"IfNoneMatch": "*"}, {"IfMatch": "the-former"}], ids=["new", "former"])
def test_of_many_conditional_writes_exactly_one_succeeds(local_aws, condition):
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="conditional")
    for round_ in range(10):
        key = f"{next(iter(condition))}/{round_}"
        given = dict(condition)
        if "IfMatch" in given:
            given["IfMatch"] = s3.put_object(Bucket="conditional", Key=key, Body=b"former")["ETag"]
        barrier = threading.Barrier(6)

        def write(number: int, key: str = key, given: dict = given, barrier: threading.Barrier = barrier) -> str:
            barrier.wait(10)
            try:
                s3.put_object(Bucket="conditional", Key=key, Body=str(number).encode(), **given)
            except ClientError as error:
                return str(error.response["Error"]["Code"])
            return "written"

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(write, range(6))) == ["PreconditionFailed"] * 5 + ["written"]
