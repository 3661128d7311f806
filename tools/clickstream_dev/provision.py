"""Makes the local AWS what ``iac/`` says, and as a program also again whenever it changes."""

from __future__ import annotations

import argparse
from pathlib import Path

from clickstream.contract import load_contract
from clickstream_dev.iac import LOCAL_ENVIRONMENT, NOT_PROVISIONED, local_module
from clickstream_dev.paths import REPOSITORY
from clickstream_dev.resource_names import ResourceNames, names_of
from local_aws.server import configure_logging
from local_terraform import Desired, apply, desired_state
from local_terraform.watch import watch


def provision(endpoint: str, environment: str = LOCAL_ENVIRONMENT, *, repository: Path = REPOSITORY) -> ResourceNames:
    """Create what is missing and update what differs from ``iac/``.

    :param endpoint: address of a running local_aws, such as ``http://127.0.0.1:4566``
    :returns: the names of everything that now exists
    :raises TerraformError: if ``iac/`` can't be evaluated, or a resource is refused
    """
    desired, names = _desired_and_names(repository, environment)
    apply(endpoint, desired)
    return names


def _desired_and_names(
    repository: Path = REPOSITORY, environment: str = LOCAL_ENVIRONMENT
) -> tuple[Desired, ResourceNames]:
    """What is desired and the names that the commands ask for, of one evaluation, before anything is changed."""
    module = local_module(repository, environment)
    return desired_state(module, NOT_PROVISIONED), names_of(module)


def _check_contract() -> None:
    load_contract.cache_clear()
    load_contract()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickstream_dev.provision", description=__doc__)
    parser.add_argument("endpoint", help="address of a local_aws, such as http://127.0.0.1:4566")
    parser.add_argument("--for-ever", action="store_true", help="go on when it does not answer")
    options = parser.parse_args()
    configure_logging()
    watch(
        options.endpoint,
        REPOSITORY / "iac",
        lambda: _desired_and_names()[0],
        check=_check_contract,
        for_ever=options.for_ever,
    )


if __name__ == "__main__":
    main()
