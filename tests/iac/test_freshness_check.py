"""The freshness check's state machine, run state by state against moto: a small interpreter of what it uses of ASL."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonata
import pytest
from botocore.exceptions import ClientError

from clickstream.contract import keys, load_contract
from clickstream_dev.iac import local_module
from local_aws_server import LocalAwsServer

IAC = Path(__file__).parents[2] / "iac"
BUCKET = "clickstream-prod-processed-123456789012"
RAW_BUCKET = "clickstream-prod-raw-123456789012"
LONG_AGO = date(2025, 12, 1)
NAME = "clickstream-" + "e" * 16  # the longest that `environment` allows
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:alerts"
PLACEHOLDERS = {
    "name": NAME,
    "partition": "aws",
    "bucket": BUCKET,
    "ledger_prefix": load_contract().tables.run_ledger.prefix,
    "topic_arn": TOPIC_ARN,
    "raw_bucket": RAW_BUCKET,
    "raw_prefix": local_module().local("raw_events_prefix"),
    "raw_folder_picture": local_module().local("raw_folder_picture"),
}
SUBJECT_LIMIT = 100  # SNS refuses a longer one

Call = Callable[[dict[str, Any]], Any]
Outcome = tuple[str, str | None, str | None]  # status; error and cause of a failure


class StateMachine:
    """Runs a state machine that asks for JSONata. Waiting times of retries pass at once."""

    def __init__(self, definition: dict[str, Any], calls: dict[str, Call]) -> None:
        assert definition["QueryLanguage"] == "JSONata"
        self.states = definition["States"]
        self.start = definition["StartAt"]
        self.calls = calls
        self.variables: dict[str, Any] = {}

    def run(self, execution_input: Any) -> Outcome:
        """Run until a state ends it."""
        name, value = self.start, execution_input
        while True:
            state = self.states[name]
            states = {"input": value}
            match state["Type"]:
                case "Succeed":
                    return "SUCCEEDED", None, None
                case "Fail":
                    return "FAILED", state["Error"], self._evaluate(state["Cause"], states)
                case "Pass":
                    self._assign(state, states)
                    name = state["Next"]
                case "Choice":
                    chosen = next((c for c in state["Choices"] if self._evaluate(c["Condition"], states)), None)
                    self._assign(chosen or state, states)
                    name = chosen["Next"] if chosen else state["Default"]
                case "Task":
                    name, value = self._task(state, states)
                case other:
                    raise AssertionError(f"{name} is a {other}")

    def _task(self, state: dict[str, Any], states: dict[str, Any]) -> tuple[str, Any]:
        tries = 1 + sum(retry["MaxAttempts"] for retry in state.get("Retry", []))
        for attempt in range(tries):
            try:
                result = self.calls[state["Resource"]](self._evaluate(state["Arguments"], states))
            except ClientError as error:
                if attempt < tries - 1:
                    continue
                if "Catch" not in state:
                    raise
                details = {"Error": f"S3.{error.response['Error']['Code']}Exception", "Cause": str(error)}
                states["errorOutput"] = details
                (catcher,) = state["Catch"]
                self._assign(catcher, states)
                return catcher["Next"], details
            break
        states["result"] = result
        self._assign(state, states)
        return state["Next"], result

    def _assign(self, holder: dict[str, Any], states: dict[str, Any]) -> None:
        # All expressions of one Assign see the variables as they were before it.
        self.variables |= {key: self._evaluate(value, states) for key, value in holder.get("Assign", {}).items()}

    def _evaluate(self, value: Any, states: dict[str, Any]) -> Any:
        if isinstance(value, dict):
            return {key: self._evaluate(item, states) for key, item in value.items()}
        if not isinstance(value, str) or not value.startswith("{%"):
            return value
        expression = jsonata.Jsonata(value.removeprefix("{%").removesuffix("%}").strip())
        for name, bound in {**self.variables, "states": states}.items():
            expression.assign(name, bound)
        result = expression.evaluate(None)
        assert result is not None, f"Step Functions fails on an expression without a result: {value}"
        return result


@pytest.fixture(name="template")
def _template() -> str:
    return (IAC / "freshness_check.asl.json").read_text(encoding="utf-8")


@pytest.fixture(name="s3")
def _s3(bare_local_aws: LocalAwsServer) -> Iterator[Any]:
    """Not moto in the tests' own process: that would empty the backends that other tests have there."""
    s3 = bare_local_aws.client("s3")
    for bucket in (BUCKET, RAW_BUCKET):
        s3.create_bucket(Bucket=bucket)
    arrive(s3, LONG_AGO)
    yield s3
    for bucket in (BUCKET, RAW_BUCKET):
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
        s3.delete_bucket(Bucket=bucket)


