"""The command line ``clickstream``: parsing only. Each command imports its work when it runs: help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from clickstream_dev.errors import CommandError

PROGRAM = "clickstream"
# What stops, or only looks, does so whatever stands in contract.json. The others say at once what is wrong there.
WITHOUT_CONTRACT = frozenset({"down", "logs"})


def main() -> int:
    """Do what the arguments say; returns the exit code. Whatever goes wrong is one line on standard error.

    The code is 2 where the user can put it right, 1 where a run, a count or an AWS call failed, 130 after Ctrl-C.
    """
    try:
        return int(app(prog_name=PROGRAM, standalone_mode=False) or 0)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else PROGRAM
        if isinstance(error, typer.BadParameter) and error.message:  # our own words, which say what to give
            return _fail(command, error.message, 2)
        said = error.format_message()  # nothing, where the help has been printed already
        return _fail(command, f"{said} (see {command} --help)", 2) if said else 2


def _fail(command: str, message: object, code: int) -> int:
    print(f"{command}: {' '.join(str(message).split())}", file=sys.stderr)
    return code


class _Command(TyperCommand):
    """A command whose errors are one line each; the one place where they are caught."""

    def invoke(self, ctx: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        from clickstream.contract import ContractError, load_contract
        from local_mwaa.errors import AirflowError
        from local_terraform.errors import TerraformError

        try:
            if ctx.command.name not in WITHOUT_CONTRACT:
                load_contract()
            return super().invoke(ctx)
        except (AirflowError, CommandError, ContractError, TerraformError) as error:
            return _fail(ctx.command_path, error, 2)
        except (BotoCoreError, ClientError) as error:
            return _fail(ctx.command_path, f"local_aws answered: {error}", 1)
        except KeyboardInterrupt:
            return _fail(ctx.command_path, "interrupted", 130)


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, no_args_is_help=True, pretty_exceptions_enable=False)


app = _group("The clickstream pipeline on this machine: load events, run the DAGs, query the reports.")
compose_app = _group("Airflow, PostgreSQL and local_aws in containers.")
terraform_app = _group("The same iac/ as in the cloud, applied by Terraform itself.")
app.add_typer(compose_app, name="compose")
app.add_typer(terraform_app, name="terraform")
_command = partial(app.command, cls=_Command)
_compose_command = partial(compose_app.command, cls=_Command)


def parse_date(text: str) -> date | None:
    """A date in exactly the form that Airflow writes; None for an empty text.

    :raises typer.BadParameter: if it is none
    """
    if not text:
        return None
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no date: write it as YYYY-MM-DD, for example 2026-01-15") from None
    if parsed.isoformat() != text:  # Python reads 20260115 and 2026-W03-4 too; Airflow's form does not
        raise typer.BadParameter(f"{text} is no date: write it as YYYY-MM-DD, for example {parsed}")
    return parsed


def parse_required_date(text: str) -> date:
    """As :func:`parse_date`, but an empty text is refused too."""
    parsed = parse_date(text)
    if parsed is None:
        raise typer.BadParameter("say which date: YYYY-MM-DD, for example 2026-01-15")
    return parsed


def parse_port(text: str) -> int:
    """A TCP port.

    :raises typer.BadParameter: if it is none
    """
    from local_aws import settings

    try:
        return settings.parse_port(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def parse_number(given: str | int) -> int:
    """A number of days or events, above zero; the default is one already.

    :raises typer.BadParameter: if it is none
    """
    text = str(given)
    if not text.isdecimal() or int(text) == 0:
        raise typer.BadParameter(f"{text} is no such number: give a whole number above zero")
    return int(text)


def _hand_on(variable: str) -> Callable[[Any], Any]:
    """Keep an option's value in the environment, where the modules and all that a command starts find it."""

    def keep(value: Any) -> Any:
        if value is not None:
            os.environ[variable] = str(value)
        return value

    return keep


def _port(variable: str, text: str) -> Any:
    return typer.Option(envvar=variable, parser=parse_port, callback=_hand_on(variable), metavar="PORT", help=text)


Date = Annotated[date, typer.Argument(parser=parse_required_date, metavar="DATE", help="UTC arrival date, YYYY-MM-DD")]
First = Annotated[date, typer.Argument(parser=parse_required_date, metavar="FROM", help="first UTC date, YYYY-MM-DD")]
Last = Annotated[date, typer.Argument(parser=parse_required_date, metavar="TO", help="last date, included")]
Days = Annotated[int, typer.Option(parser=parse_number, metavar="NUMBER", help="days, the last one yesterday (UTC)")]
Events = Annotated[int, typer.Option(parser=parse_number, metavar="NUMBER", help="events of each day")]
Port = Annotated[int | None, _port("LOCAL_AWS_PORT", "port of local_aws on this machine, 4566 by default")]
UiPort = Annotated[int | None, _port("UI_PORT", "port of Airflow's UI on this machine, 8080 by default")]
State = Annotated[
    Path | None,
    typer.Option(
        envvar="LOCAL_AWS_STATE",
        callback=_hand_on("LOCAL_AWS_STATE"),
        metavar="FOLDER",
        resolve_path=True,
        help="where data and logs are kept, .local in the repository by default",
    ),
]


