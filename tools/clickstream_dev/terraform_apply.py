"""``clickstream terraform apply``: Terraform builds the data plane in local_aws, from the same code as the cloud."""

from __future__ import annotations

import shutil
from pathlib import Path

from clickstream_dev import server
from clickstream_dev.errors import CommandError
from clickstream_dev.iac import local_variables
from clickstream_dev.paths import REPOSITORY, format_path
from clickstream_dev.server import LOGS, TERRAFORM_DATA_DIR, TERRAFORM_DIR
from local_aws.client import LocalAws
from local_aws.process import health
from local_terraform.program import NoTerraformError, TerraformProgram

VARIABLES = {
    **local_variables(),
    "create_mwaa": "false",
    # A local machine costs nothing and sends no mail.
    "monthly_budget_usd": "0",
    "alert_email_addresses": "[]",
}


def apply() -> int:
    """Apply iac/ to a local_aws of its own, which then stays up for the other commands.

    :raises CommandError: if Terraform is not to be had, or the local_aws of `clickstream up` runs
    """
    terraform = TerraformProgram(REPOSITORY / "iac", TERRAFORM_DIR, LOGS / "terraform.log")
    _refuse_other_server()
    try:
        terraform.init()
    except NoTerraformError as error:
        raise CommandError(f"{error}, or use make up, which needs no Terraform") from None
    local = _server(terraform)
    print(terraform.apply(local.endpoint, {**VARIABLES, "aws_endpoint_url": local.endpoint}))
    print(
        f"local_aws is up on {local.endpoint}, provisioned by Terraform; make load, run, query … use it until make down"
    )
    print(f"state: {format_path(terraform.state_file)}, log: {format_path(terraform.log_file)}")
    return 0


def _refuse_other_server() -> None:
    found = server.find_server()
    if found and Path(str((health(found.port) or {}).get("data_dir"))).resolve() != TERRAFORM_DATA_DIR:
        raise CommandError(f"the local_aws of make up runs on {found.endpoint}: stop it with make down first")


def _server(terraform: TerraformProgram) -> LocalAws:
    """The local_aws that an earlier apply left running, else a new one that holds nothing.

    A restart loses some of what Terraform believes in (topics, keys, rules, alarms), so what belongs to a server that
    is gone is dropped.
    """
    found = server.find_server()
    if found:
        return found
    shutil.rmtree(TERRAFORM_DATA_DIR, ignore_errors=True)
    terraform.forget()
    return server.start(TERRAFORM_DATA_DIR, provision=False)
