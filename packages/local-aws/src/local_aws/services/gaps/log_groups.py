"""Settings of log groups that moto lacks: key and class. They are kept and given back; nothing is encrypted."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import EmptyResult
from moto.logs import models
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

LOGS = "logs"
DEFAULT_CLASS = "STANDARD"


class LocalLogsResponse(LogsResponse):
    """The calls for a log group's key and class."""

    def create_log_group(self) -> Any:
        """CreateLogGroup.

        :raises NotImplementedError: for deletion protection, which would protect nothing
        """
        if self._get_param("deletionProtectionEnabled"):
            raise NotImplementedError("deletion protection of log groups")
        answer = super().create_log_group()
        self._group(self._get_param("logGroupName")).log_group_class = self._get_param("logGroupClass") or DEFAULT_CLASS
        return answer

    def associate_kms_key(self) -> EmptyResult:
        """AssociateKmsKey."""
        self._named_group().kms_key_id = self._get_param("kmsKeyId")
        return EmptyResult()

    def disassociate_kms_key(self) -> EmptyResult:
        """DisassociateKmsKey."""
        self._named_group().kms_key_id = None
        return EmptyResult()

    def _named_group(self) -> Any:
        name = self._get_param("logGroupName")
        identifier = self._get_param("resourceIdentifier") or ""
        if not name and ":log-group:" not in identifier:
            raise JsonRESTError(
                "InvalidParameterException", "give logGroupName, or a resourceIdentifier that is a log group's ARN"
            )
        return self._group(name or identifier.rpartition(":log-group:")[2].removesuffix(":*"))

    def _group(self, name: str) -> Any:
        group = self.logs_backend.groups.get(name)
        if group is None:
            raise ResourceNotFoundException()
        return group


def install() -> None:
    """Let moto use these responses; must come before moto's server is imported."""
    from moto.logs import urls

    urls.url_paths["{0}/$"] = LocalLogsResponse.dispatch
    original = models.LogGroup.to_describe_dict

    def to_describe_dict(self: Any) -> dict[str, Any]:
        return {**original(self), "logGroupClass": getattr(self, "log_group_class", DEFAULT_CLASS)}

    models.LogGroup.to_describe_dict = to_describe_dict
