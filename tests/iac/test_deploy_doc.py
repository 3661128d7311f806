"""docs/deploy.md: its cost tables follow from the code, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clickstream.contract import load_contract
from clickstream.costs.glue_time import assumed_glue_time
from tests.iac import cost_tables
from tests.iac.monthly_costs import assumptions, endpoints_usd, monthly_costs
from tests.sql.scanned_columns import COLUMNS_READ

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = (REPOSITORY / "docs" / "deploy.md").read_text()
IAC = "\n".join(file.read_text() for file in sorted((REPOSITORY / "iac").glob("*.tf")))
CONTRACT = load_contract()


def test_the_cost_tables_are_those_of_the_module_that_make_plan_uses() -> None:
    assert cost_tables.written_anew(DOCUMENT) == DOCUMENT, "run python -m tests.iac.cost_tables"


def test_the_amounts_in_the_text_follow_from_it_too() -> None:
    idle, large = monthly_costs(0, CONTRACT), 10**8 * assumptions(CONTRACT)["event_gzip_bytes"].value
    assert f"idle deployment costs {idle.without_airflow:,.0f} dollars" in DOCUMENT
    assert f'`network_egress = "endpoints"` costs {endpoints_usd(CONTRACT):,.0f} dollars' in DOCUMENT
    assert f"{monthly_costs(1, CONTRACT).crawler:.1f} dollars at a run a day" in DOCUMENT
    assert f"works about {assumed_glue_time(CONTRACT).expected_s(large) / 60:.0f} minutes for 100 million" in DOCUMENT
    there = monthly_costs(50 * 10**6, CONTRACT)
    assert there.glue_job < there.crawler < monthly_costs(10**8, CONTRACT).glue_job


def test_the_assumptions_that_are_facts_of_the_project_are_right() -> None:
    values = {name: fact.value for name, fact in assumptions(CONTRACT).items()}
    endpoints = re.search(r"interface_endpoint_services = concat\((.*?)\n  \)\n", IAC, re.DOTALL)
    assert endpoints
    services = set(re.findall(r'^\s*(?:local.*\?\s*\[)?"([a-z.]+)"', endpoints[1], re.MULTILINE))
    services |= set(re.findall(r'\["([a-z.]+)"\] :', endpoints[1]))
    assert values["interface_endpoints"] == len(services)
    checks = len(list((REPOSITORY / "sql" / "checks").glob("*.sql")))
    assert values["own_queries"] == checks + 1
    assert values["own_days_scanned"] == checks + 30
    windowed = [report for report in CONTRACT.reports if report.is_windowed]
    shares = {name: share for name, (_, share) in COLUMNS_READ.items()}
    assert {shares[report.name] for report in windowed} == {values["window_share"]}
    of_one_day = sum(shares[report.name] for report in CONTRACT.reports if not report.is_windowed)
    assert values["day_reports_share"] == pytest.approx(of_one_day, abs=0.01)


def test_the_alarms_that_are_paid_for_are_those_that_are_made() -> None:
    alarms, rules = ((REPOSITORY / "iac" / name).read_text() for name in ("alarms.tf", "event_rules.tf"))
    names = [re.findall(rf"^ {{{indent}}}(\w+) = {{\n +description ", alarms, re.MULTILINE) for indent in (4, 6)]
    of_rules = re.findall(r"^    (\w+) = {\n +description ", rules, re.MULTILINE)
    values = assumptions(CONTRACT)
    assert values["data_alarms"].value == len(names[0]) + len(of_rules)
    # https://aws.amazon.com/cloudwatch/pricing/: an alarm of metric math is billed for each of its metrics.
    further_metrics = sum(found.count(",") for found in re.findall(r"any_metric_of = \[(.*)\]", alarms))
    dags = len(list((REPOSITORY / "dags").glob("*.py")))
    assert values["airflow_alarms"].value == len(names[1]) + further_metrics + dags


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
