"""The shop that the generated events come from: its visitors, its products and the ways that sessions take.

All tables are the same on every date and on every machine, so that people return and products stay popular.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate
from typing import NamedTuple

PATH_COUNT = 4_000
MAX_PATH_EVENTS = 38
# Visits by hour of the UTC day: a quiet night, a rise at noon, the peak in the evening.
HOUR_WEIGHTS = (12, 8, 6, 5, 5, 7, 12, 20, 30, 38, 44, 50, 56, 52, 48, 46, 48, 54, 64, 76, 84, 78, 52, 26)
# How fast a visitor's activity falls with the rank.
USER_EXPONENT = 0.6
FIRST_STEPS = (("page_view", 60), ("search", 15), ("product_view", 25))
# What a visitor does next, by what was done last: (next step, weight); None ends the session.
NEXT_STEPS: dict[str, tuple[tuple[str | None, int], ...]] = {
    "page_view": (("product_view", 42), ("search", 18), ("page_view", 20), (None, 20)),
    "search": (("product_view", 60), ("search", 14), ("page_view", 10), (None, 16)),
    "product_view": (("product_view", 34), ("add_to_cart", 16), ("page_view", 16), ("search", 10), (None, 24)),
    "add_to_cart": (("product_view", 34), ("checkout", 34), ("remove_from_cart", 8), ("page_view", 10), (None, 14)),
    "remove_from_cart": (("product_view", 50), ("page_view", 20), (None, 30)),
    "checkout": (("purchase", 68), ("page_view", 10), (None, 22)),
    "purchase": (("page_view", 20), (None, 80)),
}


class Weighted(NamedTuple):
    """Names and how often each is drawn, as random.choices takes it."""

    names: list[str]
    cumulated_weights: list[float]


@cache
def users(count: int) -> Weighted:
    """Visitors: a few come often, most now and then."""
    weights = accumulate((rank + 1) ** -USER_EXPONENT for rank in range(count))
    return Weighted([f"user-{rank:06d}" for rank in range(count)], list(weights))


@cache
def products(count: int) -> Weighted:
    """Products: popularity falls with the rank, as Zipf has it."""
    weights = accumulate(1 / (rank + 1) for rank in range(count))
    return Weighted([f"prod-{rank:05d}" for rank in range(count)], list(weights))


@cache
def priced_products(count: int, seed: int) -> list[str]:
    """Each product's id and its one price as an event's JSON has them: most are cheap, a few dear."""
    rng = random.Random(f"{seed}:prices")
    return [f'"{name}","price":{rng.lognormvariate(3.3, 0.9):.2f}' for name in products(count).names]


@cache
def paths(seed: int) -> list[list[str]]:
    """Sessions to choose from, each a walk through NEXT_STEPS: the types of its events."""
    rng = random.Random(f"{seed}:paths")
    return [_path(rng) for _ in range(PATH_COUNT)]


def _path(rng: random.Random) -> list[str]:
    path: list[str] = []
    step: str | None = _drawn(rng, FIRST_STEPS)
    while step and len(path) < MAX_PATH_EVENTS:
        path.append(step)
        step = _drawn(rng, NEXT_STEPS[step])
    return path


def _drawn(rng: random.Random, weighted: tuple[tuple[str | None, int], ...]) -> str | None:
    return rng.choices([step for step, _ in weighted], [weight for _, weight in weighted])[0]
