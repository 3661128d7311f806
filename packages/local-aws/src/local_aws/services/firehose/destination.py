"""A delivery stream's S3 destination: what is supported, and what is refused instead of ignored."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.firehose.exceptions import InvalidArgumentException

from local_aws.services.firehose import prefix as prefixes
from local_aws.services.s3 import object_files

MIB = 1024 * 1024
DEFAULT_BUFFERING_HINTS = {"SizeInMBs": 5, "IntervalInSeconds": 300}
_SIZE_RANGE_MIB = range(1, 129)
_INTERVAL_RANGE_S = range(901)
_EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz"}
_GZIP_LEVEL = 6
_BUCKET_ARN = "arn:aws:s3:::"
_DELIMITER_PROCESSOR = "AppendDelimiterToRecord"
# Features that change what is delivered: to ignore them would deliver something else than AWS does.
_UNSUPPORTED_SWITCHES = ("DataFormatConversionConfiguration", "DynamicPartitioningConfiguration")


@dataclass(frozen=True)
class Destination:
    """Where and how the records of a stream are delivered."""

    role: str
    bucket: str
    prefix: str
    error_prefix: str
    compression: str
    extension: str
    delimiter: bytes
    size_limit_bytes: int
    interval_s: int

    def content(self, records: list[bytes]) -> bytes:
        """The content of an object with these records."""
        joined = b"".join(record + self.delimiter for record in records) if self.delimiter else b"".join(records)
        if self.compression == "GZIP":
            return gzip.compress(joined, compresslevel=_GZIP_LEVEL, mtime=0)
        return joined


def with_defaults(configuration: dict[str, Any]) -> dict[str, Any]:
    """The configuration with what AWS adds where the caller said nothing."""
    completed = dict(configuration)
    completed["BufferingHints"] = configuration.get("BufferingHints") or dict(DEFAULT_BUFFERING_HINTS)
    completed.setdefault("CompressionFormat", "UNCOMPRESSED")
    completed.setdefault("EncryptionConfiguration", {"NoEncryptionConfig": "NoEncryption"})
    return completed


def parse(configuration: dict[str, Any]) -> Destination:
    """The destination that a configuration with its defaults describes.

    :raises InvalidArgumentException: for what AWS refuses and for what is not supported here
    """
    for switch in _UNSUPPORTED_SWITCHES:
        if (configuration.get(switch) or {}).get("Enabled"):
            raise InvalidArgumentException(f"local_aws does not support {switch}: leave it out or disable it")
    if configuration.get("S3BackupMode") == "Enabled":
        raise InvalidArgumentException("local_aws does not support S3BackupMode Enabled")
    if configuration.get("CustomTimeZone") not in {None, "UTC"}:
        raise InvalidArgumentException(
            f"local_aws supports CustomTimeZone UTC only, not {configuration['CustomTimeZone']}"
        )
    compression = configuration["CompressionFormat"]
    if compression not in _EXTENSIONS:
        raise InvalidArgumentException(
            f"local_aws supports the compression formats {list(_EXTENSIONS)}, not {compression}"
        )
    arn = configuration.get("BucketARN", "")
    if not arn.startswith(_BUCKET_ARN) or arn == _BUCKET_ARN:
        raise InvalidArgumentException(f"BucketARN {arn!r} is not the ARN of a bucket")
    size_mib, interval_s = _buffering(configuration["BufferingHints"])
    data, error = _prefixes(configuration)
    return Destination(
        role=configuration.get("RoleARN", ""),
        bucket=arn.removeprefix(_BUCKET_ARN),
        prefix=data,
        error_prefix=error,
        compression=compression,
        extension=configuration.get("FileExtension") or _EXTENSIONS[compression],
        delimiter=_delimiter(configuration.get("ProcessingConfiguration") or {}),
        size_limit_bytes=size_mib * MIB,
        interval_s=interval_s,
    )


def _buffering(hints: dict[str, int]) -> tuple[int, int]:
    if set(hints) != set(DEFAULT_BUFFERING_HINTS):
        raise InvalidArgumentException("BufferingHints needs both SizeInMBs and IntervalInSeconds, or none of them")
    size_mib, interval_s = hints["SizeInMBs"], hints["IntervalInSeconds"]
    if size_mib not in _SIZE_RANGE_MIB:
        raise InvalidArgumentException(f"SizeInMBs must be from 1 to 128, not {size_mib}")
    if interval_s not in _INTERVAL_RANGE_S:
        raise InvalidArgumentException(f"IntervalInSeconds must be from 0 to 900, not {interval_s}")
    return size_mib, interval_s


def _prefixes(configuration: dict[str, Any]) -> tuple[str, str]:
    data, error = configuration.get("Prefix") or "", configuration.get("ErrorOutputPrefix") or ""
    try:
        complete = prefixes.data_prefix(data), prefixes.error_prefix(error, data)
        for prefix in complete:
            sample = prefixes.evaluate(prefix, datetime(2000, 1, 1, tzinfo=UTC), "processing-failed")
            object_files.file_of(Path("/"), f"{sample}name")
    except prefixes.PrefixError as refusal:
        raise InvalidArgumentException(str(refusal)) from refusal
    except object_files.UnstorableKeyError as refusal:
        raise InvalidArgumentException(refusal.message) from refusal
    return complete


def _delimiter(processing: dict[str, Any]) -> bytes:
    if not processing.get("Enabled"):
        return b""
    delimiter = b""
    for processor in processing.get("Processors") or []:
        if processor["Type"] != _DELIMITER_PROCESSOR:
            raise InvalidArgumentException(
                f"local_aws supports the processor {_DELIMITER_PROCESSOR} only, not {processor['Type']}"
            )
        parameters = {entry["ParameterName"]: entry["ParameterValue"] for entry in processor.get("Parameters") or []}
        unknown = set(parameters) - {"Delimiter"}
        if unknown:
            raise InvalidArgumentException(f"{_DELIMITER_PROCESSOR} does not take the parameters {sorted(unknown)}")
        # The console, CloudFormation and Terraform all write the escape sequence, not the character.
        delimiter = (
            parameters.get("Delimiter", "\\n").replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").encode()
        )
    return delimiter
