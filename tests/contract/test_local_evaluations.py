"""Bedrock's evaluation jobs with a judge: made, settled, read, stopped, refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from nova_rft.evaluate._bedrock import Wanted
from tests.contract.bedrock_jobs import settled
from tests.contract.conftest import Local

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(autouse=True)
def _no_faults_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


@pytest.fixture(scope="module")
def role(local: Local) -> str:
    name = f"evaluates-{uuid4().hex[:8]}"
    made = local.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="module")
def bucket(local: Local) -> str:
    name = f"evaluated-{uuid4().hex[:12]}"
    local.client("s3").create_bucket(Bucket=name)
    return name


def request(local: Local, role: str, bucket: str, body: bytes | None = None) -> dict[str, Any]:
    """What the product asks for."""
    line = {
        "prompt": "What is seven times eight?",
        "referenceResponse": "56",
        "modelResponses": [{"response": "seven times eight is 56", "modelIdentifier": "custom"}],
    }
    given = body if body is not None else json.dumps(line).encode()
    name = f"e-{uuid4().hex[:12]}"
    local.client("s3").put_object(Bucket=bucket, Key=f"{name}.jsonl", Body=given)
    wanted = Wanted("custom", name, name, given, "amazon.nova-pro-v1:0", ("Builtin.Correctness",))
    return wanted.request(role, f"s3://{bucket}/{name}.jsonl", f"s3://{bucket}/out")


def status(local: Local, arn: str) -> str:
    return str(local.client("bedrock").get_evaluation_job(jobIdentifier=arn)["status"])


def test_a_job_settles_and_writes_what_bedrock_writes(local: Local, role: str, bucket: str) -> None:
    client = local.client("bedrock")
    asked = request(local, role, bucket)
    arn = client.create_evaluation_job(**asked)["jobArn"]
    assert client.create_evaluation_job(**asked)["jobArn"] == arn
    assert settled(lambda: status(local, arn), "InProgress") == "Completed"
    listed = client.list_evaluation_jobs(nameContains=asked["jobName"])["jobSummaries"]
    assert [one["jobArn"] for one in listed] == [arn]
    keys = local.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"out/{asked['jobName']}/")
    (key,) = [one["Key"] for one in keys["Contents"]]
    assert key.endswith("_output.jsonl")
    row = json.loads(local.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    (score,) = row["automatedEvaluationResult"]["scores"]
    assert score["metricName"] == "Builtin.Correctness" and 0 <= score["result"] <= 1
    assert row["inputRecord"]["prompt"] == "What is seven times eight?"
    assert row["modelResponses"][0]["response"] == "seven times eight is 56"
    with pytest.raises(ClientError, match="ConflictException"):
        client.stop_evaluation_job(jobIdentifier=arn)


def test_a_job_that_cannot_be_carried_out_fails_and_one_is_stopped(
    local: Local, role: str, bucket: str
) -> None:
    client = local.client("bedrock")
    broken = client.create_evaluation_job(**request(local, role, bucket, b"{}"))["jobArn"]
    stopped = client.create_evaluation_job(**request(local, role, bucket))["jobArn"]
    client.stop_evaluation_job(jobIdentifier=stopped)
    assert status(local, stopped) == "Stopped"
    assert settled(lambda: status(local, broken), "InProgress") == "Failed"
    why = client.get_evaluation_job(jobIdentifier=broken)["failureMessages"]
    assert "cannot be evaluated" in why[0]


def test_requests_that_no_service_takes(local: Local, role: str, bucket: str) -> None:
    client = local.client("bedrock")
    asked = request(local, role, bucket)
    wrong = [
        {**asked, "outputDataConfig": {"s3Uri": "s3://no-such-bucket-here/x"}},
        {**asked, "roleArn": role + "-not"},
        {**asked, "inferenceConfig": {"models": [{"bedrockModel": {"modelIdentifier": "a.b-c"}}]}},
        {**asked, "jobName": "Capitals"},
    ]
    for one in wrong:
        with pytest.raises(ClientError, match="ValidationException"):
            client.create_evaluation_job(**one)
