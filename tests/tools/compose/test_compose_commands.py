"""`make compose-up` and `compose-down` against a docker of the test's own, which answers as it is told."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from clickstream_dev.compose import docker as docker_compose
from clickstream_dev.compose import files as compose_files
from clickstream_dev.compose import services as compose
from clickstream_dev.compose.docker import Container
from clickstream_dev.errors import CommandError

FAKE = """#!{python}
import json, sys
from pathlib import Path
folder = Path(__file__).parent
line = " ".join(sys.argv[1:])
with (folder / "calls").open("a") as calls:
    print(line, file=calls)
for begin, (code, out, err) in json.loads((folder / "answers").read_text()).items():
    if line.startswith(begin):
        print(out)
        print(err, file=sys.stderr)
        sys.exit(code)
sys.exit(0)
"""
HEALTHY = {"compose version": (0, "2.26.1-4", ""), "info": (0, "26.1", ""), "volume inspect": (1, "", "no such volume")}


class Docker:
    """The command, its answers by how its arguments begin, and what it was called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "docker"
        path.write_text(FAKE.format(python=sys.executable))
        path.chmod(0o755)
        self.answer()

    def answer(self, **answers: tuple[int, str, str]) -> None:
        given = {name.replace("_", " "): answer for name, answer in answers.items()}
        (self.folder / "answers").write_text(json.dumps({**HEALTHY, **given}))

    def services(self, *entries: dict[str, Any]) -> None:
        self.answer(compose_ps=(0, "\n".join(map(json.dumps, entries)), ""))

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


def entry(service: str, state: str = "running", health: str = "healthy", code: int = 0) -> dict[str, Any]:
    return {"Service": service, "State": state, "Health": health, "ExitCode": code}


@pytest.fixture
def docker(tmp_path, monkeypatch) -> Docker:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compose, "write_files", lambda: None)
    monkeypatch.setattr(compose_files, "ensure_secrets", dict)
    monkeypatch.setattr(compose, "POLL_S", 0.01)
    for variable in ("UI_PORT", "LOCAL_AWS_PORT"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv(variable, str(probe.getsockname()[1]))
    return Docker(tmp_path)


def test_without_docker_it_says_what_to_install(docker, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="docker is not installed: install Docker Engine"):
        compose.up()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param({"compose_version": (1, "", "no such command")}, "docker has no compose plugin", id="no_plugin"),
        pytest.param({"compose_version": (0, "2.9.0", "")}, "docker compose 2.9.0 is too old: 2.20 or later", id="old"),
        pytest.param({"compose_version": (0, "1.29.2", "")}, "docker compose 1.29.2 is too old", id="version_1"),
        pytest.param(
            {"info": (1, "", "Cannot connect to the Docker daemon")},
            r"no Docker engine answers: start it.*\(Cannot connect to the Docker daemon\)",
            id="no_engine",
        ),
    ],
)
def test_what_keeps_it_from_working_is_one_clear_line(docker, answer, message):
    docker.answer(**answer)
    with pytest.raises(CommandError, match=message):
        compose.up()
    assert not [call for call in docker.calls if " up " in call]


def test_a_password_that_is_gone_is_noticed_before_the_database_refuses_another(docker, monkeypatch, tmp_path):
    monkeypatch.setattr(compose_files, "SECRETS_FILE", tmp_path / ".env")
    docker.answer(volume_inspect=(0, "[]", ""))
    with pytest.raises(CommandError, match=r"\.env, which is gone.*make compose-down VOLUMES=1"):
        compose.up()


@pytest.mark.parametrize(("variable", "option"), [("UI_PORT", "--ui-port"), ("LOCAL_AWS_PORT", "--port")])
def test_a_port_in_use_names_the_option_that_chooses_another(docker, monkeypatch, variable, option):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv(variable, str(port))
        with pytest.raises(CommandError, match=f"port {port} is in use: .* {option} {port + 1}"):
            compose.up()


def test_a_port_that_our_own_container_holds_is_no_obstacle(docker, monkeypatch, capsys):
    docker.answer(
        compose_ps=(0, json.dumps(entry("airflow-api-server")), ""),
        compose_port=(0, "127.0.0.1:4711", ""),
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("UI_PORT", str(taken.getsockname()[1]))
        assert compose.up() == 0
    assert "http://localhost:4711, user admin" in capsys.readouterr().out


def test_airflow_does_not_run_as_root_by_mistake(docker, monkeypatch):
    monkeypatch.setenv("AIRFLOW_UID", "0")
    with pytest.raises(CommandError, match="AIRFLOW_UID=0 would run Airflow as root"):
        compose.up()


def test_it_builds_starts_and_shows_each_service_once(docker, capsys):
    docker.services(entry("postgres"), entry("airflow-init", "exited", ""), entry("producer", "running", ""))
    compose.wait_until_healthy(0)
    shown = [line.split()[-2:] for line in capsys.readouterr().out.splitlines()]
    assert shown == [["airflow-init", "done"], ["postgres", "healthy"], ["producer", "running"]]


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(entry("airflow-init", "exited", "", 1), id="ended_with_an_error"),
        pytest.param(entry("local-aws", "running", "unhealthy"), id="unhealthy"),
    ],
)
def test_a_service_that_fails_ends_the_wait_and_is_named(docker, failed):
    docker.services(entry("postgres"), failed)
    name = failed["Service"]
    with pytest.raises(CommandError, match=f"{name} did not come up: see make compose-logs SERVICE={name}"):
        compose.wait_until_healthy(0)


def test_a_service_that_never_gets_healthy_is_given_up(docker, monkeypatch):
    monkeypatch.setattr(compose, "HEALTHY_TIMEOUT_S", 0.05)
    docker.services(entry("postgres"), entry("local-aws", "running", "starting"))
    with pytest.raises(CommandError, match="local-aws did not come up"):
        compose.wait_until_healthy(0)


def test_the_list_that_older_versions_print_is_understood(docker):
    docker.answer(compose_ps=(0, json.dumps([entry("postgres"), entry("local-aws", "created", "")]), ""))
    found = docker_compose.containers()
    assert found["postgres"] == Container("postgres", "running", "healthy", 0)
    assert not found["local-aws"].is_up


@pytest.mark.parametrize(
    ("volumes", "options", "said"),
    [
        pytest.param(False, "--remove-orphans", "the data is kept", id="data_stays"),
        pytest.param(True, "--remove-orphans --volumes", "all data is deleted", id="data_goes"),
    ],
)
def test_down_takes_the_data_only_when_told_to_and_the_producer_always(docker, capsys, volumes, options, said):
    assert compose.down(volumes) == 0
    assert docker.calls[-1] == f"compose --profile=producer down {options}"
    assert said in capsys.readouterr().out


def test_the_port_of_a_service_that_does_not_run_says_what_to_do(docker):
    docker.answer(compose_port=(1, "", "no container found"))
    with pytest.raises(CommandError, match="local-aws does not run: start everything with make compose-up"):
        docker_compose.published_port("local-aws", 4566)
