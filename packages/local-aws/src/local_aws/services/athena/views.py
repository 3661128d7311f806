"""Views: queries that are stored in the catalog the way Presto stores them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from local_aws.services.athena.catalog import TableDefinition
from local_aws.services.athena.errors import StatementError

_START = "/* Presto View: "
_END = " */"


def query_of(view: TableDefinition) -> str:
    """The SELECT that the view stands for.

    :raises StatementError: if the catalog holds something else
    """
    text = str(view.definition.get("ViewOriginalText") or "").strip()
    try:
        if not text.startswith(_START):
            raise ValueError("no Presto view")
        document = json.loads(base64.b64decode(text.removeprefix(_START).removesuffix(_END)))
        return str(document["originalSql"])
    except (ValueError, KeyError, binascii.Error) as error:
        raise StatementError(f"INVALID_VIEW: View '{view.database}.{view.name}' can't be read: {error}") from error


def encoded(query: str, database: str, columns: list[dict[str, Any]]) -> str:
    """The text that the catalog holds for a view."""
    document = {"originalSql": query, "catalog": "awsdatacatalog", "schema": database, "columns": columns}
    return _START + base64.b64encode(json.dumps(document).encode()).decode() + _END
