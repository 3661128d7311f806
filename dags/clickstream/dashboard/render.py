"""The pages as HTML. Everything that comes from events is escaped: they are hostile input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

import jinja2

from clickstream.contract import Contract, keys
from clickstream.dashboard import operations
from clickstream.dashboard.days import DAY_BEFORE, WEEK_BEFORE, Day
from clickstream.dashboard.headline import headlines
from clickstream.dashboard.panels import panel

TEMPLATES = Path(__file__).resolve().parent / "templates"
INDEX = "dashboard_index.html"
PAGE = "dashboard.html"


def render_page(
    day: Day,
    earlier: Mapping[date, Day],
    bytes_scanned: Mapping[tuple[str, date], int],
    made_at: datetime,
    contract: Contract,
) -> str:
    """The page of one date.

    :param earlier: the days to compare with, where they are known
    :param bytes_scanned: by report name and date, of the reports that this run built
    """
    before, week = (earlier.get(day.when - back, Day(day.when - back)) for back in (DAY_BEFORE, WEEK_BEFORE))
    costs, glue_cost = operations.costs(day, bytes_scanned, contract)
    return _render(
        PAGE,
        title=f"Clickstream {day.when}",
        date=day.when.isoformat(),
        long_date=_format_long_date(day.when),
        headlines=headlines(day, before, week, contract),
        panels=[panel(report, day, before, week) for report in contract.reports],
        quality=operations.quality(day),
        refused=operations.quarantine(day),
        arrivals=operations.arrivals(day),
        freshness=operations.freshness(day, made_at),
        costs=costs,
        glue_cost=glue_cost,
    )


def render_index(dates: Sequence[date], made_at: datetime, contract: Contract) -> str:
    """The page that lists all dates, the newest first."""
    newest_first = sorted(dates, reverse=True)
    links = {day: keys.dashboard_key(day, contract).removeprefix(contract.dashboard_prefix) for day in newest_first}
    months: dict[str, list[tuple[date, str, str]]] = {}
    for day, link in links.items():
        months.setdefault(f"{day:%B %Y}", []).append((day, f"{day:%a} {day.day}", link))
    made = f"{made_at:%Y-%m-%d %H:%M}"
    return _render(INDEX, title="Clickstream", months=months, newest=list(links.items())[:1], made_at=made)


@cache
def environment() -> jinja2.Environment:
    """What renders the templates: every value is escaped, a name that is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, **values: object) -> str:
    return environment().get_template(template).render(**values)


def _format_long_date(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"
