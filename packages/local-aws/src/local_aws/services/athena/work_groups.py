"""Configurations of workgroups, and what they make of a query's own settings."""

from __future__ import annotations

import copy
from typing import Any

from local_aws.services.athena.errors import InvalidRequestError
from local_aws.services.s3 import storage

_REMOVALS = {  # flag in an update -> setting that it removes
    "RemoveOutputLocation": "OutputLocation",
    "RemoveEncryptionConfiguration": "EncryptionConfiguration",
    "RemoveExpectedBucketOwner": "ExpectedBucketOwner",
    "RemoveAclConfiguration": "AclConfiguration",
}


def check_configuration(configuration: dict[str, Any]) -> None:
    """Refuse what Athena would refuse.

    :raises InvalidRequestError: saying what is wrong
    """
    location = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    if location:
        _check_location(location)


def updated_configuration(current: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    """The configuration after an UpdateWorkGroup; the current one stays as it is."""
    changed = copy.deepcopy(current)
    result = changed.setdefault("ResultConfiguration", {})
    for name, value in updates.items():
        if name == "ResultConfigurationUpdates":
            result |= {key: entry for key, entry in value.items() if key not in _REMOVALS}
            for flag, setting in _REMOVALS.items():
                if value.get(flag):
                    result.pop(setting, None)
        elif name == "RemoveBytesScannedCutoffPerQuery":
            if value:
                changed.pop("BytesScannedCutoffPerQuery", None)
        else:
            changed[name] = value
    return changed


def result_configuration(of_group: dict[str, Any], of_client: dict[str, Any]) -> dict[str, Any]:
    """A query's result configuration: the workgroup's if that is enforced, else the client's over it.

    :raises InvalidRequestError: if it has no place for results
    """
    effective = copy.deepcopy(of_group.get("ResultConfiguration") or {})
    if not of_group.get("EnforceWorkGroupConfiguration"):
        effective |= of_client
    location = effective.get("OutputLocation")
    if not location:
        raise InvalidRequestError(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    _check_location(location)
    return effective


def _check_location(location: str) -> None:
    try:
        storage.split_uri(location)
    except ValueError as error:
        raise InvalidRequestError(f"outputLocation is not a valid S3 path: {location}") from error
