"""The crawler's calls: states, metrics, updates, refusals."""

from __future__ import annotations

import threading
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from glue_support import ROLE, Lake, unique
from local_aws.services.glue.crawlers.model import Crawl, Crawler
from local_aws.services.glue.errors import CrawlerRunningError, CrawlerStoppingError
from local_aws.waiting import wait_until


@pytest.fixture
def lake(local_aws: Any) -> Lake:
    return Lake(local_aws)


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_new_crawler_shows_aws_defaults_and_no_last_crawl(lake: Lake) -> None:
    crawler = lake.glue.get_crawler(Name=lake.crawler)["Crawler"]

    assert crawler["State"] == "READY"
    assert crawler["Version"] == 1
    assert crawler["SchemaChangePolicy"]["DeleteBehavior"] == "DEPRECATE_IN_DATABASE"
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert "LastCrawl" not in crawler


def test_last_crawl_tells_of_the_last_crawl(lake: Lake) -> None:
    last = lake.crawl()

    assert last["Status"] == "SUCCEEDED"
    assert last["StartTime"].tzinfo is not None
    assert "ErrorMessage" not in last


def test_metrics_count_the_last_crawl(lake: Lake) -> None:
    before = lake.metrics()
    assert (before["LastRuntimeSeconds"], before["TablesCreated"]) == (0.0, 0)

    lake.put("events/day=01/1.parquet")
    lake.crawl_well()
    created = lake.metrics()
    lake.put("events/day=02/1.parquet")
    lake.crawl_well()
    updated = lake.metrics()

    assert (created["TablesCreated"], created["TablesUpdated"]) == (1, 0)
    assert (updated["TablesCreated"], updated["TablesUpdated"]) == (0, 1)
    assert 0 < updated["LastRuntimeSeconds"] < 30
    assert 0 < updated["MedianRuntimeSeconds"] < 30
    assert updated["StillEstimating"] is False


def test_metrics_cover_all_crawlers_when_none_is_named(lake: Lake) -> None:
    pages = lake.glue.get_paginator("get_crawler_metrics").paginate(PaginationConfig={"PageSize": 1})

    assert lake.crawler in [entry["CrawlerName"] for page in pages for entry in page["CrawlerMetricsList"]]


def test_update_changes_what_it_names_and_nothing_else(lake: Lake) -> None:
    lake.glue.update_crawler(Name=lake.crawler, Description="new", TablePrefix="p_")

    crawler = lake.glue.get_crawler(Name=lake.crawler)["Crawler"]
    assert (crawler["Description"], crawler["TablePrefix"], crawler["Version"]) == ("new", "p_", 2)
    assert crawler["Role"] == ROLE
    assert crawler["Targets"]["S3Targets"][0]["Path"] == f"s3://{lake.bucket}/events/"
    lake.put("events/1.parquet")
    lake.crawl_well()
    assert lake.table_names() == ["p_events"]


def test_crawls_are_listed_in_pages_from_the_newest(lake: Lake) -> None:
    started = [lake.crawl()["StartTime"] for _ in range(3)]

    first = lake.glue.list_crawls(CrawlerName=lake.crawler, MaxResults=2)
    second = lake.glue.list_crawls(CrawlerName=lake.crawler, MaxResults=2, NextToken=first["NextToken"])

    assert [crawl["StartTime"] for page in (first, second) for crawl in page["Crawls"]] == started[::-1]
    assert "NextToken" not in second


def test_crawlers_are_listed_and_got_in_batches(lake: Lake) -> None:
    answer = lake.glue.batch_get_crawlers(CrawlerNames=[lake.crawler, "none"])

    assert [crawler["Name"] for crawler in answer["Crawlers"]] == [lake.crawler]
    assert answer["CrawlersNotFound"] == ["none"]
    pages = lake.glue.get_paginator("get_crawlers").paginate(PaginationConfig={"PageSize": 1})
    assert lake.crawler in [crawler["Name"] for page in pages for crawler in page["Crawlers"]]
    assert lake.crawler in lake.glue.list_crawlers(MaxResults=1000)["CrawlerNames"]


def test_a_deleted_crawler_is_not_found(lake: Lake) -> None:
    lake.glue.delete_crawler(Name=lake.crawler)

    for call in (lake.glue.get_crawler, lake.glue.start_crawler, lake.glue.stop_crawler, lake.glue.update_crawler):
        with pytest.raises(ClientError) as error:
            call(Name=lake.crawler)
        assert code_of(error) == "EntityNotFoundException"


