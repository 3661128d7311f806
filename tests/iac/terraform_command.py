"""The ``terraform`` of the tests that walk docs/deploy.md: iac/ as it is evaluated for a local AWS."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import hcl2

from clickstream_dev.iac import NOT_PROVISIONED, local_variables
from clickstream_dev.paths import REPOSITORY
from local_aws.settings import ACCOUNT_ID, REGION
from local_terraform import Account, Module, apply, desired_state
from tests.iac import walk_log

VARIABLE_FILE = Path("terraform.tfvars")
INIT_OPTIONS = {"-backend-config=backend.hcl", "-migrate-state", "-upgrade"}


def module(given: dict[str, Any]) -> Module:
    """``iac/`` with the variables of the file in the current folder and those given."""
    from_file = hcl2.loads(VARIABLE_FILE.read_text(encoding="utf-8")) if VARIABLE_FILE.exists() else {}
    variables = {name: _plain(value) for name, value in from_file.items() if not name.startswith("__")} | given
    unknown = set(variables) - {
        block.labels[0]
        for block in Module(REPOSITORY / "iac", has_placeholders=True).blocks
        if block.kind == "variable"
    }
    if unknown:
        sys.exit(f"terraform: iac/ has no variable {', '.join(sorted(unknown))}")
    return Module(
        REPOSITORY / "iac",
        local_variables() | variables,
        account=Account(ACCOUNT_ID, REGION),
        has_placeholders=True,
    )


def _plain(value: Any) -> Any:
    return value.strip('"') if isinstance(value, str) else value


def main(command: str, *arguments: str) -> None:
    """Do as much of the command as can be done without AWS."""
    match command, *arguments:
        case "init", *options if set(options) <= INIT_OPTIONS:
            walk_log.write(["terraform", command, *arguments], proven=False)
        case "apply" | "destroy", *options:
            given = dict(
                text.split("=") for option, text in zip(options[::2], options[1::2], strict=True) if option == "-var"
            )
            applied = module(given)
            if command == "apply":
                apply(os.environ["AWS_ENDPOINT_URL"], desired_state(applied, NOT_PROVISIONED))
            walk_log.write(["terraform", command, *arguments], proven=False)
        case "output", "-raw" | "-json" as form, name:
            value = module({}).output(name)
            print(value if form == "-raw" else json.dumps(value), end="")
            walk_log.write(["terraform", command, *arguments], proven=True)
        case _:
            sys.exit(f"terraform: what {command} {' '.join(arguments)} does is not known here")


if __name__ == "__main__":
    main(*sys.argv[1:])
