"""The provider's calls for buckets and objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.iac.terraform_calls.provider import ACCOUNT, DESIRED, KEY_ARN, TAG_LIST, TAGS, Client, error_code, tags_of


def test_a_new_bucket_answers_every_read_of_the_provider(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    codes = {
        "get_bucket_policy": "NoSuchBucketPolicy",
        "get_bucket_cors": "NoSuchCORSConfiguration",
        "get_bucket_website": "NoSuchWebsiteConfiguration",
        "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "get_bucket_replication": "ReplicationConfigurationNotFoundError",
        "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
        "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    }
    assert {name: error_code(getattr(s3, name), Bucket=bucket) for name in codes} == codes


def test_a_bucket_has_the_tags_of_its_creation_and_s3_control_changes_them(
    aws: Client, s3_control: Any, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    assert tags_of(s3_control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"]) == TAGS
    s3_control.tag_resource(AccountId=ACCOUNT, ResourceArn=arn, Tags=[{"Key": "New", "Value": "1"}])
    s3_control.untag_resource(AccountId=ACCOUNT, ResourceArn=arn, TagKeys=["Project"])
    expected = {"Environment": "local", "ManagedBy": "terraform", "New": "1"}
    assert tags_of(s3_control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)["Tags"]) == expected
    assert tags_of(aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]) == expected


def test_creating_a_bucket_again_leaves_its_tags_alone(aws: Client, bucket: str) -> None:
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"Tags": [{"Key": "Other", "Value": "1"}]})
    assert tags_of(aws("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]) == TAGS


def test_s3_control_knows_tags_of_existing_buckets_only(s3_control: Any) -> None:
    missing = {"AccountId": ACCOUNT, "ResourceArn": "arn:aws:s3:::no-such-bucket"}
    assert error_code(s3_control.list_tags_for_resource, **missing) == "NoSuchBucket"
    assert error_code(s3_control.tag_resource, **missing, Tags=TAG_LIST) == "NoSuchBucket"
    assert error_code(s3_control.get_public_access_block, AccountId=ACCOUNT) == "NotImplemented"


def test_bucket_settings_come_back_as_they_were_sent(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"

    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]

    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block

    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls

    tls_only = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "NothingWithoutTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=tls_only)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == json.loads(tls_only)

    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.delete_bucket_encryption(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=bucket)


def test_lifecycle_rules_come_back_exactly_as_they_were_sent(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    rules = [
        {
            "ID": "archive",
            "Status": "Enabled",
            "Filter": {"Prefix": "events/"},
            "Transitions": [{"Days": 90, "StorageClass": "GLACIER_IR"}],
        },
        {
            "ID": "clean-up",
            "Status": "Enabled",
            "Filter": {},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "results",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "athena-results/", "ObjectSizeGreaterThan": 1024}},
            "Expiration": {"Days": 30},
        },
    ]
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": rules},
        TransitionDefaultMinimumObjectSize="all_storage_classes_128K",
    )
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == rules
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules[:1]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules[:1]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert error_code(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == "NoSuchLifecycleConfiguration"


def test_access_logging_goes_to_a_bucket_whose_policy_lets_it(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    logging = {"TargetBucket": bucket, "TargetPrefix": "access/"}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": logging})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == logging
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_s3_object_with_key_tags_and_versions(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    key = DESIRED.of("aws_s3_object")[0].arguments["Key"]
    for content in (b"one", b"two"):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=content,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=KEY_ARN,
            ContentType="text/x-python",
            Tagging="Project=clickstream&ManagedBy=terraform",
        )
    shown = s3.head_object(Bucket=bucket, Key=key)
    assert (shown["ServerSideEncryption"], shown["SSEKMSKeyId"]) == ("aws:kms", KEY_ARN)
    assert shown["ContentType"] == "text/x-python"
    assert shown["VersionId"]
    assert tags_of(s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]) == {
        "Project": "clickstream",
        "ManagedBy": "terraform",
    }
    versions = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert len(versions) == 2
    for version in versions:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)


def test_an_object_without_a_key_of_its_own_shows_the_buckets(aws: Client, bucket: str) -> None:
    s3 = aws("s3")
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    shown = s3.head_object(Bucket=bucket, Key="a")
    assert (shown["ServerSideEncryption"], shown["SSEKMSKeyId"], shown["BucketKeyEnabled"]) == (
        "aws:kms",
        KEY_ARN,
        True,
    )
