"""Where things lie in a chart: scales, round ticks, the room that a text takes. Pure functions of numbers and texts."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# The largest size at which the page's style shows a chart's texts, in units of the drawing.
FONT_SIZE = 15.5
MAX_TICKS = 6
# No column is written with more decimals than this.
SMALLEST_STEP = 1e-6
_NARROW = frozenset("fijlrtI.,:;'|!()[] -")
_BROAD = frozenset("mwMW%@+…")

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Maps values from ``low`` to ``high``, which differ, to places from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where the value lies, to a tenth: more cannot be seen."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def value_range(values: Sequence[float | None]) -> tuple[float, float]:
    """From the lowest to the highest of the values and zero; to 1 where all are zero or none is known."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    return (min(low, 0), max(high, 0)) if low or high else (0, 1)


def round_ticks(low: float, high: float, write: Callable[[float], str]) -> list[float]:
    """Round numbers in equal steps, zero among them, from one that is not above ``low`` to one not below ``high``.

    At most ``MAX_TICKS``, and none that is written like another: so 0, 1 and not 0, 0, 1, 1 where counts are small.

    :param low: zero or below
    :param high: zero or above, and above ``low``
    :param write: gives numbers of some difference different texts
    """
    for step in _round_steps((high - low) / MAX_TICKS):
        ticks = [step * count for count in range(math.floor(low / step), math.ceil(high / step) + 1)]
        if len(ticks) <= MAX_TICKS and len({write(tick) for tick in ticks}) == len(ticks):
            return ticks
    raise AssertionError("unreachable: the steps do not end")


def _round_steps(at_least: float) -> Iterator[float]:
    """1, 2 and 5 times the powers of ten, ascending, from about that number on."""
    power = math.floor(math.log10(max(at_least, SMALLEST_STEP)))
    while True:
        yield from (float(f"{digit}e{power}") for digit in (1, 2, 5))
        power += 1


def split_at_gaps(points: Sequence[Point | None]) -> list[list[Point]]:
    """The points in pieces that have no gap: None stands where there is no value."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def text_width(text: str) -> float:
    """About as much room as the text takes at ``FONT_SIZE`` in a broad font, since nobody knows which one there is."""
    return sum(map(_character_width, text)) * FONT_SIZE


def _character_width(char: str) -> float:
    """In units of the font's size."""
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in ("F", "W"):  # emoji too
        return 1.2
    if char in _NARROW:
        return 0.42
    if char in _BROAD:
        return 1.0
    return 0.76 if char.isupper() else 0.64


def fit_text(text: str, width: float) -> str:
    """The text, or as much of its beginning as fits into the width with an ellipsis."""
    if text_width(text) <= width:
        return text
    length = len(text)
    while length and text_width(text[:length]) + text_width("…") > width:
        length -= 1
    return f"{text[:length]}…"
