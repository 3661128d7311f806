"""Requests that AWS's models refuse, and their neighbours that they take, for each service and kind of constraint.

The client checks nothing itself, so that what is judged here is the server's work. The codes are AWS's; where each was
seen is in the README of the package.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws_server import LocalAwsServer


def policy(size: int) -> str:
    """A policy of so many characters, white space aside."""
    statement = {"Sid": "", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Sid"] = "s" * (size - len("".join(json.dumps(document).split())))
    return json.dumps(document)


ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
NUMBERS = itertools.count()
COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/script.py"}
JOB = {"Role": ROLE, "Command": COMMAND, "GlueVersion": "5.1"}
ALARM = {
    "MetricName": "m",
    "Namespace": "n",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
SCHEDULE = {
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": ROLE},
}
STATES = '{"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}'
TRUST = '{"Version": "2012-10-17", "Statement": []}'
STATUSES = {"LimitExceeded": 409}
TOKEN = "t" * 32


class Case(NamedTuple):
    """A call, what is put in the place of some of its arguments to have it refused, and how it is.

    :param taken: the arguments at the boundary; ``NAME`` stands for a name of the test's own
    :param refused: what replaces some of them, None for what is left out
    :param code: of the refusal
    :param says: part of the refusal's message
    :param otherwise: code of the backend's error where the call at the boundary fails for a reason of its own
    """

    service: str
    operation: str
    taken: dict[str, Any]
    refused: dict[str, Any]
    code: str
    says: str = ""
    otherwise: str | None = None


NAME = "<a name>"
CASES = {
    # Amazon Data Firehose
    "firehose_pattern": Case(
        "firehose",
        "describe_delivery_stream",
        {"DeliveryStreamName": "a.b_c-d"},
        {"DeliveryStreamName": "a b"},
        "ValidationException",
        "at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z",
        "ResourceNotFoundException",
    ),
    "firehose_length": Case(
        "firehose",
        "describe_delivery_stream",
        {"DeliveryStreamName": "s" * 64},
        {"DeliveryStreamName": "s" * 65},
        "ValidationException",
        "Member must have length less than or equal to 64",
        "ResourceNotFoundException",
    ),
    "firehose_range": Case(
        "firehose",
        "list_delivery_streams",
        {"Limit": 1},
        {"Limit": 0},
        "ValidationException",
        "at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    "firehose_enum": Case(
        "firehose",
        "list_delivery_streams",
        {"DeliveryStreamType": "DirectPut"},
        {"DeliveryStreamType": "directput"},
        "ValidationException",
        "Member must satisfy enum value set: [DirectPut, ",
    ),
    "firehose_required": Case(
        "firehose",
        "describe_delivery_stream",
        {"DeliveryStreamName": "s"},
        {"DeliveryStreamName": None},
        "ValidationException",
        "Value null at 'deliveryStreamName' failed to satisfy constraint: Member must not be null",
        "ResourceNotFoundException",
    ),
    "firehose_type": Case(
        "firehose", "list_delivery_streams", {"Limit": 2.9}, {"Limit": "2"}, "SerializationException", "STRING_VALUE"
    ),
    "firehose_stream_of_records": Case(
        "firehose",
        "put_record",
        {"DeliveryStreamName": "s", "Record": {"Data": b"x"}},
        {"DeliveryStreamName": "s/"},
        "ValidationException",
        "'deliveryStreamName'",
        "ResourceNotFoundException",
    ),
    # Glue
    "glue_length": Case(
        "glue",
        "create_database",
        {"DatabaseInput": {"Name": NAME, "Description": "d" * 2048}},
        {"DatabaseInput": {"Name": NAME, "Description": "d" * 2049}},
        "ValidationException",
        "'databaseInput.description' failed to satisfy constraint: Member must have length less than or equal to 2048",
    ),
    "glue_pattern_in_a_list": Case(
        "glue",
        "create_table",
        {
            "DatabaseName": "none",
            "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "a"}, {"Name": "b\tc"}]}},
        },
        {"TableInput": {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "a"}, {"Name": "b\nc"}]}}},
        "ValidationException",
        "at 'tableInput.storageDescriptor.columns.2.member.name' failed to satisfy constraint: Member must satisfy reg",
        "EntityNotFoundException",
    ),
    "glue_range": Case(
        "glue",
        "get_databases",
        {"MaxResults": 100},
        {"MaxResults": 101},
        "ValidationException",
        "'101' at 'maxResults'",
    ),
    "glue_enum": Case(
        "glue",
        "create_job",
        {"Name": NAME, **JOB, "WorkerType": "G.1X", "NumberOfWorkers": 2},
        {"WorkerType": "X.1"},
        "ValidationException",
        "Value 'X.1' at 'workerType' failed to satisfy constraint: Member must satisfy enum value set: [Standard, G.1X",
    ),
    "glue_required": Case(
        "glue", "create_job", {"Name": NAME, **JOB}, {"Role": None}, "ValidationException", "Value null at 'role'"
    ),
    "glue_type": Case(
        "glue",
        "create_job",
        {"Name": NAME, **JOB},
        {"DefaultArguments": {"--a": 1}},
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    ),
    "glue_size_of_a_list": Case(
        "glue",
        "batch_create_partition",
        {"DatabaseName": "d", "TableName": "t", "PartitionInputList": [{"Values": ["a"]}] * 100},
        {"PartitionInputList": [{"Values": ["a"]}] * 101},
        "ValidationException",
        "at 'partitionInputList' failed to satisfy constraint: Member must have length less than or equal to 100",
        "EntityNotFoundException",
    ),
    "glue_members_of_a_list": Case(
        "glue",
        "get_partition",
        {"DatabaseName": "d", "TableName": "t", "PartitionValues": ["v" * 1024]},
        {"PartitionValues": ["v" * 1025]},
        "ValidationException",
        "'partitionValues' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less",
        "EntityNotFoundException",
    ),
    # Athena
    "athena_length": Case(
        "athena",
        "start_query_execution",
        {"QueryString": "select 1 --".ljust(262144, "x"), "ResultConfiguration": {"OutputLocation": "s3://none/"}},
        {"QueryString": "select 1 --".ljust(262145, "x")},
        "InvalidRequestException",
        "Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to 262144",
    ),
    "athena_length_of_a_token": Case(
        "athena",
        "create_named_query",
        {"Name": "n", "Database": "d", "QueryString": "select 1", "ClientRequestToken": TOKEN},
        {"ClientRequestToken": TOKEN[1:]},
        "InvalidRequestException",
        "Member must have length greater than or equal to 32",
    ),
    "athena_range": Case(
        "athena",
        "list_work_groups",
        {"MaxResults": 50},
        {"MaxResults": 99999999999},
        "InvalidRequestException",
        "to 50",
    ),
    "athena_size_of_a_list": Case(
        "athena",
        "batch_get_query_execution",
        {"QueryExecutionIds": ["q"] * 50},
        {"QueryExecutionIds": ["q"] * 51},
        "InvalidRequestException",
        "at 'queryExecutionIds' failed to satisfy constraint: Member must have length less than or equal to 50",
    ),
    "athena_range_of_a_limit": Case(
        "athena",
        "create_work_group",
        {"Name": NAME, "Configuration": {"BytesScannedCutoffPerQuery": 10_000_000}},
        {"Configuration": {"BytesScannedCutoffPerQuery": 9_999_999}},
        "InvalidRequestException",
        "at 'configuration.bytesScannedCutoffPerQuery' failed to satisfy constraint: Member must have value greater",
    ),
    "athena_pattern": Case(
        "athena",
        "get_work_group",
        {"WorkGroup": "primary"},
        {"WorkGroup": "pri mary"},
        "InvalidRequestException",
        "Value at 'workGroup' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9",
    ),
    "athena_enum": Case(
        "athena",
        "update_work_group",
        {"WorkGroup": "primary", "State": "ENABLED"},
        {"State": "enabled"},
        "InvalidRequestException",
        "Member must satisfy enum value set: [ENABLED, DISABLED]",
    ),
    "athena_required": Case(
        "athena",
        "get_work_group",
        {"WorkGroup": "primary"},
        {"WorkGroup": None},
        "InvalidRequestException",
        "1 validation error detected: Value null at 'workGroup' failed to satisfy constraint: Member must not be null",
    ),
    # CloudWatch Logs
    "logs_pattern": Case(
        "logs",
        "create_log_group",
        {"logGroupName": NAME},
        {"logGroupName": "testServiceName:latest-metrics"},
        "InvalidParameterException",
        "1 validation error detected: Value 'testServiceName:latest-metrics' at 'logGroupName' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
    ),
    "logs_length": Case(
        "logs",
        "describe_log_groups",
        {"logGroupNamePrefix": "g" * 512},
        {"logGroupNamePrefix": "g" * 513},
        "InvalidParameterException",
        "at 'logGroupNamePrefix'",
    ),
    "logs_range": Case(
        "logs",
        "describe_log_groups",
        {"limit": 50},
        {"limit": 51},
        "InvalidParameterException",
        "Value '51' at 'limit'",
    ),
    "logs_enum": Case(
        "logs",
        "create_log_group",
        {"logGroupName": NAME, "logGroupClass": "STANDARD"},
        {"logGroupClass": "CHEAP"},
        "InvalidParameterException",
        "Value 'CHEAP' at 'logGroupClass'",
    ),
    "logs_required": Case(
        "logs", "create_log_group", {"logGroupName": NAME}, {"logGroupName": None}, "InvalidParameterException", "null"
    ),
    # KMS
    "kms_pattern": Case(
        "kms",
        "create_alias",
        {"AliasName": "alias/a/b_c-d", "TargetKeyId": "00000000-0000-0000-0000-000000000000"},
        {"AliasName": "alias/a b"},
        "ValidationException",
        "Value 'alias/a b' at 'aliasName'",
        "NotFoundException",
    ),
    "kms_length": Case(
        "kms",
        "create_key",
        {"Description": "d" * 8192},
        {"Description": "d" * 8193},
        "ValidationException",
        "at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192",
    ),
    "kms_range": Case(
        "kms", "list_keys", {"Limit": 1000}, {"Limit": 1001}, "ValidationException", "Value '1001' at 'limit'"
    ),
    "kms_enum": Case(
        "kms",
        "create_key",
        {"KeyUsage": "ENCRYPT_DECRYPT"},
        {"KeyUsage": "ENCRYPT"},
        "ValidationException",
        "'ENCRYPT'",
    ),
    "kms_secret_is_not_repeated": Case(
        "kms",
        "encrypt",
        {"KeyId": "00000000-0000-0000-0000-000000000000", "Plaintext": b"p" * 4096},
        {"Plaintext": b"p" * 4097},
        "ValidationException",
        "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
        "NotFoundException",
    ),
    # EventBridge, Scheduler, Step Functions
    "events_length": Case(
        "events",
        "put_rule",
        {"Name": "r" * 64, "ScheduleExpression": "rate(1 day)"},
        {"Name": "r" * 65},
        "ValidationException",
        f"Value '{'r' * 65}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64",
    ),
    "events_several": Case(
        "events",
        "put_rule",
        {"Name": NAME, "ScheduleExpression": "rate(1 day)", "State": "DISABLED"},
        {"Name": "a b", "State": "OFF"},
        "ValidationException",
        "2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: [\.\-_A-Za-z0-9]+; Value 'OFF' at 'state' failed to satisfy constraint: Member must "
        "satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
    ),
    "events_member_of_a_member": Case(
        "events",
        "put_targets",
        {"Rule": "none", "Targets": [{"Id": "i" * 64, "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}]},
        {"Targets": [{"Id": "i" * 65, "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}]},
        "ValidationException",
        "at 'targets.1.member.id' failed to satisfy constraint: Member must have length less than or equal to 64",
        "ResourceNotFoundException",
    ),
    "events_range": Case("events", "list_rules", {"Limit": 100}, {"Limit": 101}, "ValidationException", "'limit'"),
    "events_keys_of_a_map": Case(
        "events",
        "put_targets",
        {
            "Rule": "none",
            "Targets": [
                {
                    "Id": "i",
                    "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t",
                    "InputTransformer": {"InputPathsMap": {"a_b": "$.a"}, "InputTemplate": "<a_b>"},
                }
            ],
        },
        {
            "Targets": [
                {
                    "Id": "i",
                    "Arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t",
                    "InputTransformer": {"InputPathsMap": {"a b": "$.a"}, "InputTemplate": "<a b>"},
                }
            ]
        },
        "ValidationException",
        "at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy "
        "constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal "
        r"to 1, Member must satisfy regular expression pattern: [A-Za-z0-9\_\-]+]",
        "ResourceNotFoundException",
    ),
    "scheduler_pattern_in_the_path": Case(
        "scheduler",
        "create_schedule",
        {"Name": NAME, **SCHEDULE},
        {"Name": "a b"},
        "ValidationException",
        "'a b' at 'name'",
    ),
    "scheduler_enum_in_the_body": Case(
        "scheduler",
        "create_schedule",
        {"Name": NAME, **SCHEDULE, "State": "DISABLED"},
        {"State": "OFF"},
        "ValidationException",
        "Value 'OFF' at 'state'",
    ),
    "scheduler_range_in_the_query_string": Case(
        "scheduler",
        "list_schedules",
        {"MaxResults": 1},
        {"MaxResults": 0},
        "ValidationException",
        "'0' at 'maxResults'",
    ),
    "scheduler_required": Case(
        "scheduler",
        "create_schedule",
        {"Name": NAME, **SCHEDULE},
        {"ScheduleExpression": None},
        "ValidationException",
        "Value null at 'scheduleExpression'",
    ),
    "states_length": Case(
        "stepfunctions",
        "create_state_machine",
        {"name": "m" * 80, "definition": STATES, "roleArn": ROLE},
        {"name": "m" * 81},
        "ValidationException",
        "at 'name' failed to satisfy constraint: Member must have length less than or equal to 80",
    ),
    "states_enum": Case(
        "stepfunctions",
        "create_state_machine",
        {"name": NAME, "definition": STATES, "roleArn": ROLE, "type": "STANDARD"},
        {"type": "SLOW"},
        "ValidationException",
        "Value 'SLOW' at 'type'",
    ),
    "states_required": Case(
        "stepfunctions",
        "create_state_machine",
        {"name": NAME, "definition": STATES, "roleArn": ROLE},
        {"roleArn": None},
        "ValidationException",
        "Value null at 'roleArn'",
    ),
    # Tagging
    "tagging_size_of_a_list": Case(
        "resourcegroupstaggingapi",
        "tag_resources",
        {"ResourceARNList": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"] * 20, "Tags": {"a": "b"}},
        {"ResourceARNList": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"] * 21},
        "InvalidParameterException",
        "at 'resourceARNList'",
    ),
    # IAM, STS
    "iam_length": Case(
        "iam",
        "create_role",
        {"RoleName": "r" * 64, "AssumeRolePolicyDocument": TRUST},
        {"RoleName": "r" * 65},
        "ValidationError",
        "at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
    ),
    "iam_pattern_of_a_name": Case(
        "iam",
        "create_role",
        {"RoleName": "a+=,.@_-b", "AssumeRolePolicyDocument": TRUST},
        {"RoleName": "a b"},
        "ValidationError",
        "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    ),
    "iam_range": Case(
        "iam", "list_roles", {"MaxItems": 1000}, {"MaxItems": 1001}, "ValidationError", "Value '1001' at 'maxItems'"
    ),
    "iam_range_of_a_session": Case(
        "iam",
        "create_role",
        {"RoleName": NAME, "AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 43200},
        {"MaxSessionDuration": 43201},
        "ValidationError",
        "'43201' at 'maxSessionDuration'",
    ),
    "iam_required": Case(
        "iam",
        "create_role",
        {"RoleName": NAME, "AssumeRolePolicyDocument": TRUST},
        {"AssumeRolePolicyDocument": None},
        "ValidationError",
        "Value null at 'assumeRolePolicyDocument'",
    ),
    "iam_enum": Case(
        "iam", "list_policies", {"Scope": "Local"}, {"Scope": "local"}, "ValidationError", "Value 'local' at 'scope'"
    ),
    "iam_no_number": Case("iam", "list_roles", {"MaxItems": 5}, {"MaxItems": "five"}, "MalformedInput"),
    "iam_tags": Case(
        "iam",
        "create_role",
        {"RoleName": NAME, "AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": "k" * 128, "Value": "v" * 256}]},
        {"Tags": [{"Key": "k", "Value": "v" * 257}]},
        "ValidationError",
        "at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256",
    ),
    "sts_length": Case(
        "sts",
        "assume_role",
        {"RoleArn": ROLE, "RoleSessionName": "s" * 64},
        {"RoleSessionName": "s" * 65},
        "ValidationError",
        f"1 validation error detected: Value '{'s' * 65}' at 'roleSessionName' failed to satisfy constraint: Member "
        "must have length less than or equal to 64",
    ),
    "sts_pattern": Case(
        "sts",
        "assume_role",
        {"RoleArn": ROLE, "RoleSessionName": "Session1@2"},
        {"RoleSessionName": "Session1:2"},
        "ValidationError",
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member "
        r"must satisfy regular expression pattern: [\w+=,.@-]*",
    ),
    "sts_range": Case(
        "sts",
        "assume_role",
        {"RoleArn": ROLE, "RoleSessionName": "ss", "DurationSeconds": 900},
        {"DurationSeconds": 899},
        "ValidationError",
        "Value '899' at 'durationSeconds'",
    ),
    "sts_required": Case(
        "sts",
        "assume_role",
        {"RoleArn": ROLE, "RoleSessionName": "ss"},
        {"RoleSessionName": None},
        "ValidationError",
        "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
    ),
    # SNS, SQS
    "sns_length": Case(
        "sns",
        "tag_resource",
        {"ResourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "Tags": [{"Key": "k" * 128, "Value": "v"}]},
        {"Tags": [{"Key": "k" * 129, "Value": "v"}]},
        "InvalidParameter",
        otherwise="ResourceNotFound",
    ),
    "sns_required": Case(
        "sns", "create_topic", {"Name": NAME}, {"Name": None}, "ValidationError", "Value null at 'name'"
    ),
    "sqs_required": Case(
        "sqs", "create_queue", {"QueueName": NAME}, {"QueueName": None}, "MissingParameter", "the parameter QueueName."
    ),
    "sqs_enum": Case(
        "sqs",
        "create_queue",
        {"QueueName": NAME, "Attributes": {"DelaySeconds": "1"}},
        {"Attributes": {"Delay": "1"}},
        "InvalidAttributeName",
        "Unknown Attribute Delay.",
    ),
    # CloudWatch
    "cloudwatch_enum": Case(
        "cloudwatch",
        "put_metric_alarm",
        {"AlarmName": NAME, **ALARM},
        {"ComparisonOperator": "Greater"},
        "ValidationError",
        "at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [GreaterThanOrEqual",
    ),
    "cloudwatch_length": Case(
        "cloudwatch",
        "put_metric_alarm",
        {"AlarmName": NAME, **ALARM, "AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:t"] * 5},
        {"AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:t"] * 6},
        "ValidationError",
        "at 'alarmActions' failed to satisfy constraint: Member must have length less than or equal to 5",
    ),
    "cloudwatch_range": Case(
        "cloudwatch",
        "put_metric_alarm",
        {"AlarmName": NAME, **ALARM},
        {"EvaluationPeriods": 0},
        "ValidationError",
        "at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ),
    "cloudwatch_required": Case(
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0}]},
        {"MetricData": [{"Value": 1.0}]},
        "MissingParameter",
        "The parameter MetricData.member.1.MetricName is required.",
    ),
    "cloudwatch_length_of_a_metrics_name": Case(
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "n", "MetricData": [{"MetricName": "m" * 255, "Value": 1.0}]},
        {"MetricData": [{"MetricName": "m" * 256, "Value": 1.0}]},
        "InvalidParameterValue",
        "MetricData.member.1.MetricName",
    ),
    # Documented limits that the models lack
    "cloudwatch_metrics_a_call": Case(
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0}] * 1000},
        {"MetricData": [{"MetricName": "m", "Value": 1.0}] * 1001},
        "InvalidParameterValue",
        "The collection MetricData must not have a size greater than 1000.",
    ),
    "logs_bytes_a_call": Case(
        "logs",
        "put_log_events",
        {
            "logGroupName": "none",
            "logStreamName": "s",
            "logEvents": [{"timestamp": 1, "message": "m" * (2**18 - 26)}] * 4,
        },
        {"logEvents": [{"timestamp": 1, "message": "m" * (2**18 - 26)}] * 4 + [{"timestamp": 1, "message": "m"}]},
        "InvalidParameterException",
        "Upload too large",
        "ResourceNotFoundException",
    ),
    "logs_days_of_retention": Case(
        "logs",
        "put_retention_policy",
        {"logGroupName": "none", "retentionInDays": 30},
        {"retentionInDays": 31},
        "InvalidParameterException",
        "Value '31' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7",
        "ResourceNotFoundException",
    ),
    "kms_days_until_deletion": Case(
        "kms",
        "schedule_key_deletion",
        {"KeyId": "00000000-0000-0000-0000-000000000000", "PendingWindowInDays": 7},
        {"PendingWindowInDays": 6},
        "ValidationException",
        "PendingWindowInDays must be between 7 and 30",
        "NotFoundException",
    ),
    "cloudwatch_period": Case(
        "cloudwatch",
        "put_metric_alarm",
        {"AlarmName": NAME, **ALARM, "Period": 120},
        {"Period": 90},
        "ValidationError",
        "Period must be 10, 20, 30 or a multiple of 60",
    ),
    "cloudwatch_name_of_a_dashboard": Case(
        "cloudwatch",
        "put_dashboard",
        {"DashboardName": "a_b-C1", "DashboardBody": '{"widgets": []}'},
        {"DashboardName": "a b"},
        "InvalidParameterValue",
        "The value for field DashboardName contains invalid characters.",
    ),
    "events_schedule": Case(
        "events",
        "put_rule",
        {"Name": NAME, "ScheduleExpression": "rate(2 days)"},
        {"ScheduleExpression": "rate(1 days)"},
        "ValidationException",
        "Parameter ScheduleExpression is not valid.",
    ),
    "scheduler_expression": Case(
        "scheduler",
        "create_schedule",
        {"Name": NAME, **SCHEDULE, "ScheduleExpression": "cron(0 1 * * ? *)"},
        {"ScheduleExpression": "cron(0 1 * * * *)"},
        "ValidationException",
        "Invalid Schedule Expression cron(0 1 * * * *).",
    ),
    "iam_size_of_a_policy": Case(
        "iam",
        "create_policy",
        {"PolicyName": NAME, "PolicyDocument": policy(6144)},
        {"PolicyDocument": policy(6145)},
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    ),
    "iam_size_of_a_trust_policy": Case(
        "iam",
        "create_role",
        {"RoleName": NAME, "AssumeRolePolicyDocument": policy(2048)},
        {"AssumeRolePolicyDocument": policy(2049)},
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    ),
}


def client_without_checks(server: LocalAwsServer, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )


def named(value: Any, name: str) -> Any:
    """The arguments with the name in its places."""
    if isinstance(value, dict):
        return {key: named(item, name) for key, item in value.items()}
    return name if value == NAME else value


@pytest.fixture
def call(bare_local_aws: LocalAwsServer) -> Any:
    """Makes a case's call with some arguments; returns the error or None."""

    def make(case: Case, arguments: dict[str, Any]) -> dict[str, Any] | None:
        client = client_without_checks(bare_local_aws, case.service)
        given = named(arguments, f"name-{next(NUMBERS)}")
        try:
            getattr(client, case.operation)(**given)
        except ClientError as error:
            return dict(error.response)
        return None

    return make


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_what_the_model_refuses_is_refused_with_the_services_own_error(call: Any, case: Case) -> None:
    merged = {**case.taken, **case.refused}
    response = call(case, {key: value for key, value in merged.items() if value is not None})
    assert response is not None, "it was taken"
    assert response["Error"]["Code"] == case.code
    assert case.says in response["Error"].get("Message", "")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == STATUSES.get(case.code, 400)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_its_neighbour_reaches_the_backend(call: Any, case: Case) -> None:
    response = call(case, case.taken)
    assert (response and response["Error"]["Code"]) == case.otherwise, response
