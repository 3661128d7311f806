"""Command line of the Makefile's targets: ``python -m clickstream_dev <command>``; `make` lists them."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date

from botocore.exceptions import BotoCoreError, ClientError

from clickstream_dev import compose, compose_demo, demo, load, package, plan, query, run, serve, terraform_apply, ui
from clickstream_dev.errors import CommandError


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return _dispatch(arguments)
    except CommandError as error:
        print(f"make {arguments.command}: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"make {arguments.command}: local_aws answered: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"make {arguments.command}: interrupted", file=sys.stderr)
        return 130


def _dispatch(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "demo":
            return demo.demo(_events(arguments.events))
        case "compose-up":
            return compose.up()
        case "compose-down":
            return compose.down(volumes=os.environ.get("VOLUMES", "") not in ("", "0"))
        case "compose-logs":
            return compose.logs(os.environ.get("SERVICE", ""))
        case "compose-demo":
            return compose_demo.demo(_events(arguments.events))
        case "package":
            return package.package()
        case "up":
            return serve.up()
        case "down":
            return serve.down()
        case "load":
            return load.load(arguments.file, _optional_date("ARRIVAL", arguments.arrival))
        case "run":
            return run.run(_date("DATE", arguments.date))
        case "backfill":
            return run.backfill(_date("FROM", arguments.first), _date("TO", arguments.last))
        case "replay":
            return run.replay(_date("DATE", arguments.date), arguments.reason)
        case "plan":
            return plan.plan(_date("FROM", arguments.first), _date("TO", arguments.last))
        case "query":
            return query.query(os.environ.get("SQL", ""))
        case "tf-local":
            return terraform_apply.tf_local()
        case _:
            return ui.ui()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clickstream_dev", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo").add_argument("--events", default="50000")
    commands.add_parser("compose-demo").add_argument("--events", default="50000")
    for name in ("compose-up", "compose-down", "compose-logs", "package", "up", "down"):
        commands.add_parser(name)
    loading = commands.add_parser("load")
    loading.add_argument("file")
    loading.add_argument("--arrival", default="")
    commands.add_parser("run").add_argument("date")
    for name in ("backfill", "plan"):
        ranged = commands.add_parser(name)
        ranged.add_argument("first")
        ranged.add_argument("last")
    replaying = commands.add_parser("replay")
    replaying.add_argument("date")
    replaying.add_argument("--reason", default="")
    commands.add_parser("query")
    commands.add_parser("tf-local")
    commands.add_parser("ui")
    return parser


def _events(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise CommandError(f"EVENTS={text} is no number of events: give a whole number above zero")
    return int(text)


def _date(name: str, text: str) -> date:
    if not text:
        raise CommandError(f"say which date: {name}=YYYY-MM-DD")
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{name}={text} is no date: write it as YYYY-MM-DD, for example {name}=2026-01-15") from None
    if parsed.isoformat() != text:  # Python reads 20260115 and 2026-W03-4 too; Airflow's form does not
        raise CommandError(f"{name}={text} is no date: write it as YYYY-MM-DD, for example {name}={parsed}")
    return parsed


def _optional_date(name: str, text: str) -> date | None:
    return _date(name, text) if text else None


if __name__ == "__main__":
    sys.exit(main())
