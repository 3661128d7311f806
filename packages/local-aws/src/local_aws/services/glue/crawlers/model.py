"""Crawler definitions and their crawls, as the API shows them."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from local_aws import clock
from local_aws.persistence import dirty
from local_aws.services.glue.catalog import CATALOG
from local_aws.services.glue.crawlers.catalog_writer import CatalogChanges
from local_aws.services.glue.errors import (
    CrawlerNotRunningError,
    CrawlerRunningError,
    CrawlerStoppingError,
    InvalidInputError,
)
from local_aws.services.glue.logs import crawler_log_group
from local_aws.services.glue.values import without_nulls

CRAWLERS = "crawlers"
READY, RUNNING, STOPPING = "READY", "RUNNING", "STOPPING"
# A crawl's state as ListCrawls shows it -> the status in a crawler's LastCrawl.
_LAST_CRAWL_STATUS = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}
_DEFAULTS: dict[str, Any] = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
}

RunCrawl = Callable[["Crawler", "Crawl"], None]


class Crawl:
    """One crawl; moto's ListCrawls reads its attributes."""

    def __init__(self, crawler_name: str, log_group: str) -> None:
        self.crawl_id = str(uuid4())
        self.log_group = log_group
        self.log_stream = crawler_name
        self.message_prefix = self.crawl_id
        self.start_time = clock.now()
        self.end_time: datetime | None = None
        self.status = "RUNNING"
        self.error_message: str | None = None
        self.changes: CatalogChanges | None = None
        self.runtime_s = 0.0
        self._began = time.monotonic()

    def advance(self) -> None:
        """Do nothing: moto would move its own crawls on whenever somebody looks."""

    def elapsed_s(self) -> float:
        """How long the crawl took, or has taken so far."""
        return self.runtime_s if self.end_time else time.monotonic() - self._began

    def end(self, status: str, error_message: str | None, changes: CatalogChanges | None) -> None:
        """The crawl is over: ``COMPLETED``, ``FAILED`` or ``STOPPED``."""
        self.runtime_s = time.monotonic() - self._began
        self.changes = changes
        self.error_message = error_message
        self.status = status
        self.end_time = max(clock.now(), self.start_time)

    def as_dict(self) -> dict[str, Any]:
        """The crawl as ListCrawls shows it."""
        fields = {
            "CrawlId": self.crawl_id,
            "State": self.status,
            "StartTime": self.start_time,
            "EndTime": self.end_time,
            "ErrorMessage": self.error_message,
            "Summary": json.dumps(_summary(self.changes)) if self.changes else None,
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.message_prefix,
            "DPUHour": 0.0,
        }
        return without_nulls(fields)

    def as_last_crawl(self) -> dict[str, Any]:
        """The crawl as a crawler's LastCrawl shows it."""
        fields = {
            "Status": _LAST_CRAWL_STATUS[self.status],
            "ErrorMessage": self.error_message,
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.message_prefix,
            "StartTime": self.start_time,
        }
        return without_nulls(fields)


