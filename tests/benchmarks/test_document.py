"""docs/performance.md holds the figures of benchmarks/results.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.document import DOCUMENT, NoPlaceForFiguresError, update, with_figures
from benchmarks.paths import RESULTS

PAGE = "# Title\n\n<!-- figures: written by make bench -->\nold\n<!-- end of figures -->\n\nThe end.\n"
COST = {"wall_s": 26.8, "cpu_s": 45.5, "peak_mib": 1900, "events_per_s": 74627}
RESULT: dict[str, Any] = {
    "machine": {"cores": 2, "memory_gib": 7.8, "cpu": "X", "versions": {"python": "3.11.7", "pyspark": "3.5.6"}},
    "days": {
        "2000000": {
            "day": {"events": 2000000},
            "job": COST,
            "tutorial": COST,
            "ratios": {"tutorial": {"wall_s": 1.0, "cpu_s": 1.25}},
        }
    },
}


def test_the_figures_replace_the_earlier_ones_and_nothing_else(tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.md"
    results.write_text(json.dumps(RESULT))
    page.write_text(PAGE)

    update(results, page)

    text = page.read_text()
    assert "| 2,000,000 | tutorial job | 26.8 | 45.5 | 1,900 | 74,627 | 1.00 | 1.25 |" in text
    assert "2 cores (X), 7.8 GiB of memory: python 3.11.7, pyspark 3.5.6." in text
    assert "old" not in text
    assert text.startswith("# Title\n")
    assert text.endswith("\n\nThe end.\n")


def test_a_page_without_a_place_for_them_is_named() -> None:
    with pytest.raises(NoPlaceForFiguresError, match="needs a line"):
        with_figures("# Title\n", RESULT)


def test_the_page_holds_the_figures_that_are_kept() -> None:
    text = DOCUMENT.read_text()

    assert with_figures(text, json.loads(RESULTS.read_text())) == text
