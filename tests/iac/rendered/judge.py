"""Judges what ``terraform apply`` would ask of AWS, without AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session

from local_aws.shapes import problems
from tests.iac.rendered.calls import RenderedCall, render
from tests.iac.rendered.documented import complaints_of_documentation
from tests.iac.rendered.placeholders import ZONES, AppliedModule
from tests.iac.rendered.quotas import complaints_of_quotas
from tests.iac.rendered.table import CALLS


def complaints(folder: Path, variables: Mapping[str, Any]) -> list[str]:
    """What AWS has against the calls that create a module's resources, each in a line with file and line.

    :raises NotSupportedError: if nobody said what becomes of a resource or of an argument
    """
    module = AppliedModule(folder, variables)
    return complaints_of(render(module, CALLS), module.variable("aws_region"))


def complaints_of(calls: list[RenderedCall], region: str) -> list[str]:
    """What AWS has against the calls in that region; what it has against many instances of a resource is told once."""
    found = [
        *complaints_of_models(calls),
        *complaints_of_documentation(calls),
        *complaints_of_quotas(calls, ZONES[region]),
    ]
    return list(dict.fromkeys(found))


def complaints_of_models(calls: Iterable[RenderedCall]) -> list[str]:
    """What botocore's service models have against the calls."""
    return [
        call.complaint(problem.path, problem.message, problem.value)
        for call in calls
        for problem in problems(input_shape(call.call.service, call.call.operation), call.members)
    ]


def input_shape(service: str, operation: str) -> Any:
    """What botocore's newest model says that a call takes."""
    return model_of(service).operation_model(operation).input_shape


@cache
def model_of(service: str) -> Any:
    """botocore's newest model of a service. To read one takes a second."""
    return botocore.session.get_session().get_service_model(service)