def arrive(s3: Any, day: date) -> None:
    s3.put_object(Bucket=RAW_BUCKET, Key=f"{keys.raw_folder(day, load_contract())}a.gz", Body=b"")


@pytest.fixture(name="published")
def _published() -> list[dict[str, Any]]:
    return []


@pytest.fixture(name="check")
def _check(template: str, s3: Any, published: list[dict[str, Any]]) -> Callable[..., Outcome]:
    for name, value in PLACEHOLDERS.items():
        template = template.replace(f"${{{name}}}", value)
    definition = json.loads(template)

    def run(scheduled_time: str, find: Call | None = None) -> Outcome:
        calls = {
            "arn:aws:states:::aws-sdk:s3:listObjectsV2": find or (lambda arguments: s3.list_objects_v2(**arguments)),
            "arn:aws:states:::sns:publish": published.append,
        }
        return StateMachine(definition, calls).run({"scheduled_time": scheduled_time})

    return run


YESTERDAYS = [
    pytest.param("2026-01-16T06:00:00Z", date(2026, 1, 15), id="in_a_month"),
    pytest.param("2026-02-01T06:00:00Z", date(2026, 1, 31), id="first_of_a_month"),
    pytest.param("2027-01-01T06:00:00Z", date(2026, 12, 31), id="first_of_a_year"),
    pytest.param("2026-03-01T06:00:00Z", date(2026, 2, 28), id="after_february"),
    pytest.param("2028-03-01T06:00:00Z", date(2028, 2, 29), id="after_a_leap_day"),
    pytest.param("2026-10-10T00:00:00Z", date(2026, 10, 9), id="at_midnight_sharp"),
    pytest.param("2026-10-10T23:59:59Z", date(2026, 10, 9), id="a_second_before_midnight"),
]


@pytest.mark.parametrize(("scheduled_time", "yesterday"), YESTERDAYS)
def test_it_asks_for_the_contracts_ledger_key_of_yesterday(check, published, scheduled_time, yesterday):
    asked: list[dict[str, Any]] = []

    def find(arguments: dict[str, Any]) -> Any:
        asked.append(arguments)
        return {"KeyCount": 1, "Contents": [{"Key": arguments["Prefix"]}]}

    assert check(scheduled_time, find)[0] == "SUCCEEDED"
    assert asked == [{"Bucket": BUCKET, "Prefix": keys.ledger_key(yesterday, load_contract()), "MaxKeys": 1}]
    assert published == []


def test_a_ledger_that_is_there_is_no_news(check, published, s3):
    s3.put_object(Bucket=BUCKET, Key=keys.ledger_key(date(2026, 1, 15), load_contract()), Body=b"{}")
    assert check("2026-01-16T06:00:00Z") == ("SUCCEEDED", None, None)
    assert published == []


@pytest.mark.parametrize(
    "other_key",
    [
        pytest.param(None, id="an_empty_bucket"),
        pytest.param(keys.ledger_key(date(2026, 1, 14), load_contract()), id="the_day_befores"),
        pytest.param(keys.ledger_key(date(2026, 1, 16), load_contract()), id="todays"),
        pytest.param(keys.ledger_key(date(2026, 1, 15), load_contract()) + ".bak", id="a_longer_name"),
    ],
)
def test_a_missing_ledger_is_told_with_its_date_bucket_and_key(check, published, s3, other_key):
    if other_key:
        s3.put_object(Bucket=BUCKET, Key=other_key, Body=b"{}")
    status, error, cause = check("2026-01-16T06:00:00Z")
    (message,) = published
    assert (status, error, cause) == ("FAILED", "Stale", message["Message"])
    assert message["TopicArn"] == TOPIC_ARN
    assert message["Subject"] == f"{NAME}: no ledger for 2026-01-15"
    assert message["Message"].startswith(
        f"No ledger for 2026-01-15: s3://{BUCKET}/{keys.ledger_key(date(2026, 1, 15), load_contract())} does not exist"
    )


