"""A lease on something that only one task may rewrite at a time, kept as an object in S3.

Airflow's own limits do not do it: `max_active_tis_per_dag` does not count deferred tasks before Airflow 3.3, and a
backfill's runs are limited apart from the scheduled ones.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

# 409: another conditional write of the same key was going on.
_TAKEN_CODES = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_MISSING_CODES = frozenset({"NoSuchKey", "404"})


class Lease:
    """The lease whose object is ``key``.

    S3 decides who gets it: a conditional write succeeds for one of several writers (documented for PutObject's
    ``If-None-Match`` and ``If-Match``). The same holder gets it again, so that a retried task need not wait for itself;
    anybody gets it once it has run out, so that a killed task blocks nobody for longer.

    :param s3: a boto3 client
    :param holder: who asks, the same in each try of a task
    :param length: after which the lease runs out; longer than the work may take
    """

    def __init__(self, s3: Any, bucket: str, key: str, holder: str, length: timedelta) -> None:
        self._s3 = s3
        self._object = {"Bucket": bucket, "Key": key}
        self._holder = holder
        self._length = length

    def acquire(self) -> bool:
        """Whether the lease is the holder's now."""
        if self._write(IfNoneMatch="*"):
            return True
        found = self._read()
        if found is None:  # given back a moment ago; the next look will tell
            return False
        document, etag = found
        own = document.get("holder") == self._holder
        if own or datetime.fromisoformat(document["expires_at"]) <= datetime.now(UTC):
            return self._write(IfMatch=etag)
        return False

    def release(self) -> None:
        """Give it back, if it is still the holder's."""
        found = self._read()
        if found and found[0].get("holder") == self._holder:
            self._s3.delete_object(**self._object)

    def _write(self, **condition: str) -> bool:
        expires_at = datetime.now(UTC) + self._length
        body = json.dumps({"holder": self._holder, "expires_at": expires_at.isoformat()})
        try:
            self._s3.put_object(**self._object, **condition, Body=body.encode(), ContentType="application/json")
        except ClientError as error:
            # The object that IfMatch names may have been deleted meanwhile.
            if error.response["Error"]["Code"] in _TAKEN_CODES | _MISSING_CODES:
                return False
            raise
        return True

    def _read(self) -> tuple[dict[str, Any], str] | None:
        try:
            answer = self._s3.get_object(**self._object)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING_CODES:
                return None
            raise
        return json.loads(answer["Body"].read()), answer["ETag"]
