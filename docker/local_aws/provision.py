"""Provisions the container's local_aws, and again whenever the mounted files change, for as long as it answers."""

from __future__ import annotations

import sys

from clickstream_dev import watch
from clickstream_dev.provision import provision
from local_aws.process import START_TIMEOUT_S, health
from local_aws.settings import DEFAULT_PORT, HOST
from local_aws.waiting import wait_until


def main() -> int:
    """1 when there is no local_aws to provision."""
    endpoint = f"http://{HOST}:{DEFAULT_PORT}"
    if not wait_until(lambda: health(DEFAULT_PORT), START_TIMEOUT_S):
        print(f"nothing answers on {endpoint}: it is not provisioned", file=sys.stderr)
        return 1
    provision(endpoint)
    watch.main(endpoint)
    return 0


if __name__ == "__main__":
    sys.exit(main())
