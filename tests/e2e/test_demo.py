"""`make demo` on real input: what it prints and leaves, held against an independent count."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from clickstream.contract import load_contract
from tests.e2e.independent import Independent

pytestmark = pytest.mark.e2e
EVENTS = 4000


@pytest.fixture(scope="module")
def independent(demo, commands) -> Independent:
    return Independent(commands.bucket("raw"))


def test_the_demo_runs_three_days_in_a_row(dates):
    assert dates == [dates[0] + timedelta(days=n) for n in range(3)]


def test_every_record_sent_is_accounted_for(dates, commands):
    for day in dates:
        counts = commands.ledger(day)
        assert counts["rows_read"] == EVENTS
        assert counts["rows_read"] == counts["rows_written"] + counts["rows_duplicate"] + counts["rows_quarantined"]
        assert sum(counts["rows_quarantined_by_reason"].values()) == counts["rows_quarantined"]
        assert sum(counts["rows_written_by_event_date"].values()) == counts["rows_written"]
        assert min(counts["rows_duplicate"], counts["rows_quarantined"], counts["rows_late"]) > 0


def test_an_independent_count_of_the_raw_objects_agrees_with_each_ledger(independent, dates, commands):
    for day in dates:
        own = commands.ledger(day)
        expected = independent.ledger(day)
        own["rows_quarantined_by_reason"] = {k: v for k, v in own["rows_quarantined_by_reason"].items() if v}
        assert {key: own[key] for key in expected} == expected


def test_an_independent_count_agrees_with_event_counts(independent, dates, commands):
    for day in dates:
        rows = commands.query(
            "select event_type, event_count, user_count from event_counts "
            f"where report_date = '{day}' order by 2 desc, 1"
        )
        assert rows == [[str(cell) for cell in row] for row in independent.event_counts(day)]


def test_an_independent_count_agrees_with_the_conversion_funnel(independent, dates, commands):
    for day in dates:
        rows = commands.query(
            f"select step_number, user_count from conversion_funnel where report_date = '{day}' order by 1"
        )
        assert [int(row[1]) for row in rows] == independent.funnel_users(day)


def test_an_independent_count_agrees_with_top_products(independent, dates, commands):
    for day in dates:
        rows = commands.query(
            "select product_id, view_count, add_to_cart_count, purchase_count from top_products "
            f"where report_date = '{day}' order by product_rank"
        )
        assert rows == [[str(cell) for cell in row] for row in independent.top_products(day)]


def test_the_screen_shows_a_line_a_task_and_the_numbers(demo, dates, commands):
    for day in dates:
        assert f"clickstream_daily for {day}" in demo.stdout
        assert f"{day}: Events and users by event type" in demo.stdout
        assert f"{commands.ledger(day)['rows_written']:,}" in demo.stdout
    for task in (
        "resolve_date",
        "transform_events",
        "check_ledger",
        "crawl_events",
        "check_catalog",
        "publish_dashboard",
    ):
        assert len(re.findall(rf"{task} +success", demo.stdout)) == 3, task


def test_running_a_date_again_gives_the_same_numbers_and_rows(second_run):
    before, after = second_run.ledger_before, second_run.ledger_after
    volatile = {"started_at", "finished_at", "duration_s", "job_run_id", "output_bytes"}
    assert {k: v for k, v in after.items() if k not in volatile} == {
        k: v for k, v in before.items() if k not in volatile
    }
    assert after["finished_at"] > before["finished_at"]
    assert second_run.events_after == second_run.events_before


def test_nothing_is_left_running(demo, commands):
    from local_aws.process import health

    assert health(commands.port) is None


def test_it_ends_by_printing_where_the_dashboard_is(demo, dates, commands):
    found = re.fullmatch(r"The dashboard: (file://\S+)", demo.stdout.splitlines()[-1])
    assert found
    page = Path(unquote(urlparse(found[1]).path))
    html = page.read_text(encoding="utf-8")
    assert f"<title>Clickstream {dates[-1]}</title>" in html
    ledger = commands.ledger(dates[-1])
    for name in ("read", "written", "duplicate", "quarantined", "late"):
        assert f'<tr><td>{name}</td><td class="number">{ledger[f"rows_{name}"]:,}</td>' in html


def test_the_list_of_dashboards_leads_to_one_for_every_date_that_has_events(dates, commands):
    index = commands.state / "dashboard" / "index.html"
    linked = re.findall(r'<li><a href="([^"]+)"', index.read_text(encoding="utf-8"))
    events = {day for arrival in dates for day in commands.ledger(arrival)["event_dates"]}
    assert linked == [f"report_date={day}/index.html" for day in sorted(events, reverse=True)]
    assert all((index.parent / link).is_file() for link in linked)


def test_the_dashboard_tells_what_each_report_scanned(dates, commands):
    page = commands.state / "dashboard" / f"report_date={dates[-1]}" / "index.html"
    cost = page.read_text(encoding="utf-8").partition('id="cost"')[2].partition("</section>")[0]
    for report in load_contract().reports:
        assert re.search(
            rf"<td>{re.escape(report.title)}</td><td class=\"number\">[\d.,]+ (?:bytes|[KMG]iB)</td>", cost
        )
