"""The client of Airflow's REST API, against a server that answers as Airflow 3.2.1 does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from local_mwaa import AirflowApi, AirflowError, TaskLine
from local_mwaa import api as airflow_api

DAG = "some_dag"
RUN = "manual__1"


class Airflow:
    """What the server answers, by method and path without its query; the last of several answers is repeated."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        self.bodies: dict[str, Any] = {}
        self.address = ""
        self.on("POST /auth/token", (201, {"access_token": "a-token"}))

    def on(self, call: str, *answers: tuple[int, Any]) -> None:
        self.answers[call] = list(answers)

    def answer(self, call: str, body: Any, token: str | None) -> tuple[int, Any]:
        self.bodies[call] = body
        if not call.endswith(("/auth/token", "/monitor/health")) and token != "Bearer a-token":
            return 401, {"detail": "Not authenticated"}
        answers = self.answers.get(call, [(404, {"detail": "not found"})])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def page_of(answer: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
    """A list as Airflow gives it out: at most 100 entries, from the offset on, and how many there are."""
    for key in {"dag_runs", "task_instances"} & answer.keys():
        offset, limit = int(query["offset"][0]), min(int(query["limit"][0]), 100)
        return {key: answer[key][offset : offset + limit], "total_entries": len(answer[key])}
    return answer


@pytest.fixture
def airflow(monkeypatch) -> Iterator[Airflow]:
    monkeypatch.setattr(airflow_api, "POLL_S", 0.01)
    fake = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path, _, query = self.path.removeprefix("/api/v2").partition("?")
            status, answer = fake.answer(f"{self.command} {path}", body, self.headers.get("Authorization"))
            answer = page_of(answer, parse_qs(query)) if isinstance(answer, dict) else answer
            content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    fake.address = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(airflow: Airflow) -> AirflowApi:
    return AirflowApi(airflow.address, "admin", "the-password", re.compile(r"MY TASK FAILED (\S+?): (.*)"))


def task(task_id: str, state: str | None, map_index: int = -1, label: str | None = None, **more: Any) -> dict[str, Any]:
    own = {"task_id": task_id, "state": state, "map_index": map_index, "rendered_map_index": label}
    return {**own, "duration": 1.5, "try_number": 1, "end_date": "2026-01-31T00:00:00Z" if state else None, **more}


def test_it_logs_in_once_with_its_user_and_password(airflow, api):
    airflow.on("GET /dags/x", (200, {"dag_id": "x"}))
    assert api.call("GET", "/dags/x") == api.call("GET", "/dags/x") == {"dag_id": "x"}
    assert airflow.bodies["POST /auth/token"] == {"username": "admin", "password": "the-password"}


def test_where_everybody_is_let_in_no_user_is_needed(airflow):
    airflow.on("GET /auth/token", (201, {"access_token": "a-token"}))
    airflow.on("GET /dags/x", (200, {"dag_id": "x"}))
    assert AirflowApi(airflow.address).call("GET", "/dags/x") == {"dag_id": "x"}


def test_an_airflow_that_was_restarted_is_logged_in_to_again(airflow, api):
    airflow.on("GET /dags/x", (401, {"detail": "Invalid token"}), (200, {"dag_id": "x"}))
    assert api.call("GET", "/dags/x") == {"dag_id": "x"}


def test_the_health_of_its_components_is_nothing_before_it_answers(airflow, api):
    assert api.health() == {}
    airflow.on("GET /monitor/health", (200, {"scheduler": {"status": "healthy"}, "triggerer": {"status": None}}))
    assert api.health() == {"scheduler": "healthy", "triggerer": None}
    assert AirflowApi("http://127.0.0.1:1").health() == {}


def test_it_does_not_show_its_password(api):
    assert "the-password" not in repr(api)


def test_a_wrong_password_is_one_clear_line(airflow, api):
    airflow.on("POST /auth/token", (401, {"detail": "Invalid credentials"}))
    with pytest.raises(AirflowError, match=r"does not let admin in: HTTP 401 .*Invalid credentials"):
        api.call("GET", "/dags")


def test_a_refusal_carries_airflows_own_words(airflow, api):
    airflow.on(f"POST /dags/{DAG}/dagRuns", (400, {"detail": "'date' is not a date"}))
    with pytest.raises(AirflowError, match=r"POST /dags/some_dag/dagRuns with HTTP 400: .*is not a date"):
        api.trigger(DAG, {"date": "tomorrow"})


def test_an_airflow_that_is_not_there_is_one_clear_line():
    with pytest.raises(AirflowError, match=r"can't be reached at http://127\.0\.0\.1:9"):
        AirflowApi("http://127.0.0.1:9", "admin", "p").call("GET", "/dags")


def test_a_run_is_triggered_with_its_parameters_and_no_logical_date(airflow, api):
    airflow.on(f"POST /dags/{DAG}/dagRuns", (200, {"dag_run_id": RUN}))
    assert api.trigger(DAG, {"date": "2026-01-31"}) == RUN
    assert airflow.bodies[f"POST /dags/{DAG}/dagRuns"] == {"logical_date": None, "conf": {"date": "2026-01-31"}}


def test_it_waits_until_the_dag_is_parsed(airflow, api):
    airflow.on(f"GET /dags/{DAG}", (404, {}), (404, {}), (200, {"dag_id": DAG}))
    api.wait_until_parsed(DAG)
    assert len(airflow.answers[f"GET /dags/{DAG}"]) == 1


def test_a_dag_that_is_never_parsed_ends_the_wait(airflow, api, monkeypatch):
    monkeypatch.setattr(airflow_api, "PARSE_TIMEOUT_S", 0.05)
    with pytest.raises(AirflowError, match="did not parse some_dag"):
        api.wait_until_parsed(DAG)


@pytest.mark.parametrize(
    "dag",
    [
        pytest.param({"is_paused": False, "next_dagrun_run_after": "2026-01-01T00:00:00Z"}, id="not_paused"),
        pytest.param({"is_paused": True, "next_dagrun_run_after": "2999-01-01T00:00:00Z"}, id="nothing_due"),
        pytest.param({"is_paused": True, "next_dagrun_run_after": None}, id="no_schedule"),
    ],
)
def test_unpausing_waits_for_no_run_where_none_starts(airflow, api, dag):
    airflow.on(f"GET /dags/{DAG}", (200, dag))
    airflow.on(f"PATCH /dags/{DAG}", (200, {}))
    assert api.unpause_and_find_due_run(DAG) is None
    assert airflow.bodies[f"PATCH /dags/{DAG}"] == {"is_paused": False}


def test_unpausing_returns_the_scheduled_run_that_it_sets_off(airflow, api):
    airflow.on(f"GET /dags/{DAG}", (200, {"is_paused": True, "next_dagrun_run_after": "2026-01-01T00:00:00Z"}))
    airflow.on(f"PATCH /dags/{DAG}", (200, {}))
    old, new = {"dag_run_id": "scheduled__1"}, {"dag_run_id": "scheduled__2"}
    runs = [[old], [old], [new, old]]
    airflow.on(f"GET /dags/{DAG}/dagRuns", *[(200, {"dag_runs": found}) for found in runs])
    assert api.unpause_and_find_due_run(DAG) == "scheduled__2"


def test_a_scheduler_that_starts_nothing_is_noticed(airflow, api, monkeypatch):
    monkeypatch.setattr(airflow_api, "SCHEDULE_TIMEOUT_S", 0.05)
    airflow.on(f"GET /dags/{DAG}", (200, {"is_paused": True, "next_dagrun_run_after": "2026-01-01T00:00:00Z"}))
    airflow.on(f"PATCH /dags/{DAG}", (200, {}))
    airflow.on(f"GET /dags/{DAG}/dagRuns", (200, {"dag_runs": []}))
    with pytest.raises(AirflowError, match="scheduler did not start the run"):
        api.unpause_and_find_due_run(DAG)


def test_a_watched_run_shows_each_task_once_as_it_ends(airflow, api):
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}", (200, {"state": "running"}), (200, {"state": "success"}))
    first, second = task("resolve_date", "success"), task("report_x", "skipped", 1, "2026-01-31")
    answers = [[first, task("report_x", "deferred", 1)], [first, second, task("next", None)]]
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}/taskInstances", *[(200, {"task_instances": a}) for a in answers])
    shown: list[TaskLine] = []
    assert api.watch(DAG, RUN, shown.append) == "success"
    assert shown == [TaskLine("resolve_date", "success", 1.5), TaskLine("report_x[2026-01-31]", "skipped", 1.5)]


