"""What a month of the deployed pipeline costs, service by service: the tables of docs/deploy.md.

What a run, a crawl, a record or a query costs is asked of :mod:`clickstream.costs.prices`, as ``make plan`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clickstream.contract import Contract
from clickstream.costs.glue_time import assumed_glue_time
from clickstream.costs.prices import BYTES_PER_GIB, crawl_usd, glue_run_usd, query_usd, records_usd


@dataclass(frozen=True)
class Fact:
    """A number that the month rests on.

    :param meaning: for a price what it buys, for an assumption why it is this
    :param source: the title of AWS's page that had it; empty where it is no price
    """

    value: float
    meaning: str
    source: str = ""


@dataclass(frozen=True)
class MonthlyCosts:
    """US dollars a month."""

    firehose: float
    s3: float
    glue_job: float
    crawler: float
    athena: float
    kms: float
    cloudwatch_data: float
    cloudwatch_airflow: float
    mwaa: float
    network: float

    @property
    def cloudwatch(self) -> float:
        """Alarms, logs and metrics of all parts."""
        return self.cloudwatch_data + self.cloudwatch_airflow

    @property
    def without_airflow(self) -> float:
        """With ``create_mwaa = false``."""
        data = self.firehose + self.s3 + self.glue_job + self.crawler + self.athena
        return data + self.kms + self.cloudwatch_data

    @property
    def total(self) -> float:
        """The whole deployment."""
        return self.without_airflow + self.cloudwatch_airflow + self.mwaa + self.network


def unit_prices(contract: Contract) -> Mapping[str, Fact]:
    """AWS's list prices in us-east-1, as noted in November 2026."""
    costs = contract.costs
    return {
        "firehose_gb": Fact(
            costs.firehose_gb_usd,
            "a GB of ingestion by direct put, first 500 TB a month",
            "Amazon Data Firehose pricing",
        ),
        "s3_gb": Fact(0.023, "a GB-month in S3 Standard, first 50 TB", "Amazon S3 pricing"),
        "s3_archive_gb": Fact(0.004, "a GB-month in Glacier Instant Retrieval", "Amazon S3 pricing"),
        "s3_put_1000": Fact(0.005, "1,000 PUT, COPY, POST or LIST requests, Standard", "Amazon S3 pricing"),
        "s3_transition_1000": Fact(0.02, "1,000 transitions to Glacier Instant Retrieval", "Amazon S3 pricing"),
        "dpu_hour": Fact(
            costs.glue_dpu_hour_usd,
            f"a DPU-hour of a Glue job ({costs.glue_minimum_s / 60:g} minute at least, start-up not billed) or crawler "
            f"({costs.crawler_minimum_s / 60:g} minutes at least), by the second",
            "AWS Glue pricing",
        ),
        "athena_tb": Fact(
            costs.athena_tb_usd,
            f"a TB scanned, {costs.athena_minimum_bytes / 10**6:g} MB a query at least",
            "Amazon Athena pricing",
        ),
        "kms_key": Fact(1, "a customer key a month; each of its first two rotations adds as much", "AWS KMS pricing"),
        "kms_10000": Fact(0.03, "10,000 requests", "AWS KMS pricing"),
        "alarm": Fact(0.10, "a standard-resolution alarm a month", "Amazon CloudWatch pricing"),
        "metric": Fact(0.30, "a custom metric a month, first 10,000", "Amazon CloudWatch pricing"),
        "log_gb": Fact(0.50, "a GB of logs taken in; keeping it costs 0.03 a month", "Amazon CloudWatch pricing"),
        "mwaa_hour": Fact(0.49, "an hour of an mw1.small environment", "Amazon MWAA pricing"),
        "mwaa_worker_hour": Fact(0.055, "an hour of each further mw1.small worker", "Amazon MWAA pricing"),
        "mwaa_database_gb": Fact(0.10, "a GB-month of Airflow's database", "Amazon MWAA pricing"),
        "nat_hour": Fact(0.045, "an hour of a NAT gateway", "Amazon VPC pricing"),
        "nat_gb": Fact(0.045, "a GB through a NAT gateway", "Amazon VPC pricing"),
        "ipv4_hour": Fact(0.005, "an hour of a public IPv4 address, which a NAT gateway has", "Amazon VPC pricing"),
        "endpoint_hour": Fact(0.01, "an hour of an interface endpoint in one zone", "AWS PrivateLink pricing"),
    }


