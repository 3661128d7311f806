"""Glue job: turns one arrival date's raw click events into Parquet, and says in a ledger what became of every record.

Run with ``--raw_bucket``, ``--processed_bucket`` and ``--ingest_date YYYY-MM-DD``; Glue's own arguments are ignored.
One run rewrites what belongs to its arrival date and nothing else. All results are made under ``staging/`` and
moved into place at the end; the ledger is removed before the first of them moves and written after the last one, so
a run that was killed has no ledger, and repeating it gives what it would have given.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract, load_contract
from clickstream_glue.classification import possible_event_dates
from clickstream_glue.counts import count_columns
from clickstream_glue.errors import InvalidArgumentError, JobError, MoveFailedError, NoRawObjectsError, spark_cause
from clickstream_glue.layout import Layout
from clickstream_glue.ledger import ledger_counts, ledger_document, progress_lines
from clickstream_glue.pipeline import accounted_rows
from clickstream_glue.staging import EVENT_DATE_KEYS, in_partitions, quarantine_rows

SESSION_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Each task behind the shuffle writes a file per event date: few tasks, few files.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128m",
    # The ledger says that a run is complete; _SUCCESS files would only lie about in the tables.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}


class Bucket:
    """A bucket, or a local folder, as Hadoop's file system shows it. Keys have no slash at either end."""

    def __init__(self, spark: SparkSession, root: str) -> None:
        jvm: Any = spark._jvm
        context: Any = spark._jsc
        self._new_path = jvm.org.apache.hadoop.fs.Path
        self._io_utils = jvm.org.apache.commons.io.IOUtils
        path = self._new_path(root)
        self._files = path.getFileSystem(context.hadoopConfiguration())
        uri = self._files.makeQualified(path).toUri()
        # Spark names local files file:///…, Hadoop file:/…
        self.root = f"{uri.getScheme()}://{uri.getAuthority() or ''}{uri.getPath()}".rstrip("/")

    def uri(self, key: str) -> str:
        """The object's or folder's URI."""
        return f"{self.root}/{key}"

    def exists(self, key: str) -> bool:
        """Whether there is such an object or folder."""
        return bool(self._files.exists(self._path(key)))

    def count_and_bytes(self, folder: str) -> tuple[int, int]:
        """How many objects lie below the folder, and their total size."""
        if not self.exists(folder):
            return 0, 0
        summary = self._files.getContentSummary(self._path(folder))
        return int(summary.getFileCount()), int(summary.getLength())

    def sizes(self, folder: str) -> dict[str, int]:
        """Name and size of each object in the folder; nothing if there is no such folder."""
        if not self.exists(folder):
            return {}
        return {str(s.getPath().getName()): int(s.getLen()) for s in self._files.listStatus(self._path(folder))}

    def read(self, key: str) -> str | None:
        """The object's text, None if there is no such object."""
        if not self.exists(key):
            return None
        stream = self._files.open(self._path(key))
        try:
            return str(self._io_utils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def write(self, key: str, text: str) -> None:
        """Write an object, in the place of an earlier one."""
        stream = self._files.create(self._path(key), True)
        try:
            stream.write(bytearray(text, "utf-8"))
        finally:
            stream.close()

    def delete(self, key: str) -> None:
        """Delete the object, or the folder with all below it, if there is one."""
        self._files.delete(self._path(key), True)

    def move(self, source: str, target: str) -> None:
        """Move an object or folder to a key where nothing is."""
        self._files.mkdirs(self._path(target).getParent())
        if not self._files.rename(self._path(source), self._path(target)):
            raise MoveFailedError(f"could not move {self.uri(source)} to {self.uri(target)}; run the job again")

    def _path(self, key: str) -> Any:
        return self._new_path(self.uri(key))


def run(
    spark: SparkSession,
    raw_root: str,
    processed_root: str,
    ingest_date: date,
    job_run_id: str = "",
    contract: Contract | None = None,
) -> dict[str, Any]:
    """Turn one arrival date's raw objects into the tables, and return the ledger.

    :raises NoRawObjectsError: if nothing arrived on that date; nothing is changed then
    """
    started_at = datetime.now(UTC)
    layout = Layout(contract or load_contract(), ingest_date)
    raw, processed = Bucket(spark, raw_root), Bucket(spark, processed_root)
    folder = layout.contract.raw_folder(ingest_date).rstrip("/")
    input_size = raw.count_and_bytes(folder)
    if not input_size[0]:
        raise NoRawObjectsError(f"no objects under {raw.uri(folder)}/; did any events arrive on {ingest_date}?")
    _say(f"reading {input_size[0]:,} objects, {input_size[1]:,} bytes, from {raw.uri(folder)}/")
    replaced = _withdraw_ledger(processed, layout)
    counts = ledger_counts(_stage(spark, raw, processed, layout), replaced, ingest_date, layout.contract)
    _say(*progress_lines(counts))
    sizes = _publish(processed, layout, replaced, counts)
    versions = {"contract": str(layout.contract.version), "spark": spark.version}
    ledger = ledger_document(counts, ingest_date, job_run_id, started_at, input_size, sizes, versions)
    processed.write(layout.staged_ledger, json.dumps(ledger) + "\n")
    processed.move(layout.staged_ledger, layout.ledger)
    processed.delete(layout.staging)
    _say(f"wrote {len(sizes):,} files, {sum(sizes):,} bytes, in {ledger['duration_s']} s")
    return ledger


def _withdraw_ledger(processed: Bucket, layout: Layout) -> list[date]:
    """Remove the ledger and what a killed run staged; return the event dates that earlier runs wrote.

    These are noted in staging until the run is complete: were it killed after it removed a partition, nothing
    else would tell the next run that this date's reports are out of date.
    """
    ledger = json.loads(processed.read(layout.ledger) or "{}")
    noted = set(map(date.fromisoformat, processed.sizes(layout.replaced_dates)))
    written = set(map(date.fromisoformat, ledger.get("rows_written_by_event_date", {})))
    possible = possible_event_dates(layout.ingest_date, layout.contract)
    present = {day for day in possible if processed.exists(layout.partition(day))}
    for day in sorted((written | present) - noted):
        processed.write(f"{layout.replaced_dates}/{day}", "")
    for key in (layout.ledger_folder, layout.staged_rows, layout.staged_quarantine):
        processed.delete(key)
    return sorted(noted | written | present)


def _stage(spark: SparkSession, raw: Bucket, processed: Bucket, layout: Layout) -> dict[str, int]:
    """Read the raw folder once, stage the events and the quarantined records, and return the counts observed."""
    reader = spark.read.option("recursiveFileLookup", "true").option("lineSep", "\n")
    lines = reader.text(raw.uri(layout.contract.raw_folder(layout.ingest_date)))
    rows = accounted_rows(lines, F.input_file_name(), layout.ingest_date, layout.contract)
    observation = Observation()
    observed = rows.observe(observation, *count_columns(layout.ingest_date, layout.contract))
    writer = in_partitions(observed, layout.contract).write.partitionBy(*EVENT_DATE_KEYS)
    writer.option("compression", "zstd").parquet(processed.uri(layout.staged_rows))
    if processed.exists(layout.staged_quarantined_rows):
        quarantined = spark.read.parquet(processed.uri(layout.staged_quarantined_rows))
        json_writer = quarantine_rows(quarantined, raw.root).write.option("compression", "gzip")
        json_writer.json(processed.uri(layout.staged_quarantine))
    return observation.get


def _publish(processed: Bucket, layout: Layout, replaced: Iterable[date], counts: dict[str, Any]) -> list[int]:
    """Put what is staged in the place of what earlier runs wrote; return the sizes of the event files."""
    for day in replaced:
        processed.delete(layout.partition(day))
    sizes: list[int] = []
    for day in map(date.fromisoformat, counts["rows_written_by_event_date"]):
        sizes += processed.sizes(layout.staged_partition(day)).values()
        processed.move(layout.staged_partition(day), layout.partition(day))
    processed.delete(layout.quarantine)
    if counts["rows_quarantined"]:
        processed.move(layout.staged_quarantine, layout.quarantine)
    return sizes


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _arguments(values: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, exit_on_error=False)
    for name in ("raw_bucket", "processed_bucket", "ingest_date", "JOB_RUN_ID"):
        parser.add_argument(f"--{name}", default="")
    try:
        arguments, _ = parser.parse_known_args(values)
    except argparse.ArgumentError as error:
        raise InvalidArgumentError(str(error)) from error
    for name in ("raw_bucket", "processed_bucket", "ingest_date"):
        if not getattr(arguments, name):
            raise InvalidArgumentError(f"--{name} is missing")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", arguments.ingest_date):
        raise InvalidArgumentError(f"--ingest_date is {arguments.ingest_date!r}; give a date as YYYY-MM-DD")
    try:
        arguments.ingest_date = date.fromisoformat(arguments.ingest_date)
    except ValueError as error:
        raise InvalidArgumentError(f"--ingest_date is {arguments.ingest_date!r}: {error}") from error
    return arguments


def main(values: Sequence[str]) -> None:
    """Run the job with Glue's arguments.

    :raises JobError: if the arguments or the raw folder are at fault
    """
    arguments = _arguments(values)
    builder = SparkSession.builder.appName("clickstream_to_parquet")
    spark = builder.config(map=dict(SESSION_SETTINGS)).getOrCreate()
    try:
        roots = f"s3://{arguments.raw_bucket}", f"s3://{arguments.processed_bucket}"
        run(spark, *roots, arguments.ingest_date, arguments.JOB_RUN_ID)
    finally:
        spark.stop()


if __name__ == "__main__":
    # Glue shows a failed run's last line: there the reason has to be.
    try:
        main(sys.argv[1:])
    except JobError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except (Py4JJavaError, PySparkException) as error:
        traceback.print_exc()
        sys.exit(f"SparkError: {spark_cause(error)}")
