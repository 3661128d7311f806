"""Days for the dashboard's tests: one in which every report of the contract has rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from clickstream.contract import RunLedger, load_contract
from clickstream.dashboard.days import Day, Sample
from tests.dags.gates import documents

CONTRACT = load_contract()
DAY = date(2026, 1, 31)
DAY_BEFORE, WEEK_BEFORE = DAY - timedelta(days=1), DAY - timedelta(days=7)
ROWS: dict[str, list[list[str | None]]] = {
    "event_counts": [["page_view", "1234567", "2000"], ["purchase", "5", "4"]],
    "hourly_traffic": [[str(hour), str(100 + hour), str(hour), "7", "1"] for hour in range(24)],
    "daily_users": [["400", "100", "300", "0.25"]],
    "sessions": [["500", "400", "11000", "50", "25", "0.1", "0.05", "754.3", "7300", "22.0"]],
    "conversion_funnel": [
        ["1", "product_view", "40", "50", None, "1.0"],
        ["2", "add_to_cart", "10", "10", "0.25", "0.25"],
        ["3", "purchase", "1", "1", "0.1", "0.025"],
    ],
    "product_conversion": [["p1", "40", "10", "1", "0.25", "0.1", "0.025"], ["p2", "0", "0", "1", None, None, None]],
    "top_products": [["1", "p1", "7", "2", "1", "3"]],
    "revenue": [["30", "28", "25", "41", "1234.50", "44.09"]],
    "cart_abandonment": [["60", "40", "30", "30", "20", "0.5", "999.99"]],
    "user_retention": [
        ["2026-01-19", "0", "80", "80", "1.0"],
        ["2026-01-19", "1", "80", "20", "0.25"],
        ["2026-01-26", "0", "90", "90", "1.0"],
    ],
    "user_paths": [["1", "page_view", "product_view", "900", "300", "0.45"]],
}


def ledger(**changes: Any) -> RunLedger:
    counts: dict[str, Any] = {
        "rows_read": 12000,
        "rows_written": 11000,
        "rows_duplicate": 600,
        "rows_quarantined": 400,
        "rows_quarantined_by_reason": {"malformed_json": 300, "missing_user_id": 100, "too_late": 0},
        "rows_written_by_event_date": {"2026-01-30": 100, "2026-01-31": 10900},
        "duration_s": 104.2,
    }
    return documents.ledger(**{**counts, **changes})


def day(when: date = DAY, **changes: Any) -> Day:
    given: dict[str, Any] = {
        "rows": ROWS,
        "row_counts": {name: len(rows) for name, rows in ROWS.items()},
        "ledgers": {when: ledger()},
        "samples": [Sample("malformed_json", "events/year=2026/a.gz", '{"user_id": ', 12)],
        **changes,
    }
    return Day(when, **given)


def day_of_texts(text: str) -> Day:
    """A day whose every text is that one."""
    columns = {report.name: report.columns for report in CONTRACT.reports}
    rows = {
        name: [
            [text if column.type == "string" else value for value, column in zip(row, columns[name], strict=True)]
            for row in given
        ]
        for name, given in ROWS.items()
    }
    refused = ledger(rows_quarantined_by_reason={text: 1})
    return day(rows=rows, ledgers={DAY: refused}, samples=[Sample(text, text, text, len(text))])
