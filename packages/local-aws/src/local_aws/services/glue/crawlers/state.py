"""What a restart keeps of crawlers and their crawls."""

from __future__ import annotations

import threading
from dataclasses import asdict
from functools import partial
from typing import Any

from moto.glue.models import glue_backends

from local_aws import clock
from local_aws.persistence.account_backends import by_region, of_region
from local_aws.persistence.documents import encode, fields, key, restore
from local_aws.persistence.history import History, newest
from local_aws.persistence.parts import Part, written_by
from local_aws.persistence.store import Store
from local_aws.services.glue.crawlers.catalog_writer import CatalogChanges
from local_aws.services.glue.crawlers.model import CRAWLERS, READY, Crawl, Crawler
from local_aws.services.glue.interruption import INTERRUPTED

CRAWLER, CRAWL = "glue.crawler", "glue.crawl"
_CRAWLER_FIELDS = ("name", "arn", "definition", "creation_time", "last_updated", "version")
_CRAWL_FIELDS = (
    "crawl_id",
    "log_group",
    "log_stream",
    "message_prefix",
    "start_time",
    "end_time",
    "status",
    "error_message",
    "runtime_s",
)
_crawls = History()


def save(store: Store) -> None:
    """Write what differs of crawlers and their newest crawls."""
    crawlers, crawls = {}, {}
    for region, backend in by_region(glue_backends):
        for crawler in list(backend.crawlers.values()):
            crawlers[key(region, crawler.name)] = encode(fields(crawler, _CRAWLER_FIELDS))
            for crawl in newest(crawler.crawls):
                name = key(region, crawler.name, crawl.crawl_id)
                crawls[name] = _crawls.text(name, crawl.end_time is not None, partial(_crawl_document, crawl))
    store.replace(CRAWLER, crawlers)
    store.replace(CRAWL, _crawls.keep_only(crawls))


def load(store: Store) -> None:
    """Bring back crawlers and crawls; a crawl that was going on has failed."""
    store.each(CRAWLER, _load_crawler)
    store.each(CRAWL, _load_crawl)


def _crawl_document(crawl: Crawl) -> dict[str, Any]:
    return {**fields(crawl, _CRAWL_FIELDS), "changes": asdict(crawl.changes) if crawl.changes else None}


def _load_crawler(name: list[str], document: dict[str, Any]) -> None:
    backend = of_region(glue_backends, name[0])
    backend.crawlers[name[1]] = restore(
        Crawler,
        document,
        _CRAWLER_FIELDS,
        state=READY,
        crawls=[],
        _run_crawl=backend.run_crawl,
        _lock=threading.RLock(),
        _cancelled=threading.Event(),
        _thread=None,
    )


def _load_crawl(name: list[str], document: dict[str, Any]) -> None:
    changes = document["changes"]
    crawl = restore(Crawl, document, _CRAWL_FIELDS, changes=CatalogChanges(**changes) if changes else None, _began=0.0)
    if crawl.end_time is None:
        crawl.status, crawl.error_message = "FAILED", INTERRUPTED
        crawl.end_time = max(clock.now(), crawl.start_time)
    of_region(glue_backends, name[0]).crawlers[name[1]].crawls.append(crawl)


PART = Part(CRAWLERS, save, load, written_by("glue"))