def test_all_tasks_of_a_run_with_several_pages_are_shown_in_the_order_in_which_they_ended(airflow, api):
    tasks = [task("report_x", "success", n, end_date=f"2026-01-31T00:00:{59 - n % 60:02}Z") for n in range(250)]
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}", (200, {"state": "success"}))
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}/taskInstances", (200, {"task_instances": tasks}))
    shown: list[TaskLine] = []
    api.watch(DAG, RUN, shown.append)
    in_order = sorted(tasks, key=lambda found: found["end_date"])
    assert [line.name for line in shown] == [f"report_x[{found['map_index']}]" for found in in_order]


def test_a_run_that_does_not_end_is_given_up(airflow, api, monkeypatch):
    monkeypatch.setattr(airflow_api, "RUN_TIMEOUT_S", 0.05)
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}", (200, {"state": "queued"}))
    airflow.on(f"GET /dags/{DAG}/dagRuns/{RUN}/taskInstances", (200, {"task_instances": []}))
    with pytest.raises(AirflowError, match="manual__1 of some_dag is still queued"):
        api.watch(DAG, RUN, lambda _: None)


def test_failures_are_what_the_logs_say_else_the_state(airflow, api):
    tasks = [
        task("good", "success"),
        task("check_ledger", "failed", try_number=2),
        task("silent", "failed"),
        task("never", "upstream_failed", try_number=0),
    ]
    path = f"GET /dags/{DAG}/dagRuns/{RUN}/taskInstances"
    airflow.on(path, (200, {"task_instances": tasks}))
    line = '{"event": "MY TASK FAILED check_ledger: 3 of 4 rows\\nTraceback", "level": "error"}'
    airflow.on(f"{path}/check_ledger/logs/2", (200, line))
    airflow.on(f"{path}/silent/logs/1", (200, "{}"))
    assert api.failures(DAG, RUN) == ["check_ledger: 3 of 4 rows", "silent: failed", "never: upstream_failed"]
