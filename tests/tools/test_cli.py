"""The command line itself: help for every command, one line for every mistake, and what make hands on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer

from clickstream.contract import ContractError
from clickstream_dev import cli, query
from clickstream_dev.errors import CommandError

REPOSITORY = Path(__file__).resolve().parents[2]
STUB = """#!{python}
import json, os, sys
print(json.dumps([sys.argv[3:], os.environ["LOCAL_AWS_PORT"]]))
if "fail" in sys.argv:
    print("clickstream run: what is wrong", file=sys.stderr)
    sys.exit(2)
"""
STATEMENTS = [
    pytest.param("select '$HOME', \"$x\", $$y, ${z} from events", id="dollars"),
    pytest.param("select `a`, \"it's\", 'it''s', \\n from events", id="quotes_and_backticks"),
    pytest.param("select 1 -- one\nfrom events # $(shell false)\n", id="lines_and_comments"),
    pytest.param("-- begins like an option\nselect $(", id="a_comment_first_and_an_open_bracket"),
    pytest.param("select 'é ✓ %s \\ ;' ", id="other_letters"),
]


def commands(app: typer.Typer, *parents: str) -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        yield (*parents, command.name or str(command.callback.__name__))  # type: ignore[union-attr]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, *parents, str(group.name))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clickstream_dev", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "150", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["clickstream", *arguments])
    return cli.main()


@pytest.mark.parametrize("command", [*commands(cli.app)], ids=" ".join)
def test_every_command_says_what_it_does_and_what_it_takes(command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    assert main(monkeypatch, *command, "--help") == 0
    text = capsys.readouterr().out
    assert f"Usage: clickstream {' '.join(command)}" in text
    described = next(line for line in text.splitlines() if line.strip() and "Usage" not in line)
    assert described.strip().endswith(".")


def test_help_comes_without_what_the_commands_need():
    """Completion asks for it at every key: moto, boto3 and the contract would take a second."""
    code = "import sys; from clickstream_dev import cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert not {"boto3", "moto", "duckdb", "clickstream", "local_aws"} & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(["run"], "clickstream run: Missing argument 'DATE'. (see clickstream run --help)", id="missing"),
        pytest.param(["run", "2026-02-30"], "clickstream run: 2026-02-30 is no date: write it as", id="no_date"),
        pytest.param(["compose", "up", "--ui-port", "80a"], "clickstream compose up: 80a is no port number", id="port"),
        pytest.param(["up", "--port", "65536"], "clickstream up: 65536 is no port number: give one from 1", id="high"),
        pytest.param(["up", "--port", "²"], "clickstream up: ² is no port number: give one from 1", id="superscript"),
        pytest.param(["demo", "--events", "²"], "clickstream demo: ² is no such number: give a whole", id="small"),
        pytest.param(["demo", "--events", "0"], "clickstream demo: 0 is no such number: give a whole", id="events"),
        pytest.param(["nothing"], "clickstream: No such command 'nothing'. (see clickstream --help)", id="command"),
        pytest.param(["up", "--prot", "1"], "clickstream up: No such option: --prot", id="option"),
        pytest.param(["query", "select 1", "--file", "x"], "clickstream query: give the statement or --file", id="two"),
        pytest.param(
            ["query", "--file", "no/such.sql"], "clickstream query: can't read no/such.sql: No such", id="file"
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, line, monkeypatch, capsys):
    assert main(monkeypatch, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(line)
    assert len(captured.err.splitlines()) == 1
    assert not captured.out


def test_a_port_in_the_environment_is_checked_as_the_option_is():
    result = run("up", LOCAL_AWS_PORT="77x")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "clickstream up: 77x is no port number: give one from 1 to 65535\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        pytest.param(CommandError("what is wrong:\n  what to do"), 2, "what is wrong: what to do", id="ours"),
        pytest.param(ContractError("thresholds.x: no"), 2, "thresholds.x: no", id="the_contracts"),
        pytest.param(KeyboardInterrupt(), 130, "interrupted", id="ctrl_c"),
    ],
)
def test_what_ends_a_command_is_one_line_with_its_exit_code(error, code, line, monkeypatch, capsys):
    def fail(*_: Any) -> str:
        raise error

    monkeypatch.setattr(query, "read_statement", fail)
    assert main(monkeypatch, "query", "select 1") == code
    assert capsys.readouterr().err == f"clickstream query: {line}\n"


def test_the_shell_completes_commands(tmp_path):
    result = run(
        _CLICKSTREAM_COMPLETE="complete_bash", COMP_WORDS="clickstream compose ", COMP_CWORD="2", HOME=str(tmp_path)
    )
    assert result.stdout.split() == ["up", "demo", "logs", "down"]


def test_a_statement_is_read_from_a_file_or_from_standard_input(tmp_path, monkeypatch):
    file = tmp_path / "x.sql"
    file.write_text("select 'é'\n")
    assert query.read_statement("", file) == "select 'é'\n"
    monkeypatch.setattr(sys, "stdin", StringIO("select 1\n"))
    assert query.read_statement("-", None) == "select 1\n"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="it is not text"):
        query.read_statement("", file)


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Real make, with a program in place of Python that prints what it was called with."""
    stub = tmp_path / "stub"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o755)

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        # The tests' own make would make this one a sub-make, which says which folder it enters.
        foreign = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PORT", "LOCAL_AWS_PORT"}
        own = {name: value for name, value in os.environ.items() if name not in foreign}
        return subprocess.run(
            ["make", "-o", "setup", f"LOCAL={stub}", *arguments],  # noqa: S607
            cwd=REPOSITORY,
            env={**own, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


@pytest.mark.parametrize("sql", STATEMENTS)
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_sql_goes_through_make_unchanged(sql, way, make):
    result = make("query", f"SQL={sql}") if way == "argument" else make("query", SQL=sql)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)[0] == ["query", "--", sql]


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        pytest.param(["demo"], ["demo"], id="demo"),
        pytest.param(["demo", "EVENTS=7"], ["demo", "--events", "7"], id="demo_of_a_size"),
        pytest.param(["load", "FILE=a $b 'c'.jsonl"], ["load", "--arrival", "", "--", "a $b 'c'.jsonl"], id="load"),
        pytest.param(["load", "FILE=x", "ARRIVAL=d"], ["load", "--arrival", "d", "--", "x"], id="load_on_a_date"),
        pytest.param(["backfill", "FROM=a", "TO=b"], ["backfill", "--", "a", "b"], id="backfill"),
        pytest.param(["replay", "DATE=a", "REASON=r"], ["replay", "--reason", "r", "--", "a"], id="replay"),
        pytest.param(["compose-down", "VOLUMES=1"], ["compose", "down", "--volumes"], id="compose_down_with_data"),
        pytest.param(["compose-down", "VOLUMES=0"], ["compose", "down"], id="compose_down"),
        pytest.param(["tf-local"], ["terraform", "apply"], id="tf_local"),
    ],
)
def test_a_target_is_an_alias_of_a_command(arguments, called, make):
    assert json.loads(make(*arguments).stdout)[0] == called


def test_every_command_has_a_target():
    makefile = (REPOSITORY / "Makefile").read_text()
    for command in commands(cli.app):
        assert f"$(CLICKSTREAM) {' '.join(command)}" in makefile


@pytest.mark.parametrize(
    ("given", "port"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"PORT": "4711"}, "4711", id="port"),
        pytest.param({"LOCAL_AWS_PORT": "4712"}, "4712", id="the_programs_own_variable"),
    ],
)
def test_the_port_reaches_the_program(given, port, make):
    assert json.loads(make("up", **given).stdout)[1] == port


def test_nothing_follows_the_line_that_says_what_is_wrong(make):
    result = make("run", "DATE=fail")
    assert result.returncode != 0
    assert result.stderr == "clickstream run: what is wrong\n"


def test_make_n_runs_nothing_and_several_targets_at_once_do_their_work(make):
    assert "clickstream_dev run" in make("-n", "run", "DATE=fail").stdout
    assert len(make("up", "down").stdout.splitlines()) == 2
