"""What AWS's documentation says of several calls, or of several members of one call, together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tests.iac.rendered.calls import RenderedCall
from tests.iac.rendered.limits import characters_without_white_space

Calls = Mapping[str, list[RenderedCall]]

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_INLINE_CHARACTERS_OF_A_ROLE = 10_240
_MANAGED_POLICIES_OF_A_ROLE = 20
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period
_HOUR_S, _DAY_S, _WEEK_S = 3_600, 86_400, 604_800
# The same page, Metrics.
_NOT_BESIDE_METRICS = {"Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"}
# From memory: no page of AWS was found that says so (docs/claims.md).
ZONE_IDS_WITHOUT_MWAA = {"use1-az3"}
# What MWAA needs: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html
_ENDPOINTS_OF_MWAA = {"airflow.api", "airflow.env", "airflow.ops", "kms", "logs", "monitoring", "s3", "sqs"}
# What the DAGs call besides; the test of the DAGs' policy knows the actions.
_ENDPOINTS_OF_THE_DAGS = {"athena", "glue", "sns", "sts"}


def complaints_of_quotas(calls: Iterable[RenderedCall], zones: Mapping[str, str]) -> list[str]:
    """What AWS's documentation has against the calls together, each with file and line.

    :param zones: name of each availability zone of the region -> its id
    """
    by_name: dict[str, list[RenderedCall]] = defaultdict(list)
    for call in calls:
        by_name[call.call.name].append(call)
    return [
        *_policies_of_roles(by_name),
        *_spans_of_alarms(by_name["cloudwatch.PutMetricAlarm"]),
        *_metrics_of_alarms(by_name["cloudwatch.PutMetricAlarm"]),
        *_zones(by_name["ec2.CreateSubnet"], zones),
        *_endpoints(by_name["ec2.CreateVpcEndpoint"]),
        *_capacity_of_mwaa(by_name["mwaa.CreateEnvironment"]),
        *_versions_of_mwaa(by_name["mwaa.CreateEnvironment"]),
    ]


def _policies_of_roles(calls: Calls) -> Iterator[str]:
    inline: dict[str, int] = defaultdict(int)
    for call in calls["iam.PutRolePolicy"]:
        role = call.members["RoleName"]
        inline[role] += characters_without_white_space(call.members["PolicyDocument"])
        if inline[role] > _INLINE_CHARACTERS_OF_A_ROLE:
            message = f"a role's inline policies may have {_INLINE_CHARACTERS_OF_A_ROLE} characters together"
            yield call.complaint(("PolicyDocument",), message, inline[role])
    attached: dict[str, int] = defaultdict(int)
    for call in calls["iam.AttachRolePolicy"]:
        role = call.members["RoleName"]
        attached[role] += 1
        if attached[role] > _MANAGED_POLICIES_OF_A_ROLE:
            yield call.complaint(
                ("PolicyArn",), f"a role may have {_MANAGED_POLICIES_OF_A_ROLE} managed policies", role
            )


def _spans_of_alarms(alarms: Iterable[RenderedCall]) -> Iterator[str]:
    for alarm in alarms:
        stats = [query["MetricStat"] for query in alarm.members.get("Metrics", []) if "MetricStat" in query]
        period_s = max(part["Period"] for part in (stats or [alarm.members]))
        count = alarm.members["EvaluationPeriods"]
        most_s = _DAY_S if period_s < _HOUR_S else _WEEK_S
        if period_s * count > most_s:
            yield alarm.complaint(
                ("EvaluationPeriods",), f"periods of {period_s} s may span {most_s} s together", count
            )
        if alarm.members.get("DatapointsToAlarm", count) > count:
            yield alarm.complaint(("DatapointsToAlarm",), f"it may be {count}", alarm.members["DatapointsToAlarm"])


def _metrics_of_alarms(alarms: Iterable[RenderedCall]) -> Iterator[str]:
    for alarm in alarms:
        queries = alarm.members.get("Metrics", [])
        beside = _NOT_BESIDE_METRICS & alarm.members.keys()
        if queries and beside:
            yield alarm.complaint(("Metrics",), f"it may not be beside {sorted(beside)}", queries)
        # The provider sends false where nothing is said.
        if queries and sum(query.get("ReturnData", False) for query in queries) != 1:
            yield alarm.complaint(("Metrics",), "one of them has to return data", queries)


def _zones(subnets: Iterable[RenderedCall], zones: Mapping[str, str]) -> Iterator[str]:
    for subnet in subnets:
        zone = subnet.members["AvailabilityZone"]
        if zones[zone] in ZONE_IDS_WITHOUT_MWAA:
            yield subnet.complaint(("AvailabilityZone",), f"MWAA is not offered in {zones[zone]}", zone)


def _endpoints(endpoints: list[RenderedCall]) -> Iterator[str]:
    services = {endpoint.members["ServiceName"].split(".", 3)[3]: endpoint for endpoint in endpoints}
    for service in services.keys() - _ENDPOINTS_OF_MWAA - _ENDPOINTS_OF_THE_DAGS:
        yield services[service].complaint(("ServiceName",), "neither MWAA nor the DAGs need it", service)
    interfaces = [endpoint for endpoint in endpoints if endpoint.members["VpcEndpointType"] == "Interface"]
    missing = (_ENDPOINTS_OF_MWAA | _ENDPOINTS_OF_THE_DAGS) - services.keys()
    if interfaces and missing:
        yield interfaces[0].complaint(("ServiceName",), f"there is none for {sorted(missing)}", sorted(services))


def _capacity_of_mwaa(environments: Iterable[RenderedCall]) -> Iterator[str]:
    """In words in botocore's model: one of each for mw1.micro, from two to five for every other class."""
    for environment in environments:
        is_micro = environment.members["EnvironmentClass"] == "mw1.micro"
        choices = [1] if is_micro else [2, 3, 4, 5]
        for member in ("Schedulers", "MinWebservers", "MaxWebservers"):
            if environment.members[member] not in choices:
                yield environment.complaint((member,), f"it has to be one of {choices}", environment.members[member])


def _versions_of_mwaa(environments: Iterable[RenderedCall]) -> Iterator[str]:
    """In words in botocore's model: PUBLIC_AND_PRIVATE is from Airflow 3.2 on, and every file has a version."""
    for environment in environments:
        version = tuple(map(int, environment.members["AirflowVersion"].split(".")))
        if environment.members["WebserverAccessMode"] == "PUBLIC_AND_PRIVATE" and version < (3, 2):
            yield environment.complaint(("WebserverAccessMode",), "it is available for Airflow 3.2 and later", version)
        for file in ("Plugins", "Requirements", "StartupScript"):
            if f"{file}S3Path" in environment.members and not environment.members.get(f"{file}S3ObjectVersion"):
                yield environment.complaint(
                    (f"{file}S3Path",), "it needs a version", environment.members[f"{file}S3Path"]
                )
