"""A person opens Airflow, follows its navigation to the dashboards, reads the numbers and chooses another date."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from clickstream_dev.resource_names import names
from local_aws.client import LocalAws
from local_aws.waiting import wait_until
from local_mwaa import AirflowApi
from tests.browser.conftest import Browser
from tests.e2e.commands import REPOSITORY, Commands

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

PAGE = "iframe[title='Clickstream']"
DAY = "iframe[title^='Dashboard of']"
HOSTILE_DATE = date(2020, 1, 1)
# Made by the code that publishes, of a day whose every text is hostile; then somebody has put a script into the page.
HOSTILE_PAGE = """
from datetime import UTC, datetime
from clickstream.dashboard.render import render_page
from tests.dags.dashboard.days import CONTRACT, day_of_texts
text = '<script>document.title = "ran"</script><img src=x onerror="document.title=1">\\u202egnp.exe' + '<' * 2**20
page = render_page(day_of_texts(text), {}, {}, datetime.now(UTC), CONTRACT)
script = '<p id="added">still</p><script>document.getElementById("added").textContent = "ran"</script>'
print(page.replace('</body>', script + '</body>'))
"""
ROUNDS_TIMEOUT_S = 60
VIEWS = [(1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]


def events_of(day: date, ledgers: dict[date, dict[str, Any]]) -> int:
    return sum(int(ledger["rows_written_by_event_date"].get(day.isoformat(), 0)) for ledger in ledgers.values())


@pytest.fixture(scope="module")
def ledgers(dates: list[date], commands: Commands) -> dict[date, dict[str, Any]]:
    return {day: commands.ledger(day) for day in dates}


def assert_shows(browser: Browser, day: date, ledgers: dict[date, dict[str, Any]]) -> None:
    """The dashboard in the frame has the numbers of the day's ledgers."""
    browser.wait("h1", f"{day.day} {day:%B %Y}")
    assert browser.wait("#headline .tile", "Events").text.splitlines()[1] == f"{events_of(day, ledgers):,}"
    quality = browser.wait("#quality").text
    for name in ("read", "written", "duplicate", "quarantined", "late"):
        assert re.search(rf"^{name} {ledgers[day][f'rows_{name}']:,}\b", quality, re.MULTILINE), quality
    refused = browser.wait("#quarantine").text
    for reason, count in ledgers[day]["rows_quarantined_by_reason"].items():
        assert (f"{reason}: {count:,}" in refused) == bool(count)


def test_the_navigation_leads_to_the_numbers_of_the_ledger_and_to_those_of_another_date(
    browser: Browser, address: str, dates: list[date], ledgers: dict[date, dict[str, Any]]
) -> None:
    browser.open(address)
    browser.wait("a[href$='plugin/clickstream']", "Clickstream").click()
    browser.enter(PAGE, DAY)
    assert_shows(browser, dates[-1], ledgers)
    browser.save("airflow-1280-light")

    browser.enter(PAGE)
    field = browser.wait("input[type=date]")
    field.send_keys(f"{dates[0]:%m%d%Y}")
    assert field.get_attribute("value") == dates[0].isoformat()
    browser.wait("button", "Show").click()
    browser.enter(PAGE, f"iframe[title='Dashboard of {dates[0]}']")
    assert_shows(browser, dates[0], ledgers)

    browser.enter(PAGE)
    browser.wait("a[aria-label^='Later']").click()
    browser.enter(PAGE, f"iframe[title='Dashboard of {dates[1]}']")
    assert_shows(browser, dates[1], ledgers)


@pytest.mark.parametrize(("width", "height", "scheme"), VIEWS)
def test_the_page_fits_and_is_readable_on_every_screen(
    browser: Browser, address: str, width: int, height: int, scheme: str
) -> None:
    browser.open(f"{address}/clickstream/", width, height, scheme)
    browser.enter(DAY)
    browser.wait("h1")
    script = browser.driver.execute_script
    assert script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert script(SMALLEST_TEXT) >= 10
    assert script(TEXTS_WITHOUT_ROOM) == []
    background, ink = script("const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]")
    assert (brightness(background) > brightness(ink)) == (scheme == "light")
    browser.driver.switch_to.default_content()
    browser.save(f"dashboard-{width}-{scheme}")


