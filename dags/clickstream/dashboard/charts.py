"""Charts as SVG, drawn by pygal and stripped of everything that is not a shape: the page's own style colours them.

pygal would add a script, a style sheet and addresses to each; the page forbids the first and must not have the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from clickstream.dashboard.values import cut

WIDTH = 460
LINE_HEIGHT = 250
BAR_HEIGHT = 30
MAX_BARS = 12
MAX_LABEL_CHARACTERS = 18
# The page's style shows texts up to this size; pygal leaves that much room for them.
FONT_SIZE = 15
VALUE_WIDTH = 70
# pygal leaves room for an axis also where it has no labels.
AXIS_HEIGHT = 26
_KEPT_ATTRIBUTES = frozenset(
    ["class", "cx", "cy", "d", "height", "r", "rx", "ry", "text-anchor", "transform", "viewBox", "width", "x", "y"]
)
_DROPPED_TAGS = frozenset({"script", "style"})


@dataclass(frozen=True)
class Series:
    """One colour of a chart: its name, a value for each label, and how values are written."""

    name: str
    values: Sequence[float | None]
    write: Callable[[float], str]


def bar_chart(alt: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Horizontal bars, the first label on top; at most ``MAX_BARS`` labels."""
    from pygal import HorizontalBar

    shown = min(len(labels), MAX_BARS)
    height = shown * BAR_HEIGHT * len(series) ** 0.5 + _legend_height(series)
    values = {"print_values": True, "print_values_position": "top", "margin_right": VALUE_WIDTH}
    no_axis = {"y_labels": [], "margin_bottom": -AXIS_HEIGHT}
    chart = HorizontalBar(_config(series, int(height), **values, **no_axis))
    chart.x_labels = [_label(label) for label in reversed(labels[:shown])]
    for one in series:
        chart.add(one.name, list(reversed(one.values[:shown])), formatter=_writer(one))
    return _svg(chart, alt)


def line_chart(alt: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """One line a series over the labels, which are in order."""
    from pygal import Line

    chart = Line(
        _config(series, LINE_HEIGHT + _legend_height(series), fill=True, show_minor_x_labels=False, margin_right=14)
    )
    chart.x_labels = [_label(label) for label in labels]
    chart.x_labels_major_every = max(1, -(-len(labels) // 8))
    chart.value_formatter = _writer(series[0])
    for one in series:
        chart.add(one.name, list(one.values), formatter=_writer(one))
    return _svg(chart, alt)


def _config(series: Sequence[Series], height: int, **options: Any) -> Any:
    from pygal import Config
    from pygal.style import Style

    fonts = ("label", "major_label", "value", "legend")
    style = Style(**{f"{font}_font_size": FONT_SIZE for font in fonts}, font_family="sans-serif")
    return Config(
        width=WIDTH,
        height=height,
        style=style,
        js=[],
        no_prefix=True,
        margin=2,
        spacing=8,
        range=None,
        include_x_axis=True,
        min_scale=2,
        max_scale=5,
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
        truncate_label=-1,
        truncate_legend=-1,
        **options,
    )


def _legend_height(series: Sequence[Series]) -> int:
    return 30 if len(series) > 1 else 0


def _label(text: str) -> str:
    return cut(text) if len(text) <= MAX_LABEL_CHARACTERS else f"{cut(text[: MAX_LABEL_CHARACTERS - 1])}…"


def _writer(series: Series) -> Callable[[float | None], str]:
    return lambda value: "" if value is None else series.write(value)


def _svg(chart: Any, alt: str) -> Markup:
    from pygal.etree import etree

    root = chart.render_tree()
    _strip(root)
    root.attrib["role"] = "img"
    root.attrib["aria-label"] = alt
    text = etree.tostring(root, encoding="unicode")
    # In an HTML page SVG needs no declared namespaces, and the page shall hold no address at all.
    return Markup(re.sub(r'\sxmlns(?::\w+)?="[^"]*"', "", text))  # noqa: S704 - pygal escapes every text


def _strip(element: Any) -> None:
    """Remove scripts, styles and comments below the element; what pygal's script would show becomes a tooltip."""
    for child in list(element):
        tag = _tag(child)
        if tag is None or tag in _DROPPED_TAGS or _is_without_use(child):
            element.remove(child)
        else:
            _strip(child)
    described = {child.attrib.get("class"): child for child in element if _tag(child) == "desc"}
    if "value" in described and "x_label" in described:
        described["value"].tag = "title"
        described["value"].text = f"{described['x_label'].text}: {described['value'].text}"
    for child in list(element):
        if _tag(child) == "desc":
            element.remove(child)
    for attribute in [key for key in element.attrib if key not in _KEPT_ATTRIBUTES]:
        del element.attrib[attribute]


def _tag(element: Any) -> str | None:
    """The element's name without its namespace; None for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else None


def _is_without_use(element: Any) -> bool:
    """Whether it only serves pygal's script, or is a title that repeats a number of the drawing."""
    return "tooltip-overlay" in element.attrib.get("class", "") or _tag(element) == "title"
