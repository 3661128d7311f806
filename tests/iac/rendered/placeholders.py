"""What AWS would give: ids, ARNs with them, versions and zones, in the form that AWS's own have."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_terraform import Account, Module
from local_terraform.language.module import Instance

ACCOUNT_ID = Account().id
# Which name is which zone differs from account to account: here the zone without MWAA comes first.
ZONES = {
    "us-east-1": {
        "us-east-1a": "use1-az3",
        "us-east-1b": "use1-az1",
        "us-east-1c": "use1-az2",
        "us-east-1d": "use1-az4",
    },
    "ap-southeast-2": {
        "ap-southeast-2a": "apse2-az1",
        "ap-southeast-2b": "apse2-az2",
        "ap-southeast-2c": "apse2-az3",
    },
}
# type -> how EC2's ids of it begin
_ID_PREFIXES = {
    "aws_eip": "eipalloc",
    "aws_internet_gateway": "igw",
    "aws_nat_gateway": "nat",
    "aws_route_table": "rtb",
    "aws_security_group": "sg",
    "aws_subnet": "subnet",
    "aws_vpc": "vpc",
    "aws_default_security_group": "sg",
}


class AppliedModule(Module):
    """A module in which every attribute has a value of the form that AWS would give it."""

    def __init__(self, folder: Path, variables: Mapping[str, Any]) -> None:
        super().__init__(folder, variables, account=Account(region=variables.get("aws_region", Account().region)))

    def after_apply(self, name: str) -> Any:
        """The value of ``type.label.attribute``, or of ``data.type.label.attribute``.

        :raises KeyError: if nobody said what AWS gives there
        """
        *_, kind, label, attribute = name.split(".")
        if name.startswith("data."):
            return self._data(kind, label, attribute)
        region = self.variable("aws_region")
        at = f"{region}:{ACCOUNT_ID}"
        key_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}.{label}"))
        if attribute in {"id", "default_security_group_id"} and kind in _ID_PREFIXES:
            return f"{_ID_PREFIXES[kind]}-{uuid.uuid5(uuid.NAMESPACE_URL, label).hex[:17]}"
        return {
            "aws_kms_key.arn": f"arn:aws:kms:{at}:key/{key_id}",
            "aws_kms_key.key_id": key_id,
            "aws_kms_key.id": key_id,
            "aws_s3_object.version_id": "3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
            "aws_scheduler_schedule_group.arn": f"arn:aws:scheduler:{at}:schedule-group/{self.local('name')}",
            "aws_cloudwatch_metric_alarm.arn": f"arn:aws:cloudwatch:{at}:alarm:{self.local('name')}-alarm",
        }[f"{kind}.{attribute}"]

    def _data(self, kind: str, label: str, attribute: str) -> Any:
        assert (kind, attribute) == ("aws_availability_zones", "names"), f"data.{kind}.{attribute}"
        asked: Instance = self.each("data", kind, label)[0]
        excluded = asked.get("exclude_zone_ids") if "exclude_zone_ids" in asked.names else []
        return [name for name, zone_id in ZONES[self.variable("aws_region")].items() if zone_id not in excluded]