def assumptions(contract: Contract) -> Mapping[str, Fact]:
    """What is assumed of the events and of the deployment."""
    return {**_assumptions_of_events(contract), **_assumptions_of_the_deployment()}


def _assumptions_of_events(contract: Contract) -> Mapping[str, Fact]:
    windowed = [report for report in contract.reports if report.is_windowed]
    return {
        "days_per_month": Fact(30.4, "AWS' own month of 730 hours, in days"),
        "events_per_record": Fact(1, "Firehose rounds each record up to a multiple of 5 KB"),
        "event_json_bytes": Fact(200, "measured on the sample generator's events, as are the next two"),
        "event_gzip_bytes": Fact(39, "in the raw zone"),
        "event_parquet_bytes": Fact(31, "in the processed zone"),
        "buffer_s": Fact(contract.firehose.buffer_interval_s, "the contract's `buffer_interval_s`"),
        "buffer_mib": Fact(contract.firehose.buffer_size_mib, "the contract's `buffer_size_mib`"),
        "glue_workers": Fact(contract.glue.worker_count, "the contract's `worker_count`; one of them is the driver"),
        "glue_start_s": Fact(
            contract.costs.assumed_glue_start_s,
            "the contract's `assumed_glue_start_s`; your ledgers' `duration_s` has yours",
        ),
        "glue_s_per_gib": Fact(
            contract.costs.assumed_glue_s_per_gib,
            "the contract's `assumed_glue_s_per_gib`, a little more than two cores need (`docs/performance.md`)",
        ),
        "crawler_dpus": Fact(
            contract.costs.assumed_crawler_dpu_count, "the contract's, a guess; the crawler's metrics have yours"
        ),
        "event_dates_a_run": Fact(2, "the day itself, and one re-opened by late events"),
        "day_reports": Fact(len(contract.reports) - len(windowed), "reports that read one day"),
        "day_reports_share": Fact(1.42, "how much of a day's Parquet they read together, measured on generated events"),
        "window_reports": Fact(len(windowed), "the other reports"),
        "window_days": Fact(
            sum(report.reads_days_before + 1 for report in windowed),
            "how many days they read together: the contract's `reads_days_before`, and the day itself",
        ),
        "window_share": Fact(0.03, "how much of each of those days: one column"),
        "page_queries": Fact(len(contract.reports) + 1, "a query a report for the page, and one for the quarantine"),
        "own_queries": Fact(3, "those of `sql/checks`, and one of your own over a month, every day"),
        "own_days_scanned": Fact(32, "the days that these read together"),
        "column_share": Fact(0.5, "how much of a day's Parquet they read"),
        "archive_days": Fact(90, "raw objects move to Glacier Instant Retrieval"),
        "days_kept": Fact(365, "after a year of operation"),
        "puts_per_run": Fact(200, "Parquet files, ledger, reports, results and listings"),
    }


def _assumptions_of_the_deployment() -> Mapping[str, Fact]:
    return {
        "hours_per_month": Fact(730, "AWS' own month"),
        "kms_requests": Fact(100_000, "bucket keys keep them few"),
        "data_alarms": Fact(8, "without MWAA"),
        "airflow_alarms": Fact(10, "MWAA's, and one a DAG; an alarm on the sum of two metrics is billed as two"),
        "data_log_gb": Fact(1, "Firehose, Glue, crawler"),
        "airflow_log_gb": Fact(2, "MWAA's five groups at INFO, and the VPC's flow log"),
        "airflow_metrics": Fact(60, "Airflow's own metrics, should AWS bill them as custom ones"),
        "extra_worker_hours": Fact(0, "the tasks only wait for AWS: the one worker suffices"),
        "database_gb": Fact(10, "a year of runs"),
        "nat_gateways": Fact(1, "`nat_gateway_per_zone` makes it two"),
        "nat_traffic_gb": Fact(10, "S3 goes through its own endpoint, free of charge"),
        "interface_endpoints": Fact(11, 'with `network_egress = "endpoints"`'),
        "zones": Fact(2, "each endpoint is in both"),
    }


