"""contract.schema.json: what editors check is what the loader checks."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from clickstream.contract import schema
from tests.contract.test_load import DELETED, REPORT, TEXT, changed

FILE = resources.files("clickstream.contract").joinpath(schema.FILE)


def problems(document: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))
    return [error.json_path for error in validator.iter_errors(document)]


def test_the_file_is_the_schema_of_the_model():
    assert FILE.read_text(encoding="utf-8") == schema.schema_text()


def test_the_contract_names_its_schema_and_keeps_it():
    document = json.loads(TEXT)
    assert document["$schema"] == f"./{schema.FILE}"
    jsonschema.Draft7Validator.check_schema(json.loads(FILE.read_text(encoding="utf-8")))
    assert problems(document) == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        pytest.param(("thresholds", "max_lateness_days"), DELETED, "$.thresholds", id="absent"),
        pytest.param(("thresholds", "max_lateness_dayz"), 7, "$.thresholds", id="typo"),
        pytest.param(("thresholds", "max_quarantine_share"), 5, "$.thresholds.max_quarantine_share", id="no share"),
        pytest.param(("athena", "results_prefix"), "results", "$.athena.results_prefix", id="no prefix"),
        pytest.param(("reports", REPORT, "chart", "kind"), "pie", f"$.reports[{REPORT}].chart", id="no such chart"),
        pytest.param(("reports", 0, "columns"), [], "$.reports[0].columns", id="empty"),
    ],
)
def test_an_editor_marks_what_the_loader_refuses(path, value, place):
    assert problems(changed(path, value)) == [place]


def test_every_setting_and_section_is_described():
    document = json.loads(schema.schema_text())
    assert all(section["description"] for section in document["definitions"].values())
    assert document["definitions"]["Thresholds"]["properties"]["max_lateness_days"]["description"].startswith(
        "An event"
    )
