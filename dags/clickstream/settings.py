"""What differs per environment: Airflow's configuration section ``[clickstream]``.

Terraform sets it on MWAA as ``clickstream.<key>``; everywhere else it is ``AIRFLOW__CLICKSTREAM__<KEY>``.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow.configuration import conf

from clickstream.contract import load_contract

SECTION = "clickstream"
DEFAULT_AWS_CONN_ID = "aws_default"
NO_CONNECTION = "none"
DEFAULT_POLL_INTERVAL_S = 30
DEFAULT_RETRIES = 2
DEFAULT_RETRY_DELAY_S = 300


class MissingSettingError(KeyError):
    """A setting without a default is not set."""

    def __str__(self) -> str:
        return str(self.args[0])


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


def get(key: str, default: str | None = None) -> str:
    """The value of ``[clickstream] <key>``.

    :raises MissingSettingError: if it is not set, or empty, and there is no default
    """
    value = conf.get(SECTION, key, fallback=None) or default
    if value is None:
        raise MissingSettingError(f"set AIRFLOW__{SECTION.upper()}__{key.upper()}")
    return str(value)


def get_int(key: str, default: int, minimum: int = 0) -> int:
    """The value of ``[clickstream] <key>`` as a whole number.

    :raises InvalidSettingError: if it is no whole number, or below the minimum
    """
    text = get(key, str(default))
    try:
        value = int(text)
    except ValueError:
        value = minimum - 1
    if value < minimum:
        raise InvalidSettingError(
            f"AIRFLOW__{SECTION.upper()}__{key.upper()} is {text!r}: set a whole number from {minimum} up"
        )
    return value


def load_settings() -> Settings:
    """All settings.

    :raises MissingSettingError: naming the first variable that is not set
    """
    thresholds = load_contract().thresholds
    aws_conn_id = get("aws_conn_id", DEFAULT_AWS_CONN_ID)
    return Settings(
        raw_bucket=get("raw_bucket"),
        processed_bucket=get("processed_bucket"),
        reports_bucket=get("reports_bucket"),
        glue_job_name=get("glue_job_name"),
        crawler_name=get("crawler_name"),
        database=get("database"),
        workgroup=get("workgroup"),
        aws_conn_id=None if aws_conn_id == NO_CONNECTION else aws_conn_id,
        poll_interval_s=get_int("poll_interval_s", DEFAULT_POLL_INTERVAL_S, minimum=1),
        retries=get_int("retries", DEFAULT_RETRIES),
        retry_delay_s=get_int("retry_delay_s", DEFAULT_RETRY_DELAY_S),
        settle_minutes=get_int("settle_minutes", thresholds.settle_minutes),
        raw_events_timeout_minutes=get_int("raw_events_timeout_minutes", thresholds.raw_events_timeout_minutes),
        alerts_topic_arn=conf.get(SECTION, "alerts_topic_arn", fallback=None) or None,
    )
