"""200,000 generated events over 37 days, as the events table has them: made once for all tests that want many."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import pyarrow as pa

from clickstream.contract import load_contract
from sample_data.generator import GeneratorOptions, generate_day

BUSY_DAY = date(2026, 1, 4)  # a Sunday, so that the longest window is read, and it crosses the year
FIRST_DAY, LAST_DAY = BUSY_DAY - timedelta(days=35), BUSY_DAY + timedelta(days=1)
EVENT_COUNT = 200_000
BUSY_DAY_EVENT_COUNT = 92_000
OPTIONS = {"late_share": 0.05, "users": 3_000, "products": 200, "seed": 7}
ARROW_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "decimal(12,2)": pa.decimal128(12, 2),
    "int": pa.int32(),
}


class Event(NamedTuple):
    """An event as the table has it, and the date of its partition."""

    event_id: str
    user_id: str
    session_id: str | None
    event_type: str
    product_id: str | None
    timestamp: datetime
    price: Decimal | None
    quantity: int | None
    day: date


@cache
def generated_events() -> tuple[Event, ...]:
    """The events, in the order of arrival."""
    return tuple(_events())


def _events() -> Iterator[Event]:
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    share, rest = divmod(EVENT_COUNT - BUSY_DAY_EVENT_COUNT, len(days) - 1)
    counts = {day: BUSY_DAY_EVENT_COUNT if day == BUSY_DAY else share for day in days}
    counts[FIRST_DAY] += rest
    numbers = itertools.count()
    for arrival_date, count in counts.items():
        for arrival in generate_day(arrival_date, GeneratorOptions(events=count, **OPTIONS)):  # type: ignore[arg-type]
            yield _event(next(numbers), json.loads(arrival.line))


def _event(number: int, fields: dict[str, str | float | int | None]) -> Event:
    """An event of the generator, less tidy: with microseconds, and without some products, prices and quantities."""
    instant = datetime.fromisoformat(str(fields["timestamp"])).astimezone(UTC)
    instant = instant.replace(microsecond=instant.microsecond + number * 37 % 1000)
    for name, every in (("product_id", 53), ("price", 11), ("quantity", 7)):
        if number % every == 0:
            fields[name] = None
    price = fields.get("price")
    return Event(
        event_id=str(fields["event_id"]),
        user_id=str(fields["user_id"]),
        session_id=fields.get("session_id"),  # type: ignore[arg-type]
        event_type=str(fields["event_type"]),
        product_id=fields.get("product_id"),  # type: ignore[arg-type]
        timestamp=instant,
        price=None if price is None else Decimal(str(price)).quantize(Decimal("0.01")),
        quantity=fields.get("quantity"),  # type: ignore[arg-type]
        day=instant.date(),
    )


@cache
def generated_tables() -> dict[date, pa.Table]:
    """The same events by the date of their partition, with the columns of the contract's events table."""
    by_day: dict[date, list[Event]] = {}
    for event in generated_events():
        by_day.setdefault(event.day, []).append(event)
    columns = load_contract().tables.events.columns
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in columns])
    return {
        day: pa.Table.from_arrays(
            [pa.array([getattr(event, field.name) for event in events], field.type) for field in schema], schema=schema
        )
        for day, events in sorted(by_day.items())
    }
