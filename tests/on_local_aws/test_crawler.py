"""The pipeline's own crawler configuration, on a bucket that holds more than events."""

from __future__ import annotations

from typing import Any

from clickstream.contract import load_contract
from glue_support import Lake


def event_folder(day: str, ingest_date: str) -> str:
    return f"events/year=2026/month=01/day={day}/ingest_date={ingest_date}/"


def test_the_pipelines_own_crawler_configuration_works(local_aws: Any) -> None:
    crawler = load_contract().crawler
    policy = crawler.schema_change_policy
    changes: dict[str, str] = {"UpdateBehavior": policy.update_behavior, "DeleteBehavior": policy.delete_behavior}
    lake = Lake(local_aws, dict(crawler.configuration), changes, {"Exclusions": list(crawler.exclusions)})
    lake.put(event_folder("01", "2026-01-01") + "part-0.parquet")
    lake.put("events/.spark-staging-1/year=2026/month=01/day=09/ingest_date=x/part-0.parquet")
    lake.put("events/_temporary/0/part-0.parquet")
    lake.put(event_folder("01", "2026-01-01") + "_temporary/0/part-0.parquet")
    lake.put(event_folder("01", "2026-01-01") + "_SUCCESS")
    lake.put("events/_SUCCESS")
    lake.put("quarantine/ingest_date=2026-01-01/part-0.json.gz", b"{}")

    lake.crawl_well()

    assert lake.table_names() == ["events"]
    assert list(lake.partitions()) == [("2026", "01", "01", "2026-01-01")]
