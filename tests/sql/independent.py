"""Every report computed a second time, in plain Python from the definitions, without any SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from tests.sql.generated import Event

Rows = list[tuple[Any, ...]]
SESSION_PAUSE_MS = 30 * 60 * 1000
DAY_MS = 24 * 60 * 60 * 1000


def ratio(part: float, whole: int) -> float | None:
    """part / whole, None where there is no whole."""
    return part / whole if whole else None


def millisecond(event: Event) -> int:
    """The event's instant in whole milliseconds of its day, halves rounded up; the next midnight is 86,400,000."""
    at = event.timestamp
    return (at.hour * 3600 + at.minute * 60 + at.second) * 1000 + (at.microsecond + 500) // 1000


def of_day(events: Iterable[Event], day: date) -> list[Event]:
    """The events of one date."""
    return [event for event in events if event.day == day]


def users_by(events: Iterable[Event], *names: str) -> dict[Any, set[str]]:
    """Value (or values) of the fields -> the users with such an event."""
    found: dict[Any, set[str]] = defaultdict(set)
    for event in events:
        values = tuple(getattr(event, name) for name in names)
        found[values[0] if len(values) == 1 else values].add(event.user_id)
    return found


def sessions_of(events: Iterable[Event]) -> list[list[Event]]:
    """The day's events cut into sessions, each in the order of its events."""
    found: list[list[Event]] = []
    ordered = sorted(events, key=lambda event: (event.user_id, millisecond(event), event.event_type))
    for _, own in groupby(ordered, key=lambda event: event.user_id):
        last_ms: int | None = None
        for event in own:
            if last_ms is None or millisecond(event) - last_ms > SESSION_PAUSE_MS:
                found.append([])
            found[-1].append(event)
            last_ms = millisecond(event)
    return found


def event_counts(events: list[Event], day: date) -> Rows:
    today = of_day(events, day)
    users = users_by(today, "event_type")
    return [(kind, count, len(users[kind])) for kind, count in Counter(event.event_type for event in today).items()]