@_command()
def demo(events: Events = 50_000, days: Days = 3, port: Port = None, state: State = None) -> int:
    """Send some days of generated events through the whole pipeline and print ledgers and reports."""
    from clickstream_dev import demo

    return demo.demo(events, days)


@_command()
def up(port: Port = None, state: State = None) -> int:
    """Start local_aws in the background, provisioned; it follows edits of the Glue script and the contract."""
    from clickstream_dev import up_and_down

    return up_and_down.up()


@_command()
def down(state: State = None) -> int:
    """Stop the local_aws that runs in the background; what it holds is kept."""
    from clickstream_dev import up_and_down

    return up_and_down.down()


@_command()
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="one JSON object a line")],
    arrival: Annotated[
        date | None,
        typer.Option(
            parser=parse_date, metavar="DATE", help="UTC date on which all arrive; by default each at its own timestamp"
        ),
    ] = None,
    port: Port = None,
    state: State = None,
) -> int:
    """Send a file of events through Firehose into the raw zone."""
    from clickstream_dev import load

    return load.load(file, arrival)


@_command()
def run(date: Date, port: Port = None, state: State = None) -> int:
    """Run clickstream_daily for one arrival date."""
    from clickstream_dev import run

    return run.run(date)


@_command()
def backfill(first: First, last: Last, port: Port = None, state: State = None) -> int:
    """Run clickstream_daily for every date of a range that has raw events."""
    from clickstream_dev import run

    return run.backfill(first, last)


@_command()
def plan(first: First, last: Last, port: Port = None, state: State = None) -> int:
    """Say what a backfill would read and cost on AWS; starts nothing."""
    from clickstream_dev import plan

    return plan.plan(first, last)


@_command()
def replay(
    date: Date,
    reason: Annotated[
        str, typer.Option(metavar="REASON", help="only those quarantined for it, all by default", show_default=False)
    ] = "",
    port: Port = None,
    state: State = None,
) -> int:
    """Let a date's quarantined records through the Glue job again, after a fix."""
    from clickstream_dev import run

    return run.replay(date, reason)


@_command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="the statement; - reads it from standard input")] = "",
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="a file that holds the statement")] = None,
    port: Port = None,
    state: State = None,
) -> int:
    """Run one Athena statement and print its rows and the bytes that it scanned."""
    from clickstream_dev import query

    return query.query(query.read_statement(sql, file))


@_command()
def ui(ui_port: UiPort = None, port: Port = None, state: State = None) -> int:
    """Start Airflow's own UI against local_aws, with the DAG ready to trigger, until Ctrl-C."""
    from clickstream_dev import airflow

    return airflow.ui(ui_port or airflow.DEFAULT_UI_PORT)


@_command()
def package() -> int:
    """Build in dist/ exactly what MWAA and Glue get."""
    from clickstream_dev import package

    return package.package()


@_compose_command("up")
def compose_up(ui_port: UiPort = None, port: Port = None) -> int:
    """Build and start everything and wait until it is healthy."""
    from clickstream_dev.compose import services

    return services.up()


@_compose_command("demo")
def compose_demo(events: Events = 50_000, days: Days = 3, state: State = None) -> int:
    """Do what `clickstream demo` does in the containers, with the DAG started over Airflow's API."""
    from clickstream_dev.compose import demo

    return demo.demo(events, days)


@_compose_command("logs")
def compose_logs(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="one of them only, for example local-aws")] = "",
) -> int:
    """Print what the containers have written; on a terminal until Ctrl-C."""
    from clickstream_dev.compose import services

    return services.logs(service)


@_compose_command("down")
def compose_down(volumes: Annotated[bool, typer.Option("--volumes", help="delete all data too")] = False) -> int:
    """Stop and remove the containers."""
    from clickstream_dev.compose import services

    return services.down(volumes)


@terraform_app.command("apply", cls=_Command)
def apply(port: Port = None, state: State = None) -> int:
    """Apply iac/ (without MWAA) to a local_aws of its own, which then stays up instead of that of `clickstream up`."""
    from clickstream_dev import terraform_apply

    return terraform_apply.apply()
