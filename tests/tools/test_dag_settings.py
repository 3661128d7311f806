"""The DAGs' settings against the local AWS are those of ``iac/``, but for a documented few."""

from __future__ import annotations

from pathlib import Path

from clickstream_dev.dag_settings import LOCAL_OVERRIDES, dag_settings
from clickstream_dev.resource_names import names
from tests.iac.mwaa_airflow import local_module
from tests.tools.checkouts import copy_of_what_terraform_reads, rewrite

PREFIX = "AIRFLOW__CLICKSTREAM__"


def test_they_are_what_terraform_gives_an_airflow_but_for_the_overrides():
    given = local_module().output("airflow_environment_variables")
    overridden = {PREFIX + key.upper() for key in LOCAL_OVERRIDES}
    settings = dag_settings()
    assert {key: value for key, value in settings.items() if key not in overridden} == {
        key: value for key, value in given.items() if key not in overridden
    }
    assert f"{PREFIX}ALERTS_TOPIC_ARN" not in settings
    assert settings[f"{PREFIX}RETRIES"] == "0"


def test_a_setting_that_changes_in_iac_alone_changes_for_the_local_dags(tmp_path: Path):
    copy_of_what_terraform_reads(tmp_path)
    rewrite(tmp_path / "iac", "local", ("dag_settings",), 'merge(@, { workgroup = "another", new_key = "new" })')
    settings = dag_settings(tmp_path)
    assert settings[f"{PREFIX}WORKGROUP"] == "another" != names().workgroup
    assert settings[f"{PREFIX}NEW_KEY"] == "new"
