"""UNNEST of maps, of arrays of rows and of several arrays at once, which DuckDB writes otherwise."""

from __future__ import annotations

from sqlglot import exp

from local_aws.services.athena.node_types import NodeTypes


def unnested(node: exp.Unnest, types: NodeTypes) -> exp.Expression:
    """The source of rows that stands for the UNNEST of a FROM clause."""
    arguments = node.expressions
    alias = node.args.get("alias")
    names = [column.name for column in alias.columns] if alias is not None else []
    has_ordinality = bool(node.args.get("offset"))
    if isinstance(node.args.get("offset"), exp.Identifier):
        names.append(node.args["offset"].name)
    if len(arguments) == 1 and not _is_wide(arguments[0], names, has_ordinality, types):
        return node
    outputs: list[exp.Expression] = []
    for argument in arguments:
        found = types.type_of(argument)
        if found is not None and found.is_type("array", "list"):
            fields = _row_fields(found)
            items = [_transformed(argument, field) for field in fields] or [argument.copy()]
        elif found is None and len(arguments) > 1:
            items = [argument.copy()]
        else:
            items = [_call("map_keys", argument), _call("map_values", argument)]
        outputs += [exp.Anonymous(this="unnest", expressions=[item]) for item in items]
    if has_ordinality:
        outputs.append(exp.Anonymous(this="unnest", expressions=[_numbers(outputs)]))
    for number, output in enumerate(outputs):
        name = names[number] if number < len(names) else f"_col{number}"
        outputs[number] = exp.alias_(output, name, quoted=True)
    table_alias = exp.TableAlias(this=exp.to_identifier(alias.name or "__unnest", quoted=True)) if alias else None
    return exp.Lateral(this=exp.Subquery(this=exp.select(*outputs)), alias=table_alias)


def _is_wide(argument: exp.Expression, names: list[str], has_ordinality: bool, types: NodeTypes) -> bool:
    """Whether one argument gives several columns."""
    found = types.type_of(argument)
    if found is None:
        return len(names) - has_ordinality > 1
    return found.is_type("map") or bool(_row_fields(found))


def _row_fields(found: exp.DataType) -> list[str]:
    """The field names of an array of rows."""
    if not found.expressions or not isinstance(found.expressions[0], exp.DataType):
        return []
    item = found.expressions[0]
    if not item.is_type("struct"):
        return []
    return [field.this.name for field in item.expressions if isinstance(field, exp.ColumnDef)]


def _transformed(array: exp.Expression, field: str) -> exp.Expression:
    item = exp.to_identifier("__item")
    extract = exp.Anonymous(this="struct_extract", expressions=[exp.column("__item"), exp.Literal.string(field)])
    return exp.Anonymous(
        this="list_transform", expressions=[array.copy(), exp.Lambda(this=extract, expressions=[item])]
    )


def _numbers(outputs: list[exp.Expression]) -> exp.Expression:
    first = outputs[0].expressions[0].copy()
    end = exp.Add(this=exp.Anonymous(this="len", expressions=[first]), expression=exp.Literal.number(1))
    return exp.Anonymous(this="range", expressions=[exp.Literal.number(1), end])


def _call(name: str, argument: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument.copy()])
