"""What differs per environment."""

from __future__ import annotations

import pytest

from clickstream import settings
from clickstream.settings import InvalidSettingError, MissingSettingError, load_settings

REQUIRED = (
    "raw_bucket",
    "processed_bucket",
    "reports_bucket",
    "glue_job_name",
    "crawler_name",
    "database",
    "workgroup",
)


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_setting_names_the_variable_to_set(monkeypatch, key):
    monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key.upper()}")
    with pytest.raises(MissingSettingError) as raised:
        load_settings()
    assert str(raised.value) == f"set AIRFLOW__CLICKSTREAM__{key.upper()}"


def test_an_empty_setting_is_a_missing_one(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__DATABASE", "")
    with pytest.raises(MissingSettingError, match="set AIRFLOW__CLICKSTREAM__DATABASE"):
        load_settings()


def test_what_is_optional_has_a_default():
    loaded = load_settings()
    assert (loaded.aws_conn_id, loaded.poll_interval_s, loaded.retries) == ("aws_default", 30, 2)
    assert (loaded.settle_minutes, loaded.raw_events_timeout_minutes) == (15, 60)


def test_the_environment_wins_over_the_default(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__POLL_INTERVAL_S", "1")
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__SETTLE_MINUTES", "0")
    assert load_settings().poll_interval_s == 1
    assert load_settings().settle_minutes == 0


def test_the_environment_may_want_no_connection_but_boto3s_own_configuration(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__AWS_CONN_ID", "none")
    assert load_settings().aws_conn_id is None
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__AWS_CONN_ID", "analytics")
    assert load_settings().aws_conn_id == "analytics"


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5"])
def test_a_number_that_cannot_be_used_names_the_variable(monkeypatch, value):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__POLL_INTERVAL_S", value)
    with pytest.raises(InvalidSettingError, match=r"AIRFLOW__CLICKSTREAM__POLL_INTERVAL_S is .*: set a whole number"):
        load_settings()


def test_a_missing_setting_is_seen_when_the_dag_is_parsed(monkeypatch, dag_bag):
    monkeypatch.delenv("AIRFLOW__CLICKSTREAM__CRAWLER_NAME")
    errors = type(dag_bag)(dag_bag.dag_folder).import_errors
    assert len(errors) == len(dag_bag.dags)
    assert {error.strip().splitlines()[-1] for error in errors.values()} == {
        "clickstream.settings.MissingSettingError: set AIRFLOW__CLICKSTREAM__CRAWLER_NAME"
    }


def test_a_value_can_be_asked_for_alone():
    assert settings.get("raw_bucket") == "the-raw"
    assert settings.get("nothing_like_it", "a default") == "a default"
