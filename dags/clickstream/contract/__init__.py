"""Loads contract.json: every fact that is the same in all environments.

Standard library only, because the Glue job and the tools around it import it too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


class UnknownContractEntryError(KeyError):
    """A name that contract.json does not list was asked for."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Column:
    """A column: its name and its type as Glue and Hive spell it."""

    name: str
    type: str


@dataclass(frozen=True)
class Field:
    """A field of the event: name, type as Glue spells it, and whether an event without it is quarantined."""

    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Table:
    """A catalogued table in the processed zone: its prefix there, columns and partition keys, in order."""

    name: str
    prefix: str
    format: str
    description: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]


@dataclass(frozen=True)
class Report:
    """A report: its SQL file is ``sql/reports/<name>.sql``, its catalog table is ``<name>``.

    ``order_by`` is the order in which its rows read best, as SQL: tables keep none. ``reads_days_before``: how many
    event dates before the report date its SQL reads. ``may_be_empty``: whether a date with events may have no row of it
    (then it has no file). ``chart``: how the dashboard draws it, None for a table alone.
    ``prefix`` is its key prefix in the reports bucket, ending in a slash.
    """

    name: str
    title: str
    order_by: str
    reads_days_before: int
    may_be_empty: bool
    chart: dict[str, Any] | None
    columns: tuple[Column, ...]
    prefix: str
    partition_key: Column

    @property
    def is_windowed(self) -> bool:
        """Whether it reads earlier event dates than its own."""
        return self.reads_days_before > 0

    def folder(self, report_date: date) -> str:
        """Key prefix of one report date's Parquet files, ending in a slash."""
        return f"{self.prefix}{self.partition_key.name}={report_date.isoformat()}/"


class Contract:
    """contract.json with its parts as attributes.

    Sections that only hold settings (``versions``, ``resources``, ``firehose``, ``glue``, ``crawler``, ``athena``,
    ``catalog``, ``costs``, ``thresholds``) stay the dictionaries that the file has.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.version: int = document["contract_version"]
        self.project: str = document["project"]
        self.versions: dict[str, str] = document["versions"]
        self.resources: dict[str, Any] = document["resources"]
        self.firehose: dict[str, Any] = document["firehose"]
        self.glue: dict[str, Any] = document["glue"]
        self.crawler: dict[str, Any] = document["crawler"]
        self.athena: dict[str, Any] = document["athena"]
        self.thresholds: dict[str, Any] = document["thresholds"]
        self.costs: dict[str, Any] = document["costs"]
        self.dashboard_prefix: str = document["dashboard_prefix"]
        self.event_types: tuple[str, ...] = tuple(document["event"]["event_types"])
        self.derive_event_id: bool = document["event"]["derive_event_id"]
        self.max_event_type_length: int = document["event"]["max_event_type_length"]
        self.fields = tuple(Field(f["name"], f["type"], f["required"]) for f in document["event"]["fields"])
        self.quarantine_reasons: tuple[str, ...] = tuple(document["quarantine_reasons"])
        self.catalog: dict[str, Any] = document["catalog"]
        (report_key,) = _columns([self.catalog["report_partition_key"]])
        self.reports = tuple(
            Report(
                name=report["name"],
                title=report["title"],
                order_by=report["order_by"],
                reads_days_before=report["reads_days_before"],
                may_be_empty=report["may_be_empty"],
                chart=report["chart"],
                columns=_columns(report["columns"]),
                prefix=f"{document['reports_prefix']}{report['name']}/",
                partition_key=report_key,
            )
            for report in document["reports"]
        )
        self.tables = {
            name: Table(
                name=name,
                prefix=table["prefix"],
                format=table["format"],
                description=table["description"],
                columns=_columns(table["columns"]),
                partition_keys=_columns(table["partition_keys"]),
            )
            for name, table in document["tables"].items()
        }

    @property
    def raw_prefix(self) -> str:
        """Key prefix in the raw bucket under which all delivered events lie, ending in a slash."""
        return str(self.firehose["prefix"]).partition("year=")[0]

    def raw_folder(self, arrival_date: date) -> str:
        """Key prefix in the raw bucket of one arrival date: the Firehose prefix, evaluated at that date."""
        tokens = {"yyyy": f"{arrival_date:%Y}", "MM": f"{arrival_date:%m}", "dd": f"{arrival_date:%d}"}
        return re.sub(r"!\{timestamp:(\w+)\}", lambda match: tokens[match[1]], self.firehose["prefix"])

    def ledger_key(self, ingest_date: date) -> str:
        """Key in the processed bucket of one arrival date's ledger."""
        return f"{self.tables['run_ledger'].prefix}ingest_date={ingest_date.isoformat()}/ledger.json"

    def dashboard_key(self, report_date: date) -> str:
        """Key in the reports bucket of one report date's dashboard page."""
        return f"{self.dashboard_prefix}report_date={report_date.isoformat()}/index.html"

    @property
    def dashboard_index_key(self) -> str:
        """Key in the reports bucket of the page that lists all report dates."""
        return f"{self.dashboard_prefix}index.html"

    def lease_key(self, name: str) -> str:
        """Key in the reports bucket of the lease of that name."""
        return f"{self.athena['leases_prefix']}{name}.json"

    def report(self, name: str) -> Report:
        """The report of that name.

        :raises UnknownContractEntryError: if the contract lists no such report
        """
        for report in self.reports:
            if report.name == name:
                return report
        raise UnknownContractEntryError(
            f"no report {name!r} in contract.json; it lists {[r.name for r in self.reports]}"
        )


def _columns(entries: list[dict[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(entry["name"], entry["type"]) for entry in entries)


@cache
def load_contract() -> Contract:
    """The contract that lies beside this module (also inside a zip, where Glue imports it from)."""
    text = resources.files(__package__).joinpath("contract.json").read_text(encoding="utf-8")
    return Contract(json.loads(text))
