"""What differs per environment: Airflow's configuration section ``[clickstream]``.

Terraform sets it on MWAA as ``clickstream.<key>``; everywhere else it is ``AIRFLOW__CLICKSTREAM__<KEY>``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow.configuration import conf

from clickstream.contract import load_contract

SECTION = "clickstream"
REQUIRED = (
    "raw_bucket",
    "processed_bucket",
    "reports_bucket",
    "glue_job_name",
    "crawler_name",
    "database",
    "workgroup",
)
DEFAULT_AWS_CONN_ID = "aws_default"
NO_CONNECTION = "none"
DEFAULT_POLL_INTERVAL_S = 30
DEFAULT_RETRIES = 2
DEFAULT_RETRY_DELAY_S = 300


class MissingSettingError(Exception):
    """Settings without a default are not set."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"set {', '.join(map(option, self.keys))}")


class InvalidSettingError(ValueError):
    """A setting's value can't be used."""


@dataclass(frozen=True)
class Settings:
    """The environment's names and waiting times.

    ``aws_conn_id`` is None where the setting is ``none``: then boto3 finds credentials, region and endpoint itself, and
    triggers ask for no connection. Those that ask side by side end the triggerer of Airflow 3.1 to 3.2.1
    (apache/airflow#64620).
    ``settle_minutes`` and ``raw_events_timeout_minutes`` are the contract's thresholds unless the environment says
    otherwise: where nothing is delivered in the background, there is nothing to wait for.
    ``alerts_topic_arn`` is None where nobody is to be told of failures.
    """

    raw_bucket: str
    processed_bucket: str
    reports_bucket: str
    glue_job_name: str
    crawler_name: str
    database: str
    workgroup: str
    aws_conn_id: str | None
    poll_interval_s: int
    retries: int
    retry_delay_s: int
    settle_minutes: int
    raw_events_timeout_minutes: int
    alerts_topic_arn: str | None


def option(key: str) -> str:
    """What a setting is called: in Airflow's configuration, and among the options of an MWAA environment."""
    return f"[{SECTION}] {key} (on MWAA the option {SECTION}.{key})"


def find(key: str) -> str | None:
    """The value of ``[clickstream] <key>``; None if it is not set, or empty."""
    value = conf.get(SECTION, key, fallback=None)
    return str(value) if value else None


def get_int(key: str, default: int, minimum: int = 0) -> int:
    """The value of ``[clickstream] <key>`` as a whole number.

    :raises InvalidSettingError: if it is no whole number, or below the minimum
    """
    text = find(key) or str(default)
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    if value < minimum:
        raise InvalidSettingError(f"{option(key)} is {text!r}: set a whole number from {minimum} up")
    return value


def load_settings() -> Settings:
    """All settings.

    :raises MissingSettingError: naming every one that is not set
    """
    thresholds = load_contract().thresholds
    aws_conn_id = find("aws_conn_id") or DEFAULT_AWS_CONN_ID
    names = {key: find(key) for key in REQUIRED}
    if missing := [key for key, value in names.items() if value is None]:
        raise MissingSettingError(missing)
    return Settings(
        **{key: str(value) for key, value in names.items()},
        aws_conn_id=None if aws_conn_id == NO_CONNECTION else aws_conn_id,
        poll_interval_s=get_int("poll_interval_s", DEFAULT_POLL_INTERVAL_S, minimum=1),
        retries=get_int("retries", DEFAULT_RETRIES),
        retry_delay_s=get_int("retry_delay_s", DEFAULT_RETRY_DELAY_S),
        settle_minutes=get_int("settle_minutes", thresholds.settle_minutes),
        raw_events_timeout_minutes=get_int("raw_events_timeout_minutes", thresholds.raw_events_timeout_minutes),
        alerts_topic_arn=find("alerts_topic_arn"),
    )
