"""What Terraform hands to the DAGs is what ``dags/clickstream/settings.py`` asks for."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clickstream.contract import load_contract
from clickstream_dev.iac import local_variables
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_names import names
from local_aws.settings import ACCOUNT_ID
from local_terraform import Module
from tests.iac.mwaa_airflow import local_module
from tests.tools.checkouts import copy_of_what_terraform_reads

SETTINGS = REPOSITORY / "dags" / "clickstream" / "settings.py"
SECTION = "clickstream"
PAGE_SETTINGS = {"reports_bucket", "dashboard_prefix", "aws_conn_id"}
# Waiting times: settings.py has defaults for them, which are right in the cloud.
WITH_DEFAULTS = {"poll_interval_s", "retries", "retry_delay_s", "settle_minutes", "raw_events_timeout_minutes"}


class MissingError(Exception):
    """A setting has no value; carries settings.py's own message."""


def read_settings(values: dict[str, str], source: Path = SETTINGS) -> tuple[dict[str, Any], set[str]]:
    """What settings.py makes of the values, and every key that it asked for. Airflow itself is not needed."""
    asked: set[str] = set()

    def get(section: str, key: str, fallback: Any = None) -> Any:
        assert section == SECTION
        asked.add(key)
        return values.get(key, fallback)

    stand_in = ModuleType("airflow.configuration")
    stand_in.conf = type("Conf", (), {"get": staticmethod(get)})  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "airflow", ModuleType("airflow"))
        patch.setitem(sys.modules, "airflow.configuration", stand_in)
        spec = importlib.util.spec_from_file_location("settings_under_test", source)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        try:
            return asdict(module.load_settings()), asked
        except module.MissingSettingError as error:
            raise MissingError(str(error)) from error


def given_settings(repository: Path = REPOSITORY) -> dict[str, str]:
    settings: dict[str, str] = local_module(repository).local("dag_settings")
    return settings


def test_every_setting_has_its_value_from_the_resources():
    resources = names()
    settings, _ = read_settings(given_settings())
    assert {key: value for key, value in settings.items() if key not in WITH_DEFAULTS} == {
        "raw_bucket": resources.raw_bucket,
        "processed_bucket": resources.processed_bucket,
        "reports_bucket": resources.reports_bucket,
        "glue_job_name": resources.glue_job,
        "crawler_name": resources.crawler,
        "database": resources.database,
        "workgroup": resources.workgroup,
        "alerts_topic_arn": f"arn:aws:sns:us-east-1:{ACCOUNT_ID}:clickstream-local-alerts",
        "aws_conn_id": None,
    }
    assert given_settings()["dashboard_prefix"] == load_contract().dashboard_prefix


def test_nothing_is_given_that_nobody_asks_for():
    _, asked = read_settings(given_settings())
    assert asked - WITH_DEFAULTS | PAGE_SETTINGS == set(given_settings())


def test_the_page_in_airflows_navigation_asks_for_settings_that_are_given():
    source = (REPOSITORY / "plugins" / "clickstream_page.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'conf\.get\(SECTION, "(\w+)"', source))
    asked |= set(re.findall(r'values\["(\w+)"\]', source))
    assert asked == PAGE_SETTINGS
    assert asked <= set(given_settings())


def test_mwaa_gets_the_settings_as_options_of_their_section():
    environment = local_module(REPOSITORY).values("aws_mwaa_environment.this")[0]
    options = environment["airflow_configuration_options"]
    assert {key: options[key] for key in options if key.startswith(f"{SECTION}.")} == {
        f"{SECTION}.{key}": value for key, value in given_settings().items()
    }


def test_an_airflow_of_ones_own_gets_them_as_variables():
    module = Module(REPOSITORY / "iac", local_variables() | {"create_mwaa": False})
    variables = module.output("airflow_environment_variables")
    assert variables == {f"AIRFLOW__CLICKSTREAM__{key.upper()}": value for key, value in given_settings().items()}


def test_a_key_renamed_in_terraform_is_missed(tmp_path):
    copy_of_what_terraform_reads(tmp_path)
    file = tmp_path / "iac" / "dag_settings.tf"
    text = file.read_text(encoding="utf-8")
    for key in given_settings():
        assert f" {key} " in text
        file.write_text(text.replace(f" {key} ", f" {key}x ", 1), encoding="utf-8")
        values = given_settings(tmp_path)
        if key == "dashboard_prefix":  # the page's alone
            assert set(values) == {*given_settings(), f"{key}x"} - {key}
        elif key in {"aws_conn_id", "alerts_topic_arn"}:  # settings.py has defaults for them
            assert set(values) - read_settings(values)[1] - PAGE_SETTINGS == {f"{key}x"}
        else:
            with pytest.raises(MissingError, match=rf"set \[clickstream\] {key} \(on MWAA [^,]+\)$"):
                read_settings(values)


def test_a_key_renamed_in_the_dags_is_missed(tmp_path):
    changed = tmp_path / "settings.py"
    changed.write_text(SETTINGS.read_text().replace('"crawler_name"', '"crawler"'))
    with pytest.raises(MissingError, match=r"set \[clickstream\] crawler "):
        read_settings(given_settings(), changed)
