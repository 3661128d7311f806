"""What a module says that the local AWS is to have, evaluated as a whole before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_terraform.errors import NotSupportedError
from local_terraform.language.files import FilesRead
from local_terraform.language.module import Instance, Module
from local_terraform.resources.arguments import call_arguments
from local_terraform.resources.objects import content_of_object
from local_terraform.resources.types import PROVISIONED


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
    """All resources, in the order in which they are made; the region; and which files say so."""

    resources: list[Resource]
    region: str
    reads: FilesRead

    def of(self, kind: str) -> list[Resource]:
        """The resources of one type."""
        return [resource for resource in self.resources if resource.kind == kind]


def desired_state(module: Module, left_out: Mapping[str, str]) -> Desired:
    """Evaluate a module.

    :param left_out: type, or type.name, of each resource that the local AWS does without -> why
    :raises TerraformError: if it can't be evaluated; the message begins with file and line
    """
    _ = module.blocks  # half a file lacks resources without anything in it being asked for
    found: dict[str, list[Resource]] = {kind: [] for kind in PROVISIONED}
    for kind, label in module.addresses("resource"):
        if kind in left_out or f"{kind}.{label}" in left_out:
            continue
        for instance in module.each("resource", kind, label):
            if kind not in PROVISIONED:
                raise NotSupportedError(f"{kind} is unknown to the local AWS: leave {kind}.{label} out").at(
                    instance.block.place
                )
            found[kind].append(_resource(instance))
    resources = [resource for kind in PROVISIONED for resource in found[kind]]
    module.reads.patterns.add((module.folder, "*.tf"))
    return Desired(resources, module.account.region, module.reads)


def _resource(instance: Instance) -> Resource:
    kind = instance.block.labels[0]
    if "provider" in instance.block.attributes:
        raise NotSupportedError("a provider of its own is not supported here").at(instance.place_of("provider"))
    arguments = call_arguments(instance, PROVISIONED[kind])
    if kind == "aws_s3_object":
        arguments["Body"] = content_of_object(instance)
    return Resource(kind, arguments, instance.block.place)
