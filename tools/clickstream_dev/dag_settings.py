"""The DAGs' settings against the local AWS: those that Terraform gives MWAA, and the few that differ on one machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from clickstream_dev.iac import local_module
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_names import MWAA_OPTION, dag_options

# What is other than in the cloud; None: not set at all.
LOCAL_OVERRIDES: dict[str, str | None] = {
    "poll_interval_s": "1",
    # What fails here fails again at once: the user wants to see why, not to wait for retries.
    "retries": "0",
    "retry_delay_s": "1",
    # Firehose has delivered what it was given before a run starts.
    "settle_minutes": "0",
    "raw_events_timeout_minutes": "0",
    # A local run tells on the screen.
    "alerts_topic_arn": None,
}


@cache
def dag_settings(repository: Path = REPOSITORY) -> dict[str, str]:
    """The settings as Airflow's environment variables. They are evaluated once in a process.

    :raises TerraformError: if ``iac/`` can't be evaluated
    """
    settings = dag_options(local_module(repository)) | LOCAL_OVERRIDES
    section = MWAA_OPTION.removesuffix(".").upper()
    return {f"AIRFLOW__{section}__{key.upper()}": value for key, value in settings.items() if value is not None}
