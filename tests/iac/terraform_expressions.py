"""Evaluates expressions of Terraform's language, from the trees that python-hcl2 parses.

It knows as much of the language as ``iac/`` uses and raises :class:`TerraformError` on the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import hcl2
from lark import Token, Tree

from tests.iac.terraform_functions import FUNCTIONS, OPERATORS, TerraformError, json_decode, text_of

Node = Tree[Token]
Scope = Mapping[str, Any]
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class Unknown(str):
    """What is known after apply only: ``<address.attribute>``."""


class Attributes(ABC):
    """An object whose attributes are evaluated when they are asked for."""

    @abstractmethod
    def get(self, attribute: str) -> Any:
        """The attribute's value.

        :raises TerraformError: if there is none
        """


class Lazy(Attributes):
    """Attributes that a function knows."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self._function = function

    def get(self, attribute: str) -> Any:
        return self._function(attribute)


def evaluate(node: Node, root: Callable[[str], Any], scope: Scope | None = None) -> Any:
    """The value of an expression.

    :param root: gives what a name at the start of a reference stands for
    :param scope: names that come before those, such as ``each``
    """
    return _Evaluation(root, scope or {}).value(node)


class _Evaluation:
    def __init__(self, root: Callable[[str], Any], scope: Scope) -> None:
        self._root = root
        self._scope = scope

    def value(self, node: Node) -> Any:
        method = getattr(self, f"_{node.data}", None)
        if method is None:
            raise TerraformError(f"{node.data} is not known here")
        return method(node)

    def _within(self, scope: Scope, node: Node) -> Any:
        return evaluate(node, self._root, {**self._scope, **scope})

    def _expr_term(self, node: Node) -> Any:
        (inner,) = trees(node)
        return self.value(inner)

    _interpolation = _expr_term

    def _identifier(self, node: Node) -> Any:
        name = word(node)
        return self._scope[name] if name in self._scope else self._root(name)

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
            yield "${" + text_of(self.value(expression_of(f'"{part[3:]}"')))
        elif part.type == "STRING_CHARS":
            characters = iter(part)
            yield "".join(_ESCAPES[next(characters)] if c == "\\" else c for c in characters)
        else:
            raise TerraformError(f"{part} is not known here")

    def _tuple(self, node: Node) -> list[Any]:
        return [self.value(item) for item in trees(node)]

    def _object(self, node: Node) -> dict[str, Any]:
        found = {}
        for element in trees(node):
            key, value = trees(element)
            (name,) = trees(key)
            found[self._key(name)] = self.value(value)
        return found

    def _key(self, node: Node) -> Any:
        is_plain = node.data == "keyword" or (len(node.children) == 1 and trees(node)[0].data == "identifier")
        return word(node) if is_plain else self.value(node)

    def _conditional(self, node: Node) -> Any:
        condition, chosen, other = trees(node)
        return self.value(chosen if self.value(condition) else other)

    def _unary_op(self, node: Node) -> Any:
        value = self.value(trees(node)[0])
        return not value if node.children[0] == "!" else -value

    def _binary_op(self, node: Node) -> Any:
        left, term = trees(node)
        sign, right = trees(term)
        value = self.value(left)
        if word(sign) in {"&&", "||"}:
            return bool(self.value(right)) if value == (word(sign) == "&&") else value
        return OPERATORS[word(sign)](value, self.value(right))

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
            raise TerraformError(f"the function {function} is not known here")
        values = [self.value(argument) for argument in arguments]
        if rest and rest[0].children and "..." in rest[0].children:
            values = [*values[:-1], *values[-1]]
        return FUNCTIONS[function](*values)

    def _first_that_works(self, function: str, arguments: list[Node]) -> Any:
        for argument in arguments:
            try:
                value = self.value(argument)
            except (TerraformError, LookupError, TypeError, ValueError):
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
            name, item = self._within(scope, key), self._within(scope, value)
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
            if last.data != "for_cond" or self._within(scope, trees(last)[0]):
                yield scope


def member(value: Any, key: Any) -> Any:
    """``value.key`` or ``value[key]``."""
    if isinstance(value, Unknown):
        return Unknown(f"{value[:-1]}.{key}>")
    if isinstance(value, Attributes):
        return value.get(key)
    try:
        return value[key]
    except (LookupError, TypeError) as error:
        raise TerraformError(f"no {key!r} in {value!r}") from error


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values in Terraform's order; of a list, its indices."""
    return sorted(value.items()) if isinstance(value, dict) else list(enumerate(value))


def trees(node: Node) -> list[Node]:
    """The children that mean something: no punctuation, no comments."""
    return [child for child in node.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def word(node: Node) -> str:
    """The name, number or operator that a node is, without the dot in front of it."""
    return str(next(token for token in node.scan_values(lambda token: token != ".")))


@cache
def expression_of(text: str) -> Node:
    """An expression's tree."""
    (body,) = trees(hcl2.parses_to_tree(f"x = {text}"))
    return trees(trees(body)[0])[1]
