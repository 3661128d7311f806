"""How the day went: what was read, refused and late, how fresh the page is and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from clickstream.contract import Contract
from clickstream.costs.prices import crawl_usd, glue_run_usd, query_usd
from clickstream.dashboard.days import Day, Sample
from clickstream.dashboard.statements import SAMPLE_CHARACTERS
from clickstream.dashboard.values import cut, format_duration


@dataclass(frozen=True)
class Count:
    """A number of rows and its share of those read."""

    label: str
    text: str
    share: str = ""


@dataclass(frozen=True)
class Refused:
    """The records quarantined for one reason: how many, and some of them."""

    reason: str
    count: str
    samples: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Cost:
    """What a query scanned and cost."""

    label: str
    scanned: str
    usd: str


def quality(day: Day) -> Sequence[Count]:
    """The ledger's account of what arrived on the date; empty where it was not run."""
    ledger = day.own_ledger
    if ledger is None:
        return []
    parts = {
        "written": ledger.rows_written,
        "duplicate": ledger.rows_duplicate,
        "quarantined": ledger.rows_quarantined,
        "late": ledger.rows_late,
    }
    shares = [Count(name, f"{count:,}", _format_share(count, ledger.rows_read)) for name, count in parts.items()]
    return [Count("read", f"{ledger.rows_read:,}"), *shares]


def quarantine(day: Day) -> Sequence[Refused]:
    """The reasons for which records of the arrival date were refused, the most frequent first, with samples."""
    counts: Mapping[str, int] = day.own_ledger.rows_quarantined_by_reason if day.own_ledger else {}
    samples = {reason: list(found) for reason, found in groupby(day.samples, key=lambda sample: sample.reason)}
    refusals = sorted(
        ((reason, count) for reason, count in counts.items() if count), key=lambda item: (-item[1], item[0])
    )
    return [
        Refused(cut(reason), f"{count:,}", [_format_sample(sample) for sample in samples.get(reason, [])])
        for reason, count in refusals
    ]


def _format_sample(sample: Sample) -> tuple[str, str]:
    return cut(sample.text, SAMPLE_CHARACTERS, sample.full_length), cut(sample.source_object)


def freshness(day: Day, made_at: datetime) -> Sequence[tuple[str, str]]:
    """When the day was processed, when its last events arrived, and when the page was made (all UTC)."""
    facts = []
    if day.own_ledger:
        facts.append(("Day processed", _format_moment(day.own_ledger.finished_at)))
    if day.arrivals:
        facts.append(("Last events of the day arrived on", max(day.arrivals).isoformat()))
    return [*facts, ("Page made", _format_moment(made_at))]


def arrivals(day: Day) -> Sequence[tuple[str, str]]:
    """How many events of the date each arrival date brought."""
    return [(arrival.isoformat(), f"{count:,}") for arrival, count in day.arrivals.items()]


def costs(day: Day, bytes_scanned: Mapping[tuple[str, date], int], contract: Contract) -> tuple[Sequence[Cost], str]:
    """What the date's reports scanned and cost when they were last built, and a sentence on the Glue run.

    :param bytes_scanned: by report name and report date, of the reports that the run built
    """
    known = {
        report.title: bytes_scanned[report.name, day.when]
        for report in contract.reports
        if (report.name, day.when) in bytes_scanned
    }
    usd = {title: query_usd(scanned, contract) for title, scanned in known.items()}
    rows = [Cost(title, format_bytes(scanned), format_usd(usd[title])) for title, scanned in known.items()]
    if rows:
        rows.append(Cost("All reports", format_bytes(sum(known.values())), format_usd(sum(usd.values()))))
    return rows, _glue_cost(day, contract)


def _glue_cost(day: Day, contract: Contract) -> str:
    if day.own_ledger is None:
        return ""
    seconds = day.own_ledger.duration_s
    usd = glue_run_usd(seconds, contract)
    return (
        f"The Glue job worked for {format_duration(seconds)}: about {format_usd(usd)} on AWS, and the crawl after it "
        f"{format_usd(crawl_usd(contract))}, its least."
    )


def format_bytes(count: int) -> str:
    """A number of bytes with three digits or so."""
    number, units = float(count), ["bytes", "KiB", "MiB", "GiB"]
    while number >= 1024 and len(units) > 1:
        number, units = number / 1024, units[1:]
    return f"{number:,.0f} {units[0]}" if units[0] == "bytes" else f"{number:,.1f} {units[0]}"


def format_usd(usd: float) -> str:
    """US cents with the digits that matter."""
    return f"{usd * 100:,.3f} ¢" if usd < 1 else f"{usd:,.2f} USD"


def _format_share(count: int, total: int) -> str:
    return f"{count / total * 100:.2f} %" if total else ""


def _format_moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
