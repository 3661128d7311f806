"""What differs per environment."""

from __future__ import annotations

from dataclasses import fields

import pytest

from clickstream.settings import REQUIRED, InvalidSettingError, MissingSettingError, Settings, load_settings


def named(*keys: str) -> str:
    """Both names of each: in Airflow's configuration, and among the options of an MWAA environment."""
    return "set " + ", ".join(f"[clickstream] {key} (on MWAA the option clickstream.{key})" for key in keys)


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_setting_is_named(monkeypatch, key):
    monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key.upper()}")
    with pytest.raises(MissingSettingError) as raised:
        load_settings()
    assert str(raised.value) == named(key)


def test_all_missing_settings_are_named_at_once(monkeypatch):
    for key in REQUIRED:
        monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key.upper()}")
    with pytest.raises(MissingSettingError) as raised:
        load_settings()
    assert str(raised.value) == named(*REQUIRED)


def test_every_setting_that_has_no_default_is_looked_for():
    with_defaults = {"aws_conn_id", "poll_interval_s", "retries", "retry_delay_s", "settle_minutes"}
    with_defaults |= {"raw_events_timeout_minutes", "alerts_topic_arn"}
    assert set(REQUIRED) | with_defaults == {field.name for field in fields(Settings)}


def test_an_empty_setting_is_a_missing_one(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__DATABASE", "")
    with pytest.raises(MissingSettingError) as raised:
        load_settings()
    assert str(raised.value) == named("database")


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
def test_a_number_that_cannot_be_used_is_named(monkeypatch, value):
    monkeypatch.setenv("AIRFLOW__CLICKSTREAM__POLL_INTERVAL_S", value)
    with pytest.raises(InvalidSettingError) as raised:
        load_settings()
    name = "[clickstream] poll_interval_s (on MWAA the option clickstream.poll_interval_s)"
    assert str(raised.value) == f"{name} is {value!r}: set a whole number from 1 up"


def test_missing_settings_are_one_line_where_dags_are_parsed(monkeypatch, dag_bag):
    for key in ("CRAWLER_NAME", "DATABASE"):
        monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key}")
    errors = type(dag_bag)(dag_bag.dag_folder).import_errors
    assert len(errors) == len(dag_bag.dags)
    assert {error.strip().splitlines()[-1] for error in errors.values()} == {
        f"clickstream.settings.MissingSettingError: {named('crawler_name', 'database')}"
    }
