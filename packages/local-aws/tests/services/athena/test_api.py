"""The calls around queries: their life, workgroups, prepared statements and metadata."""

from __future__ import annotations

import time
from uuid import uuid4

import pyarrow as pa
import pytest

from athena_support import Athena, QueryFailedError
from local_aws.waiting import wait_until

SLOW = (
    "select count(*) from unnest(sequence(1, 1000000)) as a(x) "
    "cross join unnest(sequence(1, 1000000)) as b(y) where x * y % 7 = 3"
)


@pytest.fixture(scope="module")
def athena(local_aws):
    found = Athena(local_aws)
    found.table("numbers", {"n": "bigint", "text": "string"}, keys={"day": "string"})
    for day in ("01", "02"):
        found.put_parquet(f"numbers/{day}/a.parquet", pa.table({"n": list(range(1000)), "text": ["x"] * 1000}))
        found.partition("numbers", [day], f"{day}/")
    return found


def group(athena, **configuration):
    name = f"group-{uuid4().hex[:8]}"
    athena.client.create_work_group(Name=name, Configuration=configuration, Description="for a test")
    return name


def test_an_execution_tells_what_it_was_asked_and_did(athena):
    execution = athena.run("select sum(n) from numbers where day = '01'").execution
    assert execution["Query"] == "select sum(n) from numbers where day = '01'"
    assert execution["StatementType"] == "DML"
    assert execution["WorkGroup"] == "primary"
    assert execution["QueryExecutionContext"]["Database"] == athena.database
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    assert execution["Status"]["SubmissionDateTime"] <= execution["Status"]["CompletionDateTime"]
    statistics = execution["Statistics"]
    assert statistics["TotalExecutionTimeInMillis"] >= statistics["EngineExecutionTimeInMillis"] >= 0
    assert statistics["DataScannedInBytes"] > 0
    runtime = athena.client.get_query_runtime_statistics(QueryExecutionId=execution["QueryExecutionId"])
    rows = runtime["QueryRuntimeStatistics"]["Rows"]
    assert rows == {"InputBytes": statistics["DataScannedInBytes"], "OutputRows": 1}


def running(athena, sql):
    """Start a query and wait until it is at work."""
    execution_id = athena.start(sql)

    def state():
        return athena.client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]["State"]

    wait_until(lambda: state() != "QUEUED", 20)
    assert state() == "RUNNING"
    time.sleep(0.3)
    return execution_id


def test_a_running_query_has_no_results_and_can_be_stopped(athena):
    execution_id = running(athena, SLOW)
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Current state: RUNNING"):
        athena.client.get_query_results(QueryExecutionId=execution_id)
    athena.client.stop_query_execution(QueryExecutionId=execution_id)
    assert athena.wait(execution_id)["Status"]["State"] == "CANCELLED"
    athena.client.stop_query_execution(QueryExecutionId=execution_id)
    assert athena.wait(execution_id)["Status"]["State"] == "CANCELLED"
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Final query state: CANCELLED"):
        athena.client.get_query_results(QueryExecutionId=execution_id)
    assert f"results/{execution_id}.csv" not in athena.keys("results/")


def test_a_stopped_query_makes_room_for_others(athena):
    four = [running(athena, SLOW) for _ in range(4)]
    waiting = athena.start("select 1")
    time.sleep(0.3)
    shown = athena.client.get_query_execution(QueryExecutionId=waiting)["QueryExecution"]
    assert shown["Status"]["State"] == "QUEUED"
    stopped_at = time.monotonic()
    for execution_id in four:
        athena.client.stop_query_execution(QueryExecutionId=execution_id)
    assert athena.wait(waiting)["Status"]["State"] == "SUCCEEDED"
    assert time.monotonic() - stopped_at < 10


def test_a_query_that_was_stopped_before_it_began_never_runs(athena):
    four = [running(athena, SLOW) for _ in range(4)]
    waiting = athena.start(f"create external table never (a int) location 's3://{athena.bucket}/never/'")
    athena.client.stop_query_execution(QueryExecutionId=waiting)
    for execution_id in four:
        athena.client.stop_query_execution(QueryExecutionId=execution_id)
    assert athena.run("select 1").value == "1"
    assert athena.wait(waiting)["Status"]["State"] == "CANCELLED"
    assert ["never"] not in athena.run("show tables").rows


