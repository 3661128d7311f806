"""Resource type -> API calls, argument -> member: buckets and objects.

What the local AWS is created with is taken from its own rules; what it does not get is added.
"""

from __future__ import annotations

from local_terraform import Instance
from local_terraform.resources.arguments import Blocks, NotSent, OneBlock, Rules, flag, number, text
from local_terraform.resources.types import PROVISIONED
from tests.iac.rendered.calls import Call
from tests.iac.rendered.tags import tag_header, tag_list

_ON_DESTROY = NotSent("Terraform's own: it matters when the resource is destroyed")
_BYTES = NotSent("the object's bytes")
_S3_LOGGING: Rules = {
    "bucket": text("Bucket"),
    "target_bucket": text("BucketLoggingStatus.LoggingEnabled.TargetBucket"),
    "target_prefix": text("BucketLoggingStatus.LoggingEnabled.TargetPrefix"),
}
_LIFECYCLE_RULE: Rules = {
    "id": text("ID"),
    "status": text("Status"),
    "filter": OneBlock("Filter", {"prefix": text("Prefix")}),
    "abort_incomplete_multipart_upload": OneBlock(
        "AbortIncompleteMultipartUpload", {"days_after_initiation": number("DaysAfterInitiation")}
    ),
    "expiration": OneBlock(
        "Expiration", {"days": number("Days"), "expired_object_delete_marker": flag("ExpiredObjectDeleteMarker")}
    ),
    "noncurrent_version_expiration": OneBlock(
        "NoncurrentVersionExpiration", {"noncurrent_days": number("NoncurrentDays")}
    ),
    "transition": Blocks("Transitions", {"days": number("Days"), "storage_class": text("StorageClass")}),
}
_BUCKET_ENCRYPTION: Rules = {
    "bucket_key_enabled": flag("BucketKeyEnabled"),
    "apply_server_side_encryption_by_default": OneBlock(
        "ApplyServerSideEncryptionByDefault",
        {"sse_algorithm": text("SSEAlgorithm"), "kms_master_key_id": text("KMSMasterKeyID")},
    ),
}


def _location(bucket: Instance) -> dict[str, dict[str, str]]:
    region = bucket.module.variable("aws_region")
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


S3: dict[str, tuple[Call, ...]] = {
    "aws_s3_bucket": (
        Call(
            "s3",
            "CreateBucket",
            {**PROVISIONED["aws_s3_bucket"], "force_destroy": _ON_DESTROY},
            fixed=_location,
            tags=lambda tags: {"CreateBucketConfiguration": tag_list("Tags")(tags)},
        ),
    ),
    "aws_s3_bucket_lifecycle_configuration": (
        Call(
            "s3",
            "PutBucketLifecycleConfiguration",
            {"bucket": text("Bucket"), "rule": Blocks("LifecycleConfiguration.Rules", _LIFECYCLE_RULE)},
        ),
    ),
    "aws_s3_bucket_logging": (Call("s3", "PutBucketLogging", _S3_LOGGING),),
    "aws_s3_bucket_ownership_controls": (
        Call(
            "s3",
            "PutBucketOwnershipControls",
            {
                "bucket": text("Bucket"),
                "rule": Blocks("OwnershipControls.Rules", {"object_ownership": text("ObjectOwnership")}),
            },
        ),
    ),
    "aws_s3_bucket_policy": (Call("s3", "PutBucketPolicy", {"bucket": text("Bucket"), "policy": text("Policy")}),),
    "aws_s3_bucket_public_access_block": (
        Call(
            "s3",
            "PutPublicAccessBlock",
            {
                "bucket": text("Bucket"),
                "block_public_acls": flag("PublicAccessBlockConfiguration.BlockPublicAcls"),
                "block_public_policy": flag("PublicAccessBlockConfiguration.BlockPublicPolicy"),
                "ignore_public_acls": flag("PublicAccessBlockConfiguration.IgnorePublicAcls"),
                "restrict_public_buckets": flag("PublicAccessBlockConfiguration.RestrictPublicBuckets"),
            },
        ),
    ),
    "aws_s3_bucket_server_side_encryption_configuration": (
        Call(
            "s3",
            "PutBucketEncryption",
            {
                "bucket": text("Bucket"),
                "rule": Blocks("ServerSideEncryptionConfiguration.Rules", _BUCKET_ENCRYPTION),
            },
        ),
    ),
    "aws_s3_bucket_versioning": (
        Call(
            "s3",
            "PutBucketVersioning",
            {
                "bucket": text("Bucket"),
                "versioning_configuration": OneBlock("VersioningConfiguration", {"status": text("Status")}),
            },
        ),
    ),
    "aws_s3_object": (
        Call(
            "s3",
            "PutObject",
            {
                **PROVISIONED["aws_s3_object"],
                "source": _BYTES,
                "content": _BYTES,
                "content_base64": _BYTES,
                "source_hash": NotSent("Terraform's own: it tells when to send the object again"),
                "kms_key_id": text("SSEKMSKeyId"),
                "override_provider": NotSent("its tags are in Tagging"),
            },
            fixed=lambda instance: {"ServerSideEncryption": "aws:kms"},
            tags=tag_header("Tagging"),
        ),
    ),
}
