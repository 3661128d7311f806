"""Makes the local AWS what ``iac/`` says, and as a program also again whenever it changes."""

from __future__ import annotations

import argparse
from pathlib import Path

from clickstream.contract import load_contract
from clickstream_dev.iac import LOCAL_ENVIRONMENT, desired_state, local_module
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_names import ResourceNames, names_of
from local_aws.server import configure_logging
from local_terraform import Desired, apply
from local_terraform.watch import watch


def provision(endpoint: str, environment: str = LOCAL_ENVIRONMENT, *, repository: Path = REPOSITORY) -> ResourceNames:
    """Create what is missing and update what differs from ``iac/``.

    :param endpoint: address of a running local_aws, such as ``http://127.0.0.1:4566``
    :returns: the names of everything that now exists
    :raises TerraformError: if ``iac/`` can't be evaluated, or a resource is refused
    """
    desired = desired_state(repository, environment)
    names = names_of(local_module(repository, environment))  # evaluated before anything is changed
    apply(endpoint, desired)
    return names


def _check_contract() -> None:
    load_contract.cache_clear()
    load_contract()


def _desired_with_names() -> Desired:
    """What is desired, if the module also gives the names that the commands ask it for."""
    desired = desired_state()
    names_of(local_module())
    return desired


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickstream_dev.provision", description=__doc__)
    parser.add_argument("endpoint", help="address of a local_aws, such as http://127.0.0.1:4566")
    parser.add_argument("--for-ever", action="store_true", help="go on when it does not answer")
    options = parser.parse_args()
    configure_logging()
    watch(options.endpoint, REPOSITORY / "iac", _desired_with_names, check=_check_contract, for_ever=options.for_ever)


if __name__ == "__main__":
    main()
