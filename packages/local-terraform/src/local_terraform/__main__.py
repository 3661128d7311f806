"""Applies a Terraform module to a local AWS, without terraform and without its provider."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError

from local_terraform.account import Account
from local_terraform.desired import Desired, desired_state
from local_terraform.errors import NotSupportedError, TerraformError
from local_terraform.language.module import Module
from local_terraform.provision import apply
from local_terraform.watch import watch

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
_COMMANDS = {
    "apply": "create what is missing, update what differs, and end",
    "watch": "the same, and again whenever a file of the module, or one that it reads, changes",
}


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do what it says; returns the exit code. What is wrong is one line on stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("local_terraform").setLevel(logging.INFO)
    try:
        load = _loader(options)
        if options.command == "watch":
            watch(options.endpoint, options.module, load, for_ever=options.for_ever)
        else:
            desired = load()
            apply(options.endpoint, desired)
            print(f"{options.endpoint} has what {options.module} says, resources: {len(desired.resources)}")
    except (TerraformError, BotoCoreError, OSError) as error:
        print(f"local-terraform: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _loader(options: argparse.Namespace) -> Callable[[], Desired]:
    """What evaluates the module that the options name, as its files are when it is called."""
    for file in (*options.module.glob("terraform.tfvars*"), *options.module.glob("*.auto.tfvars*")):
        raise NotSupportedError(f"{file}: files of variables are not read here: give --var for what is in it")

    def load() -> Desired:
        declared = Module(options.module)
        variables = {name: declared.variable_from_text(name, text) for name, text in options.var}
        module = Module(options.module, variables, account=Account(options.account_id, options.region))
        return desired_state(module, dict.fromkeys(options.leave_out, "left out on the command line"))

    return load


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="local-terraform", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    account = Account()
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("module", type=_folder, metavar="MODULE_DIR", help="folder of the root module")
        command.add_argument("--endpoint", default=DEFAULT_ENDPOINT, help=f"default {DEFAULT_ENDPOINT}")
        command.add_argument("--var", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="repeatable")
        command.add_argument(
            "--leave-out",
            action="append",
            default=[],
            metavar="TYPE[.NAME]",
            help="resources that the local AWS does without; repeatable",
        )
        command.add_argument("--account-id", default=account.id, help=f"default {account.id}")
        command.add_argument("--region", default=account.region, help=f"default {account.region}")
    commands.choices["watch"].add_argument("--for-ever", action="store_true", help="go on when it does not answer")
    return parser


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not any(folder.glob("*.tf")):
        raise argparse.ArgumentTypeError(f"there are no .tf files in {text}")
    return folder


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