def test_the_same_token_starts_one_execution_only(athena):
    token = uuid4().hex + uuid4().hex
    first = athena.start("select 1", ClientRequestToken=token)
    assert athena.start("select 1", ClientRequestToken=token) == first
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Idempotent parameters do not match"):
        athena.start("select 2", ClientRequestToken=token)


def test_a_query_needs_a_place_for_its_result(athena):
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="No output location provided"):
        athena.client.start_query_execution(QueryString="select 1")
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="not a valid S3 path"):
        athena.start("select 1", ResultConfiguration={"OutputLocation": "/tmp/x"})
    reason = athena.reason("select 1", ResultConfiguration={"OutputLocation": "s3://no-such-bucket-here/"})
    assert "no-such-bucket-here" in reason


def test_an_enforced_workgroup_overrides_the_clients_place(athena):
    wanted = {"OutputLocation": f"s3://{athena.bucket}/of-group/"}
    enforced = group(athena, ResultConfiguration=wanted, EnforceWorkGroupConfiguration=True)
    lenient = group(athena, ResultConfiguration=wanted, EnforceWorkGroupConfiguration=False)
    places = [
        athena.run("select 1", WorkGroup=name).execution["ResultConfiguration"]["OutputLocation"]
        for name in (enforced, lenient)
    ]
    assert places[0].startswith(f"s3://{athena.bucket}/of-group/")
    assert places[1].startswith(f"s3://{athena.bucket}/results/")


def test_a_workgroups_limit_of_bytes_fails_the_query(athena):
    rows = pa.table({"n": pa.array([number * 7919 % 2**40 for number in range(2_000_000)], pa.int64())})
    athena.table("large", {"n": "bigint"})
    athena.put_parquet("large/a.parquet", rows)
    limited = group(athena, BytesScannedCutoffPerQuery=10_000_000, EnforceWorkGroupConfiguration=False)
    assert athena.reason("select max(n) from large", WorkGroup=limited).startswith("Bytes scanned limit was exceeded")
    assert athena.run("select count(*) from large", WorkGroup=limited).value == "2000000"
    athena.client.update_work_group(WorkGroup=limited, ConfigurationUpdates={"RemoveBytesScannedCutoffPerQuery": True})
    assert athena.run("select count(distinct n) > 0 from large", WorkGroup=limited).value == "true"


def test_workgroups_are_kept_changed_and_deleted(athena):
    name = group(athena)
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="already created"):
        athena.client.create_work_group(Name=name)
    athena.client.update_work_group(
        WorkGroup=name,
        Description="changed",
        State="DISABLED",
        ConfigurationUpdates={"ResultConfigurationUpdates": {"OutputLocation": "s3://x/y/"}},
    )
    shown = athena.client.get_work_group(WorkGroup=name)["WorkGroup"]
    assert (shown["Description"], shown["State"]) == ("changed", "DISABLED")
    assert shown["Configuration"]["ResultConfiguration"]["OutputLocation"] == "s3://x/y/"
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="is disabled"):
        athena.start("select 1", WorkGroup=name)
    assert name in [entry["Name"] for entry in athena.client.list_work_groups()["WorkGroups"]]
    athena.client.delete_work_group(WorkGroup=name)
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="is not found"):
        athena.client.get_work_group(WorkGroup=name)
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="is not found"):
        athena.start("select 1", WorkGroup=name)


def test_executions_are_listed_by_workgroup_the_newest_first(athena):
    name = group(athena, EnforceWorkGroupConfiguration=False)
    started = [athena.start(f"select {number}", WorkGroup=name) for number in range(3)]
    first = athena.client.list_query_executions(WorkGroup=name, MaxResults=2)
    second = athena.client.list_query_executions(WorkGroup=name, MaxResults=2, NextToken=first["NextToken"])
    assert first["QueryExecutionIds"] + second["QueryExecutionIds"] == started[::-1]
    assert "NextToken" not in second
    batch = athena.client.batch_get_query_execution(QueryExecutionIds=[started[0], str(uuid4())])
    assert [execution["QueryExecutionId"] for execution in batch["QueryExecutions"]] == started[:1]
    assert len(batch["UnprocessedQueryExecutionIds"]) == 1


