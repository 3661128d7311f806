"""Where everything lies in the buckets: every rule by which a date becomes an S3 key, and back.

A folder is a key prefix that ends in a slash.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from clickstream.contract.model import Contract
from clickstream.contract.tables import Report, Table

# The events table's partition keys that are the event's own date; the arrival date follows them.
EVENT_DATE_KEYS = ("year", "month", "day")
INGEST_DATE_KEY = "ingest_date"
_DATE_TOKENS = {"!{timestamp:yyyy}": "%Y", "!{timestamp:MM}": "%m", "!{timestamp:dd}": "%d"}
_PAGES_BY_DATE = "report_date="
_PAGE = "index.html"
_LEASE_SUFFIX = ".json"


def raw_prefix(contract: Contract) -> str:
    """Folder in the raw bucket under which all delivered events lie."""
    return contract.firehose.prefix.partition("year=")[0]


def raw_folder(arrival_date: date, contract: Contract) -> str:
    """Folder in the raw bucket of one arrival date: the Firehose prefix, evaluated at that date."""
    folder = contract.firehose.prefix
    for token, directive in _DATE_TOKENS.items():
        folder = folder.replace(token, f"{arrival_date:{directive}}")
    return folder


def partition_path(names: Iterable[str], values: Iterable[str]) -> str:
    """Partition keys with their values as Hive writes them in paths, such as ``month=01/day=31``."""
    return "/".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def partition_folder(table: Table, values: Iterable[str]) -> str:
    """Folder in the processed bucket of one partition of a table.

    :param values: of the partition keys, in their order
    """
    return f"{table.prefix}{partition_path((key.name for key in table.partition_keys), values)}/"


def event_date_values(event_date: date) -> tuple[str, str, str]:
    """The values of :data:`EVENT_DATE_KEYS`."""
    return f"{event_date:%Y}", f"{event_date:%m}", f"{event_date:%d}"


def event_partition_values(event_date: date, ingest_date: date) -> tuple[str, ...]:
    """The values of the events table's partition keys, in their order."""
    return (*event_date_values(event_date), ingest_date.isoformat())


def event_folder(event_date: date, ingest_date: date, contract: Contract) -> str:
    """Folder in the processed bucket of the events of one date that one arrival date brought."""
    return partition_folder(contract.tables.events, event_partition_values(event_date, ingest_date))


def quarantine_folder(ingest_date: date, contract: Contract) -> str:
    """Folder in the processed bucket of the records of one arrival date that were refused."""
    return partition_folder(contract.tables.quarantine, [ingest_date.isoformat()])


def ledger_folder(ingest_date: date, contract: Contract) -> str:
    """Folder in the processed bucket that holds one arrival date's ledger and nothing else."""
    return partition_folder(contract.tables.run_ledger, [ingest_date.isoformat()])


def ledger_key(ingest_date: date, contract: Contract) -> str:
    """Key in the processed bucket of one arrival date's ledger."""
    return f"{ledger_folder(ingest_date, contract)}ledger.json"


def staging_folder(ingest_date: date, contract: Contract) -> str:
    """Folder in the processed bucket of what a run of that arrival date has not published yet."""
    return f"{contract.glue.staging_prefix}{INGEST_DATE_KEY}={ingest_date.isoformat()}/"


def report_prefix(report: Report, contract: Contract) -> str:
    """Folder in the reports bucket of all dates of a report."""
    return f"{contract.reports_prefix}{report.name}/"


def report_folder(report: Report, report_date: date, contract: Contract) -> str:
    """Folder in the reports bucket of one report date's Parquet files."""
    return f"{report_folders_prefix(report, contract)}{report_date.isoformat()}/"


def report_folders_prefix(report: Report, contract: Contract) -> str:
    """What the keys of all report dates of a report begin with; the date follows."""
    return f"{report_prefix(report, contract)}{contract.catalog.report_partition_key.name}="


def lease_key(report: Report, report_date: date, contract: Contract) -> str:
    """Key in the reports bucket of the lease on one report of one date."""
    return f"{lease_folder(report, contract)}{report_date.isoformat()}{_LEASE_SUFFIX}"


def lease_folder(report: Report, contract: Contract) -> str:
    """Folder in the reports bucket of the leases on a report."""
    return f"{contract.athena.leases_prefix}{report.name}/"


def leased_date(key: str) -> date:
    """The report date that the lease with that key is for."""
    return date.fromisoformat(key.rpartition("/")[2].removesuffix(_LEASE_SUFFIX))


def folder_date(folder: str) -> date:
    """The date at the end of a folder such as ``report_date=2026-01-31/``.

    :raises ValueError: if there is none
    """
    return date.fromisoformat(folder.rstrip("/").rpartition("=")[2])


def dashboard_folder(report_date: date, contract: Contract) -> str:
    """Folder in the reports bucket of one report date's dashboard page."""
    return f"{contract.dashboard_prefix}{_PAGES_BY_DATE}{report_date.isoformat()}/"


def dashboard_key(report_date: date, contract: Contract) -> str:
    """Key in the reports bucket of one report date's dashboard page."""
    return f"{dashboard_folder(report_date, contract)}{_PAGE}"


def dashboard_index_key(contract: Contract) -> str:
    """Key in the reports bucket of the page that lists all report dates."""
    return f"{contract.dashboard_prefix}{_PAGE}"
