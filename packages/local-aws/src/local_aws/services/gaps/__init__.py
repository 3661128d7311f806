"""Services that are moto's own, with what it lacks or pretends: KMS, logs, SNS, Step Functions; and what IAM keeps."""

from __future__ import annotations

from local_aws.persistence import parts
from local_aws.services.gaps import iam_state, kms, log_groups, logs_state, sns, step_functions, tags_state


def install() -> None:
    """Let moto use what this package adds; must come before moto's server is imported."""
    for service in (kms, log_groups, sns, step_functions):
        service.install()
    for state in (iam_state, logs_state, tags_state):
        parts.register(state.PART)
