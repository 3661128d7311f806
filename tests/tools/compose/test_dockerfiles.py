"""The Dockerfiles, held against the rules that hadolint has for them, and the allowlist of what gets into an image."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path

import pytest
import yaml

from local_aws.settings import ALL_ADDRESSES

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILES = sorted((ROOT / "docker").glob("*/Dockerfile"))
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
every_dockerfile = pytest.mark.parametrize("path", DOCKERFILES, ids=[path.parent.name for path in DOCKERFILES])


def instructions(path: Path) -> list[tuple[str, str]]:
    """Instruction and arguments, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [(words[0], words[2]) for line in lines if line.strip() and (words := line.partition(" "))]


def all_of(path: Path, instruction: str) -> list[str]:
    return [arguments for name, arguments in instructions(path) if name == instruction]


def test_both_images_have_a_dockerfile():
    services = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())["services"].values()
    assert {ROOT / service["build"]["dockerfile"] for service in services if "build" in service} == set(DOCKERFILES)


@every_dockerfile
def test_base_images_are_pinned_build_arguments(path):
    arguments = dict(argument.split("=", 1) for argument in all_of(path, "ARG") if "=" in argument)
    stages: set[str] = set()
    for base, _, stage in (line.partition(" AS ") for line in all_of(path, "FROM")):
        found = re.fullmatch(r"\$\{(\w+)\}", base)
        assert base in stages or found, base
        if found:
            assert re.search(r":\d+\.\d+", arguments[found[1]]), f"{base} is not pinned"
        stages.add(stage)


@every_dockerfile
def test_it_ends_as_a_user_without_rights_given_by_number(path):
    user = all_of(path, "USER")[-1]
    assert user.isdigit()
    assert int(user) > 0


@every_dockerfile
def test_nothing_is_added_from_an_address_and_no_shell_form_starts_anything(path):
    assert not all_of(path, "ADD")
    for name in ("CMD", "ENTRYPOINT"):
        assert all(arguments.startswith("[") for arguments in all_of(path, name))


@every_dockerfile
def test_what_is_copied_from_the_repository_in_the_last_stage_belongs_to_its_user(path):
    last = max(number for number, (name, _) in enumerate(instructions(path)) if name == "FROM")
    for name, arguments in instructions(path)[last:]:
        if name == "COPY":
            assert arguments.startswith(("--chown=", "--from=")), arguments


@every_dockerfile
def test_packages_are_installed_by_hash_and_leave_no_cache(path):
    installs = [
        part for run in all_of(path, "RUN") for part in run.split("&&") if " install " in part and "pip" in part
    ]
    assert installs
    assert all("--no-cache-dir" in install for install in installs)
    # What comes from no index is this repository's own, or there already.
    safe = ("--require-hashes", "--no-index")
    assert all(any(option in install for option in safe) for install in installs)


@every_dockerfile
def test_system_packages_come_without_extras_and_without_lists(path):
    for run in all_of(path, "RUN"):
        assert ("apt-get install" in run) <= ("--no-install-recommends" in run and "rm -rf /var/lib/apt/lists" in run)
        assert "|" not in run.replace("||", "") or "pipefail" in run
        assert not re.search(r"\b(sudo|curl|wget)\b", run)


@every_dockerfile
def test_dependencies_come_before_the_sources(path):
    """A change to a source must not install the packages anew."""
    order = [arguments for _, arguments in instructions(path)]
    install = next(number for number, arguments in enumerate(order) if "pip install" in arguments)
    before = [arguments for name, arguments in instructions(path)[:install] if name == "COPY"]
    assert all(re.fullmatch(r"(--\S+ )?(\S*requirements\S*\.txt |\S*local\.txt )+\S+", copied) for copied in before)


@every_dockerfile
def test_no_registry_or_index_is_named(path):
    assert "://" not in path.read_text()


@every_dockerfile
def test_what_is_copied_is_on_the_allowlist_and_there(path):
    for arguments in all_of(path, "COPY"):
        if "--from=" in arguments:
            continue
        *sources, _ = [word for word in arguments.split() if not word.startswith("--")]
        for source in sources:
            assert list(ROOT.glob(source)), source
            in_part = any(rule.startswith(f"!{source}/") for rule in IGNORED)
            assert in_part or is_sent(source), f"{source} is not in .dockerignore's allowlist"


def is_sent(path: str) -> bool:
    """Whether a file reaches the engine: it, or a folder above it, is on the allowlist."""
    parents = ["/".join(path.split("/")[: n + 1]) for n in range(path.count("/") + 1)]
    return any(fnmatch.fnmatch(part, rule[1:]) for rule in IGNORED if rule.startswith("!") for part in parents)


@pytest.mark.parametrize(
    "path",
    [".env", ".env.airflow", ".git/config", ".venv/local/bin/python", ".local/aws/x", "iac/x.tfstate", "tests/x"],
)
def test_secrets_state_and_environments_are_not_sent_to_the_engine(path):
    assert IGNORED[1] == "*"
    assert not is_sent(path)


def test_local_aws_in_its_container_can_be_reached():
    (command,) = all_of(ROOT / "docker" / "local_aws" / "Dockerfile", "CMD")
    program, _, *options = json.loads(command)
    assert program == "local-aws"
    assert options[options.index("--host") + 1] == ALL_ADDRESSES
