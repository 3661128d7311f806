"""``clickstream up`` and ``clickstream down``."""

from __future__ import annotations

from clickstream_dev import server
from clickstream_dev.paths import format_path
from local_aws.settings import REGION


def up() -> int:
    """Leave local_aws running in the background and say how the AWS CLI reaches it."""
    local = server.start(watch=True)
    print(f"local_aws is up on {local.endpoint}, provisioned; log: {format_path(server.LOG_FILE)}")
    print("Point the AWS CLI (or any SDK) at it with these two lines:")
    print(f"  export AWS_ENDPOINT_URL={local.endpoint} AWS_DEFAULT_REGION={REGION}")
    print("  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test")
    return 0


def down() -> int:
    """Stop the local_aws that runs in the background; its state stays on disk for the next start."""
    print("local_aws stopped" if server.stop() else "local_aws was not running")
    return 0
