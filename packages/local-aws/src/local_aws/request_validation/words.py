"""AWS's words for what is wrong with a request: those of the framework that most of its services are built on.

``Value 'a b' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: …``.
Where each form was seen at AWS is in this package's README.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.shapes import Path, Problem, problems

_CONTAINERS = (StructureShape, ListShape, MapShape)


def sentence_of(found: list[str]) -> str:
    """One message for all that is wrong."""
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}"


def descriptions(shape: Shape, values: dict[str, Any], found: Iterable[Problem], *, with_values: bool) -> list[str]:
    """What is wrong, each thing once.

    :param shape: the operation's input
    :param values: what the request gives for it
    :param with_values: whether the service repeats the values that it refuses
    """
    return list(dict.fromkeys(_description(shape, values, problem, with_values=with_values) for problem in found))


def shape_at(shape: Shape, path: Path) -> Shape:
    """The shape of a value inside a value; a map's keys have that of its values."""
    for step in path:
        if isinstance(shape, StructureShape):
            shape = shape.members[str(step)]
        elif isinstance(shape, ListShape):
            shape = shape.member
        elif isinstance(shape, MapShape):
            shape = shape.value
    return shape


def place_of(shape: Shape, path: Path) -> str:
    """A path as AWS writes it, such as ``tableInput.storageDescriptor.columns.2.member.type``."""
    steps = []
    for step in path:
        if isinstance(shape, ListShape) and isinstance(step, int):
            steps.append(f"{step + 1}.member")
        elif isinstance(shape, MapShape):
            steps.append(f"{step}.member")
        else:
            steps.append(_lower_first(str(step)))
        shape = shape_at(shape, (step,))
    return ".".join(steps)


def _description(shape: Shape, values: dict[str, Any], problem: Problem, *, with_values: bool) -> str:
    if problem.constraint == "required":
        place = place_of(shape, problem.path)
        return f"Value null at '{place}' failed to satisfy constraint: {problem.message}"
    path, message = _where_it_is_judged(shape, problem)
    judged = shape_at(shape, path)
    shown = f" '{_text(judged, _value_at(values, path))}'" if with_values and _may_be_shown(judged) else ""
    return f"Value{shown} at '{place_of(shape, path)}' failed to satisfy constraint: {message}"


def _where_it_is_judged(shape: Shape, problem: Problem) -> tuple[Path, str]:
    """The place and the constraint: what lists and maps hold is judged there, all of a member's constraints in one."""
    path = problem.path
    parent = shape_at(shape, path[:-1]) if path else shape
    if isinstance(parent, ListShape) and not isinstance(parent.member, _CONTAINERS):
        return path[:-1], f"Member must satisfy constraint: [{_constraints(parent.member)}]"
    if isinstance(parent, MapShape) and _is_of_key(parent, problem):
        return path[:-1], f"Map keys must satisfy constraint: [{_constraints(parent.key)}]"
    if isinstance(parent, MapShape) and not isinstance(parent.value, _CONTAINERS):
        return path[:-1], f"Map value must satisfy constraint: [{_constraints(parent.value)}]"
    return path, problem.message


def _value_at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


def _is_of_key(parent: MapShape, problem: Problem) -> bool:
    return problem.value == problem.path[-1] and problem.message in {
        found.message for found in problems(parent.key, problem.value)
    }


def _constraints(shape: Shape) -> str:
    limits = shape.metadata
    what = "length" if shape.type_name in {"string", "blob"} else "value"
    found = []
    if "max" in limits:
        found.append(f"Member must have {what} less than or equal to {limits['max']}")
    if "min" in limits:
        found.append(f"Member must have {what} greater than or equal to {limits['min']}")
    if "pattern" in limits:
        found.append(f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if "enum" in limits:
        found.append(f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")
    return ", ".join(found)


def _may_be_shown(shape: Shape) -> bool:
    return shape.type_name != "blob" and not shape.metadata.get("sensitive")


def _text(shape: Shape, value: Any) -> str:
    """A value as AWS repeats it, which is what Java makes of it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        fields = (f"{_lower_first(name)}={_text(member, value.get(name))}" for name, member in shape.members.items())
        return f"{shape.name}({', '.join(fields)})"
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(_text(shape.member, item) for item in value)}]"
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_text(shape.value, item)}' for key, item in value.items())}}}"
    if value is None:
        return "null"
    return str(value) if _may_be_shown(shape) else "***"


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
