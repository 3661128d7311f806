"""Glue job: turns one arrival date's raw click events into Parquet, and says in a ledger what became of every record.

Run with ``--raw_bucket``, ``--processed_bucket`` and ``--ingest_date YYYY-MM-DD``; Glue's own arguments are ignored.
With ``--replay_reasons`` (``all``, or reasons with commas between) only quarantined records go through it again.
One run rewrites what belongs to its arrival date and nothing else. All results are made under ``staging/`` and
moved into place at the end; the ledger is removed before the first of them moves and written after the last one, so
a run that was killed has no ledger, and repeating it gives what it would have given.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from clickstream.contract import Contract, ContractError, LedgerError, RowCounts, RunLedger, keys, load_contract
from clickstream.contract.keys import EVENT_DATE_KEYS
from clickstream.contract.rules import possible_event_dates
from clickstream.contract.run_ledger import written_dates
from clickstream_glue.bucket import Bucket
from clickstream_glue.counts import count_columns
from clickstream_glue.errors import InvalidArgumentError, JobError, NoRawObjectsError, spark_cause
from clickstream_glue.layout import Layout
from clickstream_glue.ledger import Source, ledger_counts, progress_lines, replayed_counts, run_ledger
from clickstream_glue.pipeline import accounted_rows
from clickstream_glue.staging import in_partitions, quarantine_rows

ALL_REASONS = "all"
SESSION_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Each task behind the shuffle writes a file per event date: few tasks, few files.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128m",
    # As many event dates as a run may write, and its quarantine: with fewer, Spark sorts the rows by date once more.
    "spark.sql.maxConcurrentOutputFileWriters": "64",
    # The ledger says that a run is complete; _SUCCESS files would only lie about in the tables.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}


@dataclass(frozen=True)
class Job:
    """One run's surroundings."""

    spark: SparkSession
    raw: Bucket
    processed: Bucket
    layout: Layout
    job_run_id: str
    started_at: datetime

    @property
    def contract(self) -> Contract:
        return self.layout.contract

    @property
    def ingest_date(self) -> date:
        return self.layout.ingest_date


def run(
    spark: SparkSession,
    raw_root: str,
    processed_root: str,
    ingest_date: date,
    job_run_id: str = "",
    contract: Contract | None = None,
    replay_reasons: Sequence[str] | None = None,
) -> RunLedger:
    """Turn one arrival date's raw objects into the tables, and return the ledger.

    :param replay_reasons: if given, only the records quarantined for one of these reasons (for any, if it is empty)
        go through the job again; a date without a ledger is done as a whole instead
    :raises NoRawObjectsError: if nothing arrived on that date; nothing is changed then
    """
    layout = Layout(contract or load_contract(), ingest_date)
    job = Job(spark, Bucket(spark, raw_root), Bucket(spark, processed_root), layout, job_run_id, datetime.now(UTC))
    if replay_reasons is None:
        return _transform(job)
    ledger = _ledger(job)
    if ledger is None:
        _say(f"{ingest_date} has no ledger, so its last run did not finish: doing all of it instead of a replay")
        return _transform(job)
    return _replay(job, ledger, set(replay_reasons) or set(layout.contract.quarantine_reasons))


def _ledger(job: Job) -> RunLedger | None:
    """The date's ledger; None where there is none that can be used."""
    text = job.processed.read(job.layout.ledger)
    try:
        return RunLedger.from_json(text) if text else None
    except LedgerError as error:
        _say(f"the ledger of {job.ingest_date} {error}")
        return None


def _transform(job: Job) -> RunLedger:
    folder = keys.raw_folder(job.ingest_date, job.contract).rstrip("/")
    objects, size = job.raw.count_and_bytes(folder)
    if not objects:
        raise NoRawObjectsError(f"no objects under {job.raw.uri(folder)}/; did any events arrive on {job.ingest_date}?")
    _say(f"reading {objects:,} objects, {size:,} bytes, from {job.raw.uri(folder)}/")
    looked_at, without_ledger = _lookback(job)
    replaced = _withdraw_ledger(job.processed, job.layout)
    observed, damaged = _stage_raw(job, folder, _written_ids(job, looked_at))
    counts = ledger_counts(observed, replaced, job.ingest_date, job.contract)
    _say(*progress_lines(counts))
    _publish(job.processed, job.layout, replaced, counts)
    lookback = [before.ingest_date for before in looked_at]
    return _finish(job, counts, Source(objects, size, damaged, lookback, without_ledger))