def test_an_execution_that_does_not_exist_is_refused(athena):
    unknown = str(uuid4())
    for call in ("get_query_execution", "get_query_results", "stop_query_execution", "get_query_runtime_statistics"):
        with pytest.raises(athena.client.exceptions.InvalidRequestException, match="was not found"):
            getattr(athena.client, call)(QueryExecutionId=unknown)


def test_a_result_that_was_deleted_can_not_be_read(athena):
    result = athena.run("select 1")
    execution_id = result.execution["QueryExecutionId"]
    athena.s3.delete_object(Bucket=athena.bucket, Key=f"results/{execution_id}.csv")
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Could not find results"):
        athena.client.get_query_results(QueryExecutionId=execution_id)


@pytest.mark.parametrize("token", ["x", "3", "-1", "99999"])
def test_a_token_that_no_page_gave_is_refused(athena, token):
    execution_id = athena.run("select n from numbers").execution["QueryExecutionId"]
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Invalid NextToken"):
        athena.client.get_query_results(QueryExecutionId=execution_id, NextToken=token)


def test_parameters_take_the_place_of_question_marks(athena):
    sql = "select count(*) from numbers where day = ? and n < ? and text <> '?'"
    assert athena.run(sql, ExecutionParameters=["'01'", "10"]).value == "10"
    reason = athena.reason(sql, ExecutionParameters=["'01'"])
    assert reason == "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"
    hostile = athena.reason("select ?", ExecutionParameters=["1 from numbers; drop table numbers"])
    assert hostile.startswith("INVALID_PARAMETER_USAGE: ")


def test_prepared_statements_are_kept_and_executed(athena):
    name = group(athena, EnforceWorkGroupConfiguration=False)
    client = athena.client
    client.create_prepared_statement(
        StatementName="counted", WorkGroup=name, QueryStatement="select count(*) from numbers where n < ?"
    )
    assert athena.run("execute counted using 5", WorkGroup=name).value == "10"
    assert athena.run("EXECUTE counted", ExecutionParameters=["7"], WorkGroup=name).value == "14"
    client.update_prepared_statement(StatementName="counted", WorkGroup=name, QueryStatement="select 'changed'")
    assert athena.run("execute counted", WorkGroup=name).value == "changed"
    shown = client.get_prepared_statement(StatementName="counted", WorkGroup=name)["PreparedStatement"]
    assert shown["QueryStatement"] == "select 'changed'"
    listed = client.list_prepared_statements(WorkGroup=name)["PreparedStatements"]
    assert [entry["StatementName"] for entry in listed] == ["counted"]
    client.delete_prepared_statement(StatementName="counted", WorkGroup=name)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_prepared_statement(StatementName="counted", WorkGroup=name)
    with pytest.raises(QueryFailedError, match="Prepared statement not found"):
        athena.run("execute counted", WorkGroup=name)


def test_metadata_comes_from_the_glue_catalog(athena):
    client = athena.client
    catalog = "AwsDataCatalog"
    names = [
        entry["Name"]
        for page in client.get_paginator("list_databases").paginate(CatalogName=catalog)
        for entry in page["DatabaseList"]
    ]
    assert athena.database in names
    found = client.get_database(CatalogName=catalog, DatabaseName=athena.database)["Database"]
    assert found["Name"] == athena.database
    table = client.get_table_metadata(CatalogName=catalog, DatabaseName=athena.database, TableName="numbers")
    metadata = table["TableMetadata"]
    assert metadata["Columns"] == [{"Name": "n", "Type": "bigint"}, {"Name": "text", "Type": "string"}]
    assert metadata["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    listed = client.list_table_metadata(CatalogName=catalog, DatabaseName=athena.database, Expression="num.*")
    assert [entry["Name"] for entry in listed["TableMetadataList"]] == ["numbers"]
    for call, arguments in (("get_database", {}), ("get_table_metadata", {"TableName": "x"})):
        with pytest.raises(client.exceptions.MetadataException):
            getattr(client, call)(CatalogName=catalog, DatabaseName="no_such_database", **arguments)


def test_a_server_that_stops_cancels_its_queries(start_local_aws, tmp_path):
    server = start_local_aws(tmp_path / "data")
    own = Athena(server)
    running(own, SLOW)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 5
