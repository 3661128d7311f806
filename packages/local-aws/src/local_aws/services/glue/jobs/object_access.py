"""What a run did to objects, as S3 calls: Spark and Hadoop say in a file of the work folder what they touch.

S3 knows no folders and no move: a folder that is looked at is listed, and a move is a copy and a removal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from local_aws import access_log
from local_aws.access_log import arns
from local_aws.services.s3 import storage

Access = tuple[str, str]  # operation, URI
# Spark's reader, the commit of a task's files, and each folder and file that they become when the job is committed.
_READ = re.compile(r"^Reading File path: (?P<uri>\S+), range: ")
_SAVED = re.compile(r"^Saved output of task '\S+' to (?P<uri>\S+)$")
_MERGED = re.compile(r"^Starting: Merging data from .* to (?P<uri>\S+)$")
# What bootstrap.py writes of the script's own calls of Hadoop's file system.
_CALLED = re.compile(r"^CALL (?P<operation>\w+) (?P<uri>\S+)(?: (?P<target>\S+))?$")
_ACTIONS = {
    "open": ("GetObject",),
    "create": ("PutObject",),
    "delete": ("ListBucket", "DeleteObject"),
    "exists": ("GetObject", "ListBucket"),
    "listStatus": ("ListBucket",),
    "getContentSummary": ("ListBucket",),
    "read": ("ListBucket", "GetObject"),
}


def record_accesses(file: Path) -> None:
    """Record what the file tells, for the role that the current thread works for."""
    if not file.exists():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for operation, uri in _accesses(lines):
            try:
                bucket, key = storage.split_uri(re.sub("^s3[an]:", "s3:", uri))
            except ValueError:
                continue  # a local file
            for action in _ACTIONS[operation]:
                resource = arns.bucket(bucket) if action == "ListBucket" else arns.stored_object(bucket, key)
                access_log.record(f"s3:{action}", [resource])


def _accesses(lines: Iterable[str]) -> Iterator[Access]:
    saved: list[str] = []
    for line in lines:
        text = line.rstrip("\n")
        if found := _READ.match(text):
            yield "read", unquote(found["uri"])
        elif found := _SAVED.match(text):
            saved.append(found["uri"])
            yield "create", found["uri"]
        elif found := _MERGED.match(text):
            for source in saved:
                yield from _move(source, found["uri"])
            if not saved:
                yield "create", found["uri"]
            saved.clear()
        elif found := _CALLED.match(text):
            if found["operation"] == "rename" and found["target"]:
                yield from _move(found["uri"], found["target"])
            elif found["operation"] in _ACTIONS:
                yield found["operation"], found["uri"]


def _move(source: str, target: str) -> Iterator[Access]:
    yield "open", source
    yield "create", target
    yield "delete", source
