"""A whole job on the embedded AWS: recorded rollouts, a real Lambda, the ways it can fail."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from tests.contract.conftest import Local, prompt, rft, training

KEEPING = """
import boto3, json
def handler(event, context):
    key = f"events/{context.aws_request_id}.json"
    boto3.client("s3").put_object(Bucket="BUCKET", Key=key, Body=json.dumps(event).encode())
    return [{"id": i["id"], "aggregate_reward_score": float(len(i["messages"][-1]["content"])),
             "metrics_list": []} for i in event]
"""


def bucket_of(request: dict[str, Any]) -> str:
    """The bucket of a request's training data."""
    uri: str = request["trainingDataConfig"]["s3Uri"]
    return uri.split("/")[2]


def put(local: Local, request: dict[str, Any], key: str, body: bytes) -> dict[str, Any]:
    """Puts records; the configuration that names them."""
    local.client("s3").put_object(Bucket=bucket_of(request), Key=key, Body=body)
    return {"s3Uri": f"s3://{bucket_of(request)}/{key}"}


def version_of(request: dict[str, Any]) -> str:
    """The request's grader."""
    grader = request["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
    return str(grader["lambdaArn"])


def failure(local: Local, request: dict[str, Any]) -> str:
    """Why the job failed."""
    job = local.ended(local.create(**request))
    assert job["status"] == "Failed"
    assert "outputModelArn" not in job
    assert "Failed" in [part["status"] for part in job["statusDetails"].values()]
    return str(job["failureMessage"])


def test_events_steps_epochs_and_metrics(local: Local) -> None:
    bucket = "kept-events"
    local.client("s3").create_bucket(Bucket=bucket)
    request = local.request(KEEPING.replace("BUCKET", bucket))
    request["customizationConfig"] = rft(version_of(request), epochCount=2, evalInterval=3)
    held_out = put(local, request, "validation.jsonl", training(7))
    request["validationDataConfig"] = {"validators": [held_out]}
    job = local.ended(local.create(**request))
    assert job["status"] == "Completed", job.get("failureMessage")

    s3 = local.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    events = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    # Two epochs of 64 + 36 prompts, and 7 prompts after the third step; two rollouts each.
    assert sorted(len(event) for event in events) == [14, 72, 72, 128, 128]
    ids = [item["id"] for event in events for item in event]
    assert len(set(ids)) == len(ids)
    item = next(one for e in events for one in e if one["messages"][:1] == prompt(5))
    assert item["messages"][1]["role"] == "assistant"
    assert item["metadata"] == {"reference_answer": "10", "topic": "sums"}

    place = f"out/model-customization-job-{job['jobArn'][-12:]}/training_artifacts"
    body = s3.get_object(Bucket=bucket_of(request), Key=f"{place}/step_wise_training_metrics.csv")[
        "Body"
    ].read()
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [(row["step_number"], row["epoch_number"]) for row in rows] == [
        ("1", "1"),
        ("2", "1"),
        ("3", "2"),
        ("4", "2"),
    ]
    assert float(rows[0]["critic/rewards/min"]) == 9.0
    assert float(rows[0]["critic/rewards/max"]) == 18.0
    assert float(rows[0]["critic/rewards/mean"]) == 13.5
    assert float(rows[0]["response_length/mean"]) == 3.0


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (training(99), "99 training records"),
        (training(100) + b"{broken\n", "101"),
        (training(100) + b'{"messages": []}\n', "messages"),
    ],
)
def test_records_that_break_the_services_rules(local: Local, body: bytes, says: str) -> None:
    request = local.request()
    request["trainingDataConfig"] = put(local, request, "bad.jsonl", body)
    assert says in failure(local, request)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("return {}", "no list"),
        ("return []", "0 items to an event of 128"),
        ("return [{'id': i['id']} for i in event]", "no finite aggregate_reward_score"),
        (
            "return [{'id': i['id'], 'aggregate_reward_score': float('nan')} for i in event]",
            "no finite aggregate_reward_score",
        ),
        (
            "return [{'id': 'x', 'aggregate_reward_score': 1.0} for i in event]",
            "nothing for the id",
        ),
        ("raise KeyError('reference')", "KeyError"),
        ("import nowhere", "No module named 'nowhere'"),
    ],
)
def test_a_grader_that_does_not_answer_well(local: Local, code: str, says: str) -> None:
    message = failure(local, local.request(f"def handler(event, context):\n    {code}"))
    assert says in message
    assert "reward Lambda" in message


def test_a_grader_that_is_gone_by_the_time_it_is_called(local: Local) -> None:
    request = local.request()
    arn = local.create(**request)
    local.client("lambda").delete_function(FunctionName=version_of(request).split(":")[6])
    assert "could not be called" in local.ended(arn)["failureMessage"]


def test_without_a_policy_a_job_says_how_to_give_one(tmp_path: Path) -> None:
    running = local_aws.up(tmp_path)
    bare = Local(running.endpoint)
    try:
        message = failure(bare, bare.request())
        assert "nova-rft local up --policy tiny, or --policy recorded:FILE" in message
    finally:
        bare.close()
        local_aws.down(tmp_path)
