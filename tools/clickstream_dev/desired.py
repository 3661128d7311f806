"""What ``iac/`` says that the local AWS is to have, evaluated as a whole before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clickstream_dev.artifacts import content_of_object
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_names import ResourceNames, names_of
from clickstream_dev.resource_types import NOT_PROVISIONED, PROVISIONED
from clickstream_dev.terraform import Instance, NotSupportedError
from clickstream_dev.terraform.arguments import call_arguments
from clickstream_dev.terraform.files import FilesRead
from clickstream_dev.terraform.local import LOCAL_ENVIRONMENT, local_module


@dataclass(frozen=True)
class Resource:
    """A resource: its type, and the arguments of the AWS call that creates it.

    :param place: file and line, for messages
    """

    kind: str
    arguments: dict[str, Any]
    place: str


@dataclass(frozen=True)
class Desired:
    """All resources, in the order in which they are made; the names; and which files say so."""

    resources: list[Resource]
    names: ResourceNames
    reads: FilesRead

    def of(self, kind: str) -> list[Resource]:
        """The resources of one type."""
        return [resource for resource in self.resources if resource.kind == kind]


def desired_state(repository: Path = REPOSITORY, environment: str = LOCAL_ENVIRONMENT) -> Desired:
    """Evaluate ``iac/`` of a checkout.

    :raises TerraformError: if it can't be evaluated; the message begins with file and line
    """
    module = local_module(repository, environment)
    found: dict[str, list[Resource]] = {kind: [] for kind in PROVISIONED}
    for kind, label in module.addresses("resource"):
        if kind in NOT_PROVISIONED or f"{kind}.{label}" in NOT_PROVISIONED:
            continue
        for instance in module.each("resource", kind, label):
            if kind not in PROVISIONED:
                raise NotSupportedError(
                    f"{kind} is unknown to the local AWS: say in resource_types.py what it gets, or why nothing"
                ).at(instance.block.place)
            found[kind].append(_resource(instance))
    resources = [resource for kind in PROVISIONED for resource in found[kind]]
    names = names_of(module)
    module.reads.patterns.add((module.folder, "*.tf"))
    return Desired(resources, names, module.reads)


def _resource(instance: Instance) -> Resource:
    kind = instance.block.labels[0]
    arguments = call_arguments(instance, PROVISIONED[kind])
    if kind == "aws_s3_object":
        arguments["Body"] = content_of_object(instance)
    return Resource(kind, arguments, instance.block.place)
