"""docs/runbook.md has a section for everything that can call somebody, and no section for what does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from clickstream.contract import load_contract

ROOT = Path(__file__).parents[2]
IAC = ROOT / "iac"


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def entries(path: str) -> set[str]:
    """Names of the entries with a description in a file's maps; those made for each of something share a section."""
    text = read(path)
    plain = set(re.findall(r"^ +(\w+) = \{\n +description ", text, re.MULTILINE))
    return plain | set(re.findall(r"^ +section += \"(\w+)\"$", text, re.MULTILINE))


def exceptions(path: str) -> set[str]:
    return set(re.findall(r"^class (\w+Error)\(", read(path), re.MULTILINE))


def task_ids() -> set[str]:
    """Of the operators as they are given, of the functions that are tasks the name."""
    code = "".join(path.read_text() for path in (ROOT / "dags" / "clickstream" / "steps").glob("*.py"))
    found = re.findall(r"task_id=f?\"([^\"]+)\"|^@task\(.*?\)\ndef (\w+)", code, re.MULTILINE | re.DOTALL)
    return {"".join(task_id).replace("{report.name}", "<name>") for task_id in found}


def sections(chapter: str) -> set[str]:
    """Names of the sections of a chapter of the runbook."""
    return set(re.findall(r"^### `(.+)`$", chapter_text(chapter), re.MULTILINE))


def chapter_text(chapter: str) -> str:
    chapters = re.split(r"^## ", read("docs/runbook.md"), flags=re.MULTILINE)[1:]
    (text,) = [text for text in chapters if text.startswith(chapter)]
    return text


def test_every_alarm_has_its_section_and_every_section_its_alarm():
    assert sections("Alarms") == entries("iac/alarms.tf")
    assert len(entries("iac/alarms.tf")) >= 12  # the pattern still finds them


def test_every_event_rule_has_its_section_and_every_section_its_rule():
    assert sections("Events of Glue") == entries("iac/event_rules.tf") == {"glue_run_failed", "crawl_failed"}


def test_the_budget_has_its_section():
    assert sections("Budget") == {"monthly_budget"}
    assert 'resource "aws_budgets_budget"' in read("iac/budget.tf")


def test_every_task_has_its_section_and_every_section_its_task():
    assert sections("Failed tasks") == task_ids()


def test_every_error_of_the_glue_job_has_its_section_and_every_section_its_error():
    # SparkError is not a class: the script gives that name to what Spark raised.
    assert "SparkError:" in read("glue_scripts/clickstream_to_parquet.py")
    errors = exceptions("glue_scripts/clickstream_glue/errors.py") - {"JobError"}
    assert sections("Errors of the Glue job") == errors | {"SparkError"}


def test_every_error_of_the_dag_is_explained():
    errors = exceptions("dags/clickstream/errors.py")
    rows = set(re.findall(r"^\| `(\w+Error)` \|", chapter_text("Failed tasks"), re.MULTILINE))
    assert rows == errors
    named = set(re.findall(r"`(\w+Error)`", read("docs/runbook.md")))
    assert exceptions("dags/clickstream/settings.py") <= named


def test_every_message_names_a_section_that_exists():
    sources = [*IAC.glob("*.tf"), *IAC.glob("*.asl.json")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    named = set(re.findall(r"runbook\.md, section (\w+)", text))
    assert named <= set(re.findall(r"^### `(\w+)`$", read("docs/runbook.md"), re.MULTILINE))
    assert {"glue_run_failed", "crawl_failed", "freshness_check_failed"} <= named


def test_every_threshold_of_the_ledger_gate_is_explained():
    rules = set(re.findall(r"thresholds\.(\w+)", read("dags/clickstream/gates/ledger.py")))
    rules |= {name for name in vars(load_contract().thresholds) if name.endswith("_share")}
    assert rules  # the pattern still finds them
    assert {rule for rule in rules if f"`{rule}`" not in read("docs/runbook.md")} == set()


def test_every_quarantine_reason_is_explained_and_no_other():
    _, _, table = chapter_text("Failed tasks").partition("| quarantine reason |")
    first_cells = "".join(re.findall(r"^\|([^|]+)\|", table.partition("\n\n")[0], re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_cells)) == set(load_contract().quarantine_reasons)


def test_names_of_settings_and_thresholds_exist():
    """Words in backticks with an underscore are names; each must be written somewhere in the code."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("dags", "glue_scripts", "iac")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".tf", ".json"} and ".terraform" not in path.parts
    )
    names = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", read("docs/runbook.md")))
    assert {name for name in names if name not in code and name != "monthly_budget"} == set()


def test_terraform_gives_the_outputs_that_the_commands_use():
    used = set(re.findall(r"terraform(?: -chdir=iac)? output (?:-raw )?(\w+)", read("docs/runbook.md")))
    declared = "\n".join(file.read_text(encoding="utf-8") for file in IAC.glob("outputs_*.tf"))
    assert used
    assert used <= set(re.findall(r"^output \"(\w+)\"", declared, re.MULTILINE))
