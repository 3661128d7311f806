"""How much of the job's output an Athena query reads, as a share of the raw objects' size."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import spark_runs
from benchmarks.days import INGEST_DATE, Day
from benchmarks.local_aws_server import local_aws
from benchmarks.paths import BENCH, BUCKETS
from clickstream_dev.athena import run_query
from clickstream_dev.resource_names import names

_DAY = f"year = '{INGEST_DATE:%Y}' and month = '{INGEST_DATE:%m}' and day = '{INGEST_DATE:%d}'"
QUERIES = {
    "count_by_event_type": f"select event_type, count(*) as event_count from events where {_DAY} group by event_type",  # noqa: S608
    "funnel_per_user": f"""
        select count_if(viewed), count_if(viewed and added), count_if(viewed and added and bought)
        from (select user_id, bool_or(event_type = 'product_view') as viewed,
                     bool_or(event_type = 'add_to_cart') as added, bool_or(event_type = 'purchase') as bought
              from events where {_DAY} group by user_id)""",  # noqa: S608
}


def measure_bytes(day: Day, say: Callable[[str], None]) -> dict[str, Any]:
    """Bytes that each query reads of the job's last output, and their share of the day's gzip objects."""
    data_dir = BENCH / "athena"
    shutil.rmtree(data_dir, ignore_errors=True)
    source, bucket = BUCKETS / spark_runs.JOB_BUCKET, data_dir / "s3" / names().processed_bucket
    # Links: the output is large, and both are only read.
    shutil.copytree(source, bucket, copy_function=_link)
    result: dict[str, Any] = {"gzip_bytes": day.gzip_bytes}
    with local_aws(data_dir) as server:
        for name, sql in QUERIES.items():
            scanned = run_query(server, sql).bytes_scanned
            share = scanned / day.gzip_bytes
            result[name] = {"bytes": scanned, "share_percent": round(100 * share, 2)}
            say(f"  {name} reads {scanned:,} bytes, {share:.2%} of the gzip JSON")
    shutil.rmtree(data_dir)
    return result


def _link(source: str, target: str) -> None:
    os.link(Path(source), Path(target))
