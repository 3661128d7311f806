"""Finds the conditions of a query that say which partitions of a table it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from local_aws.services.athena.names import ReadTable

_NOT_OF_ONE_ROW = (exp.Query, exp.AggFunc, exp.Window, exp.Rand, exp.Subquery, exp.Placeholder, exp.Parameter)
_GROUPINGS = ("grouping_sets", "cube", "rollup", "all")
Keys = dict[str, str]
AcceptsNulls = Callable[[exp.Expression], bool]


def key_conditions(table: ReadTable, query: exp.Query, accepts_nulls: AcceptsNulls) -> list[exp.Expression]:
    """The conditions on the table's partition keys alone that every wanted row meets, those outside of subqueries too.

    :param accepts_nulls: whether a condition is true of a row whose keys are all null
    :returns: conditions whose columns are partition keys without a table's name
    """
    keys = {key.name: key.name for key in table.definition.partition_keys}
    return list(_conditions(table.mention, keys, query, accepts_nulls, has_outer_join=False))


def _conditions(
    source: exp.Expression, keys: Keys, query: exp.Query, accepts_nulls: AcceptsNulls, *, has_outer_join: bool
) -> Iterator[exp.Expression]:
    """The conditions on a source of rows in the SELECT that it stands in, and in those around that one.

    :param keys: name of a column of the source -> the partition key that it is
    """
    if not isinstance(source.parent, (exp.From, exp.Join)) or not isinstance(source.parent.parent, exp.Select):
        return
    select = source.parent.parent
    joins = select.args.get("joins") or []
    has_outer_join = has_outer_join or any(join.side for join in joins)
    alias = source.alias_or_name.lower()
    where = select.args.get("where")
    candidates = list(_conjuncts(where.this if where else None))
    matching: list[exp.Expression] = []
    for join in joins:
        if not join.side:
            candidates += _conjuncts(join.args.get("on"))
        elif join.side == "LEFT" and join.this is source:
            matching += _conjuncts(join.args.get("on"))
    for condition in filter(None, (_on_keys(candidate, alias, keys) for candidate in candidates)):
        # An outer join makes rows of nulls: a condition that lets those through says nothing about partitions.
        if not (has_outer_join and accepts_nulls(condition)):
            yield condition
    yield from filter(None, (_on_keys(candidate, alias, keys) for candidate in matching))
    outer, names = _seen_from_outside(select, query), _outputs(select, alias, keys)
    if outer is not None and names:
        yield from _conditions(outer, names, query, accepts_nulls, has_outer_join=has_outer_join)


def _conjuncts(node: exp.Expression | None) -> Iterator[exp.Expression]:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif node is not None:
        yield node


def _on_keys(candidate: exp.Expression, alias: str, keys: Keys) -> exp.Expression | None:
    """The condition over partition keys, or None if it is about more than those."""
    columns = list(candidate.find_all(exp.Column))
    if not columns or candidate.find(*_NOT_OF_ONE_ROW):
        return None
    if not all(column.name.lower() in keys and column.table.lower() in {"", alias} for column in columns):
        return None
    bare = candidate.copy()
    for column in list(bare.find_all(exp.Column)):
        column.set("table", None)
        column.set("this", exp.to_identifier(keys[column.name.lower()], quoted=True))
    return bare


def _seen_from_outside(select: exp.Select, query: exp.Query) -> exp.Expression | None:
    """The source of rows that the SELECT is to another one, if a condition there can as well be applied inside."""
    if any(select.args.get(part) for part in ("limit", "offset", "fetch", "qualify")) or select.find(exp.Window):
        return None
    group = select.args.get("group")
    if group is not None and any(group.args.get(part) for part in _GROUPINGS):
        return None
    parent = select.parent
    if isinstance(parent, exp.Subquery) and not _column_names(parent):
        return parent
    if isinstance(parent, exp.CTE) and not _column_names(parent) and not parent.parent.args.get("recursive"):
        mentions = [table for table in query.find_all(exp.Table) if table.name.lower() == parent.alias.lower()]
        return mentions[0] if len(mentions) == 1 else None
    return None


def _column_names(node: exp.Expression) -> bool:
    alias = node.args.get("alias")
    return isinstance(alias, exp.TableAlias) and bool(alias.columns)


def _outputs(select: exp.Select, alias: str, keys: Keys) -> Keys:
    """The columns of the SELECT that are partition keys, unchanged."""
    found: Keys = {}
    seen: set[str] = set()
    for output in select.expressions:
        if isinstance(output, exp.Star):
            if select.args.get("joins"):
                return {}
            found |= {name: key for name, key in keys.items() if name not in seen}
            twice = seen & set(keys)
            seen |= set(keys)
        else:
            name = output.alias_or_name.lower()
            twice = seen & {name}
            seen.add(name)
            inner = output.this if isinstance(output, exp.Alias) else output
            is_key = isinstance(inner, exp.Column) and inner.name.lower() in keys
            if is_key and inner.table.lower() in {"", alias}:
                found[name] = keys[inner.name.lower()]
        for name in twice:
            found.pop(name, None)
    return found
