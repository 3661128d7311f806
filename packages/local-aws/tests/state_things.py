"""Something of each kind that a restart keeps."""

from __future__ import annotations

import json
from typing import Any

from athena_support import PARQUET_SERDE, Athena
from glue_support import Jobs, Lake

PART_BYTES = 5 * 1024 * 1024
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::settings/*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


def populate(server: Any) -> None:
    """Make things of every service that keeps its state."""
    _objects(server.client("s3"))
    _bucket_settings(server.client("s3"))
    _roles(server.client("iam"))
    _stream(server.client("firehose"))
    _crawled_table(server)
    _jobs(server)
    _queries(server)
    _log_events(server.client("logs"))


def _objects(s3: Any) -> None:
    s3.create_bucket(Bucket="objects")
    s3.put_object(
        Bucket="objects",
        Key='page "ü"/a',
        Body=b"<p>",
        ContentType="text/html",
        CacheControl="no-store",
        Metadata={"run": "7", "by": "me"},
        Tagging="team=data",
        StorageClass="STANDARD_IA",
        ACL="public-read",
    )
    s3.put_object(Bucket="objects", Key="plain", Body=b"x")
    s3.put_object(Bucket="objects", Key="tagged later", Body=b"x")
    s3.put_object_tagging(Bucket="objects", Key="tagged later", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.copy_object(Bucket="objects", Key="copy", CopySource={"Bucket": "objects", "Key": 'page "ü"/a'})
    s3.put_object(Bucket="objects", Key="deleted", Body=b"x", ContentType="text/html")
    s3.delete_object(Bucket="objects", Key="deleted")
    upload = s3.create_multipart_upload(Bucket="objects", Key="parts", ContentType="text/csv")["UploadId"]
    parts = []
    for number, content in enumerate([b"a" * PART_BYTES, b"b"], start=1):
        answer = s3.upload_part(Bucket="objects", Key="parts", UploadId=upload, PartNumber=number, Body=content)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    s3.complete_multipart_upload(Bucket="objects", Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})


def _bucket_settings(s3: Any) -> None:
    s3.create_bucket(Bucket="settings", ObjectLockEnabledForBucket=True)
    s3.put_bucket_tagging(Bucket="settings", Tagging={"TagSet": [{"Key": "team", "Value": "data"}]})
    s3.put_bucket_lifecycle_configuration(
        Bucket="settings",
        LifecycleConfiguration={
            "Rules": [
                {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}},
            ]
        },
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="settings", ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket="settings", Policy=POLICY)
    cors = {"AllowedMethods": ["GET"], "AllowedOrigins": ["http://localhost"]}
    s3.put_bucket_cors(Bucket="settings", CORSConfiguration={"CORSRules": [cors]})
    s3.put_bucket_website(Bucket="settings", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.delete_bucket_website(Bucket="settings")
    s3.put_public_access_block(
        Bucket="settings", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True}
    )
    s3.put_object(Bucket="settings", Key="versioned", Body=b"1", ContentType="text/html")


def _roles(iam: Any) -> None:
    iam.create_role(
        RoleName="reader",
        AssumeRolePolicyDocument=POLICY,
        Description="reads",
        Tags=[{"Key": "team", "Value": "data"}],
        MaxSessionDuration=7200,
    )
    iam.put_role_policy(RoleName="reader", PolicyName="inline", PolicyDocument=POLICY)
    arn = iam.create_policy(PolicyName="managed", PolicyDocument=POLICY, Description="all")["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)


def _stream(firehose: Any) -> None:
    destination = {
        "RoleARN": "arn:aws:iam::123456789012:role/firehose",
        "BucketARN": "arn:aws:s3:::objects",
        "Prefix": "raw/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
    }
    firehose.create_delivery_stream(
        DeliveryStreamName="kept",
        ExtendedS3DestinationConfiguration=destination,
        Tags=[{"Key": "team", "Value": "data"}],
    )
    firehose.update_destination(
        DeliveryStreamName="kept",
        CurrentDeliveryStreamVersionId="1",
        DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate={"CompressionFormat": "GZIP"},
    )


def _crawled_table(server: Any) -> None:
    lake = Lake(server)
    lake.put("events/year=2026/month=01/a.parquet")
    lake.put("events/year=2026/month=02/a.parquet")
    lake.crawl_well()
    glue = server.client("glue")
    glue.update_crawler(Name=lake.crawler, Description="changed")
    glue.tag_resource(
        ResourceArn=f"arn:aws:glue:us-east-1:123456789012:crawler/{lake.crawler}", TagsToAdd={"team": "data"}
    )


def _jobs(server: Any) -> None:
    jobs = Jobs(server)
    job = jobs.create("print('hello')\n", DefaultArguments={"--a": "b"}, Tags={"team": "data"})
    jobs.wait(job, jobs.start(job, Arguments={"--date": "2026-01-31"}))
    jobs.wait(job, jobs.start(job, Timeout=7))
    job = jobs.create("raise ValueError('no such day')\n")
    jobs.wait(job, jobs.start(job))


def _queries(server: Any) -> None:
    athena = Athena(server)
    athena.run("select 1 as one, cast(null as varchar) as nothing")
    for failing in ("select nothing from nowhere", "select 1/0"):
        athena.wait(athena.start(failing))
    location = f"s3://{athena.bucket}/by-hand/"
    athena.run(
        f"create external table by_hand (a int) partitioned by (d string) stored as parquet location '{location}'"
    )
    athena.run("alter table by_hand add partition (d = '2026-01-01')")
    athena.run("show partitions by_hand")
    athena.run("create or replace view seen as select 1 as one")
    table = athena.glue.get_table(DatabaseName=athena.database, Name="by_hand")["Table"]
    changed = {name: table[name] for name in ("Name", "StorageDescriptor", "PartitionKeys", "TableType")}
    athena.glue.update_table(DatabaseName=athena.database, TableInput={**changed, "Description": "second version"})
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith(PARQUET_SERDE.rpartition(".")[2])
    client = athena.client
    client.create_work_group(
        Name="group",
        Description="a group",
        Configuration={"BytesScannedCutoffPerQuery": 10_000_000},
        Tags=[{"Key": "team", "Value": "data"}],
    )
    client.update_work_group(WorkGroup="group", State="DISABLED")
    client.create_named_query(Name="named", Database=athena.database, QueryString="select 1", WorkGroup="group")
    client.create_prepared_statement(StatementName="prepared", WorkGroup="primary", QueryStatement="select ?")


def _log_events(logs: Any) -> None:
    logs.create_log_group(logGroupName="group", tags={"team": "data"})
    logs.put_retention_policy(logGroupName="group", retentionInDays=7)
    logs.create_log_stream(logGroupName="group", logStreamName="stream")
    stream = logs.describe_log_streams(logGroupName="group")["logStreams"][0]
    events = [{"timestamp": stream["creationTime"] + number, "message": f"line {number}"} for number in range(450)]
    logs.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)
