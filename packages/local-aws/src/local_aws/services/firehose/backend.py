"""moto's Firehose backend, with streams to S3 that buffer and deliver as AWS does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from moto.core.exceptions import ServiceException
from moto.firehose import models
from moto.firehose.exceptions import InvalidArgumentException, ResourceNotFoundException, ValidationException

from local_aws.services.firehose import destination as destinations
from local_aws.services.firehose.buffers import StreamBuffer
from local_aws.services.firehose.delivery import Delivery, StoppingError
from local_aws.services.firehose.faults import choose_rejected

MAX_RECORDS = 500
MAX_RECORD_BYTES = 1000 * 1024  # before base64, as all of AWS's limits
MAX_CALL_BYTES = 4 * 1024 * 1024
_SUPPORTED_TYPE = "DirectPut"
_SLOW_DOWN = "Slow down."
# moto's responses pass these by position.
_CREATE_ARGUMENTS = (
    "region",
    "delivery_stream_name",
    "delivery_stream_type",
    "kinesis_stream_source_configuration",
    "delivery_stream_encryption_configuration_input",
    "s3_destination_configuration",
    "extended_s3_destination_configuration",
    "redshift_destination_configuration",
    "elasticsearch_destination_configuration",
    "splunk_destination_configuration",
    "http_endpoint_destination_configuration",
    "snowflake_destination_configuration",
    "iceberg_destination_configuration",
    "tags",
)
_UPDATE_ARGUMENTS = (
    "delivery_stream_name",
    "current_delivery_stream_version_id",
    "destination_id",
    "s3_destination_update",
    "extended_s3_destination_update",
    "s3_backup_mode",
    "redshift_destination_update",
    "elasticsearch_destination_update",
    "splunk_destination_update",
    "http_endpoint_destination_update",
    "snowflake_destination_configuration",
    "iceberg_destination_update",
)


class ServiceUnavailableException(ServiceException):
    """The stream takes no records just now."""

    code = "ServiceUnavailableException"


class BufferingFirehoseBackend(models.FirehoseBackend):
    """Streams with direct put and an S3 destination; other sources and destinations are refused."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.delivery = Delivery()

    @property
    def _url_module(self) -> Any:
        from moto.firehose import urls

        return urls

    def create_delivery_stream(self, *positional: Any) -> str:
        """Create a stream.

        :raises InvalidArgumentException: for what AWS refuses and for what is not supported here
        """
        arguments = dict(zip(_CREATE_ARGUMENTS, positional, strict=True))
        stream_type = arguments["delivery_stream_type"] or _SUPPORTED_TYPE
        if stream_type != _SUPPORTED_TYPE:
            raise InvalidArgumentException(f"local_aws supports {_SUPPORTED_TYPE} streams only, not {stream_type}")
        argument = _only_s3_argument(arguments)
        arguments[argument] = destinations.with_defaults(arguments[argument])
        destination = destinations.parse(arguments[argument])
        arn = super().create_delivery_stream(**arguments)
        self.delivery.set_buffer(StreamBuffer(arguments["delivery_stream_name"], "1", destination))
        return str(arn)

    def update_destination(self, *positional: Any) -> None:
        """Change a stream's destination; records that wait are delivered to the former one.

        :raises InvalidArgumentException: for what AWS refuses and for what is not supported here
        """
        arguments = dict(zip(_UPDATE_ARGUMENTS, positional, strict=True))
        stream = self._stream(arguments["delivery_stream_name"])
        argument = _only_s3_argument(arguments)
        current = stream.destinations[0].get("ExtendedS3") or stream.destinations[0]["S3"]
        arguments[argument] = {**current, **arguments[argument]}
        destination = destinations.parse(arguments[argument])
        super().update_destination(**arguments)
        self.delivery.set_buffer(StreamBuffer(stream.delivery_stream_name, stream.version_id, destination))

    def delete_delivery_stream(self, delivery_stream_name: str) -> None:
        """Delete a stream; records that wait are still delivered."""
        super().delete_delivery_stream(delivery_stream_name)
        self.delivery.remove_buffer(delivery_stream_name)

    def put_record(self, delivery_stream_name: str, record: dict[str, bytes]) -> dict[str, Any]:
        """Take one record.

        :raises ServiceUnavailableException: if the fault switch rejects it, or the service stops
        """
        stream = self._stream(delivery_stream_name)
        _check_record(record["Data"], "record.data")
        if choose_rejected(1)[0]:
            raise ServiceUnavailableException(_SLOW_DOWN)
        self._buffer(stream, [record["Data"]])
        return {"RecordId": _record_id(), "Encrypted": _is_encrypted(stream)}

    def put_record_batch(self, delivery_stream_name: str, records: list[dict[str, bytes]]) -> dict[str, Any]:
        """Take up to 500 records; those that the fault switch rejects are marked in the answer.

        :raises ValidationException: for too many records, or one that is too large
        :raises InvalidArgumentException: if the records are too large together
        :raises ServiceUnavailableException: if the service stops
        """
        stream = self._stream(delivery_stream_name)
        _check_batch(records)
        rejected = choose_rejected(len(records))
        accepted = [record["Data"] for record, is_rejected in zip(records, rejected, strict=True) if not is_rejected]
        self._buffer(stream, accepted)
        call_id = uuid4().hex
        return {
            "FailedPutCount": sum(rejected),
            "Encrypted": _is_encrypted(stream),
            "RequestResponses": [
                {"ErrorCode": ServiceUnavailableException.code, "ErrorMessage": _SLOW_DOWN}
                if is_rejected
                else {"RecordId": f"{call_id}{position:020}"}
                for position, is_rejected in enumerate(rejected)
            ],
        }

    def put_s3_records(
        self,
        delivery_stream_name: str,
        version_id: str,
        s3_destination: dict[str, Any],
        records: list[dict[str, bytes]],
    ) -> list[dict[str, str]]:
        """What moto's CloudWatch Logs subscriptions call: their records are buffered like all others."""
        self._buffer(self._stream(delivery_stream_name), [record["Data"] for record in records])
        return [{"RecordId": _record_id()} for _ in records]

    def stop_delivery_stream_encryption(self, stream_name: str) -> None:
        """Note that encryption is off, also where it never was on."""
        stream = self._stream(stream_name)
        stream.delivery_stream_encryption_configuration = {
            **(stream.delivery_stream_encryption_configuration or {}),
            "Status": "DISABLED",
        }

    def _stream(self, name: str) -> Any:
        stream = self.delivery_streams.get(name)
        if stream is None:
            raise ResourceNotFoundException(f"Firehose {name} under account {self.account_id} not found.")
        return stream

    def _buffer(self, stream: Any, records: list[bytes]) -> None:
        try:
            self.delivery.add(stream.delivery_stream_name, records)
        except StoppingError as error:
            raise ServiceUnavailableException(f"local_aws takes no records: {error}") from error


