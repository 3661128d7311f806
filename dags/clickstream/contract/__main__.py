"""Checks contract.json and its schema: ``python -m clickstream.contract``; with ``--write``, writes the schema anew."""

from __future__ import annotations

import sys
from pathlib import Path

from clickstream.contract import schema
from clickstream.contract.errors import ContractError
from clickstream.contract.load import load_contract


def main(arguments: list[str]) -> int:
    """0 if all is well; else 1, with one line that says what is not."""
    file, text = Path(__file__).with_name(schema.FILE), schema.schema_text()
    if arguments == ["--write"]:
        file.write_text(text, encoding="utf-8")
    elif arguments:
        print(f"unknown argument {arguments[0]}: there is only --write", file=sys.stderr)
        return 2
    try:
        load_contract()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            raise ContractError(f"{schema.FILE} is not the schema of the model: write it anew with make format")
    except ContractError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
