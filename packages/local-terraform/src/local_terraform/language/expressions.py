"""Evaluates expressions of Terraform's language, from the trees that python-hcl2 parses.

It knows a part of the language and raises :class:`NotSupportedError` on the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lark import Tree

from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.files import FILE_FUNCTIONS, FilesRead
from local_terraform.language.functions import FUNCTIONS, OPERATORS, json_decode, number_of, text_of
from local_terraform.language.sets import Set
from local_terraform.language.syntax import Node, expression_of, line_of, trees, word

Scope = Mapping[str, Any]
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_BRIEF_LENGTH = 200


class Unknown(str):
    """Stands for what is known after apply only, where whoever evaluates asked for such: ``<address.attribute>``."""


class Attributes(ABC):
    """An object whose attributes are evaluated when they are asked for."""

    @abstractmethod
    def get(self, attribute: str) -> Any:
        """The attribute's value.

        :raises TerraformError: if there is none
        """


@dataclass(frozen=True)
class Lazy(Attributes):
    """Attributes that a function knows."""

    function: Callable[[str], Any]

    def get(self, attribute: str) -> Any:
        return self.function(attribute)


@dataclass(frozen=True)
class Evaluation:
    """Evaluates the expressions of one file.

    :param root: gives what a name at the start of a reference stands for
    :param scope: names that come before those, such as ``each``
    :param file: what messages call the file
    :param reads: learns which files the functions read
    :param line: of the whole expression, where the tree has no lines of its own
    """

    root: Callable[[str], Any]
    scope: Scope
    file: str
    reads: FilesRead
    line: int | None = None

    def value(self, node: Node) -> Any:
        """The value of an expression.

        :raises TerraformError: if it has none; the message begins with file and line
        """
        method = getattr(self, f"_{node.data}", None)
        try:
            if method is None:
                raise NotSupportedError(f"{str(node.data).replace('_', ' ')}: this syntax is not supported here")
            return method(node)
        except TerraformError as error:
            raise error.at(f"{self.file}:{self.line or line_of(node)}") from None

    def _within(self, scope: Scope, node: Node) -> Any:
        return replace(self, scope={**self.scope, **scope}).value(node)

    def _is_true(self, node: Node) -> bool:
        value = self.value(node)
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value, value)
        if not isinstance(value, bool):
            raise TerraformError(f"{_brief(value)} is neither true nor false")
        return value

    def _expr_term(self, node: Node) -> Any:
        (inner,) = trees(node)
        return self.value(inner)

    _interpolation = _expr_term

    def _identifier(self, node: Node) -> Any:
        name = word(node)
        return self.scope[name] if name in self.scope else self.root(name)

    def _literal_value(self, node: Node) -> Any:
        return {"true": True, "false": False, "null": None}[word(node)]

    def _int_lit(self, node: Node) -> Any:
        return json_decode(word(node))

    _float_lit = _int_lit

    def _string(self, node: Node) -> Any:
        parts = [part for child in trees(node) for part in self._parts(child)]
        return parts[0] if len(parts) == 1 else "".join(map(text_of, parts))

    def _parts(self, node: Node) -> Iterator[Any]:
        (part,) = node.children
        if isinstance(part, Tree):
            yield self.value(part)
        elif part.type == "ESCAPED_INTERPOLATION":
            # The token ends at the first brace: what is in it may be an interpolation of its own.
            inner = replace(self, line=self.line or line_of(node))
            yield "${" + text_of(inner.value(expression_of(f'"{part[3:]}"')))
        elif part.type == "STRING_CHARS":
            characters = iter(part)
            yield "".join(_escaped(next(characters)) if c == "\\" else c for c in characters)
        else:
            raise NotSupportedError(f"{part} is not supported here")

    def _tuple(self, node: Node) -> list[Any]:
        return [self.value(item) for item in trees(node)]

    def _object(self, node: Node) -> dict[str, Any]:
        found = {}
        for element in trees(node):
            key, value = trees(element)
            (name,) = trees(key)
            found[text_of(self._key(name))] = self.value(value)
        return found

    def _key(self, node: Node) -> Any:
        is_plain = node.data == "keyword" or (len(node.children) == 1 and trees(node)[0].data == "identifier")
        return word(node) if is_plain else self.value(node)

    def _conditional(self, node: Node) -> Any:
        condition, chosen, other = trees(node)
        return self.value(chosen if self._is_true(condition) else other)

    def _unary_op(self, node: Node) -> Any:
        (operand,) = trees(node)
        return not self._is_true(operand) if node.children[0] == "!" else -number_of(self.value(operand))

    def _binary_op(self, node: Node) -> Any:
        left, term = trees(node)
        operator, right = trees(term)
        sign = word(operator).strip()  # the token begins with the line break before it
        if sign in {"&&", "||"}:
            value = self._is_true(left)
            return self._is_true(right) if value == (sign == "&&") else value
        value = self.value(left)
        try:
            return OPERATORS[sign](value, self.value(right))
        except (ArithmeticError, ValueError) as error:
            raise TerraformError(f"{sign}: {error}") from None

    def _get_attr_expr_term(self, node: Node) -> Any:
        value, step = trees(node)
        return self._step(self.value(value), step)

    _index_expr_term = _get_attr_expr_term

    def _step(self, value: Any, step: Node) -> Any:
        if step.data == "get_attr":
            return member(value, word(step))
        if step.data == "short_index":
            return member(value, int(word(step)))
        return member(value, self.value(trees(step)[0]))

    def _full_splat_expr_term(self, node: Node) -> list[Any]:
        value, splat = trees(node)
        base = self.value(value)
        items = base if isinstance(base, list) else [] if base is None else [base]
        for step in trees(splat):
            items = [self._step(item, step) for item in items]
        return items

    _attr_splat_expr_term = _full_splat_expr_term

    def _function_call(self, node: Node) -> Any:
        name, *rest = trees(node)
        arguments = trees(rest[0]) if rest else []
        function = word(name)
        if function in {"try", "can"}:
            return self._first_that_works(function, arguments)
        if function not in FUNCTIONS:
            raise NotSupportedError(f"function {function} is not supported here")
        values = [self.value(argument) for argument in arguments]
        if rest and rest[0].children and "..." in rest[0].children:
            values = [*values[:-1], *values[-1]]
        return self._result(function, values)

    def _result(self, function: str, values: list[Any]) -> Any:
        if function in FILE_FUNCTIONS or function == "templatefile":
            self.reads.note(function, values)
        try:
            return FUNCTIONS[function](*values)
        except (ArithmeticError, LookupError, ValueError) as error:
            raise TerraformError(f"{function}(): {type(error).__name__}: {error}") from None
        except (AttributeError, TypeError) as error:
            # A null Terraform refuses too; a value of another type it may turn into one that the function takes.
            kind = TerraformError if None in values else NotSupportedError
            raise kind(f"{function}(): {type(error).__name__}: {error}") from None

    def _first_that_works(self, function: str, arguments: list[Node]) -> Any:
        for argument in arguments:
            try:
                value = self.value(argument)
            except NotSupportedError:
                raise  # Terraform may have a value for it
            except TerraformError:
                continue
            return True if function == "can" else value
        if function == "can":
            return False
        raise TerraformError("no argument of try() has a value")

    def _for_tuple_expr(self, node: Node) -> list[Any]:
        _, value, *_ = trees(node)
        return [self._within(scope, value) for scope in self._rounds(node)]

    def _for_object_expr(self, node: Node) -> dict[Any, Any]:
        _, key, value, *_ = trees(node)
        found: dict[Any, Any] = {}
        for scope in self._rounds(node):
            name, item = text_of(self._within(scope, key)), self._within(scope, value)
            if "..." in node.children:
                found.setdefault(name, []).append(item)
            else:
                found[name] = item
        return found

    def _rounds(self, node: Node) -> Iterator[Scope]:
        intro, *_, last = trees(node)
        *names, source = trees(intro)
        for key, value in pairs_of(self.value(source)):
            scope = {word(names[-1]): value} | ({word(names[0]): key} if len(names) == 2 else {})
            if last.data != "for_cond" or replace(self, scope={**self.scope, **scope})._is_true(trees(last)[0]):
                yield scope


def member(value: Any, key: Any) -> Any:
    """``value.key`` or ``value[key]``."""
    if isinstance(value, Unknown):
        return Unknown(f"{value[:-1]}.{key}>")
    if isinstance(value, Attributes):
        return value.get(key)
    try:
        if isinstance(value, dict):
            return value[key if isinstance(key, str) else text_of(key)]
        if isinstance(value, list) and (index := number_of(key)) >= 0:
            return value[int(index)]
    except LookupError:
        pass
    raise TerraformError(f"no {key!r} in {_brief(value)}")


def _escaped(character: str) -> str:
    if character not in _ESCAPES:
        raise NotSupportedError(f"\\{character} is not supported in a string here")
    return _ESCAPES[character]


def _brief(value: Any) -> str:
    text = repr(sorted(value)) if isinstance(value, dict) else repr(value)
    return text if len(text) <= _BRIEF_LENGTH else f"{text[:_BRIEF_LENGTH]}…"


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values in Terraform's order: a list's keys are its indices, a set's are its values.

    :raises TerraformError: if it is neither
    """
    if isinstance(value, dict):
        return sorted(value.items(), key=lambda pair: pair[0])
    if isinstance(value, Set):
        return [(item, item) for item in value]
    if isinstance(value, list):
        return list(enumerate(value))
    raise TerraformError(f"{value!r} is no collection")
