"""Turns each report of the contract into a panel; its contract entry alone decides what the panel is.

A chart has its table beside it. Without a chart, a report of numbers only is one row of facts, any other a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from clickstream.contract import BarChart, Column, Heatmap, LineChart, Report
from clickstream.dashboard.athena import Row
from clickstream.dashboard.charts import MAX_BARS, Drawing, Series, bar_chart, line_chart
from clickstream.dashboard.days import Day
from clickstream.dashboard.values import Change, as_number, change, cut, format_number, format_value, heading, is_number

TABLE_ROWS = 20


@dataclass(frozen=True)
class Cell:
    """A value as it is shown; ``shade`` from 0 to 1 colours the cells of a heat map."""

    text: str
    is_number: bool
    shade: float | None = None


@dataclass(frozen=True)
class Grid:
    """A table: headings with whether they stand over numbers, and rows. ``left_out``: rows that are not shown."""

    headings: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[Cell]]
    left_out: int = 0


@dataclass(frozen=True)
class Fact:
    """One number of a report of one row, and how it compares."""

    label: str
    text: str
    day_before: Change | None
    week_before: Change | None


@dataclass(frozen=True)
class Panel:
    """What is shown of a report. Empty where it has no rows."""

    name: str
    title: str
    chart: Drawing | None = None
    note: str = ""
    facts: Sequence[Fact] = field(default_factory=list)
    grid: Grid | None = None
    is_heatmap: bool = False


def panel(report: Report, day: Day, day_before: Day, week_before: Day) -> Panel:
    """The panel of a report on a day, compared with earlier days where they have rows."""
    rows = day.rows.get(report.name, [])
    if not rows:
        return Panel(report.name, report.title)
    grid = _grid(report, rows, day.row_counts.get(report.name, len(rows)))
    if report.chart is None:
        if all(is_number(column) for column in report.columns):
            return Panel(report.name, report.title, facts=_facts(report, day, day_before, week_before))
        return Panel(report.name, report.title, grid=grid)
    if isinstance(report.chart, Heatmap):
        note = f"Across: {_column_words(report.chart.column)}. In the cells: {_column_words(report.chart.value)}."
        heatmap = _heatmap(report, report.chart, rows)
        return Panel(report.name, report.title, note=note, grid=heatmap, is_heatmap=True)
    is_cut = isinstance(report.chart, BarChart) and len(rows) > MAX_BARS
    note = f"The first {MAX_BARS}; the table has more." if is_cut else ""
    return Panel(report.name, report.title, chart=_draw(report, report.chart, rows), note=note, grid=grid)


def _draw(report: Report, chart: BarChart | LineChart, rows: Sequence[Row]) -> Drawing:
    labels = [row[_index(report, chart.label)] or "" for row in rows]
    series = [_series(report, name, rows) for name in chart.values]
    names = " and ".join(one.name for one in series)
    alt = f"{report.title}: {names} by {_column_words(chart.label)}; the table has the numbers"
    return bar_chart(alt, labels, series) if isinstance(chart, BarChart) else line_chart(alt, labels, series)


def _series(report: Report, name: str, rows: Sequence[Row]) -> Series:
    index = _index(report, name)
    column = report.columns[index]
    numbers = [as_number(row[index]) for row in rows]
    return Series(
        heading(column),
        [None if number is None else float(number) for number in numbers],
        lambda value: format_number(Decimal(value), column),
    )


def _grid(report: Report, rows: Sequence[Row], row_count: int) -> Grid:
    return Grid(
        [(heading(column), is_number(column)) for column in report.columns],
        [
            [
                Cell(format_value(value, column), is_number(column))
                for value, column in zip(row, report.columns, strict=True)
            ]
            for row in rows[:TABLE_ROWS]
        ],
        max(row_count, len(rows)) - len(rows[:TABLE_ROWS]),
    )


def _facts(report: Report, day: Day, day_before: Day, week_before: Day) -> list[Fact]:
    return [
        Fact(
            heading(column),
            format_value(day.rows[report.name][0][index], column),
            *(compare(day, earlier, report, column.name) for earlier in (day_before, week_before)),
        )
        for index, column in enumerate(report.columns)
    ]


def number_of(day: Day, report: Report, column_name: str) -> Decimal | None:
    """A number of a report that has one row a day; None where there is none."""
    rows = day.rows.get(report.name, [])
    return as_number(rows[0][_index(report, column_name)]) if rows else None


def compare(day: Day, earlier: Day, report: Report, column_name: str) -> Change | None:
    """How a number of a report of one row has changed since an earlier day."""
    column = report.columns[_index(report, column_name)]
    return change(number_of(day, report, column_name), number_of(earlier, report, column_name), column)


def _heatmap(report: Report, chart: Heatmap, rows: Sequence[Row]) -> Grid:
    down, across, value = (_index(report, name) for name in (chart.row, chart.column, chart.value))
    column = report.columns[value]
    values = {(row[down], row[across]): row[value] for row in rows}
    names = sorted({row[across] or "" for row in rows}, key=lambda name: (as_number(name) or 0, name))
    return Grid(
        [
            (heading(report.columns[down]), False),
            *((cut(name), True) for name in names),
        ],
        [
            [Cell(cut(name or ""), False), *(_heatmap_cell(values.get((name, other)), column) for other in names)]
            for name in dict.fromkeys(row[down] for row in rows)
        ],
    )


def _heatmap_cell(value: str | None, column: Column) -> Cell:
    number = as_number(value)
    if number is None:
        return Cell("", True)
    return Cell(format_number(number, column), True, shade=round(min(max(float(number), 0.0), 1.0), 3))


def _column_words(column_name: str) -> str:
    return column_name.replace("_", " ")


def _index(report: Report, column_name: str) -> int:
    return [column.name for column in report.columns].index(column_name)
