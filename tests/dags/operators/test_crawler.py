"""What the operator of the crawler adds to the provider's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.glue_crawler import GlueCrawlerHook
from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerOperator

from clickstream.errors import MissingResourceError, ServiceRunError
from clickstream.operators import slot
from clickstream.operators.crawler import CrawlEventsOperator
from tests.dags.support import FAILED, TaskDeferred, context, deferred_by


def crawl() -> CrawlEventsOperator:
    return CrawlEventsOperator(
        task_id="a_task", config={"Name": "the-crawler"}, deferrable=True, slot_limit=timedelta(hours=1)
    )


def promise_crawler(glue: Any, looks: int, **state: Any) -> None:
    for _ in range(looks):
        answer = {"Name": "the-crawler", "Role": "r", "DatabaseName": "db", **state}
        glue.add_response("get_crawler", {"Crawler": answer})


@pytest.fixture(autouse=True)
def one_look(monkeypatch):
    """What was started is looked at once before it is deferred."""
    monkeypatch.setattr(slot, "SHORTEST_DEFERRAL_S", 0)


def test_the_crawler_is_started_and_never_changed(stub):
    glue = stub(GlueCrawlerHook, "glue")  # fails on any call that is not promised, such as update_crawler
    promise_crawler(glue, looks=3)
    glue.add_response("start_crawler", {}, {"Name": "the-crawler"})
    promise_crawler(glue, looks=1, State="RUNNING")
    with pytest.raises(TaskDeferred):
        crawl().execute(context=context())


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_a_crawl_that_ends_within_seconds_is_not_deferred(stub, monkeypatch, status):
    monkeypatch.setattr(slot, "SHORTEST_DEFERRAL_S", 60)
    monkeypatch.setattr(slot, "FIRST_LOOK_S", 0.001)
    glue = stub(GlueCrawlerHook, "glue")
    promise_crawler(glue, looks=3)
    glue.add_response("start_crawler", {}, {"Name": "the-crawler"})
    promise_crawler(glue, looks=1, State="RUNNING")
    last = {"Status": status, "ErrorMessage": "no access"}
    promise_crawler(glue, looks=2 + (status == "FAILED"), State="READY", LastCrawl=last)
    if status == "SUCCEEDED":
        assert crawl().execute(context=context()) == "the-crawler"
    else:
        with pytest.raises(ServiceRunError, match="crawl of the-crawler is FAILED: no access"):
            crawl().execute(context=context())


def test_a_crawl_that_is_going_on_is_waited_for_and_followed_by_our_own(stub):
    glue = stub(GlueCrawlerHook, "glue")
    promise_crawler(glue, looks=3)
    glue.add_client_error("start_crawler", "CrawlerRunningException")
    deferred = deferred_by(crawl())
    assert deferred.method_name == "start_again"
    promise_crawler(glue, looks=3)
    glue.add_response("start_crawler", {}, {"Name": "the-crawler"})
    promise_crawler(glue, looks=1, State="RUNNING")
    with pytest.raises(TaskDeferred) as own:
        crawl().start_again(context(), event=None, **deferred.kwargs)
    assert own.value.method_name == "execute_complete"


def test_a_missing_crawler_is_named_and_not_created(stub):
    stub(GlueCrawlerHook, "glue").add_client_error("get_crawler", "EntityNotFoundException")
    with pytest.raises(MissingResourceError, match="Glue crawler the-crawler does not exist"):
        crawl().execute(context=context())


def test_a_failed_crawl_carries_the_crawlers_own_message(stub):
    last = {"Status": "FAILED", "ErrorMessage": "price has two types"}
    stub(GlueCrawlerHook, "glue").add_response(
        "get_crawler", {"Crawler": {"Name": "the-crawler", "State": "READY", "LastCrawl": last}}
    )
    with pytest.raises(ServiceRunError, match="crawl of the-crawler is FAILED: price has two types"):
        crawl().execute_complete(context=context(), event=FAILED)


def test_the_operator_stays_the_providers():
    assert issubclass(CrawlEventsOperator, GlueCrawlerOperator)
