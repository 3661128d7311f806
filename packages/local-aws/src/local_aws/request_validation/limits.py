"""Limits that AWS documents and the models lack, each with the page that has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local_aws.request_validation.answer import Refusal
from local_aws.request_validation.s3 import MALFORMED_XML
from local_aws.request_validation.schedule_expressions import is_due, is_due_regularly
from local_aws.request_validation.words import sentence_of

Values = dict[str, Any]
Limit = Callable[[Values], Refusal | None]
_CONFLICT = 409

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: keys and values together, in UTF-8
MAX_METADATA_BYTES = 2048
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART_NUMBERS = range(1, 10_001)
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
MAX_DELETED_OBJECTS = 1000
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html
MAX_BUCKET_TAGS = 50
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
MAX_METRICS = 1000
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: 26 bytes an event on top
MAX_LOG_BATCH_BYTES, LOG_EVENT_BYTES = 1_048_576, 26
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space does not count
MAX_MANAGED_POLICY, MAX_TRUST_POLICY = 6144, 2048
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
MAX_RULE_ID = 255
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
DELETION_DAYS = range(7, 31)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
SHORT_PERIODS_S, PERIOD_STEP_S = (10, 20, 30), 60
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
DASHBOARD_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def broken_limit(service: str, operation: str, values: Values) -> Refusal | None:
    """What the service answers to a request that is over a limit; None for all others."""
    check = _LIMITS.get((service, operation))
    return None if check is None else check(values)


def _metadata(values: Values) -> Refusal | None:
    # A header's text has one character for each of its bytes, which are UTF-8 already.
    size = sum(len(text) for item in values.get("Metadata", {}).items() for text in item)
    message = "Your metadata headers exceed the maximum allowed metadata size"
    return Refusal("MetadataTooLarge", message) if size > MAX_METADATA_BYTES else None


def _part_number(values: Values) -> Refusal | None:
    message = "Part number must be an integer between 1 and 10000, inclusive"
    return None if values.get("PartNumber") in PART_NUMBERS else Refusal("InvalidArgument", message)


def _deleted_objects(values: Values) -> Refusal | None:
    return MALFORMED_XML if len(values["Delete"]["Objects"]) > MAX_DELETED_OBJECTS else None


def _bucket_tags(values: Values) -> Refusal | None:
    message = "Bucket tag count cannot be greater than 50"
    return Refusal("BadRequest", message) if len(values["Tagging"]["TagSet"]) > MAX_BUCKET_TAGS else None


def _keys_of_a_page(values: Values) -> Refusal | None:
    message = "Argument maxKeys must be an integer between 0 and 2147483647"
    return Refusal("InvalidArgument", message) if values.get("MaxKeys", 0) < 0 else None


def _metrics(values: Values) -> Refusal | None:
    message = f"The collection MetricData must not have a size greater than {MAX_METRICS}."
    return Refusal("InvalidParameterValue", message) if len(values.get("MetricData", ())) > MAX_METRICS else None


def _log_batch(values: Values) -> Refusal | None:
    size = sum(len(event["message"].encode()) + LOG_EVENT_BYTES for event in values["logEvents"])
    message = f"Upload too large: {size} bytes exceeds limit of {MAX_LOG_BATCH_BYTES}"
    return Refusal("InvalidParameterException", message) if size > MAX_LOG_BATCH_BYTES else None


def _rule_ids(values: Values) -> Refusal | None:
    rules = values.get("LifecycleConfiguration", {}).get("Rules", ())
    is_over = any(len(rule.get("ID", "")) > MAX_RULE_ID for rule in rules)
    message = f"ID length should not exceed allowed limit of {MAX_RULE_ID}"
    return Refusal("InvalidArgument", message) if is_over else None


def _retention(values: Values) -> Refusal | None:
    days = values["retentionInDays"]
    constraint = f"Member must satisfy enum value set: [{', '.join(map(str, RETENTION_DAYS))}]"
    message = f"Value '{days}' at 'retentionInDays' failed to satisfy constraint: {constraint}"
    return None if days in RETENTION_DAYS else Refusal("InvalidParameterException", sentence_of([message]))


def _deletion_days(values: Values) -> Refusal | None:
    message = "PendingWindowInDays must be between 7 and 30"
    is_within = values.get("PendingWindowInDays", DELETION_DAYS[-1]) in DELETION_DAYS
    return None if is_within else Refusal("ValidationException", message)


def _alarm_period(values: Values) -> Refusal | None:
    period_s = values.get("Period", PERIOD_STEP_S)
    is_valid = period_s in SHORT_PERIODS_S or period_s % PERIOD_STEP_S == 0
    return None if is_valid else Refusal("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")


def _dashboard_name(values: Values) -> Refusal | None:
    allowed = "It can only contain alphanumerics, dash (-) and underscore (_)."
    message = f"The value for field DashboardName contains invalid characters. {allowed}"
    is_valid = DASHBOARD_NAME.fullmatch(values["DashboardName"])
    return None if is_valid else Refusal("InvalidParameterValue", message)


def _schedule(values: Values) -> Refusal | None:
    expression = values["ScheduleExpression"]
    message = f"Invalid Schedule Expression {expression}."
    return None if is_due(expression) else Refusal("ValidationException", message)


def _rule_schedule(values: Values) -> Refusal | None:
    expression = values.get("ScheduleExpression")
    message = "Parameter ScheduleExpression is not valid."
    return None if not expression or is_due_regularly(expression) else Refusal("ValidationException", message)


def _policy_size(member: str, quota: str, most: int) -> Limit:
    def check(values: Values) -> Refusal | None:
        is_over = len("".join(values[member].split())) > most
        message = f"Cannot exceed quota for {quota}: {most}"
        return Refusal("LimitExceeded", message, status=_CONFLICT) if is_over else None

    return check


_managed_policy = _policy_size("PolicyDocument", "PolicySize", MAX_MANAGED_POLICY)
_LIMITS: dict[tuple[str, str], Limit] = {
    ("s3", "PutObject"): _metadata,
    ("s3", "CopyObject"): _metadata,
    ("s3", "CreateMultipartUpload"): _metadata,
    ("s3", "UploadPart"): _part_number,
    ("s3", "UploadPartCopy"): _part_number,
    ("s3", "DeleteObjects"): _deleted_objects,
    ("s3", "PutBucketTagging"): _bucket_tags,
    ("s3", "ListObjects"): _keys_of_a_page,
    ("s3", "ListObjectsV2"): _keys_of_a_page,
    ("cloudwatch", "PutMetricData"): _metrics,
    ("logs", "PutLogEvents"): _log_batch,
    ("s3", "PutBucketLifecycleConfiguration"): _rule_ids,
    ("logs", "PutRetentionPolicy"): _retention,
    ("kms", "ScheduleKeyDeletion"): _deletion_days,
    ("cloudwatch", "PutMetricAlarm"): _alarm_period,
    ("cloudwatch", "PutDashboard"): _dashboard_name,
    ("events", "PutRule"): _rule_schedule,
    ("scheduler", "CreateSchedule"): _schedule,
    ("scheduler", "UpdateSchedule"): _schedule,
    ("iam", "CreatePolicy"): _managed_policy,
    ("iam", "CreatePolicyVersion"): _managed_policy,
    ("iam", "CreateRole"): _policy_size("AssumeRolePolicyDocument", "ACLSizePerRole", MAX_TRUST_POLICY),
    ("iam", "UpdateAssumeRolePolicy"): _policy_size("PolicyDocument", "ACLSizePerRole", MAX_TRUST_POLICY),
}
