"""Reading a JSON-lines file as bytes, and what is said of a file that is none."""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import pytest

from firehose_producer.records import InputFileError, RecordFile


def file_with(tmp_path: Path, content: bytes, name: str = "events.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_lines_come_without_their_ends_and_blank_ones_are_left_out(tmp_path):
    path = file_with(tmp_path, b'{"a": 1}\r\n\n  \n{"a": 2}\n\xef\xbb\xbf{"a": 3}')
    assert list(RecordFile(path)) == [b'{"a": 1}', b'{"a": 2}', b'\xef\xbb\xbf{"a": 3}']
    assert len(RecordFile(path)) == 3


def test_lines_that_are_not_json_and_broken_bytes_stay_as_they_are(tmp_path):
    lines = [b'{"user_id": "u', b"hello", "{'größe'}".encode("latin-1"), b"\x85 {} \x0b{}"]
    assert list(RecordFile(file_with(tmp_path, b"\n".join(lines)))) == lines


def test_a_byte_order_mark_is_not_part_of_the_first_line(tmp_path):
    assert list(RecordFile(file_with(tmp_path, b"\xef\xbb\xbf{}\n{}"))) == [b"{}", b"{}"]


def test_a_file_can_be_read_twice(tmp_path):
    records = RecordFile(file_with(tmp_path, b"{}\n{}\n"))
    assert list(records) == list(records) == [b"{}", b"{}"]


def test_gzip_is_unpacked_by_its_name(tmp_path):
    path = file_with(tmp_path, gzip.compress(b"{}\n") + gzip.compress(b"[]\n"), "events.json.gz")
    assert list(RecordFile(path)) == [b"{}", b"[]"]


def test_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"{}\n[]\n",))
    writer.start()
    assert list(RecordFile(path)) == [b"{}", b"[]"]
    writer.join(10)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        pytest.param(b"", "e.jsonl", "e.jsonl is empty: there is nothing to send", id="empty"),
        pytest.param(b"\n \r\n\n", "e.jsonl", "e.jsonl is empty", id="blank_lines_alone"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "e.jsonl", "e.jsonl is not text", id="nul_bytes"),
        pytest.param(bytes(range(1, 256)) * 9, "e.jsonl", "e.jsonl is not text", id="undecodable"),
        pytest.param('{"a": 1}\n'.encode("utf-16"), "e.jsonl", "e.jsonl is not text", id="utf_16"),
        pytest.param(gzip.compress(b"{}" * 99), "e.jsonl", "e.jsonl is not text", id="gzip_under_another_name"),
        pytest.param(b"{}", "e.gz", "e.gz is named .gz but can't be unpacked", id="no_gzip"),
        pytest.param(gzip.compress(os.urandom(9999).hex().encode())[:-400], "e.gz", "can't be unpacked", id="cut_gzip"),
        pytest.param(gzip.compress(b"\x00\x01"), "e.gz", "e.gz is not text", id="binary_in_gzip"),
        pytest.param(gzip.compress(b""), "e.gz", "e.gz is empty", id="empty_gzip"),
    ],
)
def test_a_file_that_is_of_no_use_is_refused_in_one_line(content, name, message, tmp_path):
    with pytest.raises(InputFileError, match=message) as error:
        RecordFile(file_with(tmp_path, content, name))
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputFileError, match=r"no\.jsonl does not exist: give the path of a JSON-lines file"):
        RecordFile(tmp_path / "no.jsonl")
    with pytest.raises(InputFileError, match="is a folder"):
        RecordFile(tmp_path)
