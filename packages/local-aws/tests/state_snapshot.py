"""Everything that the API shows of what a restart keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

BUCKET_SETTINGS = (
    "get_bucket_versioning",
    "get_bucket_lifecycle_configuration",
    "get_bucket_encryption",
    "get_bucket_policy",
    "get_bucket_cors",
    "get_bucket_acl",
    "get_bucket_tagging",
    "get_bucket_ownership_controls",
    "get_public_access_block",
    "get_object_lock_configuration",
    "get_bucket_website",
    "get_bucket_location",
)
WITHOUT_ACL = {"copy", "parts"}  # moto has none of copies and multipart uploads, and fails


def snapshot(server: Any) -> dict[str, Any]:
    """What every Get, List and Describe call says, by the call and what it was asked for."""
    return {
        name: {key: value for key, value in answer.items() if key not in {"ResponseMetadata", "Body"}}
        for name, answer in (
            *_s3(server.client("s3")),
            *_iam(server.client("iam")),
            *_firehose(server.client("firehose")),
            *_glue(server.client("glue")),
            *_athena(server.client("athena")),
            *_logs(server.client("logs")),
        )
    }


Answers = Iterator[tuple[str, dict[str, Any]]]


def _said(call: Callable[..., dict[str, Any]], **arguments: str) -> dict[str, Any]:
    """The answer, or the error in its place."""
    try:
        return call(**arguments)
    except ClientError as error:
        return {"error": error.response["Error"]}


def _s3(s3: Any) -> Answers:
    buckets = s3.list_buckets()
    yield "buckets", buckets
    for bucket in (entry["Name"] for entry in buckets["Buckets"]):
        for call in BUCKET_SETTINGS:
            yield f"{call} {bucket}", _said(getattr(s3, call), Bucket=bucket)
        listing = s3.list_objects_v2(Bucket=bucket)
        yield f"objects {bucket}", listing
        for key in (entry["Key"] for entry in listing.get("Contents", [])):
            place = {"Bucket": bucket, "Key": key}
            answer = s3.get_object(**place, ChecksumMode="ENABLED")
            yield f"object {bucket}/{key}", {**answer, "Content": answer["Body"].read()}
            yield f"tags {bucket}/{key}", s3.get_object_tagging(**place)
            if key not in WITHOUT_ACL:
                yield f"acl {bucket}/{key}", s3.get_object_acl(**place)


def _iam(iam: Any) -> Answers:
    roles = iam.list_roles()
    yield "roles", roles
    for role in (entry["RoleName"] for entry in roles["Roles"]):
        yield f"role {role}", iam.get_role(RoleName=role)
        yield f"attached {role}", iam.list_attached_role_policies(RoleName=role)
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            yield f"inline {role} {policy}", iam.get_role_policy(RoleName=role, PolicyName=policy)
    policies = iam.list_policies(Scope="Local")
    yield "policies", policies
    for arn in (entry["Arn"] for entry in policies["Policies"]):
        yield f"policy {arn}", iam.get_policy(PolicyArn=arn)
        yield f"versions {arn}", iam.list_policy_versions(PolicyArn=arn)


def _firehose(firehose: Any) -> Answers:
    for name in firehose.list_delivery_streams()["DeliveryStreamNames"]:
        yield f"stream {name}", firehose.describe_delivery_stream(DeliveryStreamName=name)
        yield f"stream tags {name}", firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)


def _glue(glue: Any) -> Answers:
    databases = glue.get_databases()
    yield "databases", databases
    for database in (entry["Name"] for entry in databases["DatabaseList"]):
        tables = glue.get_tables(DatabaseName=database)
        yield f"tables {database}", tables
        for table in (entry["Name"] for entry in tables["TableList"]):
            place = {"DatabaseName": database, "TableName": table}
            yield f"versions {database}.{table}", glue.get_table_versions(**place)
            yield f"partitions {database}.{table}", glue.get_partitions(**place)
    jobs = glue.get_jobs()
    yield "jobs", jobs
    for job in (entry["Name"] for entry in jobs["Jobs"]):
        yield f"runs {job}", glue.get_job_runs(JobName=job)
        yield f"job tags {job}", glue.get_tags(ResourceArn=f"arn:aws:glue:us-east-1:123456789012:job/{job}")
    crawlers = glue.get_crawlers()
    yield "crawlers", crawlers
    yield "crawler metrics", glue.get_crawler_metrics()
    for crawler in (entry["Name"] for entry in crawlers["Crawlers"]):
        yield f"crawls {crawler}", glue.list_crawls(CrawlerName=crawler)
        arn = f"arn:aws:glue:us-east-1:123456789012:crawler/{crawler}"
        yield f"crawler tags {crawler}", glue.get_tags(ResourceArn=arn)


def _athena(athena: Any) -> Answers:
    groups = athena.list_work_groups()
    yield "workgroups", groups
    for group in (entry["Name"] for entry in groups["WorkGroups"]):
        yield f"workgroup {group}", athena.get_work_group(WorkGroup=group)
        arn = f"arn:aws:athena:us-east-1:123456789012:workgroup/{group}"
        yield f"workgroup tags {group}", athena.list_tags_for_resource(ResourceARN=arn)
        executions = athena.list_query_executions(WorkGroup=group)
        yield f"queries {group}", executions
        for execution_id in executions["QueryExecutionIds"]:
            yield f"query {execution_id}", athena.get_query_execution(QueryExecutionId=execution_id)
            yield f"statistics {execution_id}", athena.get_query_runtime_statistics(QueryExecutionId=execution_id)
            yield f"results {execution_id}", _said(athena.get_query_results, QueryExecutionId=execution_id)
        for named in athena.list_named_queries(WorkGroup=group)["NamedQueryIds"]:
            yield f"named {named}", athena.get_named_query(NamedQueryId=named)
        prepared = athena.list_prepared_statements(WorkGroup=group)["PreparedStatements"]
        for name in (entry["StatementName"] for entry in prepared):
            yield f"prepared {name}", athena.get_prepared_statement(StatementName=name, WorkGroup=group)


def _logs(logs: Any) -> Answers:
    groups = logs.describe_log_groups()
    yield "log groups", groups
    for group in (entry["logGroupName"] for entry in groups["logGroups"]):
        yield f"log tags {group}", logs.list_tags_log_group(logGroupName=group)
        streams = logs.describe_log_streams(logGroupName=group)
        yield f"log streams {group}", streams
        yield f"log events {group}", logs.filter_log_events(logGroupName=group)
