"""Writes to CloudWatch Logs inside this process."""

from __future__ import annotations

import threading
from typing import Any

from moto.glue.models import glue_backends
from moto.logs import models

from local_aws import access_log, clock, settings
from local_aws.access_log import arns
from local_aws.persistence import dirty
from local_aws.services.gaps.log_groups import LOGS

JOB_LOG_GROUP = "/aws-glue/jobs"
_JOB_LOG_GROUP_ARGUMENT = "--custom-logGroup-prefix"
CRAWLER_LOG_GROUP = "/aws-glue/crawlers"
MAX_EVENT_BYTES = 256 * 1024 - 26
_creation = threading.Lock()


def job_log_group(arguments: dict[str, str], role: str, configuration: str | None, region: str) -> str:
    """What a run's two log groups, ``<this>/output`` and ``<this>/error``, begin with.

    The arguments' prefix, or Glue's own; where a security configuration encrypts logs, its name and the role follow:
    https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html, "Custom logging" and "Log group naming
    with security configuration".
    """
    prefix = arguments.get(_JOB_LOG_GROUP_ARGUMENT) or JOB_LOG_GROUP
    return f"{prefix}/{configuration}-{_role_path(role)}" if _encrypts_logs(configuration, region) else prefix


def reported_log_group(role: str, configuration: str | None) -> str:
    """The LogGroupName of a run as GetJobRun shows it; not where its log is if the arguments have a prefix.

    https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html#Glue-Type-JobRun-LogGroupName
    """
    return f"{JOB_LOG_GROUP}-{role.rpartition('/')[2]}-{configuration}" if configuration else JOB_LOG_GROUP


def crawler_log_group(role: str, configuration: str | None, region: str) -> str:
    """Where a crawler logs: a group with the role's name and the security configuration's, if that encrypts logs.

    The name is the one that AWS's own solutions (data.all for one) grant crawlers, ``/aws-glue/crawlers-role/...``.
    """
    if _encrypts_logs(configuration, region):
        return f"{CRAWLER_LOG_GROUP}-{_role_path(role)}-{configuration}"
    return CRAWLER_LOG_GROUP


def _role_path(role: str) -> str:
    """``role/`` and the role's name with its path, of a name or an ARN."""
    return role.split(":", 5)[5] if role.startswith("arn:") else f"role/{role}"


def _encrypts_logs(configuration: str | None, region: str) -> bool:
    known = glue_backends[settings.current().account_id][region].security_configurations
    if not configuration or configuration not in known:
        return False
    encryption = known[configuration].configuration.get("CloudWatchEncryption", {})
    return bool(encryption.get("CloudWatchEncryptionMode") == "SSE-KMS")


def install() -> None:
    """Let FilterLogEvents give a token with every page that holds events, as AWS does.

    moto gives none with the last one, so whoever reads a growing log (GlueJobOperator with ``verbose``) would get all
    of it again each time.
    """
    original = models.LogGroup.filter_log_events

    def filter_log_events(self: Any, *args: Any, **kwargs: Any) -> tuple[list[dict[str, Any]], str | None, list[Any]]:
        events, token, streams = original(self, *args, **kwargs)
        if events and token is None:
            token = f"{self.name}@{events[-1]['logStreamName']}@{events[-1]['eventId']}"
        return events, token, streams

    models.LogGroup.filter_log_events = filter_log_events


class LogStream:
    """One stream of a log group; made, like the group, when it does not exist.

    :param role: name or ARN of the role that writes to it
    """

    def __init__(self, group: str, name: str, region: str, role: str) -> None:
        backend = models.logs_backends[settings.current().account_id][region]
        self._role = role
        self._arn = arns.log_stream(group, name)
        with _creation, access_log.acting_as(role):
            if group not in backend.groups:
                access_log.record("logs:CreateLogGroup", [arns.log_stream(group)])
            backend.ensure_log_group(group)
            access_log.record("logs:CreateLogStream", [self._arn])
            backend.ensure_log_stream(group, name)
        # The stream itself, not the backend's PutLogEvents: that one refuses events of a past the clock was set to.
        self._stream: Any = backend.groups[group].streams[name]
        self._lock = threading.Lock()
        self._last_timestamp_ms = 0

    def write(self, message: str) -> None:
        """Append one event; never with an earlier time than the one before, even where the clock was set back."""
        if not message:
            return
        encoded = message.encode("utf-8", errors="replace")
        if len(encoded) > MAX_EVENT_BYTES:
            message = encoded[:MAX_EVENT_BYTES].decode("utf-8", errors="ignore")
        with access_log.acting_as(self._role):
            access_log.record("logs:PutLogEvents", [self._arn])
        with self._lock:
            now_ms = int(clock.now().timestamp() * 1000)
            self._last_timestamp_ms = max(self._last_timestamp_ms, now_ms)
            self._stream.put_log_events([{"timestamp": self._last_timestamp_ms, "message": message}])
        dirty.mark(LOGS)
