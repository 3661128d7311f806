"""What the files for contributors say is there: commands, paths, tools."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
GUIDES = ["CONTRIBUTING.md", "SECURITY.md", ".github/pull_request_template.md"]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_command_named_is_a_target(guide):
    assert set(re.findall(r"`make ([a-z0-9-]+)", (ROOT / guide).read_text())) <= TARGETS


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_and_folder_named_exists(guide):
    named = re.findall(r"`([\w.-]+/[\w./-]*|[A-Z]+\.md)`", (ROOT / guide).read_text())
    assert named
    # The environments are there whenever tests run.
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_workflow_runs_targets_of_the_makefile_only():
    jobs = WORKFLOW["jobs"].values()
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    slow_targets = WORKFLOW["jobs"]["slow"]["strategy"]["matrix"]["target"]
    given = [command for command in commands if "${{ matrix.target }}" not in command]
    assert all(command.startswith("make ") for command in commands)
    assert {command.removeprefix("make ") for command in given} | set(slow_targets) <= TARGETS


def test_the_hooks_run_tools_of_the_environments():
    hooks = [
        hook
        for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        for hook in repo["hooks"]
    ]
    programs = {hook["entry"].split()[0] for hook in hooks} - {"terraform"}  # the machine's own
    assert programs
    assert all((ROOT / program).exists() for program in programs)


def test_every_yaml_file_of_the_repository_site_can_be_read():
    for path in (ROOT / ".github").rglob("*.yml"):
        assert isinstance(yaml.safe_load(path.read_text()), dict), path
