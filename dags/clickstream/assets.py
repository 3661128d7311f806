"""What the pipeline publishes, as Airflow Assets: other teams' DAGs can be scheduled on them."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from clickstream.contract import Report, keys, load_contract
from clickstream.settings import load_settings

GROUP = "clickstream"


def events_asset() -> Asset:
    """The events table; updated when a run's partitions are in the catalog and keep the contract."""
    table = load_contract().crawled_table
    return Asset(
        name=f"{GROUP}_{table.name}", uri=f"s3://{load_settings().processed_bucket}/{table.prefix}", group=GROUP
    )


def report_asset(report: Report) -> Asset:
    """The table of one report; updated for each event date that is rebuilt."""
    uri = f"s3://{load_settings().reports_bucket}/{keys.report_prefix(report, load_contract())}"
    return Asset(name=f"{GROUP}_{report.name}", uri=uri, group=GROUP)


def note_update(outlet_events: Any, asset: Asset, **extra: Any) -> None:
    """Say in the asset's event which dates were updated.

    :param outlet_events: Airflow's, from the task's context; None outside of a run
    :param extra: what a DAG that follows the asset reads
    """
    if outlet_events is not None:
        outlet_events[asset].extra = extra