def monthly_costs(events_a_day: float, contract: Contract) -> MonthlyCosts:
    """What a month costs with so many events a day; with none at all, what an idle deployment costs."""
    given = _values(contract)
    runs = given["days_per_month"] if events_a_day > 0 else 0
    raw_bytes = events_a_day * given["event_gzip_bytes"]
    records = events_a_day * given["days_per_month"] / given["events_per_record"]
    return MonthlyCosts(
        firehose=records_usd(records, given["events_per_record"] * given["event_json_bytes"], contract),
        s3=_s3(events_a_day, runs, given),
        glue_job=runs * glue_run_usd(assumed_glue_time(contract).expected_s(raw_bytes), contract),
        crawler=runs * crawl_usd(contract),
        athena=runs * _queries_of_a_day(events_a_day * given["event_parquet_bytes"], given, contract),
        kms=given["kms_key"] + given["kms_requests"] / 10_000 * given["kms_10000"],
        cloudwatch_data=given["data_alarms"] * given["alarm"] + given["data_log_gb"] * given["log_gb"],
        cloudwatch_airflow=given["airflow_alarms"] * given["alarm"]
        + given["airflow_log_gb"] * given["log_gb"]
        + given["airflow_metrics"] * given["metric"],
        mwaa=given["hours_per_month"] * given["mwaa_hour"]
        + given["extra_worker_hours"] * given["mwaa_worker_hour"]
        + given["database_gb"] * given["mwaa_database_gb"],
        network=given["nat_gateways"] * given["hours_per_month"] * (given["nat_hour"] + given["ipv4_hour"])
        + given["nat_traffic_gb"] * given["nat_gb"],
    )


def endpoints_usd(contract: Contract) -> float:
    """What the interface endpoints of ``network_egress = "endpoints"`` cost a month."""
    given = _values(contract)
    return given["interface_endpoints"] * given["zones"] * given["hours_per_month"] * given["endpoint_hour"]


def _values(contract: Contract) -> Mapping[str, float]:
    return {name: fact.value for name, fact in {**unit_prices(contract), **assumptions(contract)}.items()}


def _s3(events_a_day: float, runs: float, given: Mapping[str, float]) -> float:
    """Storage of all days kept, and the requests that write a month of them."""
    if not events_a_day:
        return 0.0
    raw_gib = events_a_day * given["event_gzip_bytes"] / BYTES_PER_GIB
    parquet_gib = events_a_day * given["event_parquet_bytes"] / BYTES_PER_GIB
    archived_days = given["days_kept"] - given["archive_days"]
    raw = raw_gib * (given["archive_days"] * given["s3_gb"] + archived_days * given["s3_archive_gb"])
    parquet = parquet_gib * given["days_kept"] * given["s3_gb"]
    full_buffers = events_a_day * given["event_json_bytes"] / (given["buffer_mib"] * 1024**2)
    raw_objects = max(86_400 / given["buffer_s"], full_buffers) * given["days_per_month"]
    writes = raw_objects * (given["s3_put_1000"] + given["s3_transition_1000"]) / 1000
    return raw + parquet + writes + runs * given["puts_per_run"] * given["s3_put_1000"] / 1000


def _queries_of_a_day(parquet_bytes: float, given: Mapping[str, float], contract: Contract) -> float:
    """All queries of a run and of its readers, each at its minimum where it reads less."""

    def queries(count: float, days_read: float, share: float) -> float:
        return count * query_usd(int(days_read * share * parquet_bytes / count), contract)

    reports = queries(given["day_reports"], 1, given["day_reports_share"]) + queries(
        given["window_reports"], given["window_days"], given["window_share"]
    )
    own = queries(given["own_queries"], given["own_days_scanned"], given["column_share"])
    return given["event_dates_a_run"] * reports + given["page_queries"] * query_usd(0, contract) + own