@pytest.mark.parametrize(
    ("first_arrival", "status"),
    [
        pytest.param(None, "SUCCEEDED", id="nothing_ever"),
        pytest.param(date(2026, 2, 1), "SUCCEEDED", id="only_after_the_day"),
        pytest.param(date(2026, 1, 31), "FAILED", id="on_the_day"),
        pytest.param(date(2025, 12, 31), "FAILED", id="before_the_day"),
    ],
)
def test_a_day_before_the_first_event_of_all_is_no_news(check, published, s3, first_arrival, status):
    """A deployment that is made before the hour of the check has no ledger of the day before, and nothing is wrong."""
    s3.delete_object(Bucket=RAW_BUCKET, Key=f"{keys.raw_folder(LONG_AGO, load_contract())}a.gz")
    if first_arrival:
        arrive(s3, first_arrival)
    assert check("2026-02-01T06:00:00Z")[0] == status
    assert bool(published) == (status == "FAILED")


def test_a_silence_that_outlasts_the_raw_events_is_told_all_the_same(check, published, s3):
    """They may expire; the ledgers of the days before stay."""
    s3.delete_object(Bucket=RAW_BUCKET, Key=f"{keys.raw_folder(LONG_AGO, load_contract())}a.gz")
    s3.put_object(Bucket=BUCKET, Key=keys.ledger_key(LONG_AGO, load_contract()), Body=b"{}")
    assert check("2026-02-01T06:00:00Z")[:2] == ("FAILED", "Stale")
    assert len(published) == 1


def test_where_the_first_event_cannot_be_looked_for_the_missing_ledger_is_told(check, published):
    def refuse_raw(arguments: dict[str, Any]) -> Any:
        if arguments["Bucket"] == RAW_BUCKET:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "ListObjectsV2")
        return {"KeyCount": 0}

    assert check("2026-01-16T06:00:00Z", refuse_raw)[:2] == ("FAILED", "Stale")
    assert published[0]["Subject"] == f"{NAME}: no ledger for 2026-01-15"


def test_not_being_able_to_look_is_told_as_that(check, published):
    def refuse(arguments: dict[str, Any]) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "ListObjectsV2")

    assert check("2026-01-16T06:00:00Z", refuse)[:2] == ("FAILED", "Stale")
    (message,) = published
    assert message["Subject"] == f"{NAME}: could not look for the ledger of 2026-01-15"
    assert "AccessDenied" in message["Message"]
    assert "does not exist" not in message["Message"]


def test_a_short_outage_is_no_news(check, published):
    answers = iter([ClientError({"Error": {"Code": "SlowDown"}}, "ListObjectsV2")] * 2)

    def stumble(arguments: dict[str, Any]) -> Any:
        for error in answers:
            raise error
        return {"KeyCount": 1, "Contents": [{"Key": arguments["Prefix"]}]}

    assert check("2026-01-16T06:00:00Z", stumble)[0] == "SUCCEEDED"
    assert published == []


def test_the_subject_fits(check, published):
    check("2026-01-16T06:00:00Z")
    (message,) = published
    assert len(message["Subject"]) <= SUBJECT_LIMIT
    assert message["Subject"].isascii()


def test_terraform_fills_every_placeholder_and_no_other(template):
    call = (IAC / "freshness_check.tf").read_text(encoding="utf-8").partition("freshness_check.asl.json")[2]
    filled = set(re.findall(r"^\s+(\w+)\s+=", call.partition("})")[0], re.MULTILINE))
    assert filled == set(re.findall(r"\$\{(\w+)\}", template)) == set(PLACEHOLDERS)


def test_every_state_leads_on_and_is_reached(template):
    states = json.loads(template)["States"]
    text = json.dumps(states)
    targets = set(re.findall(r'"(?:Next|Default)": "(\w+)"', text)) | {json.loads(template)["StartAt"]}
    assert targets == set(states)
