"""A run of the Glue job is killed (SIGKILL) at many moments; its repetition leaves what an undisturbed run leaves."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.glue_scripts.independent import generated_lines
from tests.glue_scripts.support import INGEST_DATE, Zone, lasting, line, script_process

pytestmark = [pytest.mark.faults, pytest.mark.spark]

RUN_TIMEOUT_S = 180
LEDGER = "ledger/ingest_date=2026-03-01/ledger.json"
# An event date of the first run only: its partition is stale after the second.
STALE = line(event_id="stale", timestamp="2026-02-27T08:00:00Z")


class State(NamedTuple):
    """What a run leaves, apart from times."""

    ledger: dict[str, Any]
    events: list[tuple[Any, ...]]
    quarantine: list[tuple[str, str, str]]
    files: set[str]


class Scene(NamedTuple):
    """Buckets before a run, what an undisturbed run makes of them, and how long it works for."""

    zone: Zone
    before: Path
    expected: State
    work_s: float


def state(zone: Zone) -> State:
    return State(lasting(zone.ledger()), zone.events(), zone.quarantine(), zone.files())


def start(zone: Zone, *arguments: str) -> subprocess.Popen[str]:
    """Start a run in a process group of its own and return when it has begun to work."""
    command, environment = script_process(zone, "--ingest_date", str(INGEST_DATE), *arguments)
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    if not process.stdout.readline():
        raise AssertionError(f"the run ended at once with exit code {process.wait(RUN_TIMEOUT_S)}")
    return process


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=RUN_TIMEOUT_S)
    assert process.returncode == 0


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=RUN_TIMEOUT_S)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A date that ran once, with other raw objects, after the date before."""
    folder = tmp_path_factory.mktemp("scene")
    zone = Zone(folder / "raw", folder / "processed")
    lines = generated_lines(40_000, seed=21)
    day_before = INGEST_DATE - timedelta(days=1)
    zone.put(lines[:10_000], day=day_before)
    zone.put([*lines[:20_000:2], STALE])
    finish(start(zone, "--ingest_date", str(day_before)))
    finish(start(zone))
    before = shutil.copytree(zone.processed, folder / "before")
    for part in range(3):
        zone.put(lines[part::3], name=f"events-{part + 1}.gz")
    process, started = start(zone), time.monotonic()
    finish(process)
    return Scene(zone, before, state(zone), time.monotonic() - started)


def restore(zone: Zone, folder: Path) -> None:
    shutil.rmtree(zone.processed)
    shutil.copytree(folder, zone.processed)


def moments(count: int, work_s: float, seed: int) -> list[float]:
    """Random, one in each of ``count`` equal parts of the time a run works for."""
    rng = random.Random(seed)
    return [work_s * (number + rng.random()) / count for number in range(count)]


@pytest.fixture(scope="module")
def kills(pytestconfig: pytest.Config) -> int:
    """How many runs are killed; `make test-faults KILLS=24` for a closer look."""
    return int(pytestconfig.getoption("kills"))


def test_killed_runs_repeat_to_what_an_undisturbed_run_leaves(scene: Scene, kills: int) -> None:
    zone = scene.zone
    differing, without_ledger = [], 0
    for moment in moments(kills, scene.work_s, seed=1):
        restore(zone, scene.before)
        killed_after(start(zone), moment)
        if (zone.processed / LEDGER).exists():  # of the run before, or complete
            assert lasting(zone.ledger())["rows_read"] in (10_001, scene.expected.ledger["rows_read"])
            own = [event for event in zone.events() if event[-1] == str(INGEST_DATE)]
            assert len(own) == zone.ledger()["rows_written"], f"killed {moment:.2f} s into its work"
        else:
            without_ledger += 1
        finish(start(zone))
        if state(zone) != scene.expected:
            differing.append(f"killed {moment:.2f} s into its work")
    assert differing == []
    # The kills are worth something only if some of them find a run that has withdrawn its ledger.
    assert without_ledger >= kills / 4


def test_killed_replays_repeat_to_what_an_undisturbed_run_leaves(scene: Scene, kills: int, tmp_path: Path) -> None:
    """Nothing was mended, so a replay leaves all as it was."""
    zone = scene.zone
    restore(zone, scene.before)
    finish(start(zone))
    after = shutil.copytree(zone.processed, tmp_path / "after")
    differing = []
    for moment in moments(max(2, kills // 3), scene.work_s / 2, seed=2):
        restore(zone, after)
        killed_after(start(zone, "--replay_reasons", "all"), moment)
        finish(start(zone, "--replay_reasons", "all"))
        if state(zone) != scene.expected:
            differing.append(f"killed {moment:.2f} s into its work")
    assert differing == []
