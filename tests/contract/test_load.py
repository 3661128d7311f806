"""contract.json: whatever does not fit is one line that names the place inside the file."""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import Any

import pytest

from clickstream.contract import BarChart, ContractError, Heatmap, load_contract, parse_contract, read_contract

TEXT = resources.files("clickstream.contract").joinpath("contract.json").read_text(encoding="utf-8")
REPORT = next(index for index, report in enumerate(load_contract().reports) if isinstance(report.chart, BarChart))
HEATMAP = next(index for index, report in enumerate(load_contract().reports) if isinstance(report.chart, Heatmap))
DELETED: Any = object()


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The contract's document with another value at one place, or without it."""
    document: dict[str, Any] = copy.deepcopy(json.loads(TEXT))
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    if value is DELETED:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return document


def message(document: Any) -> str:
    with pytest.raises(ContractError) as caught:
        parse_contract(document)
    return str(caught.value)


def test_the_contract_of_the_repository_is_loaded_once():
    assert read_contract(TEXT) == load_contract()
    assert load_contract() is load_contract()


def test_a_typo_names_the_setting_that_was_meant_and_nothing_else():
    document = changed(("thresholds", "max_lateness_days"), DELETED)
    document["thresholds"]["max_lateness_dayz"] = 7
    expected = "thresholds.max_lateness_dayz: unknown key, did you mean thresholds.max_lateness_days?"
    assert message(document) == f"contract.json: {expected}"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param(
            ("thresholds", "max_lateness_days"), DELETED, "thresholds.max_lateness_days: missing", id="absent"
        ),
        pytest.param(("thresholds",), DELETED, "thresholds: missing", id="absent section"),
        pytest.param(("thresholds",), [], "thresholds: a list is not an object", id="section of another type"),
        pytest.param(("zzz",), {}, "zzz: unknown key", id="unknown section"),
        pytest.param(
            ("thresholds", "max_lateness_days"),
            "7",
            "thresholds.max_lateness_days: '7' is not a whole number",
            id="text",
        ),
        pytest.param(
            ("thresholds", "max_lateness_days"),
            7.5,
            "thresholds.max_lateness_days: 7.5 is not a whole number",
            id="part",
        ),
        pytest.param(
            ("thresholds", "max_lateness_days"),
            True,
            "thresholds.max_lateness_days: true is not a whole number",
            id="bool",
        ),
        pytest.param(
            ("thresholds", "max_lateness_days"), -1, "thresholds.max_lateness_days: -1 is not 0 or more", id="negative"
        ),
        pytest.param(
            ("thresholds", "max_quarantine_share"),
            5,
            "thresholds.max_quarantine_share: 5 is not from 0 to 1",
            id="a share above one",
        ),
        pytest.param(
            ("thresholds", "reports_due_hour"), 24, "thresholds.reports_due_hour: 24 is not from 0 to 23", id="no hour"
        ),
        pytest.param(("event", "derive_event_id"), 1, "event.derive_event_id: 1 is not true or false", id="no bool"),
        pytest.param(
            ("athena", "results_prefix"),
            "athena-results",
            "athena.results_prefix: 'athena-results' is not a key prefix that ends in a slash",
            id="a prefix without slash",
        ),
        pytest.param(
            ("firehose", "prefix"),
            "events/!{timestamp:yyyy-MM-dd}/",
            "firehose.prefix: 'events/!{timestamp:yyyy-MM-dd}/' is not a prefix of its own with year=",
            id="raw folders that are not of a date",
        ),
        pytest.param(
            ("firehose", "compression"),
            "BROTLI",
            "firehose.compression: 'BROTLI' is not one of UNCOMPRESSED, GZIP",
            id="an unknown word",
        ),
        pytest.param(
            ("reports", REPORT, "chart", "kind"),
            "pie",
            f"reports[{REPORT}].chart.kind: 'pie' is not one of bar, line, heatmap",
            id="an unknown chart",
        ),
        pytest.param(
            ("reports", REPORT, "chart", "kind"),
            DELETED,
            f"reports[{REPORT}].chart.kind: missing",
            id="a chart of no kind",
        ),
        pytest.param(
            ("reports", REPORT, "chart", "values"),
            [],
            f"reports[{REPORT}].chart.values: empty",
            id="a chart of nothing",
        ),
        pytest.param(
            ("reports", HEATMAP, "chart", "value"),
            "nothing",
            f"reports[{HEATMAP}].chart.value: 'nothing' is not one of cohort_week",
            id="a chart of a column that is not there",
        ),
        pytest.param(
            ("reports", 0, "columns", 1, "type"),
            "bigin",
            "reports[0].columns[1].type: 'bigin' is not a type as Glue spells it",
            id="an unknown type",
        ),
        pytest.param(
            ("reports", 0, "name"), "events", "tables and reports: events is there 2 times", id="a name twice"
        ),
        pytest.param(
            ("crawler", "table"), "event", "crawler.table: 'event' is not one of events, quarantine", id="no such table"
        ),
        pytest.param(
            ("glue", "worker_type"),
            "G.3X",
            "glue.worker_type: 'G.3X' is not one of G.1X",
            id="a worker without a price",
        ),
        pytest.param(
            ("tables", "events", "columns", 6, "type"),
            "double",
            "tables.events.columns[6]: is price double, but event.fields has price decimal(12,2) there",
            id="a column that is not the field's",
        ),
        pytest.param(
            ("tables", "run_ledger", "columns", 5, "name"),
            "rows_red",
            "tables.run_ledger.columns[5]: is rows_red bigint, but RunLedger has rows_read bigint there",
            id="a column that is not the ledger's",
        ),
        pytest.param(
            ("tables", "quarantine", "partition_keys", 0, "name"),
            "day",
            "tables.quarantine.partition_keys[0]: is day string, but keys.py has ingest_date string there",
            id="another partition key",
        ),
        pytest.param(
            ("event", "fields", 1, "name"),
            "user",
            "event.fields: user_id missing, which the Glue job needs",
            id="a field",
        ),
        pytest.param(
            ("catalog", "first_projected_date"),
            "2026-02-30",
            "catalog.first_projected_date: 2026-02-30 is no date",
            id="no date",
        ),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_place(path, value, expected):
    text = message(changed(path, value))
    assert text.startswith(f"contract.json: {expected}")
    assert "\n" not in text


def test_everything_that_does_not_fit_is_named_at_once():
    document = changed(("thresholds", "settle_minutes"), -1)
    document["costs"]["athena_tb_usd"] = "five"
    text = message(document)
    assert "thresholds.settle_minutes: -1 is not 0 or more; " in text
    assert "costs.athena_tb_usd: 'five' is not a number" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "line 1 column 1", id="empty"),
        pytest.param(TEXT[:500], "line ", id="half of it"),
        pytest.param("[]", "the document: a list is not an object", id="a list"),
        pytest.param('{"project": "a", "project": "b"}', "project: the key is there twice", id="a key twice"),
        pytest.param('{"project": NaN}', "NaN is no JSON", id="no JSON"),
    ],
)
def test_a_file_that_is_none_is_one_line(text, expected):
    with pytest.raises(ContractError, match=f"^contract.json: {expected}") as caught:
        read_contract(text)
    assert "\n" not in str(caught.value)
