"""Airflow's UI as `make ui` starts it, on the data of the demo, and a browser in front of it."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from local_aws.process import free_port
from tests.e2e.commands import REPOSITORY, Commands

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
SCREENSHOTS = REPOSITORY / ".local" / "screenshots"
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 90
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # as root, which containers and CI are, Chromium refuses to start otherwise
    "--disable-gpu",
    "--disable-dev-shm-usage",
    # Nothing but what is tested shall be asked for over the network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--lang=en-US",
)


@pytest.fixture(scope="session", autouse=True)
def _needs_a_browser() -> None:
    if not (BROWSER and DRIVER):
        reason = "no Chromium with its driver is installed (Debian: apt-get install chromium chromium-driver)"
        pytest.exit(reason, returncode=1)


@pytest.fixture(scope="module")
def address(_needs_a_browser: None, demo: Any, commands: Commands) -> Iterator[str]:
    """Where Airflow's UI is: the address of the dashboards that `make ui` prints, without its path."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clickstream_dev", "ui"],
        cwd=REPOSITORY,
        env=commands.variables(UI_PORT=str(free_port())),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _printed_address(process)
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def _printed_address(process: subprocess.Popen[str]) -> str:
    lines: Queue[str] = Queue()

    def read() -> None:  # a line that never comes must not be waited for without end
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                lines.put(line)

    Thread(target=read, daemon=True).start()
    seen: list[str] = []
    while True:
        try:
            seen.append(lines.get(timeout=START_TIMEOUT_S))
        except Empty:
            raise AssertionError(f"make ui printed no address of the dashboards: {''.join(seen)}") from None
        if found := re.match(r"dashboards: (http://localhost:\d+)/plugin/clickstream$", seen[-1]):
            return found[1]
        assert process.poll() is None, "".join(seen)


@dataclass(frozen=True)
class Browser:
    """Chromium, with what the tests ask of it."""

    driver: Any

    def open(self, url: str, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Open an address in a window of that size, with that preference of colours."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.driver.get(url)

    def wait(self, css: str, text: str = "") -> Any:
        """The first element that fits, as soon as it is there and has the text."""
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.wait import WebDriverWait

        def found(driver: Any) -> Any:
            return next((e for e in driver.find_elements(By.CSS_SELECTOR, css) if text in e.text), None)

        return WebDriverWait(self.driver, 60).until(found, f"no {css} with {text!r} on {self.driver.current_url}")

    def enter(self, *frames: str) -> None:
        """Go into frames, from the whole window."""
        self.driver.switch_to.default_content()
        for frame in frames:
            self.driver.switch_to.frame(self.wait(frame))

    def save(self, name: str) -> Path:
        """Keep what the window shows as a picture."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(shot["data"]))
        return path


@pytest.fixture(scope="module")
def browser(_needs_a_browser: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(60)
    yield Browser(driver)
    driver.quit()
