"""``clickstream compose up``, ``down`` and ``logs``: Airflow, PostgreSQL and local_aws in containers."""

from __future__ import annotations

import os
import sys
import time

from clickstream_dev.compose import docker, files
from clickstream_dev.errors import CommandError
from local_aws.waiting import wait_until

AIRFLOW_USER = "admin"
API_SERVER, LOCAL_AWS = "airflow-api-server", "local-aws"
PORTS = {
    # Service -> the variable that docker-compose.yaml takes its port from, the default, and the option that sets it.
    API_SERVER: ("UI_PORT", 8080, "--ui-port"),
    LOCAL_AWS: ("LOCAL_AWS_PORT", 4566, "--port"),
}
HEALTHY_TIMEOUT_S = 600
POLL_S = 1.0
DATABASE_VOLUME = "postgres_data"


def up() -> int:
    """Build what has changed, start everything and wait until it is healthy; says where it is then.

    :raises CommandError: if Docker can't be used, a port is taken, or a service does not come up
    """
    docker.check_engine()
    started = time.monotonic()
    if not files.SECRETS_FILE.exists() and docker.has_volume(DATABASE_VOLUME):
        raise CommandError(
            "the database was made with a password that was in .env, which is gone: "
            "bring it back, or delete all data with make compose-down VOLUMES=1"
        )
    write_files()
    _refuse_root()
    running = {name for name, found in docker.containers().items() if found.state == "running"}
    for service, (variable, default, option) in PORTS.items():
        if service not in running:  # else it is our own that holds it
            docker.check_port(option, int(os.environ.get(variable) or default))
    if docker.run("up", "--detach", "--build", "--remove-orphans"):
        raise CommandError(f"docker compose up failed{_hint()}")
    wait_until_healthy(started)
    _say_where()
    return 0


def write_files() -> None:
    """The files that docker-compose.yaml reads."""
    files.ensure_secrets()
    files.write_settings()


def wait_until_healthy(started: float) -> None:
    """Show each service as it becomes healthy, until all are.

    :raises CommandError: if one fails, or is not within ten minutes
    """
    up: set[str] = set()
    containers: dict[str, docker.Container] = {}
    failed: list[str] = []

    def is_decided() -> bool:
        nonlocal containers, failed
        containers = docker.containers()
        for name in sorted(name for name, found in containers.items() if found.is_up and name not in up):
            up.add(name)
            word = containers[name].health or ("done" if containers[name].state == "exited" else "running")
            print(f"  {time.monotonic() - started:5.0f} s  {name:<22} {word}", flush=True)
        failed = sorted(name for name, found in containers.items() if found.has_failed)
        return bool(failed or (containers and up == containers.keys()))

    wait_until(is_decided, HEALTHY_TIMEOUT_S, interval_s=POLL_S)
    late = failed or sorted(containers.keys() - up)
    if late or not containers:
        first = late[0] if late else LOCAL_AWS
        raise CommandError(f"{', '.join(late) or 'nothing'} did not come up: see make compose-logs SERVICE={first}")


def down(volumes: bool) -> int:
    """Stop and remove the containers; with the volumes all data too."""
    docker.check_engine()
    write_files()  # else compose would not even read its file
    profiles = [f"--profile={name}" for name in docker.PROFILES]
    code = docker.run(*profiles, "down", "--remove-orphans", *(["--volumes"] if volumes else []))
    if code == 0:
        kept = "all data is deleted" if volumes else "the data is kept; make compose-down VOLUMES=1 deletes it"
        print(f"stopped; {kept}")
    return code


def logs(service: str) -> int:
    """What the services, or one, have written; on a terminal also what they go on to write, until Ctrl-C."""
    docker.check_engine()
    write_files()
    follow = ["--follow"] if sys.stdout.isatty() else []
    return docker.run("logs", "--tail=200", *follow, *([service] if service else []))


def _refuse_root() -> None:
    """The official image asks for group 0, and many set the user to their own: root's would be 0 as well."""
    if (os.environ.get("AIRFLOW_UID") or files.ensure_secrets().get("AIRFLOW_UID")) == "0":
        raise CommandError("AIRFLOW_UID=0 would run Airflow as root: leave it out, or give another user's number")


def _hint() -> str:
    failed = sorted(name for name, found in docker.containers().items() if found.has_failed)
    return f": see make compose-logs SERVICE={failed[0]}" if failed else ""


def _say_where() -> None:
    ui = docker.published_port(API_SERVER, 8080)
    aws = docker.published_port(LOCAL_AWS, 4566)
    print(f"Airflow:   http://localhost:{ui}, user {AIRFLOW_USER}, password: {files.ADMIN_PASSWORD} in .env")
    print(f"local_aws: http://localhost:{aws}")
    print("next: make compose-demo")