# In pixels of the screen: texts of charts are scaled with their chart.
SMALLEST_TEXT = """
return Math.min(...[...document.querySelectorAll("svg text, td, dd, p")].map(e => {
  const svg = e.closest("svg");
  const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  return scale ? parseFloat(getComputedStyle(e).fontSize) * scale : Infinity;
}))
"""


# Of charts: what lies outside its chart or over another text, in the font that this machine has.
TEXTS_WITHOUT_ROOM = """
const overlap = (a, b) =>
  a.left < b.right && b.left < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom;
return [...document.querySelectorAll("svg.chart")].flatMap(svg => {
  const chart = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll("text")].map(e => [e.textContent, e.getBoundingClientRect()]);
  const isOutside = box => box.left < chart.left - 1 || box.right > chart.right + 1;
  return texts
    .filter(([, box], n) => isOutside(box) || texts.slice(n + 1).some(([, other]) => overlap(box, other)))
    .map(([text]) => text);
});
"""


def brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_nothing_is_blocked_or_missing_on_the_page(browser: Browser, address: str) -> None:
    browser.driver.get_log("browser")
    browser.open(f"{address}/clickstream/")
    browser.enter(DAY)
    browser.wait("h1")
    assert [entry["message"] for entry in browser.driver.get_log("browser")] == []


@pytest.fixture
def hostile_page(commands: Commands) -> Iterator[None]:
    """A dashboard of a day of its own in the bucket, taken away again."""
    python = REPOSITORY / ".venv" / "airflow" / "bin" / "python"
    env = {**os.environ, **commands.airflow_settings(), "PYTHONPATH": f"{REPOSITORY / 'dags'}{os.pathsep}{REPOSITORY}"}
    made = subprocess.run(
        [python, "-c", HOSTILE_PAGE], env=env, cwd=REPOSITORY, capture_output=True, timeout=120, check=True
    )
    client = LocalAws(commands.port).client("s3")
    where = {"Bucket": names().reports_bucket, "Key": f"dashboard/report_date={HOSTILE_DATE}/index.html"}
    client.put_object(**where, Body=made.stdout)
    yield
    client.delete_object(**where)


def test_hostile_events_are_text_and_even_a_script_in_the_page_does_not_run(
    browser: Browser, address: str, hostile_page: None
) -> None:
    browser.open(f"{address}/clickstream/?date={HOSTILE_DATE}")
    browser.enter(DAY)
    assert browser.wait("#added").text == "still"
    for section in ("#event_counts", "#quarantine"):
        browser.driver.execute_script(f"document.querySelector('{section} details').open = true")
        assert '<script>document.title = "ran"</script>' in browser.wait(section).text
        assert "\\u202egnp.exe" in browser.wait(section).text
    count = "return document.querySelectorAll(arguments[0]).length"
    assert browser.driver.execute_script(count, "img") == 0
    assert browser.driver.execute_script(count, "script") == 1  # the one that was put there
    browser.driver.switch_to.default_content()
    assert browser.driver.title == f"Clickstream {HOSTILE_DATE}"


def test_the_ui_has_started_no_run_by_itself(address: str) -> None:
    """It would run yesterday again in the first round of the scheduler after the DAG is unpaused."""
    airflow = AirflowApi(address)
    assert airflow.call("GET", "/dags/clickstream_daily")["is_paused"] is False
    heartbeats: set[str] = set()

    def three_rounds() -> bool:
        heartbeats.add(airflow.call("GET", "/monitor/health")["scheduler"]["latest_scheduler_heartbeat"])
        return len(heartbeats) == 3

    assert wait_until(three_rounds, ROUNDS_TIMEOUT_S, interval_s=0.5), f"the scheduler's heartbeats: {heartbeats}"
    assert airflow.runs("clickstream_daily", run_type="scheduled") == []
