"""The generated day: exact counts, the same on every machine, and a shop that looks like one."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clickstream.contract import keys, load_contract
from sample_data import sessions
from sample_data.generator import GeneratedDay, GeneratorOptions, generate_day
from sample_data.malformed import REASONS
from tests.e2e.independent import Independent

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = date(2026, 1, 15)
MIXED = GeneratorOptions(events=5_000, late_share=0.04, duplicate_share=0.03, malformed_share=0.02)
# Of MIXED on DAY. It changes with the generator alone: on no other machine, Python version or hash seed.
MIXED_DIGEST = "6a8c7f5e5f6a69ddb27f3b9d717e640caf80e545437a5a013cd61bb588adcd12"


def digest(day: GeneratedDay) -> str:
    lines = b"\n".join(b"%d %s" % (arrival.arrived_at_ms, arrival.line) for arrival in day)
    return hashlib.sha256(lines).hexdigest()


def events(day: GeneratedDay) -> list[dict[str, Any]]:
    return [json.loads(arrival.line) for arrival in day]


@pytest.fixture(scope="module")
def clean_events() -> list[dict[str, Any]]:
    return events(generate_day(DAY, GeneratorOptions(events=30_000)))


def test_the_same_date_options_and_seed_give_the_same_bytes():
    assert digest(generate_day(DAY, MIXED)) == digest(generate_day(DAY, MIXED)) == MIXED_DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_the_hash_seed_of_the_process_does_not_matter(hash_seed):
    program = (
        "from datetime import date; from tests.sample_data.test_generator import *; "
        "print(digest(generate_day(DAY, MIXED)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join([".", "dags", *sys.path])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout.strip() == MIXED_DIGEST


def test_another_date_and_another_seed_give_other_events_of_the_same_shop():
    day, next_day = generate_day(DAY, MIXED), generate_day(DAY + timedelta(days=1), MIXED)
    other_seed = generate_day(DAY, GeneratorOptions(events=5_000, seed=2))
    assert len({digest(day), digest(next_day), digest(other_seed)}) == 3
    clean = GeneratorOptions(events=2_000)
    first, second = (events(generate_day(day, clean)) for day in (DAY, DAY + timedelta(days=1)))
    assert not {event["event_id"] for event in first} & {event["event_id"] for event in second}
    returning = {event["user_id"] for event in first} & {event["user_id"] for event in second}
    assert len(returning) > 20


@pytest.mark.parametrize("count", [1, 2, 7, 999, 5_000])
def test_the_number_of_lines_is_exact(count):
    options = GeneratorOptions(count, late_share=0.3, duplicate_share=0.5, malformed_share=0.2)
    day = generate_day(DAY, options)
    assert len(day) == len(day.arrivals) == day.summary.lines == count


def test_the_shares_are_exact_and_no_line_counts_twice():
    summary = generate_day(DAY, MIXED).summary
    assert (summary.late, summary.duplicates, summary.malformed) == (200, 150, 100)


def test_the_late_share_is_met_also_where_few_sessions_make_the_day():
    for seed in range(25):
        day = generate_day(DAY, GeneratorOptions(events=20, late_share=0.7, seed=seed))
        late = sum(not event["timestamp"].startswith("2026-01-15") for event in events(day))
        assert late == day.summary.late == 14, seed


def test_only_late_events_and_only_duplicates_are_possible():
    assert generate_day(DAY, GeneratorOptions(100, late_share=1)).summary.late == 100
    assert generate_day(DAY, GeneratorOptions(100, duplicate_share=1)).summary.duplicates == 99
    assert generate_day(DAY, GeneratorOptions(100, malformed_share=1)).summary.malformed == 100


@pytest.mark.parametrize("options", [MIXED, GeneratorOptions(2_000, 0.2, 0.4, 0.3)], ids=["few", "many"])
def test_an_independent_count_finds_what_the_summary_says(options, tmp_path):
    day = generate_day(DAY, options)
    folder = tmp_path / keys.raw_folder(DAY, load_contract())
    folder.mkdir(parents=True)
    (folder / "all.gz").write_bytes(gzip.compress(b"\n".join(arrival.line for arrival in day)))
    ledger = Independent(tmp_path).ledger(DAY)
    assert ledger["rows_read"] == options.events
    assert ledger["rows_duplicate"] == day.summary.duplicates
    assert ledger["rows_late"] == day.summary.late
    assert ledger["rows_quarantined_by_reason"] == day.summary.malformed_by_reason
    written = ledger["rows_written_by_event_date"]
    assert isinstance(written, dict)
    assert set(written) == {(DAY - timedelta(days=back)).isoformat() for back in range(4)}


def test_everything_arrives_on_its_date_in_order():
    arrivals = generate_day(DAY, MIXED).arrivals
    assert {arrival.arrived_at.date() for arrival in arrivals} == {DAY}
    assert [a.arrived_at_ms for a in arrivals] == sorted(a.arrived_at_ms for a in arrivals)


def test_an_event_arrives_at_its_own_time_of_day():
    for arrival in generate_day(DAY, GeneratorOptions(2_000, late_share=0.5)):
        event_time = datetime.fromisoformat(json.loads(arrival.line)["timestamp"])
        late = arrival.arrived_at - event_time
        assert late in {timedelta(days=back) for back in range(4)}


def test_a_duplicate_arrives_after_its_original_and_half_of_them_byte_for_byte():
    by_id = defaultdict(list)
    for arrival in generate_day(DAY, GeneratorOptions(4_000, duplicate_share=0.05)):
        by_id[json.loads(arrival.line)["event_id"]].append(arrival)
    again = [(group[0], copy) for group in by_id.values() for copy in group[1:]]
    assert len(again) == 200
    assert all(copy.arrived_at_ms > original.arrived_at_ms for original, copy in again)
    identical = sum(original.line == copy.line for original, copy in again)
    assert 80 <= identical <= 120


def test_the_reasons_are_those_of_the_contract():
    assert set(REASONS) == set(load_contract().quarantine_reasons)


def test_the_funnel_narrows_at_each_step(clean_events):
    count = Counter(event["event_type"] for event in clean_events)
    assert set(count) == set(sessions.NEXT_STEPS)
    steps = [count[name] for name in ("product_view", "add_to_cart", "checkout", "purchase")]
    assert steps == sorted(steps, reverse=True)
    assert 0.08 < count["add_to_cart"] / count["product_view"] < 0.25
    assert 0.01 < count["purchase"] / count["product_view"] < 0.08
    assert 0 < count["remove_from_cart"] < count["add_to_cart"]


def test_what_is_bought_was_put_into_the_cart_in_that_session(clean_events):
    carts = defaultdict(set)
    for event in clean_events:
        key, product = event["session_id"], (event["product_id"], event.get("price"), event.get("quantity"))
        if event["event_type"] == "add_to_cart":
            carts[key].add(product)
        elif event["event_type"] in {"purchase", "remove_from_cart"}:
            assert product in carts[key]


def test_a_session_is_one_users_within_one_hour(clean_events):
    by_session = defaultdict(list)
    for event in clean_events:
        by_session[event["session_id"]].append(event)
    for session in by_session.values():
        assert len({event["user_id"] for event in session}) == 1
        times = sorted(datetime.fromisoformat(event["timestamp"]) for event in session)
        assert times[-1] - times[0] < timedelta(hours=1)


def test_events_without_a_product_say_null_and_a_product_has_one_price(clean_events):
    prices = defaultdict(set)
    for event in clean_events:
        has_product = event["event_type"] not in {"page_view", "search", "checkout"}
        assert (event["product_id"] is not None) == has_product == ("price" in event)
        if has_product:
            prices[event["product_id"]].add(event["price"])
    assert all(len(found) == 1 for found in prices.values())
    assert len({min(found) for found in prices.values()}) > 100


def test_few_products_and_users_make_much_of_the_traffic(clean_events):
    for name in ("product_id", "user_id"):
        counts = Counter(event[name] for event in clean_events if event[name]).most_common()
        top_tenth = sum(count for _, count in counts[: len(counts) // 10])
        assert 0.3 < top_tenth / sum(count for _, count in counts) < 0.9, name


def test_the_evening_is_busier_than_the_night_and_no_hour_is_empty(clean_events):
    hours = Counter(datetime.fromisoformat(event["timestamp"]).hour for event in clean_events)
    assert set(hours) == set(range(24))
    assert sum(hours[hour] for hour in (19, 20, 21)) > 10 * sum(hours[hour] for hour in (2, 3, 4))


def test_a_hundred_thousand_events_take_about_a_second():
    options = GeneratorOptions(100_000, late_share=0.02, duplicate_share=0.01, malformed_share=0.005)
    generate_day(DAY, options)  # the tables are made once
    started = time.process_time()
    generate_day(DAY + timedelta(days=1), options)
    assert time.process_time() - started < 2  # twice the aim: a busy machine must not fail the test


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        pytest.param({"late_share": 1.5}, "late_share=1.5: give a share from 0 to 1", id="above_one"),
        pytest.param({"malformed_share": -0.1}, "malformed_share=-0.1", id="below_zero"),
        pytest.param({"late_share": 0.6, "duplicate_share": 0.6}, "more than 1 together", id="too_much_together"),
        pytest.param({"events": 0}, "events=0: give a number from 1", id="no_events"),
        pytest.param({"products": 0}, "products=0", id="no_products"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        GeneratorOptions(**wrong)


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "sample_data.generator", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False, timeout=60)


def test_the_command_writes_the_day_and_says_what_is_in_it(tmp_path):
    out = tmp_path / "day.jsonl"
    shares = ["--late-share", "0.04", "--duplicate-share", "0.03", "--malformed-share", "0.02"]
    result = run("--date", "2026-01-15", "--events", "5000", *shares, "--out", str(out))
    assert result.returncode == 0
    assert out.read_bytes().splitlines() == [arrival.line for arrival in generate_day(DAY, MIXED)]
    assert b"5,000 of 5,000 events" in result.stderr
    assert b"200 late, 150 duplicate, 100 to be quarantined" in result.stderr


def test_the_command_writes_to_standard_output_for_a_dash():
    result = run("--date", "2026-01-15", "--events", "10", "--out", "-")
    assert result.stdout.count(b"\n") == 10
    assert all(json.loads(line) for line in result.stdout.splitlines())


def test_the_command_says_in_one_line_what_is_wrong(tmp_path):
    result = run("--date", "2026-01-15", "--out", str(tmp_path / "no" / "day.jsonl"), "--events", "10")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith(b"generator: [Errno 2]")
    result = run("--date", "2026-01-15", "--out", "-", "--late-share", "7")
    assert result.returncode == 2
    assert result.stderr == b"generator: late_share=7.0: give a share from 0 to 1\n"


def test_arrivals_are_instants_in_utc():
    arrival = generate_day(DAY, GeneratorOptions(1)).arrivals[0]
    assert arrival.arrived_at.tzinfo is UTC
    assert not arrival.line.endswith(b"\n")
