"""The page of a date: right numbers, nothing of an event is markup, nothing comes from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser

import pytest

from clickstream.dashboard.days import Day, Sample
from clickstream.dashboard.panels import panel
from clickstream.dashboard.render import render_index, render_page
from tests.dags.dashboard.days import CONTRACT, DAY, DAY_BEFORE, ROWS, WEEK_BEFORE, day, day_of_texts, ledger

MADE_AT = datetime(2026, 2, 1, 0, 30, tzinfo=UTC)
MAX_PAGE_BYTES = 300_000
HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="a_script"),
    pytest.param('"><img src=x onerror=alert(1)>', id="an_attribute"),
    pytest.param("'-alert(1)-'", id="single_quotes"),
    pytest.param("{{ 7 * 7 }}{% raw %}", id="a_template"),
    pytest.param("&lt;b&gt; &amp;", id="entities"),
    pytest.param("</title></svg></style><style>*{display:none}</style>", id="closing_tags"),
    pytest.param("<!-- /links --> <!-- links -->", id="the_pages_own_marks"),
    pytest.param("a\u202egnp.exe \x00\x1b", id="turned_direction_and_controls"),
    pytest.param("javascript:alert(1)", id="an_address_of_script"),
    pytest.param("<" * 2**20, id="a_mebibyte"),
    pytest.param("\ud83d\ufffe\uffff", id="no_characters_at_all"),
]


def page(shown: Day | None = None, *earlier: Day, **scanned: int) -> str:
    bytes_scanned = {(name, DAY): count for name, count in scanned.items()}
    return render_page(shown or day(), {other.when: other for other in earlier}, bytes_scanned, MADE_AT, CONTRACT)


def section(html: str, name: str) -> str:
    found = re.search(rf'<section class="panel" id="{name}">.*?</section>', html, re.DOTALL)
    assert found, name
    return found[0]


def texts(html: str) -> list[str]:
    """What a person reads, piece by piece."""
    return [" ".join(unescape(text).split()) for text in re.findall(r">([^<]+)<", html) if text.strip()]


def following(html: str, text: str, count: int) -> list[str]:
    pieces = texts(html)
    return pieces[pieces.index(text) :][:count]


def test_every_report_of_the_contract_has_a_panel_with_its_rows():
    html = page()
    for report in CONTRACT.reports:
        assert report.title in unescape(section(html, report.name))
        assert "No rows." not in section(html, report.name), report.name
    table = section(html, "event_counts").partition("<table")[2]
    assert following(table, "page_view", 3) == ["page_view", "1,234,567", "2,000"]
    table = section(html, "conversion_funnel").partition("<table")[2]
    assert following(table, "product_view", 5) == ["product_view", "40", "50", "–", "100.0 %"]


def test_the_headline_compares_with_the_day_and_the_week_before():
    less = {**ROWS, "sessions": [["400", *ROWS["sessions"][0][1:]]]}
    more = {**ROWS, "sessions": [["1000", *ROWS["sessions"][0][1:]]]}
    before = day(DAY_BEFORE, rows=less, ledgers={DAY_BEFORE: ledger(rows_written_by_event_date={"2026-01-30": 5450})})
    week = day(WEEK_BEFORE, rows=more, ledgers={WEEK_BEFORE: ledger(rows_written_by_event_date={"2026-01-24": 21800})})
    headline = page(day(), before, week).partition("</dl>")[0]
    assert following(headline, "Events", 6) == ["Events", "10,900", "+100.0 %", "day before", "−50.0 %", "week before"]
    assert following(headline, "Sessions", 6) == ["Sessions", "500", "+25.0 %", "day before", "−50.0 %", "week before"]
    assert following(headline, "Revenue", 4) == ["Revenue", "1,234.50", "±0", "day before"]


def test_without_neighbours_nothing_is_compared():
    headline = page().partition("</dl>")[0]
    assert following(headline, "Sessions", 3) == ["Sessions", "500", "Conversion"]


def test_a_chart_has_a_text_for_those_who_do_not_see_it_and_a_table_beside_it():
    html = page()
    for report in CONTRACT.reports:
        if report.chart and report.chart.kind != "heatmap":
            shown = section(html, report.name)
            assert re.search(r'<svg[^>]* role="img"[^>]*aria-label="[^"]{20,}"', shown), report.name
            assert 'viewBox="0 0 ' in shown
            assert "<table" in shown


def test_a_new_report_gets_its_panel_from_its_contract_entry_alone():
    columns = CONTRACT.report("event_counts").columns
    new = replace(CONTRACT.report("event_counts"), name="new_report", title="A new one")
    shown = day(rows={"new_report": [["a", "3", "2"], ["b", "1", "1"]]})
    drawn = panel(new, shown, day(DAY_BEFORE), day(WEEK_BEFORE))
    assert drawn.chart
    assert drawn.grid
    assert [name for name, _ in drawn.grid.headings] == ["event type", "event count", "user count"]
    table = panel(replace(new, chart=None), shown, day(DAY_BEFORE), day(WEEK_BEFORE))
    assert table.chart is None
    assert table.grid
    numbers = replace(new, chart=None, columns=columns[1:])
    facts = panel(numbers, day(rows={"new_report": [["3", "2"]]}), Day(DAY_BEFORE), Day(WEEK_BEFORE)).facts
    assert [(fact.label, fact.text) for fact in facts] == [("event count", "3"), ("user count", "2")]


def test_the_heat_map_has_a_row_a_cohort_and_shades_its_cells():
    shown = section(page(), "user_retention")
    assert following(shown, "2026-01-19", 5) == ["2026-01-19", "100.0 %", "25.0 %", "2026-01-26", "100.0 %"]
    assert re.findall(r"--shade: ([0-9.]+)", shown) == ["1.0", "0.25", "1.0"]


def test_a_long_report_is_cut_and_says_how_much_is_left():
    rows = [[f"p{n}", "40", "10", "1", "0.25", "0.1", "0.025"] for n in range(50)]
    shown = section(
        page(day(rows={"product_conversion": rows}, row_counts={"product_conversion": 1987})), "product_conversion"
    )
    assert "1,967 more rows" in shown
    assert "p19" in texts(shown)
    assert "p20" not in texts(shown)


def test_the_page_tells_what_was_read_written_refused_and_late():
    shown = section(page(), "quality")
    assert following(shown, "read", 2) == ["read", "12,000"]
    assert following(shown, "quarantined", 3) == ["quarantined", "400", "3.33 %"]
    assert following(shown, "late", 2) == ["late", "100"]


def test_the_page_tells_when_its_events_arrived_and_how_fresh_it_is():
    later = date(2026, 2, 3)
    ledgers = {DAY: ledger(), later: ledger(rows_written_by_event_date={"2026-01-31": 7, "2026-02-03": 1})}
    html = page(day(ledgers=ledgers))
    assert following(section(html, "arrivals"), "2026-01-31", 4) == ["2026-01-31", "10,900", "2026-02-03", "7"]
    header = " ".join(texts(html.partition("</header>")[0]))
    assert "Day processed 2026-02-01 00:18" in header
    assert "Last events of the day arrived on 2026-02-03" in header
    assert "Page made 2026-02-01 00:30" in header


def test_the_page_tells_what_each_report_scanned_and_cost():
    shown = section(page(day(), revenue=20_000_000, sessions=1), "cost")
    assert following(shown, "Revenue", 3) == ["Revenue", "19.1 MiB", "0.010 ¢"]
    assert following(shown, "Sessions", 3) == ["Sessions", "1 bytes", "0.005 ¢"]  # the least that Athena bills
    assert following(shown, "All reports", 3) == ["All reports", "19.1 MiB", "0.015 ¢"]
    assert "The Glue job worked for 1 min 44 s: about 2.547 ¢ on AWS, and the crawl after it 14.667 ¢" in " ".join(
        texts(shown)
    )


def test_the_quarantine_lists_its_reasons_by_frequency_with_samples():
    samples = [Sample("missing_user_id", f"events/{n}.gz", f'{{"n": {n}}}', 8) for n in range(10)]
    shown = section(page(day(samples=samples)), "quarantine")
    assert [text for text in texts(shown) if ": " in text and "_" in text] == [
        "malformed_json: 300",
        "missing_user_id: 100",
    ]
    assert "too_late" not in shown
    assert [text for text in texts(shown) if text.startswith("{")] == [f'{{"n": {n}}}' for n in range(10)]
    assert "No samples were found." in shown


def test_a_date_that_was_never_run_says_so():
    html = page(Day(DAY))
    assert "This arrival date has not been run." in html
    assert html.count("No rows.") == len(CONTRACT.reports)
    assert following(html, "Events", 2) == ["Events", "–"]


def test_a_day_without_events_shows_its_zeros():
    empty = {name: [["0" if cell else cell for cell in row] for row in rows] for name, rows in ROWS.items()}
    ledgers = {DAY: ledger(rows_written_by_event_date={}, rows_read=0, rows_quarantined_by_reason={})}
    html = page(day(rows=empty, ledgers=ledgers, samples=[]))
    assert following(html, "Events", 2) == ["Events", "0"]
    assert "None." in section(html, "quarantine")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_event_is_text_wherever_it_stands(hostile):
    html = page(day_of_texts(hostile))
    assert tags(html) - tags(page()) == set()
    assert html.count("<!-- links -->") == 1
    assert len(html.encode()) < MAX_PAGE_BYTES
    assert not any(char in html for char in "\u202e\x00\x1b")


def tags(html: str) -> set[tuple[str, str]]:
    """Every tag with the names of its attributes, and with addresses and styles as a browser would take them."""
    found: set[tuple[str, str]] = set()

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.update((tag, name) for name, _ in attributes)
            found.update((tag, f"{name}={value}") for name, value in attributes if name in ("href", "src", "style"))
            found.add((tag, ""))

        def handle_comment(self, data: str) -> None:
            found.add(("a comment", data))

    Parser().feed(html)
    return found


def test_the_page_needs_nothing_from_elsewhere_and_has_no_script():
    for html in (page(day(), revenue=1), render_index([DAY], MADE_AT, CONTRACT)):
        assert "http" not in html
        assert "<script" not in html
        assert "url(" not in html
        assert set(re.findall(r'(?:src|href)="([^"]*)"', html)) <= {
            "../index.html",
            "report_date=2026-01-31/index.html",
        }


def test_the_page_is_small_and_the_same_each_time():
    assert len(page()) < MAX_PAGE_BYTES
    assert page() == page()


def test_the_index_lists_all_dates_the_newest_first():
    html = render_index([date(2025, 12, 31), DAY, DAY_BEFORE], MADE_AT, CONTRACT)
    assert re.findall(r'<li><a href="([^"]+)"', html) == [
        "report_date=2026-01-31/index.html",
        "report_date=2026-01-30/index.html",
        "report_date=2025-12-31/index.html",
    ]
    assert [text for text in texts(html) if text in ("January 2026", "December 2025")] == [
        "January 2026",
        "December 2025",
    ]
    assert "None was published yet." in render_index([], MADE_AT, CONTRACT)


def test_a_ledger_of_another_arrival_date_does_not_count_as_the_days_own():
    html = page(day(ledgers={date(2026, 2, 1): ledger(rows_written_by_event_date={"2026-01-31": 7})}))
    assert "This arrival date has not been run." in html
    assert following(html, "Events", 2) == ["Events", "7"]
