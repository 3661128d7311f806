"""The end of what a Glue run logged, for the log of the task that waited for it.

The provider's ``verbose`` reads the group that GetJobRun names, and fails the task where it may not or is throttled.
That name does not follow ``--custom-logGroup-prefix`` as Glue's API describes it; the log does, says Glue's guide.
"""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from botocore.exceptions import ClientError

# https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html#monitor-logging-custom
GROUP_PREFIX_ARGUMENT = "--custom-logGroup-prefix"
# What the script printed, and what Spark and Glue logged.
KINDS = ("output", "error")
# The driver's: of Glue before 5.0, and as the guide has it for 5.0.
STREAM_SUFFIXES = ("", "-driver")
LINES_A_KIND = 200
# Empty ones, before the log counts as empty.
MAX_PAGES = 10


def read_end(hook: GlueJobHook, job_name: str, run_id: str) -> dict[str, list[str]]:
    """The last lines of the run's driver, by log group.

    :raises ClientError: if there are none because a group can't be read, AWS's reason
    """
    client = hook.logs_hook.get_conn()
    refused = None
    for prefix in _group_prefixes(hook.conn, job_name, run_id):
        found = {}
        for group in [f"{prefix}/{kind}" for kind in KINDS]:
            try:
                found[group] = _last_lines(client, group, run_id)
            except ClientError as error:
                refused = error
        if any(found.values()):
            return {group: lines for group, lines in found.items() if lines}
    if refused:
        raise refused
    return {}


def _group_prefixes(client: Any, job_name: str, run_id: str) -> list[str]:
    """What the names of the run's log groups may begin with, the likeliest first."""
    job = client.get_job(JobName=job_name)["Job"]
    run = client.get_job_run(JobName=job_name, RunId=run_id)["JobRun"]
    arguments = {**job.get("DefaultArguments", {}), **run.get("Arguments", {})}
    prefixes = [arguments.get(GROUP_PREFIX_ARGUMENT), run.get("LogGroupName")]
    return list(dict.fromkeys(prefix.rstrip("/") for prefix in prefixes if prefix))


def _last_lines(client: Any, group: str, run_id: str) -> list[str]:
    for suffix in STREAM_SUFFIXES:
        try:
            events = _last_events(client, group, f"{run_id}{suffix}")
        except client.exceptions.ResourceNotFoundException:
            continue
        if events:
            return [event["message"].rstrip() for event in events]
    return []


def _last_events(client: Any, group: str, stream: str) -> list[dict[str, Any]]:
    """The stream's last page that is not empty.

    A page may be empty though there is more; the end is where the token stays the same.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """
    request = {"logGroupName": group, "logStreamName": stream, "limit": LINES_A_KIND, "startFromHead": False}
    for _ in range(MAX_PAGES):
        page = client.get_log_events(**request)
        events: list[dict[str, Any]] = page["events"]
        token = page.get("nextBackwardToken")
        if events or token in (None, request.get("nextToken")):
            return events
        request["nextToken"] = token
    return []
