"""Who may see the page in Airflow's navigation, and that it reads nothing but published pages."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from tests.dags.page_support import ANYTHING_FROM, LISTED, SHELL, listing, token_of


@pytest.mark.parametrize("path", [SHELL, f"{SHELL}?date=2026-01-31", "/clickstream/day/2026-01-31"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no_token"),
        pytest.param({"Authorization": "Bearer x.y.z"}, id="no_jwt"),
        pytest.param({"Cookie": "_token=x.y.z"}, id="no_jwt_in_the_cookie"),
        pytest.param({"Authorization": "Basic YWRtaW46YWRtaW4="}, id="another_scheme"),
    ],
)
def test_nobody_sees_anything_without_a_good_token(airflow, stub, path, headers):
    stub(S3Hook, "s3")  # and S3 is not asked
    answer = airflow.get(path, headers=headers)
    assert answer.status_code == 401
    assert "Sign in to Airflow" in answer.text


def test_a_token_of_another_airflow_is_refused(airflow, stub, token):
    stub(S3Hook, "s3")
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{signature[:-4]}{'AAAA' if signature[-4:] != 'AAAA' else 'BBBB'}"
    assert airflow.get(SHELL, headers={"Cookie": f"_token={forged}"}).status_code == 401


def test_a_browser_is_known_by_airflows_cookie(airflow, stub, token):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing("2026-01-31"), LISTED)
    assert airflow.get(SHELL, headers={"Cookie": f"_token={token}"}).status_code == 200


def test_a_user_who_may_not_see_the_dag_may_not_see_what_it_publishes(airflow, stub):
    stub(S3Hook, "s3")
    answer = airflow.get(SHELL, headers={"Authorization": f"Bearer {token_of(None)}"})
    assert answer.status_code == 403
    assert "may not see the DAG clickstream_daily" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "../../events",
        "..%2f..%2freports",
        "2026-01-31/../../reports",
        "2026-01-31\0",
        "2026-01-31\n",
        "2026-02-30",
        "2026-1-31",
        "20260131",
        "2026-W05-6",
        "２０２６-01-31",
        "s3://other/key",
        "' or 1=1",
    ],
)
def test_what_is_no_date_never_reaches_s3(get, stub, asked):
    stub(S3Hook, "s3")
    for path in (f"{SHELL}?date={quote(asked)}", f"/clickstream/day/{quote(asked, safe='')}"):
        answer = get(path)
        assert answer.status_code in (400, 404), path
        assert "<iframe" not in answer.text


@pytest.mark.parametrize("path", [SHELL, "/clickstream/nothing/here", "/clickstream/day/x", "/clickstream/docs"])
def test_every_answer_forbids_scripts_and_foreign_frames(get, stub, path):
    stub(S3Hook, "s3").add_response("list_objects_v2", listing("2026-01-31"), LISTED)
    answer = get(path) if path != SHELL else get(SHELL)
    headers = answer.headers
    assert ANYTHING_FROM in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "script" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    assert "<script" not in answer.text
    if path != SHELL:
        get(SHELL)  # asks for what the stub has promised
