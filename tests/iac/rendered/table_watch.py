"""Resource type -> API calls, argument -> member: what watches the pipeline and tells of it."""

from __future__ import annotations

from typing import Any

from local_terraform.language.functions import text_of
from local_terraform.resources.arguments import Argument, Blocks, OneBlock, Rules, flag, number, text, text_map, texts
from tests.iac.rendered.calls import Call
from tests.iac.rendered.placeholders import ACCOUNT_ID
from tests.iac.rendered.tags import tag_list, tag_map


def _dimensions(dimensions: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": text_of(value)} for name, value in dimensions.items()]


def _subscribers(topic_arns: list[str]) -> list[dict[str, str]]:
    return [{"SubscriptionType": "SNS", "Address": text_of(arn)} for arn in topic_arns]


_BUDGET_TAGS: Rules = {"key": text("Key"), "values": texts("Values")}
_NOTIFICATION: Rules = {
    "notification_type": text("Notification.NotificationType"),
    "comparison_operator": text("Notification.ComparisonOperator"),
    "threshold": number("Notification.Threshold"),
    "threshold_type": text("Notification.ThresholdType"),
    "subscriber_sns_topic_arns": Argument("Subscribers", _subscribers),
}
_METRIC_QUERY: Rules = {
    "id": text("Id"),
    "expression": text("Expression"),
    "label": text("Label"),
    "return_data": flag("ReturnData"),
    "metric": OneBlock(
        "MetricStat",
        {
            "namespace": text("Metric.Namespace"),
            "metric_name": text("Metric.MetricName"),
            "dimensions": Argument("Metric.Dimensions", _dimensions),
            "stat": text("Stat"),
            "period": number("Period"),
        },
    ),
}
_SCHEDULE_TARGET: Rules = {
    "arn": text("Arn"),
    "role_arn": text("RoleArn"),
    "input": text("Input"),
    "retry_policy": OneBlock(
        "RetryPolicy",
        {
            "maximum_retry_attempts": number("MaximumRetryAttempts"),
            "maximum_event_age_in_seconds": number("MaximumEventAgeInSeconds"),
        },
    ),
}
_STATES_LOGGING: Rules = {
    "log_destination": text("destinations[].cloudWatchLogsLogGroup.logGroupArn"),
    "include_execution_data": flag("includeExecutionData"),
    "level": text("level"),
}
_INPUT_TRANSFORMER: Rules = {"input_paths": text_map("InputPathsMap"), "input_template": text("InputTemplate")}

WATCH: dict[str, tuple[Call, ...]] = {
    "aws_budgets_budget": (
        Call(
            "budgets",
            "CreateBudget",
            {
                "name": text("Budget.BudgetName"),
                "budget_type": text("Budget.BudgetType"),
                "time_unit": text("Budget.TimeUnit"),
                "limit_amount": text("Budget.BudgetLimit.Amount"),
                "limit_unit": text("Budget.BudgetLimit.Unit"),
                "metrics": texts("Budget.Metrics"),
                "filter_expression": OneBlock(
                    "Budget.FilterExpression", {"and": Blocks("And", {"tags": OneBlock("Tags", _BUDGET_TAGS)})}
                ),
                "notification": Blocks("NotificationsWithSubscribers", _NOTIFICATION),
            },
            fixed=lambda instance: {"AccountId": ACCOUNT_ID},
            tags=tag_list("ResourceTags"),
        ),
    ),
    "aws_cloudwatch_dashboard": (
        Call(
            "cloudwatch",
            "PutDashboard",
            {"dashboard_name": text("DashboardName"), "dashboard_body": text("DashboardBody")},
        ),
    ),
    "aws_cloudwatch_event_rule": (
        Call(
            "events",
            "PutRule",
            {"name": text("Name"), "description": text("Description"), "event_pattern": text("EventPattern")},
            tags=tag_list("Tags"),
        ),
    ),
    "aws_cloudwatch_event_target": (
        Call(
            "events",
            "PutTargets",
            {
                "rule": text("Rule"),
                "target_id": text("Targets[].Id"),
                "arn": text("Targets[].Arn"),
                "input_transformer": OneBlock("Targets[].InputTransformer", _INPUT_TRANSFORMER),
            },
        ),
    ),
    "aws_cloudwatch_log_group": (
        Call(
            "logs",
            "CreateLogGroup",
            {"name": text("logGroupName"), "kms_key_id": text("kmsKeyId")},
            tags=tag_map("tags"),
        ),
        Call(
            "logs",
            "PutRetentionPolicy",
            {"name": text("logGroupName"), "retention_in_days": number("retentionInDays")},
        ),
    ),
    "aws_cloudwatch_log_stream": (
        Call("logs", "CreateLogStream", {"name": text("logStreamName"), "log_group_name": text("logGroupName")}),
    ),
    "aws_cloudwatch_metric_alarm": (
        Call(
            "cloudwatch",
            "PutMetricAlarm",
            {
                "alarm_name": text("AlarmName"),
                "alarm_description": text("AlarmDescription"),
                "namespace": text("Namespace"),
                "metric_name": text("MetricName"),
                "metric_query": Blocks("Metrics", _METRIC_QUERY),
                "dimensions": Argument("Dimensions", _dimensions),
                "statistic": text("Statistic"),
                "period": number("Period"),
                "evaluation_periods": number("EvaluationPeriods"),
                "datapoints_to_alarm": number("DatapointsToAlarm"),
                "comparison_operator": text("ComparisonOperator"),
                "threshold": number("Threshold"),
                "treat_missing_data": text("TreatMissingData"),
                "alarm_actions": texts("AlarmActions"),
                "ok_actions": texts("OKActions"),
            },
            tags=tag_list("Tags"),
        ),
    ),
    "aws_scheduler_schedule": (
        Call(
            "scheduler",
            "CreateSchedule",
            {
                "name": text("Name"),
                "description": text("Description"),
                "group_name": text("GroupName"),
                "schedule_expression": text("ScheduleExpression"),
                "schedule_expression_timezone": text("ScheduleExpressionTimezone"),
                "state": text("State"),
                "flexible_time_window": OneBlock("FlexibleTimeWindow", {"mode": text("Mode")}),
                "target": OneBlock("Target", _SCHEDULE_TARGET),
            },
        ),
    ),
    "aws_scheduler_schedule_group": (
        Call("scheduler", "CreateScheduleGroup", {"name": text("Name")}, tags=tag_list("Tags")),
    ),
    "aws_sfn_state_machine": (
        Call(
            "stepfunctions",
            "CreateStateMachine",
            {
                "name": text("name"),
                "role_arn": text("roleArn"),
                "definition": text("definition"),
                "logging_configuration": OneBlock("loggingConfiguration", _STATES_LOGGING),
            },
            fixed=lambda instance: {"type": "STANDARD"},
            tags=tag_list("tags", "key", "value"),
        ),
    ),
    "aws_sns_topic": (
        Call(
            "sns",
            "CreateTopic",
            {
                "name": text("Name"),
                "display_name": text("Attributes.DisplayName"),
                "kms_master_key_id": text("Attributes.KmsMasterKeyId"),
            },
            tags=tag_list("Tags"),
        ),
    ),
    "aws_sns_topic_policy": (
        Call(
            "sns",
            "SetTopicAttributes",
            {"arn": text("TopicArn"), "policy": text("AttributeValue")},
            fixed=lambda instance: {"AttributeName": "Policy"},
        ),
    ),
    "aws_sns_topic_subscription": (
        Call(
            "sns",
            "Subscribe",
            {"topic_arn": text("TopicArn"), "protocol": text("Protocol"), "endpoint": text("Endpoint")},
        ),
    ),
}
