"""Finds the tables that a parsed statement reads and puts internal names in their place."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from local_aws.services.athena import catalog, views
from local_aws.services.athena.catalog import TableDefinition
from local_aws.services.athena.errors import StatementError, at

_MAX_VIEW_DEPTH = 20


@dataclass
class ReadTable:
    """A table of the catalog under the name it has inside DuckDB; each mention in the statement has its own.

    :param mention: the table's node in the statement, already renamed
    """

    internal_name: str
    definition: TableDefinition
    mention: exp.Table


@dataclass
class TableNames:
    """Turns the names in statements into internal ones.

    :param default_database: database of names without one
    """

    default_database: str
    tables: list[ReadTable] = field(default_factory=list)

    def rename(self, statement: exp.Expression, depth: int = 0) -> exp.Expression:
        """Put internal names in place of all the tables of the catalog that the statement reads.

        :raises StatementError: if there is no such table or database
        """
        for mention in list(statement.find_all(exp.Table)):
            if not isinstance(mention.this, exp.Identifier):
                raise StatementError(
                    f"FUNCTION_NOT_REGISTERED: {at(position(mention))}: "
                    f"Table function '{mention.this.sql('trino')[:60]}' not registered"
                )
            if not (mention.db or mention.catalog) and _is_common_table(mention):
                continue
            definition = self._find(mention)
            if definition.is_view:
                self._expand_view(definition, mention, depth)
                continue
            name = f"__t{len(self.tables)}"
            if not mention.alias:
                mention.set("alias", exp.TableAlias(this=exp.to_identifier(mention.name, quoted=True)))
            mention.set("this", exp.to_identifier(name, quoted=True))
            mention.set("db", None)
            mention.set("catalog", None)
            self.tables.append(ReadTable(name, definition, mention))
        for column in statement.find_all(exp.Column):
            column.set("db", None)
            column.set("catalog", None)
        return statement

    def _find(self, mention: exp.Table) -> TableDefinition:
        catalog_name = mention.catalog.lower() or catalog.CATALOG
        database = (mention.db or self.default_database).lower()
        name = mention.name.lower()
        where = at(position(mention))
        if not database:
            raise StatementError(
                f"MISSING_SCHEMA_NAME: {where}: Schema must be specified when session schema is not set"
            )
        if catalog_name != catalog.CATALOG:
            raise StatementError(f"CATALOG_NOT_FOUND: {where}: Catalog '{catalog_name}' does not exist")
        if catalog.database(database) is None:
            raise StatementError(f"SCHEMA_NOT_FOUND: {where}: Schema '{database}' does not exist")
        definition = catalog.find_table(database, name)
        if definition is None:
            raise StatementError(f"TABLE_NOT_FOUND: {where}: Table '{catalog_name}.{database}.{name}' does not exist")
        return definition

    def _expand_view(self, definition: TableDefinition, mention: exp.Table, depth: int) -> None:
        if depth >= _MAX_VIEW_DEPTH:
            raise StatementError(f"INVALID_VIEW: View '{definition.database}.{definition.name}' is nested too deeply")
        stored = sqlglot.parse_one(views.query_of(definition), read="athena")
        inner = TableNames(definition.database, self.tables)
        query = inner.rename(stored, depth + 1)
        alias = mention.args.get("alias") or exp.TableAlias(this=exp.to_identifier(definition.name, quoted=True))
        mention.replace(exp.Subquery(this=query, alias=alias))


def position(node: exp.Expression) -> tuple[int, int]:
    """Line and column, from 1, where the node's name starts; (1, 1) if the parser did not keep it."""
    if isinstance(node, exp.Column):
        parts = [part for part in node.parts if "start" in part.meta]
    elif isinstance(node, exp.Table):
        parts = [part for part in node.args.values() if isinstance(part, exp.Identifier) and "start" in part.meta]
    else:
        parts = [part for part in (node, *node.find_all(exp.Identifier)) if "start" in part.meta][:1]
    if parts:
        meta = min((part.meta for part in parts), key=lambda found: found["start"])
        return meta["line"], meta["col"] - (meta["end"] - meta["start"])
    return 1, 1


def _is_common_table(mention: exp.Table) -> bool:
    """Whether the name means a table of a WITH clause around the mention."""
    name = mention.name.lower()
    inner: exp.Expression = mention
    outer = mention.parent
    while outer is not None:
        visible: list[exp.Expression] = []
        if isinstance(outer, exp.With):
            own = next(number for number, common in enumerate(outer.expressions) if common is inner)
            visible = outer.expressions[: own + 1 if outer.args.get("recursive") else own]
        elif isinstance(outer.args.get("with_"), exp.With) and not isinstance(inner, exp.With):
            visible = outer.args["with_"].expressions
        if any(common.alias.lower() == name for common in visible):
            return True
        inner, outer = outer, outer.parent
    return False
