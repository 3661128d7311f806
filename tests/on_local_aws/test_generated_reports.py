"""Each report as the pipeline runs it, an UNLOAD on local_aws' Athena, over 200,000 events: its rows and its bytes."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from athena_support import Athena
from clickstream.contract import Report, keys, load_contract
from clickstream.reports.statements import unload_statement
from tests.sql.generated import BUSY_DAY, generated_events, generated_tables
from tests.sql.independent import REPORTS as COMPUTED
from tests.sql.scanned_columns import COLUMNS_READ

CONTRACT = load_contract()
SHARE_TOLERANCE = 0.1  # of the share; how well a column packs differs a little between versions of Arrow


class Lake(Athena):
    """The generated events as the events table, and the compressed bytes of each column of each date."""

    def fill(self) -> None:
        table = CONTRACT.tables.events
        columns = {column.name: column.type for column in table.columns}
        self.table("events", columns, keys={key.name: key.type for key in table.partition_keys})
        self.column_bytes: dict[date, dict[str, int]] = {}
        for day, rows in generated_tables().items():
            values = [f"{day:%Y}", f"{day:%m}", f"{day:%d}", str(day)]
            folder = "/".join(f"{k.name}={v}" for k, v in zip(table.partition_keys, values, strict=True)) + "/"
            body = io.BytesIO()
            order = [(name, "ascending") for name in ("event_type", "user_id", "timestamp")]  # much as the Glue job's
            pq.write_table(rows.sort_by(order), body, compression="zstd")
            self.put(f"events/{folder}rows.parquet", body.getvalue())
            self.partition("events", values, folder)
            self.column_bytes[day] = _column_bytes(pq.ParquetFile(body).metadata)

    def unload(self, report: Report, day: date) -> tuple[list[tuple], int]:
        """The rows that the report's UNLOAD wrote, and the bytes it scanned."""
        result = self.run(unload_statement(report, day, self.bucket, CONTRACT))
        tables = [self.get_parquet(key) for key in self.keys(keys.report_folder(report, day, CONTRACT))]
        names = [column.name for column in report.columns]
        assert all(table.column_names == names for table in tables)
        return [tuple(row.values()) for table in tables for row in table.to_pylist()], result.bytes_scanned


def _column_bytes(metadata: pq.FileMetaData) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(number)
            sizes[chunk.path_in_schema] = sizes.get(chunk.path_in_schema, 0) + chunk.total_compressed_size
    return sizes


@pytest.fixture(scope="module")
def lake(local_aws) -> Lake:
    found = Lake(local_aws)
    found.fill()
    return found


@pytest.fixture(scope="module")
def unloaded(lake):
    """Report by name -> what its UNLOAD of the busy day gave; each is run once."""
    return {report.name: lake.unload(report, BUSY_DAY) for report in CONTRACT.reports}


def days_read(name: str) -> list[date]:
    return [BUSY_DAY - timedelta(days=n) for n in range(CONTRACT.report(name).reads_days_before + 1)]


@pytest.mark.parametrize("name", COMPUTED)
def test_a_report_unloads_the_rows_that_plain_python_gives(unloaded, name):
    rows, _ = unloaded[name]
    assert sorted(rows) == sorted(COMPUTED[name](list(generated_events()), BUSY_DAY))


def test_what_every_report_reads_is_pinned():
    assert set(COLUMNS_READ) == {report.name for report in CONTRACT.reports}


@pytest.mark.parametrize("name", COLUMNS_READ)
def test_a_report_scans_its_columns_of_its_days_once_and_nothing_else(lake, unloaded, name):
    columns, share = COLUMNS_READ[name]
    _, bytes_scanned = unloaded[name]
    read = [lake.column_bytes[day] for day in days_read(name)]
    assert bytes_scanned == sum(size for sizes in read for column, size in sizes.items() if column in columns)
    everything = sum(sum(sizes.values()) for sizes in read)
    assert bytes_scanned / everything == pytest.approx(share, rel=SHARE_TOLERANCE)
