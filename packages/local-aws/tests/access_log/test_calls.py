"""The record of calls: which role, which IAM action, which resource, over real HTTP and for what services do."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from glue_support import Jobs, Lake, unique
from local_aws.access_log.calls import CallLog, RecordedCall
from local_aws_server import LocalAwsServer, StartServer

ACCOUNT = "us-east-1:123456789012"
Triples = set[tuple[str | None, str, str]]


def role_client(server: LocalAwsServer, role: str, service: str, config: Config | None = None) -> Any:
    """A client with credentials that AssumeRole gave for a role."""
    answer = server.client("sts").assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role}", RoleSessionName="test")
    given = answer["Credentials"]
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=config,
    )


def entries(server: LocalAwsServer) -> list[dict[str, Any]]:
    return list(server.control("GET", "calls")["calls"])


def recorded(server: LocalAwsServer) -> Triples:
    return {(entry["role"], entry["action"], entry["resource"]) for entry in entries(server)}


def calls_of(server: LocalAwsServer, role: str | None) -> set[tuple[str, str]]:
    return {(action, resource) for caller, action, resource in recorded(server) if caller == role}


@pytest.fixture
def server(bare_local_aws):
    bare_local_aws.control("DELETE", "calls")
    return bare_local_aws


@pytest.fixture
def role():
    return unique("role")


@pytest.fixture
def bucket(server):
    name = unique("bucket")
    server.client("s3").create_bucket(Bucket=name)
    server.control("DELETE", "calls")
    return name


class TestIdentity:
    def test_credentials_of_nobody_are_a_person(self, server, bucket):
        server.client("s3").put_object(Bucket=bucket, Key="a/b.txt", Body=b"x")
        assert recorded(server) == {(None, "s3:PutObject", f"arn:aws:s3:::{bucket}/a/b.txt")}

    def test_credentials_that_assume_role_gave_are_the_roles(self, server, bucket, role):
        s3 = role_client(server, role, "s3")
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        s3.put_object(Bucket=bucket, Key="k", Body=b"y")
        assert [entry["count"] for entry in entries(server) if entry["role"] == role] == [2]

    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_a_presigned_address_is_the_call_of_who_signed_it(self, server, bucket, role, version):
        server.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
        s3 = role_client(server, role, "s3", Config(signature_version=version))
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.read() == b"x"
        assert ("s3:GetObject", f"arn:aws:s3:::{bucket}/k") in calls_of(server, role)


class TestS3:
    @pytest.mark.parametrize(
        ("operation", "arguments", "action", "key"),
        [
            pytest.param("list_objects_v2", {}, "ListBucket", None, id="list_v2"),
            pytest.param("list_objects", {}, "ListBucket", None, id="list_v1"),
            pytest.param("list_object_versions", {}, "ListBucketVersions", None, id="versions"),
            pytest.param("head_bucket", {}, "ListBucket", None, id="head_bucket"),
            pytest.param("get_bucket_location", {}, "GetBucketLocation", None, id="location"),
            pytest.param("get_bucket_versioning", {}, "GetBucketVersioning", None, id="versioning"),
            pytest.param("list_multipart_uploads", {}, "ListBucketMultipartUploads", None, id="uploads"),
            pytest.param("delete_bucket_tagging", {}, "PutBucketTagging", None, id="delete_bucket_tagging"),
            pytest.param("delete_bucket_policy", {}, "DeleteBucketPolicy", None, id="delete_bucket_policy"),
            pytest.param("get_object", {"Key": "a b/ü"}, "GetObject", "a b/ü", id="get"),
            pytest.param("head_object", {"Key": "a b/ü"}, "GetObject", "a b/ü", id="head"),
            pytest.param("delete_object", {"Key": "a b/ü"}, "DeleteObject", "a b/ü", id="delete"),
            pytest.param("get_object_tagging", {"Key": "a b/ü"}, "GetObjectTagging", "a b/ü", id="tagging"),
        ],
    )
    def test_each_call_is_its_iam_action(self, server, bucket, role, operation, arguments, action, key):
        server.client("s3").put_object(Bucket=bucket, Key="a b/ü", Body=b"x")
        getattr(role_client(server, role, "s3"), operation)(Bucket=bucket, **arguments)
        resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
        assert calls_of(server, role) == {(f"s3:{action}", resource)}

    def test_listing_all_buckets_is_on_no_bucket(self, server, role):
        role_client(server, role, "s3").list_buckets()
        assert calls_of(server, role) == {("s3:ListAllMyBuckets", "*")}

    def test_delete_objects_is_one_call_a_key(self, server, bucket, role):
        keys = ["a&b", "c/<d>"]
        role_client(server, role, "s3").delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]}
        )
        assert calls_of(server, role) == {("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key}") for key in keys}

    def test_a_multipart_upload_is_put_object_and_its_end_without_success_is_not(self, server, bucket, role):
        s3 = role_client(server, role, "s3")
        upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
        s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=1, Body=b"x")
        s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)
        s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=upload)
        actions = {action for action, _ in calls_of(server, role)}
        assert actions == {"s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"}

    def test_a_copy_reads_its_source(self, server, bucket, role):
        server.client("s3").put_object(Bucket=bucket, Key="from here", Body=b"x")
        role_client(server, role, "s3").copy_object(
            Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from here"}
        )
        assert calls_of(server, role) == {
            ("s3:PutObject", f"arn:aws:s3:::{bucket}/to"),
            ("s3:GetObject", f"arn:aws:s3:::{bucket}/from here"),
        }

    @pytest.mark.parametrize("operation", ["get_object", "head_object"])
    def test_an_object_that_is_not_there_needs_the_right_to_list(self, server, bucket, role, operation):
        with pytest.raises(ClientError):
            getattr(role_client(server, role, "s3"), operation)(Bucket=bucket, Key="gone")
        assert calls_of(server, role) == {
            ("s3:GetObject", f"arn:aws:s3:::{bucket}/gone"),
            ("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
        }


class TestOtherServices:
    def test_a_table_needs_its_database_and_the_catalog_too(self, server, role):
        glue = role_client(server, role, "glue")
        with pytest.raises(ClientError):
            glue.get_table(DatabaseName="Shop", Name="Events")
        prefix = f"arn:aws:glue:{ACCOUNT}"
        assert calls_of(server, role) == {
            ("glue:GetTable", f"{prefix}:catalog"),
            ("glue:GetTable", f"{prefix}:database/shop"),
            ("glue:GetTable", f"{prefix}:table/shop/events"),
        }

    @pytest.mark.parametrize(
        ("service", "operation", "arguments", "action", "resource"),
        [
            pytest.param("glue", "get_tables", {"DatabaseName": "d"}, "glue:GetTables", "table/d/*", id="all_tables"),
            pytest.param("glue", "get_job", {"JobName": "j"}, "glue:GetJob", "job/j", id="job"),
            pytest.param("glue", "get_job_runs", {"JobName": "j"}, "glue:GetJobRuns", "job/j", id="job_runs"),
            pytest.param("glue", "start_crawler", {"Name": "c"}, "glue:StartCrawler", "crawler/c", id="crawler"),
            pytest.param(
                "athena", "get_work_group", {"WorkGroup": "g"}, "athena:GetWorkGroup", "workgroup/g", id="workgroup"
            ),
            pytest.param(
                "firehose",
                "put_record_batch",
                {"Records": [{"Data": b'"DeliveryStreamName": "x"'}], "DeliveryStreamName": "s"},
                "firehose:PutRecordBatch",
                "deliverystream/s",
                id="stream_named_behind_the_records",
            ),
            pytest.param(
                "logs",
                "get_log_events",
                {"logGroupName": "/g", "logStreamName": "s"},
                "logs:GetLogEvents",
                "log-group:/g:log-stream:s",
                id="log_stream",
            ),
            pytest.param(
                "logs",
                "filter_log_events",
                {"logGroupName": "/g"},
                "logs:FilterLogEvents",
                "log-group:/g:log-stream:",
                id="log_group",
            ),
        ],
    )
    def test_the_resource_is_the_one_named(self, server, role, service, operation, arguments, action, resource):
        with pytest.raises(ClientError):  # none of them exists: to ask needs the right all the same
            getattr(role_client(server, role, service), operation)(**arguments)
        arn = f"arn:aws:{service}:{ACCOUNT}:{resource}"
        assert (action, arn) in calls_of(server, role)

    def test_a_call_without_a_known_resource_is_on_any(self, server, role):
        role_client(server, role, "sts").get_caller_identity()
        role_client(server, role, "cloudwatch").put_metric_data(
            Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}]
        )
        expected = {("sts:GetCallerIdentity", "*"), ("cloudwatch:PutMetricData", "*")}
        assert calls_of(server, role) == expected

    def test_a_refused_call_is_not_recorded(self, server, role):
        with pytest.raises(ClientError, match="refuses"):
            role_client(server, role, "logs").start_query(
                logGroupName="g", startTime=0, endTime=1, queryString="fields @message"
            )
        assert not calls_of(server, role)


class TestServicesActForRoles:
    def test_firehose_puts_objects_as_the_streams_role(self, server, bucket, role):
        stream = unique("stream")
        firehose = server.client("firehose")
        firehose.create_delivery_stream(
            DeliveryStreamName=stream,
            ExtendedS3DestinationConfiguration={
                "RoleARN": f"arn:aws:iam::123456789012:role/{role}",
                "BucketARN": f"arn:aws:s3:::{bucket}",
                "Prefix": "in/",
            },
        )
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": b"{}"})
        server.control("POST", "firehose/flush")
        (key,) = [entry["Key"] for entry in server.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]
        assert calls_of(server, role) == {("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")}

    def test_a_crawl_is_its_crawlers_role(self, server, role):
        lake = Lake(server, policy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"})
        server.client("glue").update_crawler(Name=lake.crawler, Role=role)
        lake.put("events/day=1/a.parquet")
        lake.crawl_well()
        found = calls_of(server, role)
        table = f"arn:aws:glue:{ACCOUNT}:table/{lake.database}/events"
        stream = f"arn:aws:logs:{ACCOUNT}:log-group:/aws-glue/crawlers:log-stream:{lake.crawler}"
        assert {
            ("s3:ListBucket", f"arn:aws:s3:::{lake.bucket}"),
            ("s3:GetObject", f"arn:aws:s3:::{lake.bucket}/events/day=1/a.parquet"),
            ("glue:CreateTable", table),
            ("glue:BatchCreatePartition", table),
            ("logs:PutLogEvents", stream),
        } <= found
        assert not {action for action, _ in found} & {"glue:BatchDeletePartition", "glue:DeleteTable", "s3:PutObject"}
        lake.put("events/day=2/a.parquet")
        lake.delete("events/day=1/a.parquet")
        lake.crawl_well()
        assert ("glue:BatchDeletePartition", table) in calls_of(server, role)

    def test_athena_reads_and_writes_with_the_callers_rights(self, server, role):
        lake = Lake(server)
        lake.put("events/day=1/a.parquet")
        lake.put("events/day=2/a.parquet")
        lake.crawl_well()
        athena = role_client(server, role, "athena")
        started = athena.start_query_execution(
            QueryString="select user_id from events where day = '1'",
            QueryExecutionContext={"Database": lake.database},
            ResultConfiguration={"OutputLocation": f"s3://{lake.bucket}/out/"},
        )["QueryExecutionId"]
        while (state := athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"]) in {
            "QUEUED",
            "RUNNING",
        }:
            pass
        assert state == "SUCCEEDED"
        athena.get_query_results(QueryExecutionId=started)
        found = calls_of(server, role)
        objects = f"arn:aws:s3:::{lake.bucket}"
        workgroup = f"arn:aws:athena:{ACCOUNT}:workgroup/primary"
        table = f"arn:aws:glue:{ACCOUNT}:table/{lake.database}/events"
        assert {
            ("athena:StartQueryExecution", workgroup),
            ("athena:GetQueryExecution", workgroup),
            ("athena:GetQueryResults", workgroup),
            ("glue:GetTable", table),
            ("glue:GetPartitions", table),
            ("s3:GetBucketLocation", objects),
            ("s3:ListBucket", objects),
            ("s3:GetObject", f"{objects}/events/day=1/a.parquet"),
            ("s3:GetObject", f"{objects}/out/{started}.csv"),
            ("s3:PutObject", f"{objects}/out/{started}.csv"),
        } <= found
        assert ("s3:GetObject", f"{objects}/events/day=2/a.parquet") not in found  # pruned

    @pytest.mark.spark
    def test_a_job_reads_and_writes_as_its_role(self, server, role):
        jobs = Jobs(server)
        uri = jobs.put("in/a.txt", "one\ntwo\n")
        jobs.put("old/gone.txt", "x")
        run = jobs.run(
            f"""
            import boto3
            from pyspark.sql import SparkSession

            spark = SparkSession.builder.getOrCreate()
            lines = spark.read.text("{uri.rpartition("/")[0]}/")
            lines.selectExpr("value", "1 as day").write.partitionBy("day").parquet("s3://{jobs.bucket}/out")
            path = spark._jvm.org.apache.hadoop.fs.Path("s3://{jobs.bucket}/old/gone.txt")
            files = path.getFileSystem(spark._jsc.hadoopConfiguration())
            assert files.exists(path)
            files.delete(path.getParent(), True)
            boto3.client("sts").get_caller_identity()
            """,
            Role=role,
        )
        assert run["JobRunState"] == "SUCCEEDED", run
        found = calls_of(server, role)
        objects = f"arn:aws:s3:::{jobs.bucket}"
        (written,) = [key for key in jobs.objects("out/") if key.endswith(".parquet")]
        assert {
            ("s3:GetObject", f"{objects}/in/a.txt"),
            ("s3:GetObject", f"{objects}/old/gone.txt"),
            ("s3:DeleteObject", f"{objects}/old/gone.txt"),
            ("s3:PutObject", f"{objects}/{written}"),
            ("s3:ListBucket", objects),
            ("sts:GetCallerIdentity", "*"),
        } <= found
        assert any(action == "s3:GetObject" and "/scripts/" in resource for action, resource in found)
        assert any(action == "s3:DeleteObject" and "/out/_temporary/" in resource for action, resource in found)
        assert any(action == "logs:CreateLogStream" for action, _ in found)
        # What the script does not touch is not its role's.
        assert not any(action == "s3:PutObject" and "/in/" in resource for action, resource in found)


class TestKeeping:
    def test_a_restart_goes_on_counting(self, start_local_aws: StartServer, tmp_path):
        first = start_local_aws(tmp_path / "data")
        first.client("s3").create_bucket(Bucket="kept")
        first.client("s3").list_objects_v2(Bucket="kept")
        assert first.stop() == 0
        lines = [json.loads(line) for line in (tmp_path / "data" / "calls.jsonl").read_text().splitlines()]
        listing = {"role": None, "action": "s3:ListBucket", "resource": "arn:aws:s3:::kept", "count": 1}
        assert listing in lines
        second = start_local_aws(tmp_path / "data")
        second.client("s3").list_objects_v2(Bucket="kept")
        assert {**listing, "count": 2} in entries(second)

    def test_delete_forgets(self, server, bucket):
        server.client("s3").list_objects_v2(Bucket=bucket)
        assert entries(server)
        assert server.control("DELETE", "calls") == {"calls": [], "dropped": 0}
        assert entries(server) == []

    def test_the_log_is_bounded_and_says_what_it_did_not_keep(self):
        log = CallLog(limit=2)
        for number in (1, 2, 3, 1):
            log.add(RecordedCall(None, "s3:GetObject", f"arn:aws:s3:::b/{number}"))
        assert [call.resource[-1] for call in log.counts()] == ["1", "2"]
        assert list(log.counts().values()) == [2, 1]
        assert log.dropped == 1
