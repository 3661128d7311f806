"""Run by Airflow's Python, with the package's home and a date: imports and renders every DAG, prints what came out.

It is handed over as text, so that nothing of the repository gets onto the path.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from airflow import plugins_manager
from packaging.requirements import Requirement

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.0
    from airflow.models.dagbag import DagBag

HOME, DAY = Path(sys.argv[1]), sys.argv[2]
DAGS = HOME / "dags"
PUSHED = {"resolve_date": DAY, "transform_events": "jr_1", "replay_quarantined_events": "jr_2"}


class TaskInstance:
    """What templates ask a task instance for."""

    run_id, map_index, try_number = "manual__1", -1, 1

    def __init__(self, task: Any) -> None:
        self.task, self.task_id, self.dag_id = task, task.task_id, task.dag_id

    def xcom_pull(self, task_ids: Any = None, **_: Any) -> Any:
        """A date's tasks push texts, all others lists of event dates."""
        return PUSHED.get(task_ids, [DAY])


def render(task: Any) -> dict[str, Any]:
    """The task's templated fields as they are when it runs for DAY; of a mapped task, for its first index."""
    dag = task.dag
    if task.is_mapped:
        task = task.unmap(dict.fromkeys(task.expand_input.value, DAY))
    parameters = {name: DAY if "date" in name else param.value for name, param in dag.params.items()}
    instance = TaskInstance(task)
    context = {"ti": instance, "task_instance": instance, "task": task, "dag": dag, "params": parameters, "ds": DAY}
    task.render_template_fields(context, jinja_env=dag.get_template_env())
    fields = {name: getattr(task, name, None) for name in task.template_fields}
    if getattr(task, "map_index_template", None):
        fields["map_index"] = dag.get_template_env().from_string(task.map_index_template).render(context)
    return fields


def unmet(requirement: Requirement) -> bool:
    """Whether the installed distribution is none that the requirement asks for."""
    return importlib.metadata.version(requirement.name) not in requirement.specifier


def main() -> None:
    """Print one line of JSON."""
    sys.path.insert(0, str(DAGS))  # as MWAA does
    bag = DagBag(str(DAGS))
    plugins_manager.ensure_plugins_loaded()
    from clickstream.contract import load_contract
    from clickstream.reports import statements as reports

    lines = (HOME / "dist" / "requirements.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-"))]
    own = [module for name, module in sys.modules.items() if name.split(".")[0].startswith("clickstream")]
    result = {
        "import_errors": bag.import_errors,
        "plugin_errors": plugins_manager.get_import_errors(),
        "dags": sorted(bag.dags),
        "rendered": {id_: {task.task_id: render(task) for task in dag.tasks} for id_, dag in bag.dags.items()},
        "sql_folder": str(reports.sql_folder()),
        "statements": {
            report.name: reports.unload_statement(report, date.fromisoformat(DAY), "the-reports", load_contract())
            for report in load_contract().reports
        },
        "own_modules": [module.__file__ for module in own if getattr(module, "__file__", None)],
        "path": sys.path,
        "requirements": [str(requirement) for requirement in requirements],
        "unmet": [str(requirement) for requirement in requirements if unmet(requirement)],
    }
    print(json.dumps(result, default=str))


main()
