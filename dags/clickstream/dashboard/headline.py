"""The numbers on top of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clickstream.contract import Column, Contract
from clickstream.dashboard.days import Day
from clickstream.dashboard.panels import Fact, compare, number_of
from clickstream.dashboard.values import NO_VALUE, change, format_number

EVENTS = Column("event_count", "bigint")


@dataclass(frozen=True)
class _Headline:
    label: str
    report: str
    column: str


_HEADLINES = (
    _Headline("Active users", "daily_users", "active_user_count"),
    _Headline("Sessions", "sessions", "session_count"),
    _Headline("Conversion", "sessions", "conversion_rate"),
    _Headline("Orders", "revenue", "order_count"),
    _Headline("Revenue", "revenue", "revenue"),
)


def headlines(day: Day, day_before: Day, week_before: Day, contract: Contract) -> Sequence[Fact]:
    """The day's numbers that matter most, each with its change since the day before and the week before."""
    return [
        _events(day, day_before, week_before),
        *(_fact(one, day, day_before, week_before, contract) for one in _HEADLINES),
    ]


def _events(day: Day, day_before: Day, week_before: Day) -> Fact:
    """From the ledgers, not from a report: what the page says first is what the job has accounted for."""
    now, *earlier = (
        Decimal(one.event_count) if one.event_count is not None else None for one in (day, day_before, week_before)
    )
    text = NO_VALUE if now is None else format_number(now, EVENTS)
    return Fact("Events", text, *(change(now, before, EVENTS) for before in earlier))


def _fact(headline: _Headline, day: Day, day_before: Day, week_before: Day, contract: Contract) -> Fact:
    report = contract.report(headline.report)
    number = number_of(day, report, headline.column)
    column = next(column for column in report.columns if column.name == headline.column)
    text = NO_VALUE if number is None else format_number(number, column)
    changes = (compare(day, earlier, report, headline.column) for earlier in (day_before, week_before))
    return Fact(headline.label, text, *changes)