def _only_s3_argument(arguments: dict[str, Any]) -> str:
    """The name of the one destination argument that has a value."""
    named = [name for name, value in arguments.items() if "destination_" in name and name != "destination_id" and value]
    if len(named) != 1:
        raise InvalidArgumentException("Exactly one destination configuration is supported for a Firehose")
    if not named[0].startswith(("s3_", "extended_s3_")):
        raise InvalidArgumentException(f"local_aws delivers to S3 only: it does not support {named[0]}")
    return named[0]


def _check_batch(records: list[dict[str, bytes]]) -> None:
    if not 1 <= len(records) <= MAX_RECORDS:
        bound = f"less than or equal to {MAX_RECORDS}" if records else "greater than or equal to 1"
        raise ValidationException(
            "1 validation error detected: Value at 'records' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )
    for position, record in enumerate(records, start=1):
        _check_record(record["Data"], f"records.{position}.member.data")
    if sum(len(record["Data"]) for record in records) > MAX_CALL_BYTES:
        raise InvalidArgumentException("Records size exceeds 4 MB limit")


def _check_record(data: bytes, field: str) -> None:
    if len(data) > MAX_RECORD_BYTES:
        raise ValidationException(
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_RECORD_BYTES}"
        )


def _is_encrypted(stream: Any) -> bool:
    return (stream.delivery_stream_encryption_configuration or {}).get("Status") == "ENABLED"


def _record_id() -> str:
    return f"{uuid4().hex}{0:020}"
