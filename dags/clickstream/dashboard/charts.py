"""Charts: from labels and values to shapes with their places. ``templates/_charts.html`` writes them as SVG.

There is no script: a tooltip is an SVG ``<title>``, and colours are the page's style's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clickstream.dashboard.geometry import (
    Point,
    Scale,
    fit_text,
    round_ticks,
    split_at_gaps,
    text_width,
    value_range,
)
from clickstream.dashboard.values import NO_VALUE, cut, escape_invisible

# In units of the drawing, which a wide screen shows as pixels and a phone scales down.
WIDTH = 460
LINE_HEIGHT = 250
GAP = 8
BAR_HEIGHT, BAR_HEIGHT_OF_SEVERAL = 22, 18
LABEL_WIDTH = 180
NUMBER_WIDTH = 130
TOP, BOTTOM = 10, 26

MAX_BARS = 12
MAX_LABEL_CHARACTERS = 18
MAX_LINE_LABELS = 8
# More would run into each other: then only points without a neighbour, which no line shows, have one.
MAX_DOTS = 60


@dataclass(frozen=True)
class Series:
    """One colour of a chart: its name, a value for each label, and how values are written."""

    name: str
    values: Sequence[float | None]
    write: Callable[[float], str]

    def text(self, index: int) -> str:
        """The value as a person reads it, whole."""
        value = self.values[index]
        return NO_VALUE if value is None else self.write(value)

    def short(self, value: float | None) -> str:
        """The value in the room that a chart has for a number."""
        if value is None:
            return NO_VALUE
        text = self.write(value)
        return text if text_width(text) <= NUMBER_WIDTH else f"{value:.3g}"


@dataclass(frozen=True)
class Bar:
    """A rectangle and the number at its end; ``is_left``: the number stands left of it."""

    x: float
    y: float
    width: float
    height: float
    text: str
    text_x: float
    text_y: float
    is_left: bool


@dataclass(frozen=True)
class BarRow:
    """What stands beside one label: a bar of each series."""

    y: float
    height: float
    label: str
    label_y: float
    tooltip: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class BarDrawing:
    """Horizontal bars. Labels end at ``label_x``, bars begin at ``zero_x``; the legend has the ``names``."""

    kind: ClassVar[str] = "bars"
    alt: str
    names: Sequence[str]
    height: float
    label_x: float
    zero_x: float
    rows: Sequence[BarRow]
    width: float = WIDTH


@dataclass(frozen=True)
class AxisText:
    """A text of an axis and where it belongs on it."""

    place: float
    text: str


@dataclass(frozen=True)
class Line:
    """One series: its points in pieces without a gap, and those that are shown as dots."""

    pieces: Sequence[Sequence[Point]]
    dots: Sequence[Point]


@dataclass(frozen=True)
class Column:
    """The part of a plot that belongs to one label, for its tooltip."""

    x: float
    width: float
    tooltip: str


@dataclass(frozen=True)
class LineDrawing:
    """Lines over their area down to ``zero_y``, in a plot from ``left`` to ``right`` and ``top`` to ``bottom``.

    The ticks' texts end at ``ticks_x``, the labels stand at ``labels_y``.
    """

    kind: ClassVar[str] = "lines"
    alt: str
    names: Sequence[str]
    left: float
    right: float
    top: float
    bottom: float
    zero_y: float
    ticks_x: float
    labels_y: float
    ticks: Sequence[AxisText]
    labels: Sequence[AxisText]
    lines: Sequence[Line]
    columns: Sequence[Column]
    width: float = WIDTH
    height: float = LINE_HEIGHT


Drawing = BarDrawing | LineDrawing


def bar_chart(alt: str, labels: Sequence[str], series: Sequence[Series]) -> BarDrawing:
    """Horizontal bars, the first label on top; at most ``MAX_BARS`` labels."""
    shown = min(len(labels), MAX_BARS)
    texts = [_label(label) for label in labels[:shown]]
    values = [value for one in series for value in one.values[:shown]]
    label_x = math.ceil(max(map(text_width, texts), default=0))
    scale = _bar_scale(label_x + GAP, values, series)
    row_height = _bar_height(series) * len(series) + GAP
    rows = []
    for index, text in enumerate(texts):
        y = index * row_height
        bars = [_bar(one, index, y + GAP / 2 + n * _bar_height(series), series, scale) for n, one in enumerate(series)]
        rows.append(BarRow(y, row_height, text, y + row_height / 2, _tooltip(labels[index], series, index), bars))
    return BarDrawing(alt, [one.name for one in series], shown * row_height, label_x, scale.place(0), rows)


def _bar_scale(left: float, values: Sequence[float | None], series: Sequence[Series]) -> Scale:
    """From the labels to the right edge, with room for the numbers at the ends of the bars."""
    low, high = value_range(values)
    written = [(value, text_width(one.short(value))) for one in series for value in one.values[:MAX_BARS]]
    before = max((width + GAP for value, width in written if value is not None and value < 0), default=0)
    behind = max((width + GAP for value, width in written if value is None or value >= 0), default=0)
    return Scale(low, high, left + before, WIDTH - behind)


def _bar_height(series: Sequence[Series]) -> int:
    return BAR_HEIGHT if len(series) == 1 else BAR_HEIGHT_OF_SEVERAL


def _bar(one: Series, index: int, y: float, series: Sequence[Series], scale: Scale) -> Bar:
    value = one.values[index]
    zero, end = scale.place(0), scale.place(value or 0)
    is_left = value is not None and value < 0
    return Bar(
        x=min(zero, end),
        y=y,
        # The least that is seen, if it is anything at all.
        width=round(max(abs(end - zero), 1.0), 1) if value else 0,
        height=_bar_height(series) - (0 if len(series) == 1 else 2),
        text=one.short(value),
        text_x=round(end - GAP if is_left else end + GAP, 1),
        text_y=y + _bar_height(series) / 2,
        is_left=is_left,
    )


def line_chart(alt: str, labels: Sequence[str], series: Sequence[Series]) -> LineDrawing:
    """One line a series over the labels, which are in order."""
    values = [value for one in series for value in one.values]
    ticks = round_ticks(*value_range(values), series[0].short)
    tick_texts = [series[0].short(tick) for tick in ticks]
    texts = [_label(label) for label in labels]
    widest = max(map(text_width, texts), default=0)
    left = math.ceil(max(max(map(text_width, tick_texts)) + GAP, widest / 2))
    right = math.floor(WIDTH - max(2 * GAP, widest / 2))
    scale = Scale(ticks[0], ticks[-1], LINE_HEIGHT - BOTTOM, TOP)
    spacing = (right - left) / max(len(labels) - 1, 1)
    places = [round(left + index * spacing, 1) for index in range(len(labels))]
    if len(labels) == 1:
        places = [round((left + right) / 2, 1)]
    every = max(math.ceil(len(labels) / MAX_LINE_LABELS), math.ceil((widest + GAP) / spacing))
    return LineDrawing(
        alt=alt,
        names=[one.name for one in series],
        left=left,
        right=right,
        top=TOP,
        bottom=LINE_HEIGHT - BOTTOM,
        zero_y=scale.place(0),
        ticks_x=left - GAP,
        labels_y=LINE_HEIGHT - BOTTOM + 2 * GAP,
        ticks=[AxisText(scale.place(tick), text) for tick, text in zip(ticks, tick_texts, strict=True)],
        labels=[AxisText(x, text) for x, text in zip(places, texts, strict=True)][::every],
        lines=[_line(one, places, scale) for one in series],
        columns=[
            _column(x, spacing, left, right, _tooltip(labels[index], series, index)) for index, x in enumerate(places)
        ],
    )


def _line(one: Series, places: Sequence[float], scale: Scale) -> Line:
    points = [None if value is None else (x, scale.place(value)) for x, value in zip(places, one.values, strict=True)]
    pieces = split_at_gaps(points)
    has_dots = len(points) <= MAX_DOTS
    return Line(pieces, [point for piece in pieces if has_dots or len(piece) == 1 for point in piece])


def _column(x: float, spacing: float, left: float, right: float, tooltip: str) -> Column:
    begin, end = max(x - spacing / 2, left), min(x + spacing / 2, right)
    return Column(round(begin, 1), round(end - begin, 1), tooltip)


def _label(text: str) -> str:
    """A label as a chart has room for it: its tooltip and the table have it whole."""
    short = text if len(text) <= MAX_LABEL_CHARACTERS else f"{text[: MAX_LABEL_CHARACTERS - 1]}…"
    return fit_text(escape_invisible(short), LABEL_WIDTH)


def _tooltip(label: str, series: Sequence[Series], index: int) -> str:
    if len(series) == 1:
        return f"{cut(label)}: {series[0].text(index)}"
    return "\n".join([cut(label), *(f"{one.name}: {one.text(index)}" for one in series)])
