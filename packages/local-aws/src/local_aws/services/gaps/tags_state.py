"""Tags of what is kept, where moto keeps them apart from it. Those of buckets and objects are in their documents."""

from __future__ import annotations

from moto.athena.models import athena_backends
from moto.firehose.models import firehose_backends
from moto.glue.models import glue_backends
from moto.logs.models import logs_backends

from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, key
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store

TAGS = "tags"
_BACKENDS = {
    "athena": athena_backends,
    "firehose": firehose_backends,
    "glue": glue_backends,
    "logs": logs_backends,
}


def save(store: Store) -> None:
    """Write what differs."""
    store.replace(
        TAGS,
        {
            key(service, region, arn): encode(tags)
            for service, backends in _BACKENDS.items()
            for region, backend in by_region(backends)
            for arn, tags in list(backend.tagger.tags.items())
        },
    )


def load(store: Store) -> None:
    """Bring back what was saved."""
    store.each(TAGS, _load)


def _load(name: list[str], document: dict[str, str | None]) -> None:
    service, region, arn = name
    of_region(_BACKENDS[service], region).tagger.tags[arn] = document


PART = Part(TAGS, save, load, written_by(*_BACKENDS))
