"""docker-compose.yaml as it stands: what it opens, mounts, limits and keeps to itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from clickstream.contract import load_contract
from clickstream_dev.compose import files as compose_files
from clickstream_dev.compose import services as compose
from clickstream_dev.dag_settings import dag_settings
from clickstream_dev.resource_names import names
from local_aws.settings import DEFAULT_PORT

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docker-compose.yaml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
AIRFLOW = {name: service for name, service in SERVICES.items() if name.startswith("airflow-")}
MEMORY_LIMIT_MIB = 8192
UNITS = {"m": 1, "g": 1024}
every_service = pytest.mark.parametrize("name", SERVICES)
every_airflow = pytest.mark.parametrize("name", AIRFLOW)


def defaults(text: str) -> str:
    """The text with the default of each ``${NAME:-default}`` in its place."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_the_services_are_those_that_airflow_3_needs_and_ours():
    parts = {"init", "api-server", "scheduler", "dag-processor", "triggerer"}
    assert set(SERVICES) == {"postgres", "local-aws", "provision", "producer"} | {f"airflow-{part}" for part in parts}
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["producer"]


def test_there_is_no_version_key_and_a_project_name():
    assert "version" not in FILE
    assert FILE["name"] == load_contract().project


def test_no_secret_stands_in_the_file():
    for name, value in re.findall(r"^\s*(\w*(?:PASSWORD|SECRET|KEY)\w*(?<!_FILE)): *(\S.*)$", TEXT, re.MULTILINE):
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name} has a value of its own"
    assert re.search(r"//airflow:\$\{POSTGRES_PASSWORD:\?[^}]+\}@", TEXT)


def test_every_secret_asked_for_is_one_that_compose_up_makes_and_its_absence_says_so():
    asked = re.findall(r"\$\{(\w+):\?([^}]*)\}", TEXT)
    assert {name for name, _ in asked} == set(compose_files.SECRETS)
    assert {message for _, message in asked} == {"is not set, run make compose-up"}


@every_service
def test_ports_are_open_on_loopback_only(name):
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:")
    assert "network_mode" not in SERVICES[name]


def test_the_two_open_ports_can_be_chosen():
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    wanted = {compose.API_SERVER: 8080, compose.LOCAL_AWS: DEFAULT_PORT}
    for service, inside in wanted.items():
        variable, default, _ = compose.PORTS[service]
        assert ports.pop(service) == [f"127.0.0.1:${{{variable}:-{default}}}:{inside}"]
    assert not ports


@every_service
def test_no_container_runs_as_root_or_can_become_it(name):
    service = SERVICES[name]
    user = defaults(service.get("user", ""))
    if "clickstream-local-aws" not in service["image"]:  # its image says it
        assert user.split(":")[0] in {"postgres", "50000"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & service.keys()


@every_airflow
def test_airflow_runs_as_airflow_uid(name):
    assert AIRFLOW[name]["user"] == "${AIRFLOW_UID:-50000}:0"


@every_service
def test_a_log_can_not_fill_the_disk(name):
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


def test_the_memory_limits_fit_8_gib():
    limits = [SERVICES[name]["mem_limit"] for name in SERVICES]
    assert sum(int(limit[:-1]) * UNITS[limit[-1]] for limit in limits) <= MEMORY_LIMIT_MIB


@every_service
def test_what_should_stay_up_is_restarted_and_checked(name):
    service = SERVICES[name]
    expected = {"airflow-init": "no", "producer": "on-failure"}.get(name, "unless-stopped")
    assert service["restart"] == expected
    own = "healthcheck" in service or "HEALTHCHECK" in dockerfile_of(service)
    assert own or name == "airflow-init"


def dockerfile_of(service: dict[str, Any]) -> str:
    builder = next((s for s in SERVICES.values() if "build" in s and s["image"] == service["image"]), None)
    return (ROOT / builder["build"]["dockerfile"]).read_text() if builder else ""


def test_one_service_builds_each_image_and_nothing_is_pulled_by_chance():
    builders = [service["image"] for service in SERVICES.values() if "build" in service]
    assert len(builders) == len(set(builders))
    foreign = {service["image"] for service in SERVICES.values()} - set(builders)
    assert {defaults(image) for image in foreign} == {"postgres:16"}
    assert all(":" in image and not image.endswith(":latest") for image in map(defaults, builders))


@every_service
def test_the_working_tree_is_mounted_read_only(name):
    for mount in SERVICES[name].get("volumes", []):
        source, *rest = mount.split(":")
        if source.startswith("."):
            assert rest[-1] == "ro", mount
            assert (ROOT / source).is_dir()
        else:
            assert source in FILE["volumes"]


@every_airflow
def test_airflow_has_mwaas_folders(name):
    mounts = dict(mount.split(":")[:2] for mount in AIRFLOW[name]["volumes"])
    home = AIRFLOW[name]["environment"]["AIRFLOW_HOME"]
    assert home == "/usr/local/airflow"
    folders = {"./dags": "dags", "./plugins": "plugins", "./sql": "dags/sql", "airflow_logs": "logs"}
    assert mounts == {source: f"{home}/{folder}" for source, folder in folders.items()}


def test_the_folder_that_the_sql_is_mounted_on_is_there():
    """Docker can make none inside a read-only mount. Without reports it is not what the DAGs take for the SQL."""
    folder = ROOT / "dags" / "sql"
    assert [path.name for path in folder.iterdir()] == ["README.md"]


def test_services_start_after_what_they_need():
    conditions = {
        name: {other: need["condition"] for other, need in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    assert conditions["airflow-init"] == {"postgres": "service_healthy"}
    for name in set(AIRFLOW) - {"airflow-init"}:
        assert conditions[name]["airflow-init"] == "service_completed_successfully"
    assert conditions["airflow-scheduler"].items() >= {
        ("airflow-api-server", "service_healthy"),
        ("provision", "service_healthy"),
    }
    assert conditions["provision"] == {"local-aws": "service_healthy"}
    assert conditions["producer"] == {"provision": "service_healthy"}


def test_the_producer_sends_to_the_stream_that_is_there():
    assert f"--stream={names().delivery_stream}" in SERVICES["producer"]["command"]


def test_airflow_is_the_contracts_version():
    versions = load_contract().versions
    image = defaults(SERVICES["airflow-init"]["build"]["args"]["AIRFLOW_IMAGE"])
    assert image == f"apache/airflow:{versions.airflow}-python3.12"
    assert SERVICES["airflow-init"]["image"].endswith(f":{versions.airflow}")


@every_airflow
def test_airflows_own_settings_leave_the_dags_settings_alone(name):
    assert AIRFLOW[name]["env_file"] == [compose_files.SETTINGS_FILE.name]
    assert not set(AIRFLOW[name]["environment"]) & set(compose_files.settings())


def test_the_dags_get_the_settings_that_make_run_gives_them():
    assert dag_settings().items() <= compose_files.settings().items()
    assert compose_files.settings()["AWS_ENDPOINT_URL"] == f"http://local-aws:{DEFAULT_PORT}"


def test_the_files_that_compose_up_writes_are_git_ignored():
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {compose_files.SECRETS_FILE.name, compose_files.SETTINGS_FILE.name} <= set(ignored)
