"""The provider's calls for the delivery stream, the Glue job, the catalog, the crawler and Athena."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.iac.terraform_calls.provider import (
    ACCOUNT,
    DESIRED,
    KEY_ARN,
    NAMES,
    TAG_LIST,
    TAGS,
    Client,
    arguments_of,
    error_code,
    tags_of,
)


def test_delivery_stream_with_encryption_and_logging(aws: Client) -> None:
    firehose, name = aws("firehose"), NAMES.delivery_stream
    wanted = {
        **arguments_of("aws_kinesis_firehose_delivery_stream")["ExtendedS3DestinationConfiguration"],
        "CloudWatchLoggingOptions": {"Enabled": True, "LogGroupName": "/g", "LogStreamName": "DestinationDelivery"},
        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": KEY_ARN}},
        "CustomTimeZone": "UTC",
        "S3BackupMode": "Disabled",
        "DataFormatConversionConfiguration": {"Enabled": False},
    }
    arn = firehose.create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration=wanted,
        Tags=TAG_LIST,
    )["DeliveryStreamARN"]
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert (shown["DeliveryStreamStatus"], shown["DeliveryStreamARN"], shown["VersionId"]) == ("ACTIVE", arn, "1")
    destination = shown["Destinations"][0]
    assert destination["ExtendedS3DestinationDescription"] == wanted

    firehose.start_delivery_stream_encryption(
        DeliveryStreamName=name,
        DeliveryStreamEncryptionConfigurationInput={"KeyARN": KEY_ARN, "KeyType": "CUSTOMER_MANAGED_CMK"},
    )
    described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert described["DeliveryStreamEncryptionConfiguration"] == {
        "KeyARN": KEY_ARN,
        "KeyType": "CUSTOMER_MANAGED_CMK",
        "Status": "ENABLED",
    }
    assert tags_of(firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]) == TAGS

    changed = {**wanted, "BufferingHints": {"SizeInMBs": 16, "IntervalInSeconds": 60}}
    firehose.update_destination(
        DeliveryStreamName=name,
        CurrentDeliveryStreamVersionId=described["VersionId"],
        DestinationId=destination["DestinationId"],
        ExtendedS3DestinationUpdate=changed,
    )
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert shown["Destinations"][0]["ExtendedS3DestinationDescription"] == changed
    assert shown["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED"

    firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "New", "Value": "1"}])
    firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["New"])
    firehose.stop_delivery_stream_encryption(DeliveryStreamName=name)
    shown = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    assert shown["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED"
    firehose.delete_delivery_stream(DeliveryStreamName=name, AllowForceDelete=False)
    assert error_code(firehose.describe_delivery_stream, DeliveryStreamName=name) == "ResourceNotFoundException"


def test_glue_security_configuration(aws: Client) -> None:
    glue = aws("glue")
    encryption = {
        "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN}],
        "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": KEY_ARN},
        "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY_ARN},
    }
    glue.create_security_configuration(Name="clickstream-local", EncryptionConfiguration=encryption)
    shown = glue.get_security_configuration(Name="clickstream-local")["SecurityConfiguration"]
    assert shown["EncryptionConfiguration"] == encryption
    glue.delete_security_configuration(Name="clickstream-local")
    assert error_code(glue.get_security_configuration, Name="clickstream-local") == "EntityNotFoundException"


def test_glue_job(aws: Client) -> None:
    glue, name = aws("glue"), NAMES.glue_job
    wanted = {
        **arguments_of("aws_glue_job"),
        "SecurityConfiguration": "clickstream-local",
        "ExecutionClass": "STANDARD",
        "JobRunQueuingEnabled": False,
        "NonOverridableArguments": {"--extra": "x"},
    }
    glue.create_job(Name=name, Tags=TAGS, **wanted)
    shown = glue.get_job(JobName=name)["Job"]
    assert {key: shown[key] for key in wanted} == wanted
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:job/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.update_job(JobName=name, JobUpdate={**wanted, "Timeout": 60})
    assert glue.get_job(JobName=name)["Job"]["Timeout"] == 60
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"New": "1"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["New"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.delete_job(JobName=name)
    assert error_code(glue.get_job, JobName=name) == "EntityNotFoundException"


def test_glue_database_and_tables(aws: Client) -> None:
    glue, database = aws("glue"), NAMES.database
    glue.create_database(CatalogId=ACCOUNT, DatabaseInput={"Name": database, "Description": "d"}, Tags=TAGS)
    shown = glue.get_database(CatalogId=ACCOUNT, Name=database)["Database"]
    assert (shown["Description"], shown["CatalogId"]) == ("d", ACCOUNT)
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/{database}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    for resource in DESIRED.of("aws_glue_catalog_table"):
        wanted = {key: value for key, value in resource.arguments.items() if key != "DatabaseName"}
        table = {"CatalogId": ACCOUNT, "DatabaseName": database, "Name": wanted["Name"]}
        # What the provider sends of a block besides what it says.
        storage = {**wanted["StorageDescriptor"], "Compressed": False, "StoredAsSubDirectories": False}
        complete = {**wanted, "Retention": 0, "StorageDescriptor": {**storage, "NumberOfBuckets": 0}}
        glue.create_table(CatalogId=ACCOUNT, DatabaseName=database, TableInput=complete)
        answer = glue.get_table(**table)["Table"]
        assert {key: answer[key] for key in complete} == complete
        indexes = glue.get_partition_indexes(CatalogId=ACCOUNT, DatabaseName=database, TableName=wanted["Name"])
        assert indexes["PartitionIndexDescriptorList"] == []
        glue.update_table(CatalogId=ACCOUNT, DatabaseName=database, TableInput={**complete, "Description": "changed"})
        assert glue.get_table(**table)["Table"]["Description"] == "changed"
        glue.delete_table(**table)
        assert error_code(glue.get_table, **table) == "EntityNotFoundException"
    glue.update_database(CatalogId=ACCOUNT, Name=database, DatabaseInput={"Name": database, "Description": "e"})
    glue.delete_database(CatalogId=ACCOUNT, Name=database)
    assert error_code(glue.get_database, CatalogId=ACCOUNT, Name=database) == "EntityNotFoundException"


def test_glue_crawler(aws: Client) -> None:
    glue, name = aws("glue"), NAMES.crawler
    wanted = {
        **arguments_of("aws_glue_crawler"),
        "CrawlerSecurityConfiguration": "clickstream-local",
        "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
        "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
        "TablePrefix": "",
    }
    glue.create_crawler(Name=name, Tags=TAGS, **wanted)
    shown = glue.get_crawler(Name=name)["Crawler"]
    assert {key: shown[key] for key in wanted} == wanted
    assert shown["State"] == "READY"
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:crawler/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == TAGS
    glue.update_crawler(Name=name, **{**wanted, "Description": "e"})
    assert glue.get_crawler(Name=name)["Crawler"]["Description"] == "e"
    glue.delete_crawler(Name=name)
    assert error_code(glue.get_crawler, Name=name) == "EntityNotFoundException"


def test_athena_workgroup_and_named_queries(aws: Client) -> None:
    athena, group = aws("athena"), NAMES.workgroup
    wanted = dict(arguments_of("aws_athena_workgroup")["Configuration"])
    engine = wanted["EngineVersion"]["SelectedEngineVersion"]
    wanted["ResultConfiguration"] = {
        **wanted["ResultConfiguration"],
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY_ARN},
        "ExpectedBucketOwner": ACCOUNT,
    }
    wanted |= {"PublishCloudWatchMetricsEnabled": True, "RequesterPaysEnabled": False}
    athena.create_work_group(Name=group, Description="d", Configuration=wanted, Tags=TAG_LIST)
    shown = athena.get_work_group(WorkGroup=group)["WorkGroup"]
    assert (shown["State"], shown["Description"]) == ("ENABLED", "d")
    configuration = shown["Configuration"]
    assert {key: configuration[key] for key in wanted if key != "EngineVersion"} == {
        key: value for key, value in wanted.items() if key != "EngineVersion"
    }
    assert configuration["EngineVersion"]["SelectedEngineVersion"] == engine
    arn = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/{group}"
    assert tags_of(athena.list_tags_for_resource(ResourceARN=arn)["Tags"]) == TAGS

    updates = {key: value for key, value in wanted.items() if key != "ResultConfiguration"}
    updates |= {"ResultConfigurationUpdates": wanted["ResultConfiguration"], "BytesScannedCutoffPerQuery": 20_000_000}
    athena.update_work_group(WorkGroup=group, Description="e", State="ENABLED", ConfigurationUpdates=updates)
    configuration = athena.get_work_group(WorkGroup=group)["WorkGroup"]["Configuration"]
    assert configuration["BytesScannedCutoffPerQuery"] == 20_000_000
    assert configuration["ResultConfiguration"] == wanted["ResultConfiguration"]

    query = {"Name": "q", "Database": NAMES.database, "QueryString": "select 1", "Description": "d"}
    query_id = athena.create_named_query(**query, WorkGroup=group)["NamedQueryId"]
    saved = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert saved == {**query, "WorkGroup": group, "NamedQueryId": query_id}
    assert athena.list_named_queries(WorkGroup=group)["NamedQueryIds"] == [query_id]
    athena.update_named_query(NamedQueryId=query_id, Name="q2", Description="e", QueryString="select 2")
    saved = athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]
    assert (saved["Name"], saved["Description"], saved["QueryString"]) == ("q2", "e", "select 2")
    athena.delete_named_query(NamedQueryId=query_id)
    assert error_code(athena.get_named_query, NamedQueryId=query_id) == "InvalidRequestException"
    assert error_code(athena.delete_named_query, NamedQueryId=query_id) == "InvalidRequestException"

    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
    with pytest.raises(ClientError, match="is not found"):  # the words that the provider looks for
        athena.get_work_group(WorkGroup=group)
