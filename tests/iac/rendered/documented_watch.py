"""MWAA and what watches the pipeline, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from local_aws.request_validation.limits import DASHBOARD_NAME, PERIOD_STEP_S, RETENTION_DAYS, SHORT_PERIODS_S
from local_aws.request_validation.schedule_expressions import is_due
from tests.iac.rendered.limits import (
    TAG,
    TAGGING_PAGE,
    Documented,
    at_most,
    characters,
    does_not_match,
    matches,
    one_of,
    utf8_bytes,
    within,
)


def _alarm_period(period_s: int) -> str:
    is_valid = period_s in SHORT_PERIODS_S or period_s % PERIOD_STEP_S == 0
    return "" if is_valid else f"it has to be one of {SHORT_PERIODS_S} or a multiple of {PERIOD_STEP_S}"


def _event_pattern(pattern: str) -> str:
    content = json.loads(pattern)
    leaves = [content]
    while leaves:
        leaf = leaves.pop()
        if isinstance(leaf, dict):
            leaves += leaf.values()
        elif not isinstance(leaf, list):
            return f"{leaf!r} has to be an array"
    return at_most(2048, "characters")(pattern)


def _dashboard(body: str) -> Iterator[str]:
    widgets = json.loads(body)["widgets"]
    yield at_most(500, "widgets")(widgets)
    for widget in widgets:
        properties = widget["properties"]
        yield within(1, 24)(widget["width"]) and f"width {widget['width']} is not from 1 to 24"
        yield within(1, 1000)(widget["height"]) and f"height {widget['height']} is not from 1 to 1000"
        yield within(0, 23)(widget["x"]) and f"x {widget['x']} is not from 0 to 23"
        yield one_of("alarm", "custom", "explorer", "log", "metric", "text")(widget["type"])
        yield at_most(100, "alarms")(properties.get("alarms", []))
        yield at_most(500, "metrics")(properties.get("metrics", []))
        if widget["type"] == "metric":
            yield "" if "region" in properties else "a metric widget has to have a region"


_DASHBOARDS = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
)

MWAA = (
    Documented(
        "mwaa.CreateEnvironment",
        "EnvironmentClass",
        one_of("mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge"),
        says="Valid values: mw1.micro , mw1.small , mw1.medium , mw1.large , mw1.xlarge , and mw1.2xlarge .",
    ),
    Documented(
        "mwaa.CreateEnvironment",
        "MaxWorkers",
        within(1, 25),
        page="https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-faqs.html",
    ),
)

WATCH = (
    # AWS makes it with the account's first crawl: to create it fails from then on, to destroy it takes others' logs.
    Documented(
        "logs.CreateLogGroup",
        "logGroupName",
        does_not_match("^/aws-glue/crawlers$"),
        page="https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html",
    ),
    Documented(
        "logs.PutRetentionPolicy",
        "retentionInDays",
        one_of(*RETENTION_DAYS),
        says="Possible values are: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, "
        "2557, 2922, 3288, and 3653.",
    ),
    Documented(
        "cloudwatch.PutDashboard",
        "DashboardName",
        matches(DASHBOARD_NAME.pattern),
        says='The maximum length is 255, and valid characters are A-Z, a-z, 0-9, "-", and "_".',
    ),
    Documented(
        "cloudwatch.PutDashboard",
        "DashboardBody",
        lambda body: "; ".join(filter(None, _dashboard(body))),
        page=_DASHBOARDS,
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "Period",
        _alarm_period,
        says="Valid values are 10, 20, 30, and any multiple of 60.",
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "Metrics.*.Id",
        matches("[a-z][A-Za-z0-9_]*"),
        says="The valid characters are letters, numbers, and underscore. The first character must be a lowercase "
        "letter.",
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "Metrics",
        at_most(10, "metrics", lambda queries: sum("MetricStat" in query for query in queries)),
        page="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html",
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "TreatMissingData",
        one_of("breaching", "notBreaching", "ignore", "missing"),
        says="Valid Values: breaching | notBreaching | ignore | missing",
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "AlarmName",
        characters(r"[^\x00-\x1f\x7f]"),
        says="The name must contain only UTF-8 characters, and can't contain ASCII control characters",
    ),
    Documented(
        "cloudwatch.PutMetricAlarm",
        "Tags",
        at_most(50, "tags"),
        says="You can associate as many as 50 tags with an alarm.",
    ),
    Documented("cloudwatch.PutMetricAlarm", "Tags.*.Value", characters(TAG), page=TAGGING_PAGE),
    Documented(
        "events.PutRule",
        "EventPattern",
        _event_pattern,
        page="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    ),
    Documented("events.PutRule", "Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("events.PutRule", "Tags.*.Value", characters(TAG), page=TAGGING_PAGE),
    Documented(
        "events.PutTargets",
        "Targets.*.InputTransformer.InputPathsMap.*",
        matches(r"\$(\.[A-Za-z0-9_-]+)+"),
        says="You must use JSON dot notation, not bracket notation.",
    ),
    Documented(
        "scheduler.CreateSchedule",
        "ScheduleExpression",
        lambda expression: "" if is_due(expression) else "it is no at, rate or cron expression",
        says="A cron expression consists of six fields separated by white spaces:",
    ),
    Documented("scheduler.CreateScheduleGroup", "Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("scheduler.CreateScheduleGroup", "Tags.*.Value", characters(TAG), page=TAGGING_PAGE),
    Documented(
        "sns.CreateTopic",
        "Name",
        matches("[A-Za-z0-9_-]{1,256}"),
        says="Topic names must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and "
        "hyphens, and must be between 1 and 256 characters long.",
    ),
    Documented("sns.CreateTopic", "Tags", at_most(50, "tags"), page=TAGGING_PAGE),
    Documented("sns.CreateTopic", "Tags.*.Value", characters(TAG), page=TAGGING_PAGE),
    Documented(
        "sns.SetTopicAttributes",
        "AttributeValue",
        at_most(30 * 1024, "bytes", utf8_bytes),
        page="https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html",
    ),
    Documented(
        "sns.Subscribe",
        "Protocol",
        one_of("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"),
        says="firehose – delivery of JSON-encoded message to an Amazon Data Firehose delivery stream.",
    ),
    Documented(
        "stepfunctions.CreateStateMachine",
        "name",
        characters("[0-9A-Za-z_-]"),
        says="To enable logging with CloudWatch Logs, the name should only contain 0-9, A-Z, a-z, - and _.",
    ),
    Documented(
        "stepfunctions.CreateStateMachine",
        "tags.*.value",
        characters(TAG),
        says="Tags may only contain Unicode letters, digits, white space, or these symbols: _ . : / = + - @ .",
    ),
    Documented(
        "budgets.CreateBudget",
        "NotificationsWithSubscribers",
        at_most(5, "notifications"),
        says="A budget can have up to five notifications, and each notification can have one SNS subscriber and up to "
        "10 email subscribers.",
    ),
    Documented(
        "budgets.CreateBudget",
        "NotificationsWithSubscribers.*.Subscribers",
        at_most(1, "SNS subscribers", lambda them: sum(one["SubscriptionType"] == "SNS" for one in them)),
        says="each notification can have one SNS subscriber and up to 10 email subscribers.",
    ),
    Documented("budgets.CreateBudget", "ResourceTags.*.Value", characters(TAG), page=TAGGING_PAGE),
)
