"""The page in Airflow's navigation, in Airflow's own web application: what it shows, and what when there is nothing."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from botocore.exceptions import EndpointConnectionError

from clickstream.contract import keys, load_contract
from tests.dags.page_support import ANYTHING_FROM, LISTED, SHELL, listing, object_of

PAGE = (
    b'<html><p>All<!-- links --> <a href="../index.html">dates</a><!-- /links --></p><script>alert(1)</script></html>'
)


def test_it_stands_in_airflows_navigation(airflow):
    from airflow import plugins_manager

    plugins = {plugin["name"]: plugin for plugin in plugins_manager.get_plugin_info()}
    page = plugins["clickstream_page"]
    assert page["fastapi_apps"][0]["url_prefix"] == "/clickstream"
    if "external_views" in page:  # from Airflow 3.1 on
        (view,) = page["external_views"]
        assert (view["name"], view["href"], view["destination"]) == ("Clickstream", "clickstream/", "nav")


def test_the_newest_dashboard_is_shown_with_a_way_to_the_others(get, stub):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing("2026-01-30", "2026-01-31", "2026-01-28"), LISTED)
    answer = get(SHELL)
    assert answer.status_code == 200
    assert '<iframe sandbox="" src="day/2026-01-31"' in answer.text
    assert 'type="date" name="date" value="2026-01-31" min="2026-01-28" max="2026-01-31"' in answer.text
    assert '<a href="?date=2026-01-30"' in answer.text
    assert answer.text.count("<a ") == 1


def test_a_chosen_date_is_shown_between_its_neighbours(get, stub):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing("2026-01-30", "2026-01-31", "2026-01-28"), LISTED)
    answer = get(f"{SHELL}?date=2026-01-30")
    assert 'src="day/2026-01-30"' in answer.text
    assert '<a href="?date=2026-01-28"' in answer.text
    assert '<a href="?date=2026-01-31"' in answer.text


def test_a_date_without_a_dashboard_says_how_to_make_one(get, stub):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing("2026-01-28", "2026-01-31"), LISTED)
    answer = get(f"{SHELL}?date=2026-01-30")
    assert answer.status_code == 404
    assert "There is no dashboard of 2026-01-30" in answer.text
    assert "Trigger the DAG clickstream_daily with date 2026-01-30" in answer.text
    assert answer.text.count("<a ") == 2
    assert "<iframe" not in answer.text


def test_before_the_first_run_the_page_says_so(get, stub):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing(), LISTED)
    answer = get(SHELL)
    assert answer.status_code == 404
    assert "There is no dashboard yet" in answer.text


def test_a_published_page_is_served_without_its_links_and_cannot_act(get, stub):
    stub(S3Hook, "s3").add_response("get_object", {"Body": io.BytesIO(PAGE)}, object_of("2026-01-31"))
    answer = get("/clickstream/day/2026-01-31")
    assert answer.text == "<html><p>All</p><script>alert(1)</script></html>"
    policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
    assert {ANYTHING_FROM, "sandbox", "form-action 'none'", "frame-ancestors 'self'", "base-uri 'none'"} <= policy
    assert not any(part.startswith("script-src") for part in policy)


def test_the_links_that_are_taken_out_are_those_that_the_dag_writes(plugin):
    from clickstream.dashboard.render import PAGE as TEMPLATE
    from clickstream.dashboard.render import TEMPLATES

    template = (TEMPLATES / TEMPLATE).read_bytes()
    assert b"<a " in template
    assert b"<a " not in plugin.LINKS.sub(b"", template)


def test_the_key_is_the_contracts(plugin):
    contract, day = load_contract(), date(2024, 2, 29)
    assert plugin.day_key(contract.dashboard_prefix, day) == keys.dashboard_key(day, contract)


def test_the_dag_exists_on_whose_permission_it_depends(dag_bag, plugin):
    assert plugin.DAG_ID in dag_bag.dags


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("NoSuchBucket", "The bucket the-reports does not exist", id="no_bucket"),
        pytest.param("AccessDenied", "Airflow may not read s3://the-reports/dashboard/", id="no_permission"),
        pytest.param("SlowDown", "S3 answered SlowDown", id="anything_else"),
    ],
)
def test_what_s3_refuses_is_said_without_a_stack_trace(get, stub, code, words):
    s3 = stub(S3Hook, "s3")
    s3.add_client_error("list_objects_v2", code)
    s3.add_client_error("get_object", code)
    for path in (SHELL, "/clickstream/day/2026-01-31"):
        answer = get(path)
        assert answer.status_code == 502
        assert words in answer.text
        assert "Traceback" not in answer.text


def test_a_page_that_went_away_is_no_failure(get, stub):
    stub(S3Hook, "s3").add_client_error("get_object", "NoSuchKey")
    assert get("/clickstream/day/2026-01-31").status_code == 404


def test_an_s3_that_does_not_answer_is_named_after_a_bounded_time(get, monkeypatch):
    seen: list[Any] = []

    def refuse(hook: Any) -> None:
        seen.append(hook.config)
        raise EndpointConnectionError(endpoint_url="the endpoint")

    monkeypatch.setattr(S3Hook, "get_conn", refuse)
    answer = get(SHELL)
    assert answer.status_code == 502
    assert "could not be read (EndpointConnectionError): check the connection aws_default." in answer.text
    assert (seen[0].connect_timeout, seen[0].read_timeout) == (3, 10)


def test_a_page_that_is_too_large_is_not_sent(get, stub, monkeypatch, plugin):
    monkeypatch.setattr(plugin, "MAX_PAGE_BYTES", 10)
    stub(S3Hook, "s3").add_response("get_object", {"Body": io.BytesIO(b"x" * 11)}, object_of("2026-01-31"))
    assert "has more than 10 bytes" in get("/clickstream/day/2026-01-31").text


@pytest.mark.parametrize("key", ["dashboard_prefix", "reports_bucket"])
def test_a_missing_setting_is_named(get, stub, monkeypatch, key):
    stub(S3Hook, "s3")
    monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key.upper()}")
    for path in (SHELL, "/clickstream/day/2026-01-31"):
        answer = get(path)
        assert answer.status_code == 503
        assert f"Set [clickstream] {key} (on MWAA the option clickstream.{key})." in answer.text


def test_all_missing_settings_are_named_at_once(get, monkeypatch):
    for key in ("DASHBOARD_PREFIX", "REPORTS_BUCKET"):
        monkeypatch.delenv(f"AIRFLOW__CLICKSTREAM__{key}")
    text = get("/clickstream/day/2026-01-31").text
    assert "clickstream.dashboard_prefix" in text
    assert "clickstream.reports_bucket" in text


def test_what_nobody_foresaw_shows_no_more_than_that(get, monkeypatch):
    def fail(hook: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(S3Hook, "get_conn", fail)
    answer = get(SHELL)
    assert answer.status_code == 500
    assert "a secret" not in answer.text
