"""Resource type -> API calls, argument -> member: roles, policies and the key."""

from __future__ import annotations

from typing import Any

from local_terraform import Instance
from local_terraform.resources.arguments import NotSent, number, text
from local_terraform.resources.types import PROVISIONED
from tests.iac.rendered.calls import Call
from tests.iac.rendered.tags import tag_list


def _key(instance: Instance) -> dict[str, Any]:
    return {"KeyId": instance.get("key_id")}


IAM: dict[str, tuple[Call, ...]] = {
    "aws_iam_policy": (
        Call(
            "iam",
            "CreatePolicy",
            {"name": text("PolicyName"), "description": text("Description"), "policy": text("PolicyDocument")},
            tags=tag_list("Tags"),
        ),
    ),
    "aws_iam_role": (Call("iam", "CreateRole", PROVISIONED["aws_iam_role"], tags=tag_list("Tags")),),
    "aws_iam_role_policy": (
        Call(
            "iam",
            "PutRolePolicy",
            {"name": text("PolicyName"), "role": text("RoleName"), "policy": text("PolicyDocument")},
        ),
    ),
    "aws_iam_role_policy_attachment": (
        Call("iam", "AttachRolePolicy", {"role": text("RoleName"), "policy_arn": text("PolicyArn")}),
    ),
}

KMS: dict[str, tuple[Call, ...]] = {
    "aws_kms_alias": (Call("kms", "CreateAlias", {"name": text("AliasName"), "target_key_id": text("TargetKeyId")}),),
    "aws_kms_key": (
        Call(
            "kms",
            "CreateKey",
            {
                "description": text("Description"),
                "policy": text("Policy"),
                "enable_key_rotation": NotSent("that EnableKeyRotation is called says it"),
            },
            tags=tag_list("Tags", "TagKey", "TagValue"),
        ),
        Call("kms", "EnableKeyRotation", {}, fixed=_key),
        Call("kms", "ScheduleKeyDeletion", {"deletion_window_in_days": number("PendingWindowInDays")}, fixed=_key),
    ),
}
