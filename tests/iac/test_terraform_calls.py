"""The calls that Terraform's AWS provider makes for the resources in iac/: create, read back, change, delete.

Each test takes one type of resource through the provider's own sequence, with the arguments that it sends, and asserts
on what it compares with them afterwards: a value that does not come back the same is a change in every further plan, or
a wait that never ends.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
import xmltodict  # type: ignore[import-untyped]
from botocore.config import Config
from botocore.exceptions import ClientError

from clickstream_dev.iac import desired_state
from clickstream_dev.resource_names import names
from local_aws_server import LocalAwsServer
from local_terraform import Resource

IAC = Path(__file__).resolve().parents[2] / "iac"
ACCOUNT = "123456789012"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TAGS = {"Project": "clickstream", "Environment": "local", "ManagedBy": "terraform"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
DESIRED = desired_state()
NAMES = names()
BUCKET_NUMBERS = itertools.count()
# The types that the tests below take through their calls; a resource of another type needs a test here first.
COVERED_TYPES = {
    "aws_athena_named_query",
    "aws_athena_workgroup",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_log_stream",
    "aws_cloudwatch_metric_alarm",
    "aws_glue_catalog_database",
    "aws_glue_catalog_table",
    "aws_glue_crawler",
    "aws_glue_job",
    "aws_glue_security_configuration",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_kinesis_firehose_delivery_stream",
    "aws_kms_alias",
    "aws_kms_key",
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
    "aws_scheduler_schedule",
    "aws_scheduler_schedule_group",
    "aws_sfn_state_machine",
    "aws_sns_topic",
    "aws_sns_topic_policy",
}
# What `make tf-local` leaves out: there is no MWAA, no budget and no address for mail.
NOT_APPLIED_TYPES = {"aws_budgets_budget", "aws_mwaa_environment", "aws_sns_topic_subscription"}
NETWORK_FILES = {"network.tf", "network_endpoints.tf"}
Client = Callable[[str], Any]


@pytest.fixture
def aws(bare_local_aws: LocalAwsServer) -> Client:
    return bare_local_aws.client


@pytest.fixture
def s3_control(bare_local_aws: LocalAwsServer) -> Any:
    """S3 Control as `make tf-local` has the provider reach it: through local_aws as the proxy."""
    return boto3.client(
        "s3control",
        endpoint_url=bare_local_aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={"http": bare_local_aws.endpoint}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def bucket(aws: Client) -> str:
    """A new bucket, made as the provider makes it."""
    name = f"clickstream-local-{next(BUCKET_NUMBERS)}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": TAG_LIST})
    return name


def arguments_of(kind: str) -> dict[str, Any]:
    """What iac/ says of the resource of that type, without its name."""
    return {key: value for key, value in DESIRED.of(kind)[0].arguments.items() if key != "Name"}


def error_code(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def tags_of(answer: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer}


def policy(*actions: str) -> str:
    statement = {"Sid": "Some", "Effect": "Allow", "Action": list(actions), "Resource": ["arn:aws:s3:::b/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_every_type_of_resource_that_is_applied_locally_has_a_test_here() -> None:
    files = [file for file in IAC.glob("*.tf") if file.name not in NETWORK_FILES]
    types = {match for file in files for match in re.findall(r'^resource "(\w+)"', file.read_text(), re.MULTILINE)}
    assert sorted(types - NOT_APPLIED_TYPES - COVERED_TYPES) == []


def test_caller_identity(aws: Client) -> None:
    assert aws("sts").get_caller_identity()["Account"] == ACCOUNT


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


def test_delivery_stream_with_encryption_and_logging(aws: Client) -> None:
    firehose, name = aws("firehose"), NAMES.delivery_stream
    wanted = {
        **arguments_of("aws_kinesis_firehose_delivery_stream")["ExtendedS3DestinationConfiguration"],
        "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "/g", "LogStreamName": "DestinationDelivery"},
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": KEY_ARN}},
        "CustomTimeZone": "UTC",
        "S3BackupMode": "Disabled",
        "DataFormatConversionConfiguration": {"Enabled": False},
    }
    arn = firehose.create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration=wanted,
        Tags=TAG_LIST,
    )["DeliveryStreamARN"]
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert (shown["DeliveryStreamStatus"], shown["DeliveryStreamARN"], shown["VersionId"]) == ("ACTIVE", arn, "1")
    destination = shown["Destinations"][0]
    assert destination["ExtendedS3DestinationDescription"] == wanted

    firehose.start_delivery_stream_encryption(
        DeliveryStreamName=name,
        DeliveryStreamEncryptionConfigurationInput={"KeyARN": KEY_ARN, "KeyType": "CUSTOMER_MANAGED_CMK"},
    )
    described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert described["DeliveryStreamEncryptionConfiguration"] == {
        "KeyARN": KEY_ARN,
        "KeyType": "CUSTOMER_MANAGED_CMK",
        "Status": "ENABLED",
    }
    assert tags_of(firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]) == TAGS

    changed = {**wanted, "BufferingHints": {"SizeInMBs": 16, "IntervalInSeconds": 60}}
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=described["VersionId"],
        DestinationId=destination["DestinationId"],
        ExtendedS3DestinationUpdate=changed,
    )
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert shown["Destinations"][0]["ExtendedS3DestinationDescription"] == changed
    assert shown["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED"

    firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "New", "Value": "1"}])
    firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["New"])
    firehose.stop_delivery_stream_encryption(DeliveryStreamName=name)
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert shown["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED"
    firehose.delete_delivery_stream(DeliveryStreamName=name, AllowForceDelete=False)
    assert error_code(firehose.describe_delivery_stream, DeliveryStreamName=name) == "ResourceNotFoundException"


def test_glue_security_configuration(aws: Client) -> None:
    glue = aws("glue")
    encryption = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY_ARN},
    }
    glue.create_security_configuration(Name="clickstream-local", EncryptionConfiguration=encryption)
    shown = glue.get_security_configuration(Name="clickstream-local")["SecurityConfiguration"]
    assert shown["EncryptionConfiguration"] == encryption
    glue.delete_security_configuration(Name="clickstream-local")
    assert error_code(glue.get_security_configuration, Name="clickstream-local") == "EntityNotFoundException"


def test_glue_job(aws: Client) -> None:
    glue, name = aws("glue"), NAMES.glue_job
    wanted = {
        **arguments_of("aws_glue_job"),
        "SecurityConfiguration": "clickstream-local",
        "ExecutionClass": "STANDARD",
        "JobRunQueuingEnabled": False,
        "NonOverridableArguments": {"--extra": "x"},
    }
    glue.create_job(Name=name, Tags=TAGS, **wanted)
    shown = glue.get_job(JobName=name)["Job"]
    assert {key: shown[key] for key in wanted} == wanted
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:job/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.update_job(JobName=name, JobUpdate={**wanted, "Timeout": 60})
    assert glue.get_job(JobName=name)["Job"]["Timeout"] == 60
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"New": "1"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["New"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.delete_job(JobName=name)
    assert error_code(glue.get_job, JobName=name) == "EntityNotFoundException"


def test_glue_database_and_tables(aws: Client) -> None:
    glue, database = aws("glue"), NAMES.database
    glue.create_database(CatalogId=ACCOUNT, DatabaseInput={"Name": database, "Description": "d"}, Tags=TAGS)
    shown = glue.get_database(CatalogId=ACCOUNT, Name=database)["Database"]
    assert (shown["Description"], shown["CatalogId"]) == ("d", ACCOUNT)
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/{database}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    for resource in DESIRED.of("aws_glue_catalog_table"):
        wanted = {key: value for key, value in resource.arguments.items() if key != "DatabaseName"}
        table = {"CatalogId": ACCOUNT, "DatabaseName": database, "Name": wanted["Name"]}
        # What the provider sends of a block besides what it says.
        storage = {**wanted["StorageDescriptor"], "Compressed": False, "StoredAsSubDirectories": False}
        complete = {**wanted, "Retention": 0, "StorageDescriptor": {**storage, "NumberOfBuckets": 0}}
        glue.create_table(CatalogId=ACCOUNT, DatabaseName=database, TableInput=complete)
        answer = glue.get_table(**table)["Table"]
        assert {key: answer[key] for key in complete} == complete
        indexes = glue.get_partition_indexes(CatalogId=ACCOUNT, DatabaseName=database, TableName=wanted["Name"])
        assert indexes["PartitionIndexDescriptorList"] == []
        glue.update_table(CatalogId=ACCOUNT, DatabaseName=database, TableInput={**complete, "Description": "changed"})
        assert glue.get_table(**table)["Table"]["Description"] == "changed"
        glue.delete_table(**table)
        assert error_code(glue.get_table, **table) == "EntityNotFoundException"
    glue.update_database(CatalogId=ACCOUNT, Name=database, DatabaseInput={"Name": database, "Description": "e"})
    glue.delete_database(CatalogId=ACCOUNT, Name=database)
    assert error_code(glue.get_database, CatalogId=ACCOUNT, Name=database) == "EntityNotFoundException"


def test_glue_crawler(aws: Client) -> None:
    glue, name = aws("glue"), NAMES.crawler
    wanted = {
        **arguments_of("aws_glue_crawler"),
        "CrawlerSecurityConfiguration": "clickstream-local",
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
        "TablePrefix": "",
    }
    glue.create_crawler(Name=name, Tags=TAGS, **wanted)
    shown = glue.get_crawler(Name=name)["Crawler"]
    assert {key: shown[key] for key in wanted} == wanted
    assert shown["State"] == "READY"
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.update_crawler(Name=name, **{**wanted, "Description": "e"})
    assert glue.get_crawler(Name=name)["Crawler"]["Description"] == "e"
    glue.delete_crawler(Name=name)
    assert error_code(glue.get_crawler, Name=name) == "EntityNotFoundException"


def test_athena_workgroup_and_named_queries(aws: Client) -> None:
    athena, group = aws("athena"), NAMES.workgroup
    wanted = dict(arguments_of("aws_athena_workgroup")["Configuration"])
    engine = wanted["EngineVersion"]["SelectedEngineVersion"]
    wanted["ResultConfiguration"] = {
        **wanted["ResultConfiguration"],
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY_ARN},
        "ExpectedBucketOwner": ACCOUNT,
    }
    wanted |= {"PublishCloudWatchMetricsEnabled": True, "RequesterPaysEnabled": False}
    athena.create_work_group(Name=group, Description="d", Configuration=wanted, Tags=TAG_LIST)
    shown = athena.get_work_group(WorkGroup=group)["WorkGroup"]
    assert (shown["State"], shown["Description"]) == ("ENABLED", "d")
    configuration = shown["Configuration"]
    assert {key: configuration[key] for key in wanted if key != "EngineVersion"} == {
        key: value for key, value in wanted.items() if key != "EngineVersion"
    }
    assert configuration["EngineVersion"]["SelectedEngineVersion"] == engine
    arn = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/{group}"
    assert tags_of(athena.list_tags_for_resource(ResourceARN=arn)["Tags"]) == TAGS

    updates = {key: value for key, value in wanted.items() if key != "ResultConfiguration"}
    updates |= {"ResultConfigurationUpdates": wanted["ResultConfiguration"], "BytesScannedCutoffPerQuery": 20_000_000}
    athena.update_work_group(WorkGroup=group, Description="e", State="ENABLED", ConfigurationUpdates=updates)
    configuration = athena.get_work_group(WorkGroup=group)["WorkGroup"]["Configuration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 20_000_000
    assert configuration["ResultConfiguration"] == wanted["ResultConfiguration"]

    query = {"Name": "q", "Database": NAMES.database, "QueryString": "select 1", "Description": "d"}
    query_id = athena.create_named_query(**query, WorkGroup=group)["NamedQueryId"]
    saved = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert saved == {**query, "WorkGroup": group, "NamedQueryId": query_id}
    assert athena.list_named_queries(WorkGroup=group)["NamedQueryIds"] == [query_id]
    athena.update_named_query(NamedQueryId=query_id, Name="q2", Description="e", QueryString="select 2")
    saved = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert (saved["Name"], saved["Description"], saved["QueryString"]) == ("q2", "e", "select 2")
    athena.delete_named_query(NamedQueryId=query_id)
    assert error_code(athena.get_named_query, NamedQueryId=query_id) == "InvalidRequestException"
    assert error_code(athena.delete_named_query, NamedQueryId=query_id) == "InvalidRequestException"

    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
    with pytest.raises(ClientError, match="is not found"):  # the words that the provider looks for
        athena.get_work_group(WorkGroup=group)


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


def test_log_group_with_key_and_retention(aws: Client) -> None:
    logs, name = aws("logs"), "/aws/kinesisfirehose/clickstream-local-events"
    logs.create_log_group(logGroupName=name, kmsKeyId=KEY_ARN, logGroupClass="STANDARD", tags=TAGS)
    logs.put_retention_policy(logGroupName=name, retentionInDays=30)
    shown = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert (shown["kmsKeyId"], shown["retentionInDays"], shown["logGroupClass"]) == (KEY_ARN, 30, "STANDARD")
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
    assert shown["arn"] == f"{arn}:*"
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == TAGS
    logs.create_log_stream(logGroupName=name, logStreamName="DestinationDelivery")
    streams = logs.describe_log_streams(logGroupName=name, logStreamNamePrefix="DestinationDelivery")["logStreams"]
    assert streams[0]["arn"] == f"{arn}:log-stream:DestinationDelivery"

    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    logs.associate_kms_key(resourceIdentifier=arn, kmsKeyId=KEY_ARN)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == KEY_ARN
    logs.tag_resource(resourceArn=arn, tags={"New": "1"})
    logs.untag_resource(resourceArn=arn, tagKeys=["New"])
    logs.delete_log_group(logGroupName=name)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    assert error_code(logs.associate_kms_key, logGroupName=name, kmsKeyId=KEY_ARN) == "ResourceNotFoundException"


def test_log_group_that_asks_for_protection_is_refused(aws: Client) -> None:
    arguments = {"logGroupName": "/protected", "deletionProtectionEnabled": True}
    assert error_code(aws("logs").create_log_group, **arguments) == "NotImplemented"


def test_sns_topic_with_policy(aws: Client) -> None:
    sns = aws("sns")
    attributes = {"DisplayName": "clickstream-local alerts", "KmsMasterKeyId": KEY_ARN}
    topic = sns.create_topic(Name="clickstream-local-alerts", Attributes=attributes, Tags=TAG_LIST)["TopicArn"]
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert {key: shown[key] for key in attributes} == attributes
    assert json.loads(shown["Policy"])["Statement"]
    assert tags_of(sns.list_tags_for_resource(ResourceArn=topic)["Tags"]) == TAGS
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    assert json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]) == json.loads(document)
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "New", "Value": "1"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["New"])
    sns.delete_topic(TopicArn=topic)
    assert error_code(sns.get_topic_attributes, TopicArn=topic) == "NotFound"


def test_metric_alarm_over_the_query_protocol_that_the_provider_speaks(bare_local_aws: LocalAwsServer) -> None:
    alarm = {
        "AlarmName": "clickstream-local-firehose-freshness",
        "AlarmDescription": "d",
        "Namespace": "AWS/Firehose",
        "MetricName": "DeliveryToS3.DataFreshness",
        "Statistic": "Maximum",
        "Period": "300",
        "EvaluationPeriods": "2",
        "DatapointsToAlarm": "2",
        "Threshold": "900.0",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
    lists = {
        "ActionsEnabled": "true",
        "AlarmActions.member.1": topic,
        "OKActions.member.1": topic,
        "Dimensions.member.1.Name": "DeliveryStreamName",
        "Dimensions.member.1.Value": NAMES.delivery_stream,
        "Tags.member.1.Key": "Project",
        "Tags.member.1.Value": "clickstream",
    }
    query(bare_local_aws, "PutMetricAlarm", {**alarm, **lists})
    answer = query(bare_local_aws, "DescribeAlarms", {"AlarmNames.member.1": alarm["AlarmName"]})
    shown = answer["DescribeAlarmsResponse"]["DescribeAlarmsResult"]["MetricAlarms"]["member"]
    assert {key: shown[key] for key in alarm} == alarm
    assert shown["AlarmActions"]["member"] == shown["OKActions"]["member"] == topic
    assert shown["Dimensions"]["member"] == {"Name": "DeliveryStreamName", "Value": NAMES.delivery_stream}
    assert shown["ActionsEnabled"] == "true"
    answer = query(bare_local_aws, "ListTagsForResource", {"ResourceARN": shown["AlarmArn"]})
    tags = answer["ListTagsForResourceResponse"]["ListTagsForResourceResult"]["Tags"]["member"]
    assert tags == {"Key": "Project", "Value": "clickstream"}
    query(bare_local_aws, "DeleteAlarms", {"AlarmNames.member.1": alarm["AlarmName"]})
    assert bare_local_aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"] == []


def test_dashboard_over_the_query_protocol(bare_local_aws: LocalAwsServer) -> None:
    widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "# events & more"}}
    body = json.dumps({"widgets": [widget]})
    query(bare_local_aws, "PutDashboard", {"DashboardName": "clickstream-local", "DashboardBody": body})
    answer = query(bare_local_aws, "GetDashboard", {"DashboardName": "clickstream-local"})
    shown = answer["GetDashboardResponse"]["GetDashboardResult"]
    assert json.loads(shown["DashboardBody"]) == json.loads(body)
    assert shown["DashboardArn"] == f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/clickstream-local"
    query(bare_local_aws, "DeleteDashboards", {"DashboardNames.member.1": "clickstream-local"})
    arguments = {"DashboardName": "clickstream-local"}
    assert error_code(bare_local_aws.client("cloudwatch").get_dashboard, **arguments) == "ResourceNotFound"


def query(server: LocalAwsServer, action: str, parameters: dict[str, str]) -> dict[str, Any]:
    """A call in the form that the provider's SDK for Go gives CloudWatch's calls; boto3 sends JSON."""
    answer = requests.post(
        server.endpoint,
        data={"Action": action, "Version": "2010-08-01", **parameters},
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, "},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = xmltodict.parse(answer.content)
    return document


def test_event_rule_and_target_are_stored(aws: Client) -> None:
    events, name = aws("events"), "clickstream-local-glue-run-failed"
    pattern = json.dumps({"source": ["aws.glue"], "detail": {"state": ["FAILED", "TIMEOUT", "STOPPED"]}})
    arn = events.put_rule(
        Name=name, EventBusName="default", EventPattern=pattern, State="ENABLED", Description="d", Tags=TAG_LIST
    )["RuleArn"]
    shown = events.describe_rule(Name=name, EventBusName="default")
    assert json.loads(shown["EventPattern"]) == json.loads(pattern)
    assert (shown["State"], shown["Description"], shown["Arn"]) == ("ENABLED", "d", arn)
    assert tags_of(events.list_tags_for_resource(ResourceARN=arn)["Tags"]) == TAGS
    target = {
        "Id": "alerts",
        "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts",
        "InputTransformer": {"InputPathsMap": {"run": "$.detail.jobRunId"}, "InputTemplate": '"Glue run <run>"'},
    }
    answer = events.put_targets(Rule=name, EventBusName="default", Targets=[target])
    assert answer["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule=name, EventBusName="default")["Targets"] == [target]
    entry = {"Source": "aws.glue", "DetailType": "x", "Detail": "{}"}
    assert error_code(events.put_events, Entries=[entry]) == "NotImplemented"
    events.remove_targets(Rule=name, EventBusName="default", Ids=["alerts"])
    events.delete_rule(Name=name, EventBusName="default")
    assert error_code(events.describe_rule, Name=name, EventBusName="default") == "ResourceNotFoundException"


def test_schedule_and_its_group_are_stored(aws: Client) -> None:
    scheduler, group, name = aws("scheduler"), "clickstream-local", "clickstream-local-freshness-check"
    arn = scheduler.create_schedule_group(Name=group, ClientToken="1", Tags=TAG_LIST)["ScheduleGroupArn"]
    assert scheduler.get_schedule_group(Name=group)["State"] == "ACTIVE"
    assert tags_of(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]) == TAGS
    wanted = {
        "Name": name,
        "GroupName": group,
        "Description": "d",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "cron(0 6 * * ? *)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {
            "Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:x",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x",
            "Input": '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
        },
    }
    scheduler.create_schedule(ClientToken="2", **wanted)
    shown = scheduler.get_schedule(GroupName=group, Name=name)
    assert {key: shown[key] for key in wanted} == wanted
    scheduler.update_schedule(ClientToken="3", **{**wanted, "State": "DISABLED"})
    assert scheduler.get_schedule(GroupName=group, Name=name)["State"] == "DISABLED"
    scheduler.delete_schedule(GroupName=group, Name=name)
    assert error_code(scheduler.get_schedule, GroupName=group, Name=name) == "ResourceNotFoundException"
    scheduler.delete_schedule_group(Name=group)
    assert error_code(scheduler.get_schedule_group, Name=group) == "ResourceNotFoundException"


def test_state_machine_is_stored_and_never_executed(aws: Client) -> None:
    states, name = aws("stepfunctions"), "clickstream-local-freshness-check"
    definition = (IAC / "freshness_check.asl.json").read_text()
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    assert states.validate_state_machine_definition(definition=definition, type="STANDARD")["result"] == "OK"
    logging = {
        "level": "ALL",
        "includeExecutionData": True,
        "destinations": [
            {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*"}}
        ],
    }
    arn = states.create_state_machine(
        name=name,
        definition=definition,
        roleArn=role,
        type="STANDARD",
        publish=False,
        loggingConfiguration=logging,
        tags=[{"key": key, "value": value} for key, value in TAGS.items()],
    )["stateMachineArn"]
    shown = states.describe_state_machine(stateMachineArn=arn)
    assert (shown["definition"], shown["loggingConfiguration"], shown["roleArn"]) == (definition, logging, role)
    assert (shown["type"], shown["status"]) == ("STANDARD", "ACTIVE")
    assert states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    tags = states.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == TAGS
    states.update_state_machine(stateMachineArn=arn, definition=definition, roleArn=role, publish=False)
    assert error_code(states.start_execution, stateMachineArn=arn) == "NotImplemented"
    states.delete_state_machine(stateMachineArn=arn)
    assert error_code(states.describe_state_machine, stateMachineArn=arn) == "StateMachineDoesNotExist"


@pytest.mark.parametrize(
    ("definition", "fault"),
    [
        pytest.param("{", "not JSON", id="no_json"),
        pytest.param("[]", "must be an object", id="no_object"),
        pytest.param('{"StartAt": "A", "States": {}}', "at least one state", id="no_states"),
        pytest.param('{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', "names no state", id="no_start"),
        pytest.param('{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}', "needs Next or End", id="no_end"),
        pytest.param('{"StartAt": "A", "States": {"A": {"Type": "Go", "End": true}}}', "needs a Type", id="no_type"),
        pytest.param(
            '{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Next": "B"}]}}}',
            "leads to 'B'",
            id="no_target",
        ),
    ],
)
def test_a_faulty_state_machine_is_found_by_the_plan_and_refused_by_the_apply(
    aws: Client, definition: str, fault: str
) -> None:
    states = aws("stepfunctions")
    answer = states.validate_state_machine_definition(definition=definition, type="STANDARD")
    assert answer["result"] == "FAIL"
    assert any(fault in diagnostic["message"] for diagnostic in answer["diagnostics"])
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    assert error_code(states.create_state_machine, name="x", definition=definition, roleArn=role) == "InvalidDefinition"
