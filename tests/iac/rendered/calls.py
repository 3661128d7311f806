"""Turns the resources of ``iac/`` into the API calls that create them, with the place of each member."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_terraform import Instance, NotSupportedError
from local_terraform.language.module import Contents, Module
from local_terraform.resources.arguments import Blocks, NotSent, OneBlock, Rules, call_arguments

Tags = Mapping[str, str]
CallPath = tuple[str | int, ...]
# Ends the name of a member that is a list of one: "Targets[].Arn" is Arn of the only item of Targets.
_ONE_ITEM = "[]"
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Call:
    """How one API call comes from a resource.

    :param rules: argument -> member, for the arguments that this call sends
    :param fixed: members that the provider adds, from the resource's own attributes if need be
    :param tags: makes members of the resource's tags; ``None`` if this call tags nothing
    """

    service: str
    operation: str
    rules: Rules
    fixed: Callable[[Instance], Mapping[str, Any]] = field(default=lambda instance: {})
    tags: Callable[[Tags], Mapping[str, Any]] | None = None

    @property
    def name(self) -> str:
        """Such as ``ec2.CreateVpc``."""
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True)
class RenderedCall:
    """An API call with its members, and where in ``iac/`` they stand.

    :param places: member's path -> file and line; the empty path is the resource itself
    """

    call: Call
    resource: str
    members: dict[str, Any]
    places: Mapping[CallPath, str]

    def place_of(self, path: CallPath) -> str:
        """File and line of what became that member, or of the nearest that holds it."""
        held = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in self.places)
        return self.places[held]

    def complaint(self, path: CallPath, message: str, value: Any) -> str:
        """What is wrong with a member, in a line that begins with its place."""
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…"
        where = ".".join(map(str, path)) or "the whole call"
        return f"{self.place_of(path)}: {self.resource}: {self.call.name} {where}: {message}; it is {shown}"


def render(module: Module, table: Mapping[str, Sequence[Call]]) -> list[RenderedCall]:
    """All calls that create the module's resources.

    :raises NotSupportedError: if the table does not know a type, or an argument of a resource
    """
    return [
        call
        for kind, label in module.addresses("resource")
        for instance in module.each("resource", kind, label)
        for call in _calls_of(instance, table)
    ]


def _calls_of(instance: Instance, table: Mapping[str, Sequence[Call]]) -> Iterator[RenderedCall]:
    kind = instance.block.labels[0]
    if kind not in table:
        raise NotSupportedError(f"{kind}: say in tests/iac/rendered which calls create it").at(instance.block.place)
    known = {name for call in table[kind] for name in call.rules}
    if any(call.tags is not None for call in table[kind]):
        known.add("tags")
    others: Rules = {name: NotSent("another call of the resource sends it") for name in known}
    tags = _tags_of(instance)
    for call in table[kind]:
        rules = {**others, **call.rules}
        members = _merged(_with_lists_of_one(call_arguments(instance, rules)), call.fixed(instance))
        if call.tags is not None and tags:
            members = _merged(members, call.tags(tags))
        yield RenderedCall(call, instance.address, members, dict(_places(instance, rules)))


def _tags_of(instance: Instance) -> dict[str, str]:
    """A resource's own tags over the default tags of its provider."""
    if "provider" in instance.block.attributes:
        raise NotSupportedError("whose default tags? Only one provider is known here").at(instance.place_of("provider"))
    overrides = instance.get("override_provider") if "override_provider" in instance.names else []
    provider = overrides[0] if overrides else _aws_provider(instance.module)
    defaults = provider.get("default_tags")[0].get("tags") if "default_tags" in provider.names else {}
    own = instance.get("tags") if "tags" in instance.names else {}
    return {**defaults, **own}


def _aws_provider(module: Module) -> Contents:
    block = module.block_of("provider", "aws")
    assert block is not None
    return Contents(module, block)


def _merged(members: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _merged(members[name], more[name]) for name in members.keys() & more.keys()}
    return {**members, **more, **both}


def _with_lists_of_one(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_lists_of_one(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name.removesuffix(_ONE_ITEM): [_with_lists_of_one(item)]
        if name.endswith(_ONE_ITEM)
        else _with_lists_of_one(item)
        for name, item in value.items()
    }


def _places(contents: Contents, rules: Rules, outer: CallPath = ()) -> Iterator[tuple[CallPath, str]]:
    yield outer, contents.block.place
    for name in contents.names:
        rule = rules[name]
        if isinstance(rule, NotSent):
            continue
        path = (*outer, *_path_of(rule.key))
        yield path, contents.place_of(name)
        if isinstance(rule, Blocks):
            for index, block in enumerate(contents.get(name)):
                yield from _places(block, rule.rules, (*path, index))
        elif isinstance(rule, OneBlock):
            for block in contents.get(name):
                yield from _places(block, rule.rules, path)


def _path_of(key: str) -> CallPath:
    names = ((name.removesuffix(_ONE_ITEM), name.endswith(_ONE_ITEM)) for name in key.split("."))
    return tuple(part for name, is_list in names for part in ((name, 0) if is_list else (name,)))
