"""Says what a backfill would read and cost, date by date, in the log of its one task. It starts nothing.

**Running it**: trigger it with `from_date` and `to_date`, both included. The backfill itself:
`airflow backfill create --dag-id clickstream_daily --from-date A --to-date B`.
**When it fails**: the line `CLICKSTREAM TASK FAILED plan_backfill` says why. **Clearing** is safe: it only looks.
"""

import pendulum
from airflow.sdk import DAG

from clickstream import dag_arguments
from clickstream.failures import on_dag_failure
from clickstream.steps.backfill import plan_backfill

with DAG(
    dag_id="clickstream_plan",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    dagrun_timeout=dag_arguments.LOOK_TIMEOUT,
    default_args=dag_arguments.default_args(),
    params=dag_arguments.range_params(),
    on_failure_callback=on_dag_failure(),
    doc_md=__doc__,
    tags=["clickstream"],
):
    plan_backfill()
