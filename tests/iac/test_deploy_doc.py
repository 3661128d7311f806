"""docs/deploy.md: its cost table follows from its own formulas, and what it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from clickstream.contract import load_contract
from tests.sql.scanned_columns import COLUMNS_READ

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = (REPOSITORY / "docs" / "deploy.md").read_text()
IAC = "\n".join(file.read_text() for file in sorted((REPOSITORY / "iac").glob("*.tf")))
EVENTS_A_DAY = {
    "idle": 0,
    "1 million events a day": 10**6,
    "10 million events a day": 10**7,
    "100 million events a day": 10**8,
}
ROWS = {
    "Firehose": "firehose",
    "S3": "s3",
    "Glue job": "glue_job",
    "Glue crawler": "crawler",
    "Athena": "athena",
    "KMS": "kms",
    "CloudWatch": "cloudwatch",
    "MWAA (mw1.small)": "mwaa",
    "network (NAT)": "network",
    "**total**": "total",
    "**without Airflow** (`create_mwaa = false`)": "without_airflow",
}
# What a formula may consist of: nothing that could do more than calculate.
_ALLOWED = (
    ast.Expression,
    ast.BinOp,
    ast.IfExp,
    ast.Compare,
    ast.Call,
    ast.Name,
    ast.Constant,
    ast.operator,
    ast.cmpop,
    ast.expr_context,
)


def numbers() -> dict[str, float]:
    """The unit prices and assumptions, by name."""
    lists = DOCUMENT.partition("### Unit prices")[2].partition("\n## ")[0]
    found = re.findall(r"^\| `(\w+)` \| ([0-9.]+) \|", lists, re.MULTILINE)
    assert len(found) == len(dict(found)), "a name stands in both lists"
    return {name: float(value) for name, value in found}


def formulas() -> list[tuple[str, str]]:
    block = re.search(r"### The formulas\n\n```text\n(.*?)```", DOCUMENT, re.DOTALL)
    assert block
    return [(line.partition(" = ")[0], line.partition(" = ")[2]) for line in block[1].splitlines() if line]


def costs(events: int) -> dict[str, float]:
    """What every formula gives for that many events a day."""
    values = {**numbers(), "events": float(events)}
    for name, text in formulas():
        tree = ast.parse(text, mode="eval")
        assert all(isinstance(node, _ALLOWED) for node in ast.walk(tree)), text
        scope = {"__builtins__": {}, "max": max, **values}
        values[name] = float(eval(compile(tree, "<formula>", "eval"), scope))  # noqa: S307 - the nodes are checked
    return values


def table() -> dict[str, list[str]]:
    """The cost table: the row's title -> its cells."""
    header = re.search(r"^\| a month, USD \|(.*)\|\n\|[-|]+\|\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert header
    assert [cell.strip() for cell in header[1].split("|")] == list(EVENTS_A_DAY)
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in header[2].splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_the_cost_table_follows_from_the_formulas() -> None:
    columns = [costs(events) for events in EVENTS_A_DAY.values()]
    assert table() == {title: [f"{column[name]:,.0f}" for column in columns] for title, name in ROWS.items()}


def test_the_amounts_in_the_text_follow_from_the_formulas() -> None:
    idle = costs(0)
    assert f"idle deployment costs {idle['without_airflow']:,.0f} dollars" in DOCUMENT
    assert f'`network_egress = "endpoints"` costs {idle["endpoints"]:,.0f} dollars' in DOCUMENT


def test_every_price_and_assumption_is_used_and_none_is_missing() -> None:
    used = {
        node.id
        for _, text in formulas()
        for node in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(node, ast.Name)
    }
    assert set(numbers()) <= used
    assert used <= {*numbers(), *(name for name, _ in formulas()), "events", "max"}


def test_the_assumptions_that_are_facts_of_the_project_are_right() -> None:
    contract, values = load_contract(), numbers()
    endpoints = re.search(r"interface_endpoint_services = concat\((.*?)\n  \)\n", IAC, re.DOTALL)
    assert endpoints
    services = set(re.findall(r'^\s*(?:local.*\?\s*\[)?"([a-z.]+)"', endpoints[1], re.MULTILINE))
    services |= set(re.findall(r'\["([a-z.]+)"\] :', endpoints[1]))
    assert values["interface_endpoints"] == len(services)
    assert values["buffer_s"] == contract.firehose.buffer_interval_s
    assert values["buffer_mib"] == contract.firehose.buffer_size_mib
    assert (contract.glue.worker_type, values["glue_workers"]) == ("G.1X", contract.glue.worker_count)
    assert values["check_queries"] == len(list((REPOSITORY / "sql" / "checks").glob("*.sql")))
    windowed = [report for report in contract.reports if report.is_windowed]
    assert values["window_days"] == sum(report.reads_days_before + 1 for report in windowed)
    shares = {name: share for name, (_, share) in COLUMNS_READ.items()}
    assert {shares[report.name] for report in windowed} == {values["window_share"]}
    of_one_day = sum(shares[report.name] for report in contract.reports if not report.is_windowed)
    assert values["report_shares"] == pytest.approx(of_one_day, abs=0.01)


def declared(kind: str) -> dict[str, str]:
    """The variables or outputs of the root module, by name, with the text of their blocks."""
    found = re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', IAC, re.MULTILINE | re.DOTALL)
    return dict(found)


def test_the_variables_it_shows_have_the_defaults_it_gives() -> None:
    variables = declared("variable")
    section = DOCUMENT.partition("| variable | default |")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| (`.+?`) \| (\S+) \|", section, re.MULTILINE)
    assert shown
    for names, default in shown:
        for name in re.findall(r"`(\w+)`", names):
            assert name in variables, name
            assert re.search(rf'^\s*default\s+= "?{re.escape(default)}"?$', variables[name], re.MULTILINE), name


@pytest.mark.parametrize("name", sorted(set(re.findall(r"terraform output (?:-raw|-json) (\w+)", DOCUMENT))))
def test_the_outputs_it_uses_exist(name: str) -> None:
    assert name in declared("output")


def test_every_variable_that_it_sets_exists() -> None:
    tfvars = re.search(r"cat > terraform.tfvars <<'END'\n(.*?)END", DOCUMENT, re.DOTALL)
    assert tfvars
    in_text = set(re.findall(r"`(\w+) = [^`]+`", DOCUMENT))
    assert {line.split()[0] for line in tfvars[1].splitlines()} | in_text <= set(declared("variable"))


def test_the_files_it_names_exist() -> None:
    made_by_the_reader = {"iac/backend.tf", "iac/.terraform.lock.hcl"}
    named = set(re.findall(r"`((?:iac|dags|sql|tests)/[\w./]*\w\.\w+)`", DOCUMENT)) - made_by_the_reader
    assert named
    missing = sorted(name for name in named if not (REPOSITORY / name).exists())
    assert missing == []