def hourly_traffic(events: list[Event], day: date) -> Rows:
    hours: dict[int, list[Event]] = {hour: [] for hour in range(24)}
    for event in of_day(events, day):
        hours[min(millisecond(event) * 24 // DAY_MS, 23)].append(event)
    return [
        (
            hour,
            len(own),
            len({event.user_id for event in own}),
            sum(event.event_type == "product_view" for event in own),
            sum(event.event_type == "purchase" for event in own),
        )
        for hour, own in hours.items()
    ]


def daily_users(events: list[Event], day: date) -> Rows:
    active = {event.user_id for event in events if event.day == day}
    before = {event.user_id for event in events if timedelta(0) < day - event.day <= timedelta(days=28)}
    return [(len(active), len(active - before), len(active & before), ratio(len(active - before), len(active)))]


def sessions(events: list[Event], day: date) -> Rows:
    found = sessions_of(of_day(events, day))
    lengths = [millisecond(own[-1]) - millisecond(own[0]) for own in found]
    bounces = sum(len(own) == 1 for own in found)
    converted = sum(any(event.event_type == "purchase" for event in own) for own in found)
    return [
        (
            len(found),
            len({own[0].user_id for own in found}),
            sum(map(len, found)),
            bounces,
            converted,
            ratio(bounces, len(found)),
            ratio(converted, len(found)),
            ratio(sum(lengths) / 1000, len(found)),
            max(lengths) // 1000 if found else None,
            ratio(sum(map(len, found)), len(found)),
        )
    ]


def conversion_funnel(events: list[Event], day: date) -> Rows:
    steps = ("product_view", "add_to_cart", "purchase")
    users: dict[Any, set[str]] = defaultdict(set)
    visits: dict[Any, set[str]] = defaultdict(set)
    for event in of_day(events, day):
        users[event.user_id].add(event.event_type)
        visits[event.user_id, event.session_id].add(event.event_type)
    reached = [sum(set(steps[:number]) <= seen for seen in users.values()) for number in (1, 2, 3)]
    in_session = [sum(set(steps[:number]) <= seen for seen in visits.values()) for number in (1, 2, 3)]
    before = [reached[0], *reached]
    return [
        (n + 1, steps[n], reached[n], in_session[n], ratio(reached[n], before[n]), ratio(reached[n], reached[0]))
        for n in range(3)
    ]


def product_conversion(events: list[Event], day: date) -> Rows:
    users = users_by((event for event in of_day(events, day) if event.product_id), "product_id", "event_type")
    rows: Rows = []
    for product in {product for product, _ in users}:
        viewed, added, bought = (
            users.get((product, step), set()) for step in ("product_view", "add_to_cart", "purchase")
        )
        if viewed or added or bought:
            counts = (len(viewed), len(added), len(bought))
            rates = (
                ratio(len(viewed & added), len(viewed)),
                ratio(len(added & bought), len(added)),
                ratio(len(viewed & bought), len(viewed)),
            )
            rows.append((product, *counts, *rates))
    return rows


def top_products(events: list[Event], day: date) -> Rows:
    with_product = [event for event in of_day(events, day) if event.product_id is not None]
    counts = Counter((str(event.product_id), event.event_type) for event in with_product)
    users = users_by(with_product, "product_id")

    def row(product: str) -> tuple[Any, ...]:
        steps = ("product_view", "add_to_cart", "purchase")
        return product, *(counts[product, step] for step in steps), len(users[product])

    best = sorted(map(row, users), key=lambda row: (-row[3], -row[1], -row[2], row[0]))[:10]
    return [(rank, *row) for rank, row in enumerate(best, start=1)]


def revenue(events: list[Event], day: date) -> Rows:
    orders = [event for event in of_day(events, day) if event.event_type == "purchase"]
    priced = [(event.price, _quantity(event)) for event in orders if event.price is not None]
    total = sum((price * quantity for price, quantity in priced), Decimal("0.00"))
    buyers = {event.user_id for event in orders}
    items = sum(map(_quantity, orders))
    return [(len(orders), len(priced), len(buyers), items, total, ratio(float(total), len(priced)))]


def _quantity(event: Event) -> int:
    return 1 if event.quantity is None else event.quantity


def cart_abandonment(events: list[Event], day: date) -> Rows:
    carts = [own for own in sessions_of(of_day(events, day)) if any(e.event_type == "add_to_cart" for e in own)]
    types = [{event.event_type for event in cart} for cart in carts]
    left = [cart for cart, seen in zip(carts, types, strict=True) if "purchase" not in seen]
    return [
        (
            len(carts),
            sum("checkout" in seen for seen in types),
            sum("purchase" in seen for seen in types),
            len(left),
            sum(not seen & {"checkout", "purchase"} for seen in types),
            ratio(len(left), len(carts)),
            sum(map(_value_left, left), Decimal("0.00")),
        )
    ]


def _value_left(cart: list[Event]) -> Decimal:
    values: dict[str | None, Decimal] = defaultdict(Decimal)
    for event in cart:
        if event.price is not None and event.event_type in ("add_to_cart", "remove_from_cart"):
            sign = 1 if event.event_type == "add_to_cart" else -1
            values[event.product_id] += sign * event.price * _quantity(event)
    return sum((max(value, Decimal(0)) for value in values.values()), Decimal("0.00"))


def user_retention(events: list[Event], day: date) -> Rows:
    this_week = _monday(day)
    first_week = this_week - timedelta(weeks=4)
    weeks: dict[str, set[date]] = defaultdict(set)
    for event in events:
        if first_week <= event.day <= day:
            weeks[event.user_id].add(_monday(event.day))
    cohorts: dict[date, list[set[date]]] = defaultdict(list)
    for seen in weeks.values():
        cohorts[min(seen)].append(seen)
    rows: Rows = []
    for cohort, members in cohorts.items():
        for number in range((this_week - cohort).days // 7 + 1):
            active = sum(cohort + timedelta(weeks=number) in seen for seen in members)
            rows.append((cohort.isoformat(), number, len(members), active, active / len(members)))
    return rows


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def user_paths(events: list[Event], day: date) -> Rows:
    counts: Counter[tuple[str, str]] = Counter()
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for own in sessions_of(of_day(events, day)):
        for event, following in pairwise(own):
            pair = event.event_type, following.event_type
            counts[pair] += 1
            users[pair].add(event.user_id)
    starts: Counter[str] = Counter()
    for (kind, _), count in counts.items():
        starts[kind] += count
    best = sorted(counts, key=lambda pair: (-counts[pair], pair))[:50]
    return [
        (rank, *pair, counts[pair], len(users[pair]), counts[pair] / starts[pair[0]])
        for rank, pair in enumerate(best, start=1)
    ]


REPORTS: dict[str, Callable[[list[Event], date], Rows]] = {
    function.__name__: function
    for function in (
        event_counts,
        hourly_traffic,
        daily_users,
        sessions,
        conversion_funnel,
        product_conversion,
        top_products,
        revenue,
        cart_abandonment,
        user_retention,
        user_paths,
    )
}
