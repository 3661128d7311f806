"""CloudWatch log groups, streams and events. Events are only ever appended, so each is written once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.logs.models import LogEvent, LogGroup, LogStream, SubscriptionFilter, logs_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.gaps.log_groups import DEFAULT_CLASS, LOGS

GROUP, STREAM, EVENTS = "logs.group", "logs.stream", "logs.events"
EVENTS_A_DOCUMENT = 200
MAX_STREAMS = 1000
MAX_EVENTS_A_STREAM = 10_000
_GROUP_FIELDS = ("name", "account_id", "region", "arn", "creation_time", "retention_in_days", "kms_key_id")
_STREAM_FIELDS = (
    "account_id",
    "region",
    "arn",
    "creation_time",
    "last_ingestion_time",
    "log_stream_name",
    "stored_bytes",
    "upload_sequence_token",
)
_FILTER_FIELDS = ("name", "log_group_name", "filter_pattern", "destination_arn", "role_arn", "creation_time")
_EVENT_FIELDS = ("event_id", "ingestion_time", "timestamp", "message")


@dataclass
class _Written:
    """How much of a stream is in the state.

    :param first: number of its first event that is in memory
    :param full: number of events in documents that are full, counted from ``first``
    """

    stream: Any
    first: int = 0
    full: int = 0


_written: dict[str, _Written] = {}


def save(store: Store) -> None:
    """Write what differs of groups and streams, and the events that are new."""
    groups, streams = {}, {}
    for region, backend in by_region(logs_backends):
        for group in list(backend.groups.values()):
            groups[key(region, group.name)] = encode(_group_document(group))
            for stream in list(group.streams.values())[-MAX_STREAMS:]:
                name = key(region, group.name, stream.log_stream_name)
                streams[name] = encode(fields(stream, _STREAM_FIELDS))
                _save_events(store, name, stream)
    store.replace(GROUP, groups)
    store.replace(STREAM, streams)
    for name in [name for name in _written if name not in streams]:
        store.delete_below(EVENTS, name)
        del _written[name]


def forget_written() -> None:
    """A save failed: what it wrote is to be written again."""
    for written in _written.values():
        written.full = 0


def load(store: Store) -> None:
    """Bring back what was saved, of each stream the newest events."""
    _written.clear()
    store.each(GROUP, _load_group)
    store.each(STREAM, _load_stream)
    store.each(EVENTS, _load_events)
    with store.transaction():
        for name, written in _written.items():
            _drop_oldest(store, name, written)


def _save_events(store: Store, name: str, stream: Any) -> None:
    written = _written.get(name)
    if written is None or written.stream is not stream:  # new, or made again after a deletion
        store.delete_below(EVENTS, name)
        written = _written[name] = _Written(stream)
    events = stream.events
    documents = {}
    for begin in range(written.full, len(events), EVENTS_A_DOCUMENT):
        chunk = events[begin : begin + EVENTS_A_DOCUMENT]
        rows = [[getattr(event, field) for field in _EVENT_FIELDS] for event in chunk]
        documents[_events_key(name, written.first + begin)] = encode(rows)
        if len(chunk) == EVENTS_A_DOCUMENT:
            written.full = begin + EVENTS_A_DOCUMENT
    store.put(EVENTS, documents)


def _events_key(stream_key: str, number: int) -> str:
    return f'{stream_key[:-1]}, "{number:09}"]'


def _group_document(group: Any) -> dict[str, Any]:
    return {
        **fields(group, _GROUP_FIELDS),
        "class": getattr(group, "log_group_class", DEFAULT_CLASS),
        "filters": [fields(entry, _FILTER_FIELDS) for entry in list(group.subscription_filters.values())],
    }


def _load_group(name: list[str], document: dict[str, Any]) -> None:
    filters = {entry["name"]: restore(SubscriptionFilter, entry, _FILTER_FIELDS) for entry in document["filters"]}
    of_region(logs_backends, name[0]).groups[name[1]] = restore(
        LogGroup, document, _GROUP_FIELDS, streams={}, subscription_filters=filters, log_group_class=document["class"]
    )


def _load_stream(name: list[str], document: dict[str, Any]) -> None:
    group = of_region(logs_backends, name[0]).groups[name[1]]
    stream = restore(LogStream, document, _STREAM_FIELDS, log_group=group, events=[])
    stream.first_event_timestamp = stream.last_event_timestamp = None  # moto derives both from the events
    group.streams[name[2]] = stream
    _written[key(*name)] = _Written(stream)


def _load_events(name: list[str], document: list[list[Any]]) -> None:
    written = _written[key(*name[:3])]
    events = written.stream.events
    if not events:
        written.first = int(name[3])
    for values in document:
        event = restore(LogEvent, dict(zip(_EVENT_FIELDS, values, strict=True)), _EVENT_FIELDS)
        events.append(event)
        LogEvent._event_id = max(LogEvent._event_id, event.event_id + 1)
    if len(document) == EVENTS_A_DOCUMENT:
        written.full = len(events)


def _drop_oldest(store: Store, name: str, written: _Written) -> None:
    too_many = max(0, len(written.stream.events) - MAX_EVENTS_A_STREAM) // EVENTS_A_DOCUMENT * EVENTS_A_DOCUMENT
    begins = range(written.first, written.first + too_many, EVENTS_A_DOCUMENT)
    store.delete(EVENTS, [_events_key(name, begin) for begin in begins])
    del written.stream.events[:too_many]
    written.first += too_many
    written.full -= too_many


PART = Part(LOGS, save, load, written_by("logs"), forget_written)
