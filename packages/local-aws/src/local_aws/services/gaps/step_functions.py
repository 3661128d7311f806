"""moto's Step Functions as a store: definitions of state machines are looked over and kept, nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.stepfunctions import models
from moto.stepfunctions.responses import StepFunctionResponse

_STATE_TYPES = {"Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"}
_ENDS_BY_ITSELF = {"Succeed", "Fail", "Choice"}


class InvalidDefinition(ServiceException):
    """The definition is not a state machine's."""

    code = "InvalidDefinition"


class StoredStateMachinesBackend(models.StepFunctionBackend):
    """Keeps state machines whose states fit together."""

    @property
    def _url_module(self) -> Any:
        from moto.stepfunctions import urls

        return urls

    def create_state_machine(self, **arguments: Any) -> Any:
        """CreateStateMachine.

        :raises InvalidDefinition: if the definition has a fault
        """
        _check(arguments["definition"])
        return super().create_state_machine(**arguments)

    def update_state_machine(self, **arguments: Any) -> Any:
        """UpdateStateMachine.

        :raises InvalidDefinition: if the definition has a fault
        """
        if arguments.get("definition") is not None:
            _check(arguments["definition"])
        return super().update_state_machine(**arguments)


class LocalStepFunctionResponse(StepFunctionResponse):
    """The calls that moto lacks."""

    def validate_state_machine_definition(self) -> ActionResult:
        """ValidateStateMachineDefinition: the same look that creating one takes."""
        found = list(faults(self._get_param("definition") or ""))
        return ActionResult(
            {
                "result": "FAIL" if found else "OK",
                "diagnostics": [
                    {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": message} for message in found
                ],
                "truncated": False,
            }
        )

    def list_state_machine_versions(self) -> ActionResult:
        """ListStateMachineVersions, the newest first."""
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
        versions = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
            for _, version in sorted(machine.versions.items(), reverse=True)
        ]
        return ActionResult({"stateMachineVersions": versions})


def faults(definition: str) -> Iterator[str]:
    """What is wrong with a definition: its form, types and names of states. Expressions and arguments are not read."""
    try:
        document = json.loads(definition)
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    if not isinstance(document, dict):
        yield "the definition must be an object"
        return
    yield from _faults_of_machine(document)


def _faults_of_machine(machine: dict[str, Any]) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield "States must be an object with at least one state"
        return
    if machine.get("StartAt") not in states:
        yield f"StartAt names no state: {machine.get('StartAt')!r}"
    for name, state in states.items():
        if not isinstance(state, dict) or state.get("Type") not in _STATE_TYPES:
            yield f"the state {name!r} needs a Type out of {sorted(_STATE_TYPES)}"
            continue
        for target in _targets(state):
            if target not in states:
                yield f"the state {name!r} leads to {target!r}, which is no state"
        if state["Type"] not in _ENDS_BY_ITSELF and not state.get("Next") and state.get("End") is not True:
            yield f"the state {name!r} needs Next or End"
        for inner in (*(state.get("Branches") or []), state.get("ItemProcessor"), state.get("Iterator")):
            if isinstance(inner, dict):
                yield from _faults_of_machine(inner)


def _targets(state: dict[str, Any]) -> Iterator[str]:
    for entry in (state, *(state.get("Choices") or []), *(state.get("Catch") or [])):
        if entry.get("Next"):
            yield entry["Next"]
    if state.get("Default"):
        yield state["Default"]


def _check(definition: str) -> None:
    for message in faults(definition):
        raise InvalidDefinition(f"Invalid State Machine Definition: {message}")


def install() -> None:
    """Let moto use this backend and its responses; must come before moto's server is imported."""
    from moto.stepfunctions import urls

    models.stepfunctions_backends.backend = StoredStateMachinesBackend
    urls.url_paths["{0}/$"] = LocalStepFunctionResponse.dispatch
