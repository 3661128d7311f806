"""What Terraform uploads: everything that runs in the cloud, and nothing else of the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.paths import REPOSITORY
from local_terraform.language import functions as terraform_functions
from local_terraform.language.module import Module
from tests.iac.deployed_dags import parse_deployed
from tests.iac.mwaa_airflow import local_module
from tests.tools.checkouts import copy_of_what_terraform_reads

SOURCES = ("dags", "sql", "plugins", "glue_scripts")
# In these folders, but not for the cloud: Athena's named queries hold the samples, and the READMEs are for people.
NOT_SHIPPED = {
    "sql/sample_queries.sql",
    "plugins/README.md",
    "dags/sql/README.md",
    "dags/clickstream/contract/contract.schema.json",  # for editors
}


def shipped(module: Module) -> set[str]:
    """Every file that goes to the artifacts bucket, by its path in the repository."""
    paths = [*module.local("dag_files").values(), *module.local("plugin_files").values()]
    paths += [
        module.values("aws_s3_object.requirements")[0]["source"],
        module.values("aws_s3_object.glue_script")["source"],
    ]
    root = module.folder.parent.resolve()
    found = {Path(path).resolve().relative_to(root).as_posix() for path in paths}
    archive = module.instances("data", "archive_file", "glue_modules").values()["source"]
    where = {"clickstream": "dags", "clickstream_glue": "glue_scripts"}
    return found | {f"{where[entry['filename'].split('/')[0]]}/{entry['filename']}" for entry in archive}


def files_below(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in (REPOSITORY / folder).rglob("*")]
    return {
        path.relative_to(REPOSITORY).as_posix()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_every_file_that_runs_in_the_cloud_ships():
    assert shipped(local_module()) == files_below(*SOURCES) - NOT_SHIPPED | {"requirements.txt"}


def test_mwaa_starts_with_nothing_but_what_ships():
    """A startup script could download, and fail, at every start of a worker."""
    environment = local_module().values("aws_mwaa_environment.this")[0]
    files = {key: value for key, value in environment.items() if key.endswith("_s3_path")}
    assert files == {
        "dag_s3_path": "dags",
        "plugins_s3_path": "plugins.zip",
        "requirements_s3_path": "requirements.txt",
    }


def objects(module: Module) -> list[dict[str, Any]]:
    """The arguments of every object that Terraform uploads."""
    names = [name for kind, name in module.addresses("resource") if kind == "aws_s3_object"]
    return [instance.values() for name in names for instance in module.each("resource", "aws_s3_object", name)]


def test_an_apply_on_another_machine_than_the_plans_has_all_that_it_uploads():
    """The rest comes out of the plan."""
    module = local_module()
    made_while_planning = module.folder / "dist"
    files = [Path(found["source"]).resolve() for found in objects(module) if "source" in found]
    assert files
    assert not [file for file in files if file.is_relative_to(made_while_planning) or not file.is_file()]


def test_nothing_of_other_folders_ships():
    others = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} - {*SOURCES}
    assert {"tests", "packages", "tools", "iac"} <= others
    assert not [path for path in shipped(local_module()) if path.split("/")[0] in others]


def test_no_pattern_can_match_outside_the_folder_that_it_is_for(monkeypatch):
    """Looks at the patterns, not at what they match today."""
    asked: list[tuple[str, str]] = []
    original = terraform_functions.FUNCTIONS["fileset"]

    def recording(folder: str, pattern: str) -> Any:
        asked.append((Path(os.path.normpath(folder)).relative_to(REPOSITORY).as_posix(), pattern))
        return original(folder, pattern)

    monkeypatch.setitem(terraform_functions.FUNCTIONS, "fileset", recording)
    shipped(local_module())
    assert asked
    assert {folder.split("/")[0] for folder, _ in asked} <= {*SOURCES}
    assert not [pattern for _, pattern in asked if ".." in pattern or pattern.startswith("/")]


@pytest.mark.parametrize(
    "decoy",
    [
        "dags/tests/test_it.py",
        "dags/local_aws/server.py",
        "dags/clickstream/.env",
        "dags/clickstream/notes.md",
        "dags/clickstream/__pycache__/tasks.cpython-312.pyc",
        "dags/clickstream/dashboard/templates/draft.txt",
        "dags/.git/config",
        "dags/key.pem",
        "sql/reports/draft.txt",
        "sql/scratch.sql",
        "plugins/tests/test_page.py",
        "plugins/notes.md",
        "glue_scripts/tests/test_job.py",
        "glue_scripts/try_it.py",
        "glue_scripts/clickstream_glue/__pycache__/layout.cpython-311.pyc",
        "tests/dags/steps/test_events.py",
        "local_aws/server.py",
        "docker/airflow.cfg",
        "iac/tests/mwaa.py",
        "requirements/airflow.txt",
    ],
)
def test_what_was_left_lying_about_does_not_ship(repository_copy, decoy):
    before = shipped(local_module(repository_copy))
    path = repository_copy / decoy
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("left lying about")
    assert shipped(local_module(repository_copy)) == before


@pytest.mark.parametrize(
    "added",
    ["dags/clickstream/new_step.py", "dags/clickstream_weekly.py", "sql/reports/retention.sql", "plugins/page.py"],
)
def test_a_new_file_of_a_known_kind_ships_by_itself(repository_copy, added):
    before = shipped(local_module(repository_copy))
    (repository_copy / added).write_text("")
    assert shipped(local_module(repository_copy)) == before | {added}


@pytest.fixture
def repository_copy(tmp_path) -> Path:
    """Terraform and what it reads."""
    copy_of_what_terraform_reads(tmp_path)
    return tmp_path


SHOW = """
print(json.dumps({
    "errors": bag.import_errors,
    "dags": sorted(bag.dags),
    "parsed": sorted(bag.file_last_changed),
    "sql_folder": str(reports.sql_folder()),
    "queries": {report.name: reports.report_query(report, date(2026, 1, 31)) for report in load_contract().reports},
    "modules": [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "clickstream"],
}))
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory) -> tuple[Path, dict[str, Any]]:
    """The DAGs folder as MWAA gets it, and what Airflow makes of it with the settings that Terraform gives it."""
    folder = tmp_path_factory.mktemp("mwaa")
    return folder, parse_deployed(local_module(), folder, SHOW)


@pytest.mark.airflow
def test_the_shipped_dags_parse_with_the_settings_that_terraform_gives(deployed):
    folder, found = deployed
    assert found["errors"] == {}
    assert found["dags"] == sorted(path.stem for path in (REPOSITORY / "dags").glob("*.py"))
    assert found["modules"]
    assert all(module.startswith(str(folder)) for module in found["modules"])


@pytest.mark.airflow
def test_airflow_takes_neither_the_package_nor_the_sql_for_dag_files(deployed):
    folder, found = deployed
    assert found["parsed"] == sorted(str(path) for path in (folder / "dags").glob("*.py"))


@pytest.mark.airflow
def test_the_shipped_dags_find_their_sql(deployed):
    folder, found = deployed
    assert found["sql_folder"] == str(folder / "dags" / "sql")
    assert all("2026" in query for query in found["queries"].values())