def _replay(job: Job, ledger: RunLedger, reasons: set[str]) -> RunLedger:
    """Let quarantined records go through the job again, and add what is good now to what is there."""
    counts = {reason: ledger.rows_quarantined_by_reason.get(reason, 0) for reason in sorted(reasons)}
    _say(f"replaying {sum(counts.values()):,} of {ledger.rows_quarantined:,} quarantined records")
    looked_at, without_ledger = _lookback(job)
    source = Source(
        objects=ledger.input_objects,
        bytes=ledger.input_bytes,
        unreadable=ledger.unreadable_objects,
        lookback_dates=[before.ingest_date for before in looked_at],
        dates_without_ledger=without_ledger,
    )
    _withdraw_ledger(job.processed, job.layout)
    if not sum(counts.values()):
        return _finish(job, ledger, source)
    found = ledger_counts(_stage_quarantined(job, reasons, looked_at), [], job.ingest_date, job.contract)
    _say(*progress_lines(found))
    for day in found.rows_written_by_event_date:
        job.processed.add(job.layout.staged_partition(day), job.layout.partition(day))
    total = replayed_counts(ledger, counts, found, job.ingest_date)
    _publish_quarantine(job.processed, job.layout, total)
    return _finish(job, total, source)


def _lookback(job: Job) -> tuple[list[Layout], list[date]]:
    """The arrival dates to look back at, and those of them that can't be because their last run did not finish."""
    complete = [before for before in job.layout.lookback if job.processed.exists(before.ledger)]
    without = [before.ingest_date for before in job.layout.lookback if before not in complete]
    if without:
        _say(f"no ledger of {', '.join(map(str, without))}: not looked at for duplicates")
    return complete, without


def _written_ids(job: Job, layouts: Iterable[Layout]) -> DataFrame | None:
    """Column ``event_id`` of what runs wrote for the event dates that this arrival date may have; None if nothing."""
    days = possible_event_dates(job.ingest_date, job.contract)
    folders = [layout.partition(day) for layout in layouts for day in days]
    uris = [job.processed.uri(folder) for folder in folders if job.processed.exists(folder)]
    return job.spark.read.schema("event_id string").parquet(*uris) if uris else None


def _withdraw_ledger(processed: Bucket, layout: Layout) -> list[date]:
    """Remove the ledger and what a killed run staged; return the event dates that earlier runs wrote.

    These are noted in staging until the run is complete: were it killed after it removed a partition, nothing
    else would tell the next run that this date's reports are out of date.
    """
    noted = set(map(date.fromisoformat, processed.sizes(layout.replaced_dates)))
    written = written_dates(processed.read(layout.ledger) or "")
    possible = possible_event_dates(layout.ingest_date, layout.contract)
    present = {day for day in possible if processed.exists(layout.partition(day))}
    for day in sorted((written | present) - noted):
        processed.write(f"{layout.replaced_dates}/{day}", "")
    for key in (layout.ledger_folder, layout.staged_rows, layout.staged_quarantine):
        processed.delete(key)
    return sorted(noted | written | present)


def _stage_raw(job: Job, folder: str, earlier_ids: DataFrame | None) -> tuple[dict[str, int], list[str]]:
    """Stage what the raw folder holds; return the counts observed, and the objects that are damaged.

    Of a damaged object all is used up to where it breaks. To find them takes another look at every object, so that is
    done only when reading has failed.
    """

    def stage(ignore_damage: bool) -> dict[str, int]:
        reader = job.spark.read.option("recursiveFileLookup", "true").option("lineSep", "\n")
        lines = reader.option("ignoreCorruptFiles", str(ignore_damage).lower()).text(job.raw.uri(folder))
        return _stage(job, lines, F.input_file_name(), earlier_ids)

    try:
        return stage(ignore_damage=False), []
    except (Py4JJavaError, PySparkException) as error:
        _say(f"reading failed ({spark_cause(error)}): looking for damaged objects")
        damaged = job.raw.damaged_objects(folder)
        if not damaged:
            raise
    _say(*(f"damaged: {key}; what can be read of it is used" for key in damaged))
    job.processed.delete(job.layout.staged_rows)
    return stage(ignore_damage=True), damaged


def _stage_quarantined(job: Job, reasons: set[str], looked_at: list[Layout]) -> dict[str, int]:
    """Stage what becomes of the quarantined records of these reasons, and all that stays in the quarantine."""
    quarantine = job.spark.read.schema("raw string, reason string, source_object string")
    records = quarantine.json(job.processed.uri(job.layout.quarantine))
    is_chosen = F.col("reason").isin(sorted(reasons))
    # As Spark would name the object.
    source = F.concat(F.lit(f"{job.raw.root}/"), F.replace("source_object", F.lit("%"), F.lit("%25")))
    chosen = records.where(is_chosen).select(F.col("raw").alias("value"), source.alias("source_object"))
    others = records.where(~is_chosen)
    return _stage(job, chosen, F.col("source_object"), _written_ids(job, [job.layout, *looked_at]), others)


