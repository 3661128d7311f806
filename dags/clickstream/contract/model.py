"""The contract: every fact that is the same in all environments, as contract.json states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from clickstream.contract.constraints import (
    Amount,
    Count,
    Label,
    Name,
    NonEmpty,
    PositiveInt,
    Prefix,
    Range,
    Share,
    Text,
)
from clickstream.contract.errors import UnknownContractEntryError
from clickstream.contract.services import Athena, Catalog, Crawler, Firehose, Glue
from clickstream.contract.tables import Event, Report, Table, Tables


@dataclass(frozen=True)
class Versions:
    """What the pipeline runs on.

    :param airflow: of MWAA
    :param glue: of the Glue job
    :param athena_engine: as Athena spells it
    """

    airflow: Text
    glue: Text
    athena_engine: Text


@dataclass(frozen=True)
class Resources:
    """The last part of the names of AWS resources, which are <project>-<environment>-<this>.

    :param roles: what each role is for
    """

    buckets: Annotated[tuple[Label, ...], NonEmpty()]
    delivery_stream: Label
    glue_job: Label
    crawler: Label
    workgroup: Label
    roles: Annotated[tuple[Label, ...], NonEmpty()]


@dataclass(frozen=True)
class Thresholds:
    """Where good ends.

    :param settle_minutes: after the end of a day until its last events are delivered
    :param raw_events_timeout_minutes: after that until a day without any raw object is a failure
    :param reports_due_hour: UTC, of the next day
    :param max_lateness_days: an event whose date is further before its arrival date is too late
    :param max_clock_skew_minutes: an event further after the end of its arrival date is in the future
    :param dedupe_lookback_days: how many arrival dates before are looked at for repeated events
    :param min_rows_read: fewer rows fail the day
    :param max_unreadable_objects: more raw objects that can't be read to their end fail the day
    :param share_rules_from_rows: the shares are judged where at least so many rows were read
    :param max_quarantine_share: of the rows read
    :param max_duplicate_share: of the rows read
    """

    settle_minutes: Count
    raw_events_timeout_minutes: Count
    reports_due_hour: Annotated[int, Range(0, 23)]
    max_lateness_days: Count
    max_clock_skew_minutes: Count
    dedupe_lookback_days: Count
    min_rows_read: Count
    max_unreadable_objects: Count
    share_rules_from_rows: Count
    max_quarantine_share: Share
    max_duplicate_share: Share


@dataclass(frozen=True)
class Costs:
    """AWS's list prices in US dollars, those of us-east-1, and what is assumed where nothing was measured.

    :param glue_dpu_hour_usd: of a job and of a crawler, by the second
    :param glue_minimum_s: a Glue run is billed as if it lasted at least so long
    :param crawler_minimum_s: and a crawl, so long
    :param firehose_gb_usd: of what is put into the delivery stream
    :param firehose_step_bytes: each record is billed as a multiple of so much
    :param athena_minimum_bytes: a query is billed as if it had read at least so much
    :param assumed_crawler_dpu_count: how many DPUs a crawl holds; AWS does not say, the crawler's metrics do afterwards
    :param assumed_glue_start_s: what the Glue job takes however little it reads, while no run has shown it
    :param assumed_glue_s_per_gib: what it takes on top for each GiB of raw objects, while no run has shown it
    """

    glue_dpu_hour_usd: Amount
    glue_minimum_s: Count
    glue_dpu_by_worker_type: Mapping[str, Amount]
    crawler_minimum_s: Count
    firehose_gb_usd: Amount
    firehose_step_bytes: PositiveInt
    athena_tb_usd: Amount
    athena_minimum_bytes: Count
    assumed_crawler_dpu_count: PositiveInt
    assumed_glue_start_s: Amount
    assumed_glue_s_per_gib: Amount


@dataclass(frozen=True)
class Contract:
    """What holds in every environment: names, columns, prefixes, thresholds, versions and the list of reports.

    :param contract_version: written into each ledger
    :param project: the first part of every resource's name
    :param quarantine_reasons: of several that apply to a record the first one counts
    :param reports_prefix: in the reports bucket, of all reports
    :param dashboard_prefix: in the reports bucket, of the dashboard's pages
    :param reports: in the order of the dashboard
    """

    contract_version: PositiveInt
    project: Label
    versions: Versions
    resources: Resources
    event: Event
    firehose: Firehose
    glue: Glue
    crawler: Crawler
    thresholds: Thresholds
    quarantine_reasons: Annotated[tuple[Name, ...], NonEmpty()]
    athena: Athena
    reports_prefix: Prefix
    dashboard_prefix: Prefix
    catalog: Catalog
    costs: Costs
    tables: Tables
    reports: Annotated[tuple[Report, ...], NonEmpty()]

    @property
    def crawled_table(self) -> Table:
        """The table that the crawler catalogues; the others have projected partitions."""
        return next(table for table in self.tables if table.name == self.crawler.table)

    def report(self, name: str) -> Report:
        """The report of that name.

        :raises UnknownContractEntryError: if the contract lists no such report
        """
        for report in self.reports:
            if report.name == name:
                return report
        names = [report.name for report in self.reports]
        raise UnknownContractEntryError(f"no report {name!r} in contract.json; it lists {names}")
