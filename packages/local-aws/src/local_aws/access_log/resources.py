"""The resources that a call of a JSON or form service is checked against; none is the same as ``*``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.athena.models import athena_backends

from local_aws import settings
from local_aws.access_log import arns

Request = dict[str, Any]
# A call that lists is checked against all that could be listed.
_ALL = "*"


def _athena(operation: str, request: Request) -> list[str]:
    group = request.get("WorkGroup")
    execution_id = request.get("QueryExecutionId")
    if execution_id:
        current = settings.current()
        backend: Any = athena_backends[current.account_id][current.region]
        execution = backend.query_executions.get(execution_id)
        group = execution.workgroup if execution is not None else None
    elif operation == "StartQueryExecution":
        group = group or "primary"
    return [arns.regional("athena", f"workgroup/{group}")] if group else []


def _firehose(_: str, request: Request) -> list[str]:
    stream = request.get("DeliveryStreamName")
    return [arns.regional("firehose", f"deliverystream/{stream}")] if stream else []


def _glue(operation: str, request: Request) -> list[str]:
    if "Crawler" in operation:
        return _arns("crawler", request.get("Name") or request.get("CrawlerName") or request.get("CrawlerNameList"))
    if "Job" in operation:
        return _arns("job", request.get("JobName") or request.get("Name") or request.get("JobNames"))
    if "Database" in operation:
        name = request.get("Name") or request.get("DatabaseInput", {}).get("Name")
        return arns.catalog(name or _ALL)
    if "Table" in operation or "Partition" in operation:
        table = request.get("TableName") or request.get("TableInput", {}).get("Name") or request.get("Name")
        return arns.catalog(request.get("DatabaseName") or _ALL, table or _ALL)
    return []


def _arns(kind: str, names: str | list[str] | None) -> list[str]:
    several = [names] if isinstance(names, str) else names or []
    return [arns.regional("glue", f"{kind}/{name}") for name in several]


def _logs(_: str, request: Request) -> list[str]:
    group = request.get("logGroupName")
    stream = request.get("logStreamName")
    return [arns.log_stream(group, stream or "")] if group else []


def _sns(_: str, request: Request) -> list[str]:
    topic = request.get("TopicArn") or request.get("TargetArn")
    return [topic] if topic else []


RESOURCES: dict[str, Callable[[str, Request], list[str]]] = {
    "athena": _athena,
    "firehose": _firehose,
    "glue": _glue,
    "logs": _logs,
    "sns": _sns,
}
