"""The provider's calls for the key, the roles and their policies."""

from __future__ import annotations

import json

import pytest

from local_terraform import Resource
from tests.iac.terraform_calls.provider import ACCOUNT, DESIRED, TAG_LIST, TAGS, Client, error_code, policy, tags_of


def test_kms_key_with_rotation_policy_and_alias(aws: Client) -> None:
    kms = aws("kms")
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Account",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )
    key = kms.create_key(
        Description="d",
        KeyUsage="ENCRYPT_DECRYPT",
        CustomerMasterKeySpec="SYMMETRIC_DEFAULT",
        BypassPolicyLockoutSafetyCheck=False,
        MultiRegion=False,
        Policy=document,
        Tags=[{"TagKey": key, "TagValue": value} for key, value in TAGS.items()],
    )["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    rotation = kms.get_key_rotation_status(KeyId=key)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 180)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["Description"], shown["Enabled"], shown["MultiRegion"], shown["Origin"], shown["KeyState"]) == (
        "d",
        True,
        False,
        "AWS_KMS",
        "Enabled",
    )
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(document)
    assert {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key)["Tags"]} == TAGS

    kms.create_alias(AliasName="alias/clickstream-local", TargetKeyId=key)
    aliases = {alias["AliasName"]: alias for alias in kms.list_aliases()["Aliases"]}
    assert aliases["alias/clickstream-local"]["TargetKeyId"] == key

    kms.update_key_description(KeyId=key, Description="e")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "e"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document, BypassPolicyLockoutSafetyCheck=False)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "New", "TagValue": "1"}])
    kms.untag_resource(KeyId=key, TagKeys=["New"])
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)

    kms.delete_alias(AliasName="alias/clickstream-local")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_the_service_default_key_that_objects_are_compared_with_exists(aws: Client) -> None:
    assert aws("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("wanted", DESIRED.of("aws_iam_role"), ids=lambda wanted: wanted.arguments["RoleName"])
def test_iam_role_with_its_own_and_an_attached_policy(aws: Client, wanted: Resource) -> None:
    iam, name = aws("iam"), wanted.arguments["RoleName"]
    trust = wanted.arguments["AssumeRolePolicyDocument"]
    iam.create_role(
        RoleName=name,
        Path="/",
        AssumeRolePolicyDocument=trust,
        Description="d",
        MaxSessionDuration=3600,
        Tags=TAG_LIST,
    )
    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(trust)
    assert (role["Description"], role["MaxSessionDuration"], tags_of(role["Tags"])) == ("d", 3600, TAGS)

    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy("s3:GetObject"))
    own = iam.get_role_policy(RoleName=name, PolicyName="own")
    assert own["PolicyDocument"] == json.loads(policy("s3:GetObject"))
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["own"]

    arn = iam.create_policy(PolicyName=f"{name}-p", Path="/", PolicyDocument=policy("s3:GetObject"), Tags=TAG_LIST)[
        "Policy"
    ]["Arn"]
    shown = iam.get_policy(PolicyArn=arn)["Policy"]
    assert tags_of(shown["Tags"]) == TAGS
    version = iam.get_policy_version(PolicyArn=arn, VersionId=shown["DefaultVersionId"])["PolicyVersion"]
    assert version["Document"] == json.loads(policy("s3:GetObject"))
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": f"{name}-p", "PolicyArn": arn}]

    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=3600)
    iam.tag_role(RoleName=name, Tags=[{"Key": "New", "Value": "1"}])
    iam.untag_role(RoleName=name, TagKeys=["New"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("s3:PutObject"), SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {entry["VersionId"]: entry["IsDefaultVersion"] for entry in versions} == {"v1": False, "v2": True}

    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    iam.delete_role(RoleName=name)
    assert error_code(iam.get_role, RoleName=name) == "NoSuchEntity"
