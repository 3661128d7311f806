"""Charts, from what is drawn to the SVG in the page: nothing overlaps, nothing is outside, gaps are gaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from clickstream.dashboard.charts import (
    LABEL_WIDTH,
    LINE_HEIGHT,
    MAX_BARS,
    MAX_DOTS,
    WIDTH,
    BarDrawing,
    Drawing,
    LineDrawing,
    Series,
    bar_chart,
    line_chart,
)
from clickstream.dashboard.geometry import text_width
from clickstream.dashboard.render import environment

LONG = "a label that is far longer than a chart has room for"
VALUES = [
    pytest.param([12345, 300, 0], id="counts"),
    pytest.param([5, -3, -10], id="both_signs"),
    pytest.param([-5, -3, -10], id="only_negative"),
    pytest.param([0, 0, 0], id="all_zero"),
    pytest.param([7, 7, 7], id="all_equal"),
    pytest.param([None, 3, None], id="gaps"),
    pytest.param([None, None, None], id="nothing_known"),
    pytest.param([42], id="one"),
    pytest.param([1e300, 2, -1e300], id="huge"),
    pytest.param([1e-300, 0, 0], id="tiny"),
    pytest.param([123456789012345678, 1, 2], id="many_digits"),
    pytest.param([n * n for n in range(24)], id="hours"),
    pytest.param([n % 7 for n in range(400)], id="hundreds"),
]
LABELS = [
    pytest.param("a", id="short"),
    pytest.param(LONG, id="long"),
    pytest.param("W" * 18, id="broad"),
    pytest.param("שלום עולם, مرحبا بالعالم", id="right_to_left"),
    pytest.param("🛒" * 30, id="emoji"),
    pytest.param("\u202e\x00" * 9, id="controls"),
    pytest.param("", id="empty"),
]


def series(values: Sequence[float | None], name: str = "events") -> Series:
    return Series(name, values, lambda value: f"{value:,.0f}")


def svg(chart: Drawing) -> ElementTree.Element:
    """The chart as the page has it, read by an XML parser: each tag is closed, each text is escaped."""
    html = str(environment().get_template("_charts.html").module.draw(chart))  # type: ignore[attr-defined]
    return ElementTree.fromstring(html.partition("</svg>")[0] + "</svg>")  # noqa: S314 - made by ourselves


def spans(chart: Drawing) -> list[tuple[float, float, float]]:
    """From where to where each text reaches, and at which height."""
    found = []
    for text in svg(chart).iter("text"):
        x, y, width = float(text.attrib["x"]), float(text.attrib["y"]), text_width(text.text or "")
        classes = text.attrib.get("class", "").split()
        begin = x - width if "end" in classes else x - width / 2 if "middle" in classes else x
        found.append((begin, begin + width, y))
    return found


def assert_readable(chart: Drawing) -> None:
    """No text is outside the drawing or over another one on its line."""
    texts = sorted(spans(chart), key=lambda span: (span[2], span[0]))
    assert all(begin >= -0.1 and end <= WIDTH + 0.1 for begin, end, _ in texts)
    for (_, end, y), (begin, _, other_y) in pairwise(texts):
        assert y != other_y or end <= begin
    for number in re.findall(r'="(-?[\d.e+]+|nan|inf)"', ElementTree.tostring(svg(chart), encoding="unicode")):
        assert -1 <= float(number) <= max(WIDTH, chart.height)


def assert_charts_are_readable(labels: Sequence[str], values: Sequence[float | None]) -> None:
    for count in (1, 2, 3):
        several = [series(values, f"series {n}") for n in range(count)]
        assert_readable(bar_chart("alt", labels, several))
        assert_readable(line_chart("alt", labels, several))


@pytest.mark.parametrize("values", VALUES)
def test_whatever_the_values_every_text_has_its_room(values):
    assert_charts_are_readable([f"label {n}" for n in range(len(values))], values)


@pytest.mark.parametrize("label", LABELS)
def test_whatever_the_labels_every_text_has_its_room(label):
    assert_charts_are_readable([label] * 3, [123456789012345678, -3, 9_999_999_999])


def test_bars_are_as_long_as_their_values():
    chart = bar_chart("alt", ["a", "b", "c", "d"], [series([200, 100, -50, 0])])
    widths = [row.bars[0].width for row in chart.rows]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == pytest.approx(widths[1] / 2, abs=0.1)
    assert widths[3] == 0
    right, left = chart.rows[0].bars[0], chart.rows[2].bars[0]
    assert right.x == chart.zero_x == pytest.approx(left.x + left.width)
    assert not right.is_left
    assert left.is_left


def test_a_small_value_is_seen_and_a_missing_one_is_no_zero():
    chart = bar_chart("alt", ["a", "b", "c", "d"], [series([1_000_000, 1, 0, None])])
    assert [row.bars[0].width > 0 for row in chart.rows] == [True, True, False, False]
    assert [row.bars[0].text for row in chart.rows] == ["1,000,000", "1", "0", "–"]


def test_bars_of_several_series_lie_in_their_row_and_not_over_each_other():
    chart = bar_chart("alt", ["a", "b"], [series([1, 2]), series([3, 4]), series([5, 6])])
    edges = [chart.rows[0].y]
    for row in chart.rows:
        for bar in row.bars:
            edges += [bar.y, bar.y + bar.height]
        edges += [row.y + row.height]
    assert edges == sorted(edges)
    assert edges[-1] == chart.height


def test_the_first_bars_are_drawn_and_only_they_decide_the_scale():
    chart = bar_chart("alt", [f"p{n}" for n in range(20)], [series([20 - n for n in range(19)] + [10**9])])
    assert [row.label for row in chart.rows] == [f"p{n}" for n in range(MAX_BARS)]
    assert chart.rows[0].bars[0].width > 300


def test_a_long_label_is_cut_but_its_tooltip_is_not():
    chart = bar_chart("alt", [LONG], [series([3])])
    assert chart.rows[0].label == "a label that is f…"
    assert text_width(chart.rows[0].label) <= LABEL_WIDTH
    assert chart.rows[0].tooltip == f"{LONG}: 3"


def test_a_number_without_room_is_rounded_but_not_in_its_tooltip():
    bars = bar_chart("alt", ["a"], [series([123456789012345678])])
    assert bars.rows[0].bars[0].text == "1.23e+17"
    assert bars.rows[0].tooltip == "a: 123,456,789,012,345,680"
    lines = line_chart("alt", ["a"], [series([123456789012345678])])
    assert [tick.text for tick in lines.ticks] == ["0", "5e+16", "1e+17", "1.5e+17"]


def test_a_tooltip_names_every_series():
    chart = line_chart("alt", ["13", "14"], [series([5, None], "events"), series([2, 1], "users")])
    assert [column.tooltip for column in chart.columns] == ["13\nevents: 5\nusers: 2", "14\nevents: –\nusers: 1"]
    titles = [title.text for title in svg(chart).iter("title")]
    assert titles == [column.tooltip for column in chart.columns]


def test_the_columns_of_the_tooltips_share_the_whole_plot():
    chart = line_chart("alt", [str(hour) for hour in range(24)], [series(list(range(24)))])
    assert chart.columns[0].x == chart.left
    for column, following in pairwise(chart.columns):
        assert column.x + column.width == pytest.approx(following.x, abs=0.11)
    assert chart.columns[-1].x + chart.columns[-1].width == pytest.approx(chart.right)
    (alone,) = line_chart("alt", ["a"], [series([1])]).columns
    assert alone.width > 300


def test_a_line_has_its_points_at_its_values():
    chart = line_chart("alt", ["a", "b", "c"], [series([0, 100, 50])])
    ((first, second, third),) = chart.lines[0].pieces
    assert (first[0], third[0]) == (chart.left, chart.right)
    assert first[1] == chart.zero_y == chart.bottom
    assert second[1] == chart.top
    assert third[1] == pytest.approx((chart.top + chart.bottom) / 2)


def test_a_gap_is_not_bridged_and_a_point_alone_is_a_dot():
    chart = line_chart("alt", list("abcdef"), [series([1, 2, None, 4, None, 6])])
    assert [len(piece) for piece in chart.lines[0].pieces] == [2, 1, 1]
    assert len(chart.lines[0].dots) == 4
    drawn = svg(chart)
    assert len(drawn.findall(".//polyline")) == len(drawn.findall(".//polygon")) == 1
    assert len(drawn.findall(".//circle")) == 4


def test_of_very_many_points_only_those_alone_are_dots():
    values: list[float | None] = list(range(MAX_DOTS + 10))
    values[5] = values[7] = None
    (line,) = line_chart("alt", [str(n) for n in range(len(values))], [series(values)]).lines
    assert line.dots == line.pieces[1]
    assert len(line.dots) == 1


def test_an_area_ends_at_zero_also_between_both_signs():
    chart = line_chart("alt", ["a", "b"], [series([-10, 10])])
    assert chart.top < chart.zero_y < chart.bottom
    corners = svg(chart).find(".//polygon").attrib["points"].split()  # type: ignore[union-attr]
    assert [corner.split(",")[1] for corner in (corners[0], corners[-1])] == [str(chart.zero_y)] * 2


def test_labels_that_would_touch_are_left_out():
    days = [f"2026-01-{day:02}" for day in range(1, 31)]
    chart = line_chart("alt", days, [series(list(range(30)))])
    assert [label.text for label in chart.labels] == days[::8]
    assert len(line_chart("alt", [str(n) for n in range(24)], [series(list(range(24)))]).labels) == 8


def test_a_chart_without_a_value_says_so():
    for labels in (["a", "b"], []):
        texts = [text.text for text in svg(line_chart("alt", labels, [series([None] * len(labels))])).iter("text")]
        assert "No values." in texts
    assert "No values." not in [text.text for text in svg(line_chart("alt", ["a"], [series([0])])).iter("text")]


def test_the_legend_names_the_series_in_their_colours_where_there_are_several():
    def legend(count: int) -> list[tuple[str, str]]:
        chart = bar_chart("alt", ["a"], [series([1], f"<series {n}>") for n in range(count)])
        html = str(environment().get_template("_charts.html").module.draw(chart))  # type: ignore[attr-defined]
        return re.findall(r'<span class="(.*?)">(.*?)</span>', html)

    assert legend(1) == []
    assert legend(2) == [("colour-0", "&lt;series 0&gt;"), ("colour-1", "&lt;series 1&gt;")]


def test_a_chart_is_one_picture_with_a_text_and_has_neither_script_nor_address():
    for draw, kind in ((bar_chart, BarDrawing), (line_chart, LineDrawing)):
        chart = draw('"<alt>" & more', ["<a>"], [series([1])])
        assert isinstance(chart, kind)
        drawn = svg(chart)
        assert drawn.attrib["role"] == "img"
        assert drawn.attrib["aria-label"] == '"<alt>" & more'
        assert drawn.attrib["viewBox"] == f"0 0 {WIDTH} {chart.height}"
        tags = {element.tag for element in drawn.iter()}
        assert tags <= {"svg", "g", "title", "rect", "text", "line", "polygon", "polyline", "circle"}
        attributes = {name for element in drawn.iter() for name in element.attrib}
        assert not {name for name in attributes if name.startswith(("on", "href", "style", "xmlns"))}
    assert chart.height == LINE_HEIGHT