def _stage(
    job: Job,
    lines: DataFrame,
    source_object: Column,
    earlier_ids: DataFrame | None,
    other_quarantined: DataFrame | None = None,
) -> dict[str, int]:
    """Read the lines once, stage the events and the quarantined records, and return the counts observed."""
    processed, layout = job.processed, job.layout
    rows = accounted_rows(lines, source_object, job.ingest_date, job.contract, earlier_ids)
    observation = Observation()
    observed = rows.observe(observation, *count_columns(job.ingest_date, job.contract))
    writer = in_partitions(observed, job.contract).write.partitionBy(*EVENT_DATE_KEYS)
    writer.option("compression", "zstd").parquet(processed.uri(layout.staged_rows))
    quarantined = other_quarantined
    if processed.exists(layout.staged_quarantined_rows):
        staged = job.spark.read.parquet(processed.uri(layout.staged_quarantined_rows))
        refused = quarantine_rows(staged, job.raw.root)
        quarantined = refused if quarantined is None else quarantined.unionByName(refused)
    if quarantined is not None:
        quarantined.write.option("compression", "gzip").json(processed.uri(layout.staged_quarantine))
    return observation.get


def _publish(processed: Bucket, layout: Layout, replaced: Iterable[date], counts: RowCounts) -> None:
    """Put what is staged in the place of what earlier runs wrote."""
    for day in replaced:
        processed.delete(layout.partition(day))
    for day in counts.rows_written_by_event_date:
        processed.move(layout.staged_partition(day), layout.partition(day))
    _publish_quarantine(processed, layout, counts)


def _publish_quarantine(processed: Bucket, layout: Layout, counts: RowCounts) -> None:
    processed.delete(layout.quarantine)
    if counts.rows_quarantined:
        processed.move(layout.staged_quarantine, layout.quarantine)


def _finish(job: Job, counts: RowCounts, source: Source) -> RunLedger:
    """Write the ledger: from here on the run is complete."""
    processed, layout = job.processed, job.layout
    folders = [layout.partition(day) for day in counts.rows_written_by_event_date]
    sizes = [size for folder in folders for size in processed.sizes(folder).values()]
    versions = {"contract": str(job.contract.contract_version), "spark": job.spark.version}
    ledger = run_ledger(counts, job.ingest_date, job.job_run_id, job.started_at, source, sizes, versions)
    processed.write(layout.staged_ledger, ledger.to_json())
    processed.move(layout.staged_ledger, layout.ledger)
    processed.delete(layout.staging)
    _say(f"the date has {len(sizes):,} files, {sum(sizes):,} bytes; took {ledger.duration_s} s")
    return ledger


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _arguments(values: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, exit_on_error=False)
    for name in ("raw_bucket", "processed_bucket", "ingest_date", "replay_reasons", "JOB_RUN_ID"):
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
    arguments.replay_reasons = _reasons(arguments.replay_reasons)
    return arguments


def _reasons(text: str) -> list[str] | None:
    """None for no replay, an empty list for all reasons."""
    if not text:
        return None
    if text == ALL_REASONS:
        return []
    given, known = [reason.strip() for reason in text.split(",")], load_contract().quarantine_reasons
    if unknown := [reason for reason in given if reason not in known]:
        raise InvalidArgumentError(
            f"--replay_reasons has {unknown[0]!r}; give {ALL_REASONS} or some of {', '.join(known)}"
        )
    return given


def main(values: Sequence[str]) -> None:
    """Run the job with Glue's arguments.

    :raises JobError: if the arguments or the raw folder are at fault
    """
    arguments = _arguments(values)
    builder = SparkSession.builder.appName("clickstream_to_parquet")
    spark = builder.config(map=dict(SESSION_SETTINGS)).getOrCreate()
    try:
        roots = f"s3://{arguments.raw_bucket}", f"s3://{arguments.processed_bucket}"
        run(spark, *roots, arguments.ingest_date, arguments.JOB_RUN_ID, replay_reasons=arguments.replay_reasons)
    finally:
        spark.stop()


if __name__ == "__main__":
    # Glue shows a failed run's last line: there the reason has to be.
    try:
        main(sys.argv[1:])
    except (JobError, ContractError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except (Py4JJavaError, PySparkException) as error:
        traceback.print_exc()
        sys.exit(f"SparkError: {spark_cause(error)}")
