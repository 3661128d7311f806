"""docs/compose.md says what docker-compose.yaml has."""

from __future__ import annotations

import re
from pathlib import Path

from clickstream_dev.compose import files as compose_files
from tests.tools.compose.test_compose_file import FILE, SERVICES, UNITS, defaults

ROOT = Path(__file__).resolve().parents[3]
DOC = (ROOT / "docs" / "compose.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def rows(title: str) -> dict[str, list[str]]:
    """First cell -> the others, of the table below a heading."""
    section = DOC.partition(f"## {title}\n")[2].partition("\n## ")[0]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in table[2:]}


def test_the_table_of_services_has_each_with_its_user_and_limit():
    table = rows("Services")
    assert set(table) == set(SERVICES)
    for name, (_, user, memory) in table.items():
        limit = SERVICES[name]["mem_limit"]
        assert memory == f"{int(limit[:-1]) * UNITS[limit[-1]]} MiB"
        wanted = "`AIRFLOW_UID`" if name.startswith("airflow-") else SERVICES[name].get("user", "10001")
        assert user == wanted


def test_the_table_of_volumes_has_each():
    assert set(rows("Where state is")) == {f"{FILE['name']}_{volume}" for volume in FILE["volumes"]}


def test_the_two_files_and_their_variables_are_named():
    assert set(rows("Commands")) == {compose_files.SECRETS_FILE.name, compose_files.SETTINGS_FILE.name}
    assert compose_files.ADMIN_PASSWORD in DOC


def test_every_make_command_named_is_a_target():
    named = set(re.findall(r"make ((?:compose|test)-\w+|package)", DOC))
    assert {"compose-up", "compose-down", "compose-logs", "compose-demo", "test-docker"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))


def test_the_images_and_the_variables_of_the_file_are_named():
    text = (ROOT / "docker-compose.yaml").read_text()
    chosen = set(re.findall(r"\$\{(\w+):-", text))
    assert not [name for name in chosen if name not in DOC]
    assert defaults(SERVICES["airflow-init"]["build"]["args"]["AIRFLOW_IMAGE"]) in DOC
