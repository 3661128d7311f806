"""Every resource type of ``iac/``: the API calls that Terraform's provider creates it with, and their members."""

from __future__ import annotations

from tests.iac.rendered.calls import Call
from tests.iac.rendered.table_access import IAM, KMS
from tests.iac.rendered.table_mwaa import MWAA
from tests.iac.rendered.table_network import EC2
from tests.iac.rendered.table_pipeline import PIPELINE
from tests.iac.rendered.table_storage import S3
from tests.iac.rendered.table_watch import WATCH

CALLS: dict[str, tuple[Call, ...]] = {
    **S3,
    **PIPELINE,
    **IAM,
    **KMS,
    **EC2,
    **MWAA,
    **WATCH,
    "terraform_data": (),  # it is Terraform's own
}