def test_a_crawler_that_does_not_run_can_not_be_stopped(lake: Lake) -> None:
    with pytest.raises(ClientError) as error:
        lake.glue.stop_crawler(Name=lake.crawler)

    assert code_of(error) == "CrawlerNotRunningException"


@pytest.mark.parametrize(
    ("request_part", "code"),
    [
        pytest.param({"Configuration": "{not json"}, "InvalidInputException", id="configuration"),
        pytest.param({"Targets": {"S3Targets": [{"Path": "bucket/x"}]}}, "InvalidInputException", id="path"),
        pytest.param({"Targets": {"S3Targets": []}}, "InvalidInputException", id="no_target"),
    ],
)
def test_a_definition_that_is_not_valid_is_refused(lake: Lake, request_part: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        lake.glue.update_crawler(Name=lake.crawler, **request_part)

    assert code_of(error) == code


def test_a_name_can_be_taken_once(lake: Lake) -> None:
    with pytest.raises(ClientError) as error:
        lake.glue.create_crawler(Name=lake.crawler, Role=ROLE, Targets={"S3Targets": [{"Path": "s3://b/"}]})

    assert code_of(error) == "AlreadyExistsException"


def test_a_crawl_carries_the_time_that_the_clock_shows(bare_local_aws: Any) -> None:
    lake = Lake(bare_local_aws)
    bare_local_aws.set_clock("2026-01-05T10:00:00Z")

    lake.put("events/1.parquet")
    started = lake.crawl()["StartTime"]

    assert started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") == "2026-01-05T10:00"
    assert lake.table()["CreateTime"].astimezone(UTC).year == 2026


@pytest.fixture
def held(in_process_backends: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A crawler in this process, and the event that lets its crawl go on; until then it lists its target."""
    from moto.glue.models import glue_backends

    from local_aws.services.glue.crawlers import crawl

    release = threading.Event()

    def slow_listing(_bucket: str, _prefix: str) -> list[Any]:
        assert release.wait(30)
        return []

    monkeypatch.setattr(crawl.storage, "list_objects", slow_listing)
    backend = glue_backends["123456789012"]["us-east-1"]
    name = unique("crawler")
    backend.create_database(name, {"Name": name})
    backend.define_crawler(name, {"DatabaseName": name, "Targets": {"S3Targets": [{"Path": "s3://b/"}]}}, None)
    yield backend, backend.get_crawler(name), release
    release.set()
    assert backend.get_crawler(name).join(30)


def test_a_running_crawler_can_not_be_started_changed_or_deleted(held: Any) -> None:
    backend, crawler, _ = held
    crawler.start_crawler()

    assert crawler.as_dict()["State"] == "RUNNING"
    assert crawler.as_dict()["CrawlElapsedTime"] >= 0
    assert "LastCrawl" not in crawler.as_dict()
    for refused in (
        crawler.start_crawler,
        lambda: crawler.update({"Description": "x"}),
        lambda: backend.delete_crawler(crawler.name),
    ):
        with pytest.raises(CrawlerRunningError):
            refused()


def test_a_stopped_crawl_is_cancelled(held: Any) -> None:
    _, crawler, release = held
    crawler.start_crawler()
    crawler.stop_crawler()

    assert crawler.as_dict()["State"] == "STOPPING"
    with pytest.raises(CrawlerStoppingError):
        crawler.stop_crawler()
    release.set()
    _wait_until_ready(crawler)

    assert crawler.as_dict()["LastCrawl"]["Status"] == "CANCELLED"
    assert crawler.crawls[-1].as_dict()["State"] == "STOPPED"


def test_while_a_second_crawl_runs_last_crawl_is_the_first(held: Any) -> None:
    _, crawler, release = held
    release.set()
    crawler.start_crawler()
    _wait_until_ready(crawler)
    first: Crawl = crawler.crawls[0]
    release.clear()
    crawler.start_crawler()

    assert crawler.as_dict()["LastCrawl"]["MessagePrefix"] == first.crawl_id


def _wait_until_ready(crawler: Crawler) -> None:
    assert wait_until(lambda: crawler.state == "READY", 30)