class Crawler:
    """A crawler: its definition, its state and its crawls, the oldest first.

    :param run_crawl: runs a crawl to its end and tells the crawler how it went
    """

    def __init__(self, name: str, definition: dict[str, Any], arn: str, run_crawl: RunCrawl) -> None:
        _check(definition)
        self.name = name
        self.arn = arn
        self.definition = _DEFAULTS | without_nulls(definition)
        self.creation_time = self.last_updated = clock.now()
        self.version = 1
        self.state = READY
        self.crawls: list[Crawl] = []
        self._run_crawl = run_crawl
        self._lock = threading.RLock()
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None

    def get_name(self) -> str:
        """The name, as moto's listings ask for it."""
        return self.name

    def update(self, definition: dict[str, Any]) -> None:
        """Change what the definition gives, as UpdateCrawler does.

        :raises CrawlerRunningError: if it is running
        :raises InvalidInputError: if the definition is not valid
        """
        _check(definition)
        with self._lock:
            if self.state != READY:
                raise CrawlerRunningError(self.name)
            self.definition = self.definition | without_nulls(definition)
            self.last_updated = clock.now()
            self.version += 1

    def start_crawler(self) -> None:
        """Begin a crawl in the background.

        :raises CrawlerRunningError: if one is going on
        """
        with self._lock:
            if self.state != READY:
                raise CrawlerRunningError(self.name)
            self.state = RUNNING
            self._cancelled.clear()
            crawl = Crawl(self.name, self._log_group())
            self.crawls.append(crawl)
            self._thread = threading.Thread(
                target=self._run_crawl, args=(self, crawl), name=f"crawler-{self.name}", daemon=True
            )
            self._thread.start()

    def _log_group(self) -> str:
        configuration = self.definition.get("CrawlerSecurityConfiguration")
        return crawler_log_group(self.definition.get("Role", ""), configuration, self.arn.split(":")[3])

    def stop_crawler(self) -> None:
        """Ask the crawl to end; its status then is CANCELLED.

        :raises CrawlerNotRunningError: if none is going on
        :raises CrawlerStoppingError: if it is ending already
        """
        with self._lock:
            if self.state == READY:
                raise CrawlerNotRunningError(self.name)
            if self.state == STOPPING:
                raise CrawlerStoppingError(self.name)
            self.state = STOPPING
            self.cancel()

    def cancel(self) -> None:
        """Ask the crawl to end, whatever state it is in."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the crawl that is going on was asked to end."""
        return self._cancelled.is_set()

    def join(self, timeout_s: float) -> bool:
        """Whether no crawl is going on within the time."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    def begin_writing(self) -> bool:
        """The crawl has seen everything and now writes; False if it was asked to end before."""
        with self._lock:
            if self.is_cancelled:
                return False
            self.state = STOPPING
            return True

    def end_crawl(self, crawl: Crawl, status: str, error_message: str | None, changes: CatalogChanges | None) -> None:
        """The crawl is over and the crawler ready for the next."""
        with self._lock:
            crawl.end(status, error_message, changes)
            self.state = READY
        dirty.mark(CRAWLERS, CATALOG)

    def as_dict(self) -> dict[str, Any]:
        """The crawler as GetCrawler shows it."""
        with self._lock:
            ended = [crawl for crawl in self.crawls if crawl.end_time]
            running = self.crawls[-1] if self.state != READY else None
            fields = {
                **self.definition,
                "Name": self.name,
                "State": self.state,
                "CrawlElapsedTime": int(running.elapsed_s() * 1000) if running else 0,
                "CreationTime": self.creation_time,
                "LastUpdated": self.last_updated,
                "Version": self.version,
                "LastCrawl": ended[-1].as_last_crawl() if ended else None,
            }
        schedule = fields.get("Schedule")
        if schedule:
            fields["Schedule"] = {"ScheduleExpression": schedule, "State": "SCHEDULED"}
        return without_nulls(fields)

    def metrics(self) -> dict[str, Any]:
        """The crawler as GetCrawlerMetrics shows it; the counts are those of the last crawl."""
        with self._lock:
            ended = [crawl for crawl in self.crawls if crawl.end_time]
            running = self.state != READY
        runtimes = [crawl.runtime_s for crawl in ended]
        changes = ended[-1].changes if ended else None
        return {
            "CrawlerName": self.name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": running,
            "LastRuntimeSeconds": runtimes[-1] if runtimes else 0.0,
            "MedianRuntimeSeconds": statistics.median(runtimes) if runtimes else 0.0,
            "TablesCreated": len(changes.created) if changes else 0,
            "TablesUpdated": len(changes.updated) if changes else 0,
            "TablesDeleted": len(changes.deleted) if changes else 0,
        }


def _check(definition: dict[str, Any]) -> None:
    """Refuse a definition that AWS would refuse.

    :raises InvalidInputError: if it does
    """
    configuration = definition.get("Configuration")
    if configuration:
        try:
            is_object = isinstance(json.loads(configuration), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise InvalidInputError(f"Crawler Configuration is not a JSON object: {configuration}")
    targets = definition.get("Targets")
    if targets is not None and not any(targets.values()):
        raise InvalidInputError("Crawler targets must not be empty")
    for target in (targets or {}).get("S3Targets", []):
        if not target.get("Path", "").startswith("s3://"):
            raise InvalidInputError(
                f"The S3 path of a crawler target must begin with s3://, not {target.get('Path')!r}"
            )


def _summary(changes: CatalogChanges) -> dict[str, Any]:
    return {
        "TABLE": {"ADD": changes.created, "UPDATE": changes.updated, "DELETE": changes.deleted},
        "PARTITION": {
            "ADD": changes.partitions_added,
            "UPDATE": changes.partitions_updated,
            "DELETE": changes.partitions_deleted,
        },
    }
