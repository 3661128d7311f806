"""Buckets, objects and what works on them, in words."""

from __future__ import annotations

from urllib.parse import parse_qsl

from local_aws.request_validation.limits import MAX_RULE_ID
from tests.iac.rendered.limits import (
    TAG,
    TAGGING_PAGE,
    Documented,
    at_most,
    characters,
    does_not_match,
    matches,
    utf8_bytes,
    within,
)


def _object_tags(query: str) -> str:
    return at_most(10, "tags")(parse_qsl(query, keep_blank_values=True))


def _error_prefix(prefix: str) -> str:
    # Else Firehose refuses a Prefix with expressions.
    return "" if "!{firehose:error-output-type}" in prefix else "it has to have !{firehose:error-output-type}"


_BUCKET_NAMES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
_OBJECT_TAGS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"
_FIREHOSE_PREFIXES = "https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html"

S3 = (
    Documented("s3.CreateBucket", "Bucket", matches(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), page=_BUCKET_NAMES),
    Documented(
        "s3.CreateBucket",
        "Bucket",
        does_not_match(
            r"^(xn--|sthree-|amzn-s3-demo-)|\.\.|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3|-an)$|^[0-9.]+$"
        ),
        page=_BUCKET_NAMES,
    ),
    Documented("s3.CreateBucket", "CreateBucketConfiguration.Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("s3.CreateBucket", "CreateBucketConfiguration.Tags.*.Key", characters(TAG, 128), page=TAGGING_PAGE),
    Documented("s3.CreateBucket", "CreateBucketConfiguration.Tags.*.Value", characters(TAG, 256), page=TAGGING_PAGE),
    Documented("s3.PutObject", "Tagging", _object_tags, page=_OBJECT_TAGS),
    Documented(
        "s3.PutObject",
        "Key",
        at_most(1024, "bytes", utf8_bytes),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
    ),
    Documented(
        "s3.PutBucketLifecycleConfiguration",
        "LifecycleConfiguration.Rules.*.ID",
        at_most(MAX_RULE_ID, "characters"),
        says="The value cannot be longer than 255 characters.",
    ),
    Documented(
        "s3.PutBucketPolicy",
        "Policy",
        at_most(20 * 1024, "bytes", utf8_bytes),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html",
    ),
)

PIPELINE = (
    Documented("athena.CreateWorkGroup", "Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("athena.CreateWorkGroup", "Tags.*.Key", characters(TAG), page=TAGGING_PAGE),
    Documented("athena.CreateWorkGroup", "Tags.*.Value", characters(TAG), page=TAGGING_PAGE),
    # 10,080 itself is refused: "less than".
    Documented(
        "glue.CreateJob",
        "Timeout",
        within(1, 10079),
        says="Jobs must have timeout values less than 7 days or 10080 minutes.",
    ),
    # Athena reads the catalog's names in lower case.
    Documented(
        "glue.CreateDatabase",
        "DatabaseInput.Name",
        characters("[^A-Z]"),
        says="For Hive compatibility, this is folded to lowercase when it is stored.",
    ),
    Documented(
        "glue.CreateTable",
        "TableInput.Name",
        characters("[^A-Z]"),
        says="For Hive compatibility, this is folded to lowercase when it is stored.",
    ),
    Documented(
        "firehose.CreateDeliveryStream",
        "ExtendedS3DestinationConfiguration.ErrorOutputPrefix",
        _error_prefix,
        page=_FIREHOSE_PREFIXES,
    ),
    Documented(
        "firehose.CreateDeliveryStream",
        "ExtendedS3DestinationConfiguration.Prefix",
        does_not_match(r"!\{(?!timestamp:|firehose:random-string\}|partitionKeyFrom(Query|Lambda):)"),
        page=_FIREHOSE_PREFIXES,
    ),
    *(
        Documented(f"glue.{operation}", "Tags.*", characters(TAG), page=TAGGING_PAGE)
        for operation in ("CreateCrawler", "CreateDatabase", "CreateJob")
    ),
)
