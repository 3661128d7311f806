"""The job as a whole, on buckets that are local folders."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

import clickstream_to_parquet
from clickstream.contract import Contract
from clickstream_glue.errors import InvalidArgumentError, NoRawObjectsError
from clickstream_to_parquet import Bucket, main, run
from tests.glue_scripts.independent import Independent, generated_lines
from tests.glue_scripts.support import INGEST_DATE, Zone, document_of, lasting, line, script_process

pytestmark = pytest.mark.spark

LATE = "2026-02-26T08:00:00Z"
FOLDER = "events/year=2026/month=03/day=01"


def run_job(spark: SparkSession, zone: Zone, day: date = INGEST_DATE) -> dict[str, Any]:
    return document_of(run(spark, str(zone.raw), str(zone.processed), day, "jr_1"))


def test_events_quarantine_and_ledger_lie_where_the_tables_are(
    spark: SparkSession, zone: Zone, contract: Contract, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.put([line(), line(), line(event_id="e2", timestamp=LATE, price="x"), "{", ""], name="a.gz")
    ledger = run_job(spark, zone)
    assert zone.files() == {
        "events/year=2026/month=02/day=26/ingest_date=2026-03-01/part.zstd.parquet",
        "events/year=2026/month=03/day=01/ingest_date=2026-03-01/part.zstd.parquet",
        "quarantine/ingest_date=2026-03-01/part.json.gz",
        "ledger/ingest_date=2026-03-01/ledger.json",
    }
    assert zone.quarantine() == [("{", "malformed_json", f"{FOLDER}/a.gz")]
    assert zone.ledger() == ledger
    assert ledger["rows_read"] == 4
    assert ledger["rows_written_by_event_date"] == {"2026-02-26": 1, "2026-03-01": 1}
    assert (ledger["rows_duplicate"], ledger["rows_quarantined"], ledger["rows_late"]) == (1, 1, 1)
    assert ledger["values_nulled_by_field"]["price"] == 1
    assert (ledger["input_objects"], ledger["output_files"], ledger["job_run_id"]) == (1, 2, "jr_1")
    assert ledger["output_bytes"] == sum(path.stat().st_size for path in zone.processed.rglob("*.parquet"))
    assert ledger["input_bytes"] == (zone.raw / FOLDER / "a.gz").stat().st_size
    assert ["duplicate", "1"] in [text.split() for text in capsys.readouterr().out.splitlines()]


def test_the_parquet_files_have_the_contracts_schema(spark: SparkSession, zone: Zone, contract: Contract) -> None:
    zone.put([line()])
    run_job(spark, zone)
    file = pq.ParquetFile(next(zone.processed.rglob("*.parquet")))
    assert file.schema_arrow.names == [column.name for column in contract.tables.events.columns]
    chunks = {c.path_in_schema: c for c in map(file.metadata.row_group(0).column, range(file.metadata.num_columns))}
    assert {chunk.compression for chunk in chunks.values()} == {"ZSTD"}
    assert (chunks["timestamp"].physical_type, str(file.schema_arrow.field("timestamp").type)) == (
        "INT64",
        "timestamp[us, tz=UTC]",
    )
    assert str(file.schema_arrow.field("price").type) == "decimal128(12, 2)"


def test_awkward_bytes_are_neither_fatal_nor_lost(spark: SparkSession, zone: Zone) -> None:
    good = line(event_id="good").encode()
    awkward = [
        b"\xef\xbb\xbf" + line(event_id="bom").encode(),
        line(event_id="crlf").encode() + b"\r",
        line(event_id="bytes").encode().replace(b"u1", b"u\xff\xfe1"),
        b"\xff\xfe\x00",
        b"\x00",
        line(event_id="long", unknown="x" * 2**20).encode(),
        b"[" * 2**20,
        line(event_id="one").encode() + line(event_id="two", product_id="}{").encode(),
    ]
    zone.put([good, *awkward])
    zone.put([line(event_id="plain")], name="not-compressed.json")
    (zone.raw / FOLDER / "empty.gz").write_bytes(b"")
    (zone.raw / FOLDER / "empty.json").write_bytes(b"")
    ledger = run_job(spark, zone)
    assert {row[0] for row in zone.events()} == {"good", "bom", "crlf", "bytes", "long", "one", "two", "plain"}
    assert {row[1] for row in zone.events()} == {"u1", "u\ufffd\ufffd1"}
    assert (ledger["rows_read"], ledger["rows_quarantined_by_reason"]["malformed_json"]) == (11, 3)
    assert len(zone.quarantine()) == 3


def test_blank_lines_alone_give_a_ledger_of_zeros(spark: SparkSession, zone: Zone) -> None:
    zone.put(["", " "])
    ledger = run_job(spark, zone)
    assert (ledger["rows_read"], ledger["output_files"], ledger["event_dates"]) == (0, 0, [])
    assert zone.files() == {"ledger/ingest_date=2026-03-01/ledger.json"}


def test_a_second_run_equals_the_first(spark: SparkSession, zone: Zone) -> None:
    zone.put(generated_lines(300, seed=3))
    first = lasting(run_job(spark, zone)), zone.events(), zone.quarantine(), zone.files()
    assert (lasting(run_job(spark, zone)), zone.events(), zone.quarantine(), zone.files()) == first


def test_a_run_removes_its_own_stale_partitions_and_no_other_runs(spark: SparkSession, zone: Zone) -> None:
    other = INGEST_DATE + timedelta(days=1)
    zone.put([line(event_id="other", timestamp=LATE), "other"], day=other)
    run_job(spark, zone, other)
    others = zone.events(), zone.quarantine(), zone.ledger(other)
    zone.put([line(), line(event_id="e2", timestamp=LATE), "bad"])
    run_job(spark, zone)
    zone.put([line()])
    ledger = run_job(spark, zone)
    assert ledger["rows_written_by_event_date"] == {"2026-03-01": 1}
    assert ledger["event_dates"] == ["2026-02-26", "2026-03-01"]
    assert [row for row in zone.events() if row[-1] == other.isoformat()] == others[0]
    assert [row[0] for row in zone.events()] == ["e1", "other"]
    assert (zone.quarantine(), zone.ledger(other)) == (others[1], others[2])
    assert run_job(spark, zone)["event_dates"] == ["2026-03-01"]


@pytest.mark.parametrize("broken", ["{", "{}"], ids=["half a ledger", "one of another version"])
def test_a_date_whose_ledger_can_not_be_used_is_run_again(spark: SparkSession, zone: Zone, broken: str) -> None:
    zone.put([line(), line(event_id="e2", timestamp=LATE)])
    first = lasting(run_job(spark, zone))
    file = zone.processed / "ledger/ingest_date=2026-03-01/ledger.json"
    file.write_text(broken)
    file.with_name(".ledger.json.crc").unlink(missing_ok=True)  # of Hadoop's local file system
    assert lasting(run_job(spark, zone)) == first
    assert sorted(row[0] for row in zone.events()) == ["e1", "e2"]


def test_an_empty_raw_folder_changes_nothing(spark: SparkSession, zone: Zone) -> None:
    source = zone.put([line()])
    run_job(spark, zone)
    before = zone.files(), zone.ledger()
    source.unlink()
    with pytest.raises(
        NoRawObjectsError, match=r"no objects under file:///.*/events/year=2026/month=03/day=01/; did any"
    ):
        run_job(spark, zone)
    assert (zone.files(), zone.ledger()) == before
    with pytest.raises(NoRawObjectsError):
        run_job(spark, zone, date(2020, 1, 1))
    assert not (zone.processed / "ledger/ingest_date=2020-01-01").exists()


class Killed(BaseException):
    """Stands for the end of the process: no handler of the job may catch it."""


def kill_at(change: int | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """End the run at that change to the processed bucket, counted from 0, before the change is made.

    :returns: the names of the changes made, as they are made
    """
    made: list[str] = []

    def counted(method: Any) -> Any:
        def call(*arguments: Any) -> Any:
            if len(made) == change:
                raise Killed
            made.append(method.__name__)
            return method(*arguments)

        return call

    for name in ("write", "delete", "move"):
        monkeypatch.setattr(Bucket, name, counted(getattr(Bucket, name)))
    monkeypatch.setattr(clickstream_to_parquet, "_stage", counted(clickstream_to_parquet._stage))
    return made


@pytest.mark.faults
def test_a_killed_run_has_no_ledger_and_its_repetition_equals_an_undisturbed_run(
    spark: SparkSession, zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [line(), line(event_id="e2", timestamp=LATE), line(event_id="e3", timestamp="2026-02-27T08:00:00Z"), "old"]
    now = [line(), line(event_id="e4", timestamp="2026-02-27T09:00:00Z"), "new"]

    zone.put(before)
    run_job(spark, zone)
    first_result = shutil.copytree(zone.processed, zone.processed.with_name("first_result"))
    zone.put(now)
    with monkeypatch.context() as patch:
        changes = kill_at(None, patch)
        expected = lasting(run_job(spark, zone)), zone.events(), zone.quarantine(), zone.files()
    # It notes the replaced dates, clears, stages, publishes two dates of three and the quarantine, writes the ledger
    # and clears up. Not every moment is tried here: each costs two runs.
    publish = ["delete"] * 3 + ["move"] * 2 + ["delete", "move"]
    assert changes == ["write"] * 3 + ["delete"] * 3 + ["_stage"] + publish + ["write", "move", "delete"]
    for change in (1, 4, 6, 8, 11, 13, 15, 16):
        shutil.rmtree(zone.processed)
        shutil.copytree(first_result, zone.processed)
        with monkeypatch.context() as patch:
            kill_at(change, patch)
            with pytest.raises(Killed):
                run_job(spark, zone)
        has_ledger = (zone.processed / "ledger/ingest_date=2026-03-01/ledger.json").exists()
        assert has_ledger == (change <= changes.index("delete") or change == len(changes) - 1), f"killed at {change}"
        repeated = lasting(run_job(spark, zone)), zone.events(), zone.quarantine(), zone.files()
        assert repeated == expected, f"killed at {change}"


def test_rows_and_counts_equal_those_that_duckdb_computes(spark: SparkSession, zone: Zone) -> None:
    lines = generated_lines(6000, seed=7)
    for part in range(3):
        zone.put(lines[part::3], name=f"events-{part}.gz")
    ledger = run_job(spark, zone)
    independent = Independent(zone.raw / FOLDER, INGEST_DATE)
    counts = independent.counts()
    for name in ("rows_quarantined_by_reason", "values_nulled_by_field"):
        ledger[name] = {key: count for key, count in ledger[name].items() if count}
    assert {name: ledger[name] for name in counts} == counts
    assert zone.events() == independent.events()
    assert set(counts["rows_quarantined_by_reason"]) == set(ledger["rows_quarantined_by_reason"])
    assert counts["rows_duplicate"] > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "--raw_bucket is missing", id="none"),
        pytest.param(["--raw_bucket", "r", "--processed_bucket", "p"], "--ingest_date is missing", id="no date"),
        pytest.param(["--raw_bucket"], "argument --raw_bucket: expected one argument", id="no value"),
        pytest.param(["--ingest_date", "yesterday"], "'yesterday'; give a date as YYYY-MM-DD", id="a word for a date"),
        pytest.param(["--ingest_date", "2026-02-30"], "'2026-02-30': day is out of range", id="no such day"),
        pytest.param(["--ingest_date", "20260301"], "'20260301'; give a date as YYYY-MM-DD", id="without hyphens"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], message: str) -> None:
    if "--ingest_date" in arguments:
        arguments = ["--raw_bucket", "r", "--processed_bucket", "p", *arguments]
    with pytest.raises(InvalidArgumentError) as error:
        main(arguments)
    assert message in str(error.value)


def run_script(zone: Zone, *arguments: str) -> subprocess.CompletedProcess[str]:
    command, environment = script_process(zone, *arguments)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_script_runs_with_glues_arguments_on_s3_addresses(zone: Zone) -> None:
    zone.put([line(), "{"])
    done = run_script(zone, "--enable-metrics", "true", "--ingest_date", "2026-03-01", "--job-language", "python")
    assert done.returncode == 0, done.stderr
    assert zone.quarantine() == [("{", "malformed_json", f"{FOLDER}/events-1.gz")]
    assert (
        json.loads((zone.processed / "ledger/ingest_date=2026-03-01/ledger.json").read_text())["job_run_id"] == "jr_9"
    )


def test_a_failed_run_ends_with_the_cause_and_an_exit_code(zone: Zone) -> None:
    zone.put([line()])
    zone.processed.mkdir()
    (zone.processed / "staging").write_text("in the way")
    done = run_script(zone, "--ingest_date", "2026-03-01")
    assert done.returncode == 1
    assert re.match(r"SparkError: .*(Mkdirs|mkdir|not a directory)", done.stderr.strip().splitlines()[-1]), done.stderr
    assert zone.files() == {"staging"}


def test_a_wrong_date_is_one_line_and_starts_no_spark(zone: Zone) -> None:
    zone.raw.mkdir()
    done = run_script(zone, "--ingest_date", "today")
    assert done.returncode == 1
    assert done.stderr == "InvalidArgumentError: --ingest_date is 'today'; give a date as YYYY-MM-DD\n"
