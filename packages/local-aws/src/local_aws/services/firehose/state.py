"""Firehose streams. Records in their buffers are delivered at a stop, so they are no part of it."""

from __future__ import annotations

from typing import Any

from moto.firehose.models import DeliveryStream, firehose_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.firehose import destination as destinations
from local_aws.services.firehose.buffers import StreamBuffer

STREAM = "firehose.stream"
_FIELDS = (
    "delivery_stream_status",
    "delivery_stream_name",
    "delivery_stream_type",
    "delivery_stream_encryption_configuration",
    "source",
    "destinations",
    "delivery_stream_arn",
    "create_timestamp",
    "version_id",
    "last_update_timestamp",
)


def save(store: Store) -> None:
    """Write what differs."""
    store.replace(
        STREAM,
        {
            key(region, stream.delivery_stream_name): encode(fields(stream, _FIELDS))
            for region, backend in by_region(firehose_backends)
            for stream in list(backend.delivery_streams.values())
        },
    )


def load(store: Store) -> None:
    """Bring back what was saved."""
    store.each(STREAM, _load)


def _load(name: list[str], document: dict[str, Any]) -> None:
    backend = of_region(firehose_backends, name[0])
    stream = restore(DeliveryStream, document, _FIELDS)
    target = stream.destinations[0]
    destination = destinations.parse(target.get("ExtendedS3") or target["S3"])
    backend.delivery_streams[name[1]] = stream
    backend.delivery.set_buffer(StreamBuffer(stream.delivery_stream_name, stream.version_id, destination))


PART = Part("firehose", save, load, written_by("firehose"))
