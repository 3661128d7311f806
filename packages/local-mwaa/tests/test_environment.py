"""What Airflow is told, how its database is brought up to date, and how a run is read from its database and log."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from local_mwaa import AirflowError, LocalMwaa, TaskLine, run_dag, running_airflow, runs

# Stand in for Airflow's programs: the real ones run in the tests of the projects that use this package.
MIGRATES = """#!/bin/sh
[ "$*" = "db migrate" ] || exit 9
echo migrated >> "$AIRFLOW_HOME/migrations"
: > "$AIRFLOW_HOME/airflow.db"
"""
TASKS = "(dag_id, run_id, task_id, map_index, state, start_date, end_date, rendered_map_index)"


@pytest.fixture
def mwaa(tmp_path: Path) -> LocalMwaa:
    (tmp_path / "bin").mkdir()
    (tmp_path / "project" / "dags").mkdir(parents=True)
    write_program(tmp_path / "bin" / "airflow", MIGRATES)
    return LocalMwaa(
        programs=tmp_path / "bin",
        version="3.2.1",
        home=tmp_path / "home",
        dags=tmp_path / "project" / "dags",
        plugins=tmp_path / "project" / "plugins",
        logs=tmp_path / "logs",
        settings={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AIRFLOW__MY__KEY": "value"},
        failure_line=re.compile(r"MY TASK FAILED (\S+?): (.*)"),
    )


def write_program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


def test_nothing_of_ones_own_airflow_or_aws_reaches_it(mwaa: LocalMwaa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", "elsewhere")
    monkeypatch.setenv("MINE", "kept")
    variables = mwaa.variables()
    assert "AWS_PROFILE" not in variables
    assert variables["AIRFLOW__CORE__DAGS_FOLDER"] == variables["PYTHONPATH"] == str(mwaa.dags)
    assert variables["MINE"] == "kept"
    assert variables["AIRFLOW__MY__KEY"] == "value"
    assert variables["PATH"].split(os.pathsep)[0] == str(mwaa.programs)


def test_the_database_is_migrated_once_for_each_version(mwaa: LocalMwaa) -> None:
    mwaa.migrate()
    mwaa.migrate()
    assert (mwaa.home / "migrations").read_text() == "migrated\n"
    mwaa.database.unlink()
    mwaa.migrate()
    assert (mwaa.home / "migrations").read_text() == "migrated\nmigrated\n"


def test_a_migration_that_fails_is_not_taken_for_done(mwaa: LocalMwaa) -> None:
    write_program(mwaa.programs / "airflow", "#!/bin/sh\nexit 1\n")
    for _ in range(2):
        with pytest.raises(AirflowError, match=r"airflow db migrate failed; see .*airflow_db_migrate\.log"):
            mwaa.migrate()


def a_database(mwaa: LocalMwaa) -> None:
    """Airflow's database with an earlier run, in which a task failed."""
    mwaa.migrate()
    with closing(sqlite3.connect(mwaa.database)) as database:
        database.execute("create table dag_run (id integer, dag_id text, run_id text)")
        database.execute(f"create table task_instance {TASKS}")
        database.execute("insert into dag_run values (1, 'a_dag', 'earlier')")
        database.execute("insert into task_instance values ('a_dag', 'earlier', 'old', -1, 'failed', null, null, null)")
        database.commit()


def a_run(tasks: str, log: str = "", code: int = 0) -> str:
    """A stand-in for Airflow's Python that leaves such task instances of a new run."""
    return f"""#!/bin/sh
{sys.executable} - <<'END'
import os, sqlite3
database = sqlite3.connect(os.environ["AIRFLOW_HOME"] + "/airflow.db")
database.execute("insert into dag_run values (2, 'a_dag', 'new')")
database.executescript('''{tasks}''')
database.commit()
END
echo '{log}'
exit {code}
"""


def one(task: str, state: str, index: int = -1, label: str = "null") -> str:
    times = "'2026-01-31 00:00:00', '2026-01-31 00:00:02'"
    return f"insert into task_instance values ('a_dag', 'new', '{task}', {index}, '{state}', {times}, {label});"


def test_a_run_shows_its_own_tasks_once_each(mwaa: LocalMwaa) -> None:
    a_database(mwaa)
    write_program(mwaa.programs / "python", a_run(one("first", "success") + one("mapped", "skipped", 0, '"x"')))
    shown: list[TaskLine] = []
    result = run_dag(mwaa, "a_dag", {"date": "2026-01-31"}, shown.append, label="x")
    assert result.succeeded
    assert result.failures == []
    assert shown == [TaskLine("first", "success", 2.0), TaskLine("mapped[x]", "skipped", 2.0)]
    assert result.log.parent == mwaa.logs


def test_a_run_that_failed_says_what_its_log_says(mwaa: LocalMwaa) -> None:
    a_database(mwaa)
    write_program(mwaa.programs / "python", a_run(one("first", "failed"), "MY TASK FAILED first: no rows", 1))
    result = run_dag(mwaa, "a_dag", {}, lambda _: None, label="x")
    assert not result.succeeded
    assert result.failures == ["first: no rows"]


def test_a_run_without_any_task_did_not_succeed(mwaa: LocalMwaa) -> None:
    a_database(mwaa)
    write_program(mwaa.programs / "python", a_run("", "there is no such DAG"))
    assert run_dag(mwaa, "a_dag", {}, lambda _: None, label="x").failures == ["a_dag: there is no such DAG"]


def test_a_run_that_neither_ends_nor_stops_is_killed_and_told(mwaa: LocalMwaa, monkeypatch: pytest.MonkeyPatch) -> None:
    a_database(mwaa)
    write_program(mwaa.programs / "python", "#!/bin/sh\ntrap '' TERM\necho begun\nwhile :; do sleep 0.1; done\n")
    monkeypatch.setattr(runs, "RUN_TIMEOUT_S", 1)
    monkeypatch.setattr(runs, "STOP_TIMEOUT_S", 0.5)
    result = run_dag(mwaa, "a_dag", {}, lambda _: None, label="x")
    assert result.failures == ["a_dag: it did not end within 1 s"]


def test_an_airflow_that_ends_at_once_is_told(mwaa: LocalMwaa) -> None:
    mwaa.migrate()
    write_program(mwaa.programs / "airflow", "#!/bin/sh\nexit 3\n")
    message = r"airflow standalone ended with exit code 3; see .*airflow_standalone\.log"
    with pytest.raises(AirflowError, match=message), running_airflow(mwaa, 9):
        pass
