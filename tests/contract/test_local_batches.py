"""Batch inference on the embedded Bedrock: what it takes, refuses, writes, and how it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.conftest import Local

MODEL = "us.amazon.nova-pro-v1:0"


@pytest.fixture(autouse=True)
def _none_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


def records(count: int) -> list[dict[str, Any]]:
    return [
        {
            "recordId": f"record{n:06d}",
            "modelInput": {"messages": [{"role": "user", "content": [{"text": f"say {n}. more"}]}]},
        }
        for n in range(count)
    ]


def request(local: Local, given: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    name = f"batch-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=name)
    body = "".join(json.dumps(one) + "\n" for one in given)
    local.client("s3").put_object(Bucket=name, Key="in/some.jsonl", Body=body.encode())
    return {
        "jobName": name,
        "roleArn": local.role(),
        "clientRequestToken": name.replace("-", ""),
        "modelId": MODEL,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": f"s3://{name}/in/some.jsonl"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"s3://{name}/out/"}},
        **changes,
    }


def ended(local: Local, arn: str) -> dict[str, Any]:
    seen = []
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job: dict[str, Any] = local.client("bedrock").get_model_invocation_job(jobIdentifier=arn)
        seen.append(job["status"])
        if "endTime" in job:
            return {**job, "seen": list(dict.fromkeys(seen))}
        time.sleep(0.02)
    raise AssertionError(f"{arn} does not end")


def output(local: Local, job: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    bucket, identifier = job["jobName"], job["jobArn"].rpartition("/")[2]
    s3 = local.client("s3")
    lines = s3.get_object(Bucket=bucket, Key=f"out/{identifier}/some.jsonl.out")["Body"].read()
    manifest = s3.get_object(Bucket=bucket, Key=f"out/{identifier}/manifest.json.out")
    return [json.loads(line) for line in lines.splitlines()], json.load(manifest["Body"])


def test_answers_of_all_records_in_no_order(local: Local) -> None:
    bedrock = local.client("bedrock")
    asked = request(local, records(120))
    arn = bedrock.create_model_invocation_job(**asked)["jobArn"]
    # The same token again: the same job, and no second one.
    assert bedrock.create_model_invocation_job(**asked)["jobArn"] == arn
    job = ended(local, arn)
    assert job["status"] == "Completed", job.get("message")
    assert job["seen"][-3:] == ["Scheduled", "InProgress", "Completed"]
    lines, manifest = output(local, job)
    names = [line["recordId"] for line in lines]
    assert sorted(names) == [one["recordId"] for one in records(120)] != names
    assert {"output", "usage", "stopReason"} <= lines[0]["modelOutput"].keys()
    assert manifest["successRecordCount"] == job["successRecordCount"] == 120
    listed = bedrock.list_model_invocation_jobs(nameContains=asked["jobName"])
    assert [one["jobArn"] for one in listed["invocationJobSummaries"]] == [arn]


def test_records_are_refused_one_by_one(local: Local) -> None:
    given = records(110)
    given[3]["modelInput"] = {"messages": [{"role": "judge", "content": []}]}
    local_aws.ask_fault(local.endpoint, service="bedrock-batch", operation="Record", times=2)
    local_aws.ask_fault(local.endpoint, service="bedrock-batch", operation="Lost", times=1)
    arn = local.client("bedrock").create_model_invocation_job(**request(local, given))["jobArn"]
    job = ended(local, arn)
    lines, manifest = output(local, job)
    assert (job["status"], len(lines), manifest["errorRecordCount"]) == ("Completed", 109, 3)
    codes = sorted(line["error"]["errorCode"] for line in lines if "error" in line)
    # The record that is lost is one of those that were throttled.
    assert codes in ([400, 429], [400, 429, 429])


@pytest.mark.parametrize(
    ("operation", "status"), [("Job", "Failed"), ("Timeout", "PartiallyCompleted")]
)
def test_a_job_that_ends_badly(local: Local, operation: str, status: str) -> None:
    local_aws.ask_fault(local.endpoint, service="bedrock-batch", operation=operation)
    arn = local.client("bedrock").create_model_invocation_job(**request(local, records(100)))
    job = ended(local, arn["jobArn"])
    assert job["status"] == status
    if status == "PartiallyCompleted":
        assert len(output(local, job)[0]) == 50


def test_too_few_records_fail_once_they_are_counted(local: Local) -> None:
    arn = local.client("bedrock").create_model_invocation_job(**request(local, records(99)))
    job = ended(local, arn["jobArn"])
    assert job["status"] == "Failed"
    assert "fewer records (99) than the required minimum of: 100" in job["message"]


def test_a_job_can_be_stopped_once(local: Local) -> None:
    bedrock = local.client("bedrock")
    arn = bedrock.create_model_invocation_job(**request(local, records(100)))["jobArn"]
    bedrock.stop_model_invocation_job(jobIdentifier=arn)
    assert ended(local, arn)["status"] == "Stopped"
    with pytest.raises(ClientError, match="ConflictException"):
        bedrock.stop_model_invocation_job(jobIdentifier=arn.rpartition("/")[2])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"modelId": "amazon.nova-2-lite-v1:0"}, "inference profile"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({"timeoutDurationInHours": 1}, "greater than or equal to 24"),
        (
            {"inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://no-such-bucket/a.jsonl"}}},
            "no bucket",
        ),
    ],
)
def test_what_is_refused_at_once(local: Local, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says):
        local.client("bedrock").create_model_invocation_job(
            **request(local, records(100), **changes)
        )
