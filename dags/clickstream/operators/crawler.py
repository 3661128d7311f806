"""Runs the crawler: the Amazon provider's operator with the little that the pipeline needs on top.

It gets the crawler's name only: Terraform owns the crawler, and nothing here creates or changes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator
from botocore.exceptions import ClientError

from clickstream.errors import OWNED_BY_TERRAFORM, MissingResourceError, ServiceRunError, TaskDeferred
from clickstream.operators.slot import WaitsForSlot, ends_soon, is_busy

READY = "READY"


class CrawlEventsOperator(WaitsForSlot, GlueCrawlerOperator):
    """Runs the crawler and fails with its own error message. Given the name only, the provider changes nothing.

    A crawl that is going on may have passed what this run wrote: it is waited for, and followed by one of our own.
    """

    def __init__(self, *, slot_limit: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slot_limit = slot_limit
        self.slot_poll_s = self.poll_interval

    def start(self, context: Any, waiting_since: datetime) -> Any:
        """Start the crawler, and defer unless the crawl ends within seconds.

        :raises MissingResourceError: if there is no such crawler; the provider would try to create one
        """
        name = self.config["Name"]
        if not self.hook.has_crawler(name):
            raise MissingResourceError(f"Glue crawler {name} does not exist: {OWNED_BY_TERRAFORM}")
        try:
            return GlueCrawlerOperator.execute(self, context)
        except TaskDeferred:
            if not ends_soon(lambda: self.hook.get_crawler(name)["State"] == READY):
                raise
        except ClientError as error:
            if not is_busy(error):
                raise
            return self.wait_for_slot(waiting_since, f"crawler {name} is busy: {error}")
        succeeded = self.hook.get_crawler(name).get("LastCrawl", {}).get("Status") == "SUCCEEDED"
        return self.execute_complete(context, {"status": "success" if succeeded else "error"})

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> str:
        """The crawl ended: return the crawler's name.

        :raises ServiceRunError: if it did not succeed
        """
        if event and event.get("status") == "success":
            return super().execute_complete(context, event)
        name = self.config["Name"]
        crawler = self.hook.get_crawler(name)
        crawl = crawler.get("LastCrawl", {})
        reason = crawl.get("ErrorMessage") or (event or {}).get("message") or "Glue gives no reason"
        raise ServiceRunError(f"crawl of {name} is {crawl.get('Status', crawler['State'])}: {reason}")
