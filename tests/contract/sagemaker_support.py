"""What the contract tests of SageMaker need in an embedded AWS, and looks at its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft.local_aws._protocol import problems, service_model
from tests.contract.conftest import REWARD, Local

REQUESTS = Path(__file__).parents[1] / "data" / "requests"
SERVICE = "sagemaker.amazonaws.com"


def unique(start: str) -> str:
    return f"{start}-{uuid4().hex[:10]}"


def captured(name: str) -> dict[str, Any]:
    """A request as the SDK made it."""
    found: dict[str, Any] = json.loads((REQUESTS / f"sagemaker-{name}.json").read_text())
    return found


def recipes() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REQUESTS / "recipes.json").read_text())
    return found


def lines(records: Iterator[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def talks(count: int) -> bytes:
    """Records of SFT."""
    return lines(
        {
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [turn("user", f"question {n}"), turn("assistant", f"It is {n}.")],
        }
        for n in range(count)
    )


def pairs(count: int) -> bytes:
    """Records of DPO."""
    return lines(
        {
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [
                turn("user", f"question {n}"),
                {
                    "role": "assistant",
                    "candidates": [
                        {"content": [{"text": f"It is {n}."}], "preferenceLabel": "preferred"},
                        {"content": [{"text": "No."}], "preferenceLabel": "non-preferred"},
                    ],
                },
            ],
        }
        for n in range(count)
    )


@dataclass
class World:
    """An account with what jobs need: a bucket, a role, a hub with an evaluator, a package group."""

    local: Local
    bucket: str
    role: str
    function: str
    group: str
    hub: str
    evaluator: str

    def __getattr__(self, operation: str) -> Any:
        """Calls an operation, and holds its answer to botocore's shape."""

        def call(**asked: Any) -> Any:
            answer = getattr(self.local.client("sagemaker"), operation)(**asked)
            return checked(operation, answer)

        return call

    def put(self, key: str, body: bytes) -> str:
        self.local.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.local.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def request(self, name: str, records: bytes, **changes: Any) -> dict[str, Any]:
        """A captured request with what exists here in the places of its placeholders."""
        asked = captured(name)
        asked["TrainingJobName"] = unique(name.replace("_", "-"))
        asked["RoleArn"] = self.role
        asked["OutputDataConfig"]["S3OutputPath"] = f"s3://{self.bucket}/out"
        for channel in asked["InputDataConfig"]:
            if channel["ChannelName"] != "recipe":
                place = f"{asked['TrainingJobName']}/{channel['ChannelName']}.jsonl"
                channel["DataSource"]["S3DataSource"]["S3Uri"] = self.put(place, records)
        if "ModelPackageConfig" in asked:
            asked["ModelPackageConfig"]["ModelPackageGroupArn"] = self.group
        if "EvaluatorArn" in asked.get("ServerlessJobConfig", {}):
            asked["ServerlessJobConfig"]["EvaluatorArn"] = self.evaluator
        return {key: value for key, value in {**asked, **changes}.items() if value is not None}

    def recipe_request(
        self, name: str, records: bytes, recipe: Any, **changes: Any
    ) -> dict[str, Any]:
        """A captured request of a training job, with a recipe."""
        asked = self.request(name, records, **changes)
        place = f"{asked['TrainingJobName']}/recipe.yaml"
        body = recipe if isinstance(recipe, bytes) else json.dumps(recipe).encode()
        asked["InputDataConfig"][-1]["DataSource"]["S3DataSource"]["S3Uri"] = self.put(place, body)
        if "reward_lambda_arn" in asked["HyperParameters"]:
            asked["HyperParameters"]["reward_lambda_arn"] = self.function
        return asked

    def run(self, asked: dict[str, Any]) -> Any:
        """Creates a job and waits for its end."""
        self.create_training_job(**asked)
        return self.ended(asked["TrainingJobName"])

    def ended(self, name: str) -> Any:
        client = self.local.client("sagemaker")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            job = client.describe_training_job(TrainingJobName=name)
            if job["TrainingJobStatus"] not in ("InProgress", "Stopping"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"{name} does not end")

    def refused(self, operation: str, **asked: Any) -> tuple[str, str]:
        """Code and message of a refusal."""
        with pytest.raises(ClientError) as caught:
            getattr(self, operation)(**asked)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def log(self, job: str) -> list[str]:
        """What a job wrote to CloudWatch Logs."""
        logs = self.local.client("logs")
        group = "/aws/sagemaker/TrainingJobs"
        streams = logs.describe_log_streams(
            logGroupName=group, logStreamNamePrefix=f"{job}/algo-1-"
        )["logStreams"]
        assert len(streams) == 1
        events = logs.get_log_events(
            logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True
        )
        return [event["message"] for event in events["events"]]

    def tags(self, arn: str) -> dict[str, str]:
        found = self.list_tags(ResourceArn=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}


def steps(log: list[str]) -> list[dict[str, float]]:
    """The figures of a log's steps, read as the product may read them."""
    return [
        {name: float(value) for name, _, value in (f.rpartition(":") for f in line.split(" - "))}
        for line in log
        if line.startswith("step:")
    ]


def make_world(local: Local) -> World:
    client, bucket, hub = local.client("sagemaker"), unique("bucket"), unique("hub")
    local.client("s3").create_bucket(Bucket=bucket)
    function = local.client("lambda").publish_version(FunctionName=local.function(REWARD))
    client.create_hub(HubName=hub, HubDescription="what judges")
    group = client.create_model_package_group(ModelPackageGroupName=unique("group"))
    world = World(
        local,
        bucket,
        local.role(SERVICE),
        function["FunctionArn"],
        group["ModelPackageGroupArn"],
        hub,
        "",
    )
    world.evaluator = import_evaluator(world, "reward", function["FunctionArn"])
    return world


def evaluator(reference: str, kind: str = "RewardFunction") -> str:
    inner = json.dumps({"Reference": reference, "EvaluatorType": kind})
    return json.dumps({"SubType": "AWS/Evaluator", "JsonContent": inner})


def import_evaluator(world: World, name: str, reference: str, **changes: Any) -> str:
    asked = {
        "HubName": world.hub,
        "HubContentName": name,
        "HubContentType": "JsonDoc",
        "HubContentVersion": "0.0.1",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentDocument": evaluator(reference),
        **changes,
    }
    return str(world.import_hub_content(**asked)["HubContentArn"])


def checked(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer whose every member is as botocore's model says."""
    model = service_model("sagemaker")
    name = next(
        one for one in model.operation_names if one.lower() == operation.replace("_", "").lower()
    )
    shape = model.operation_model(name).output_shape
    body = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    if shape is not None:
        assert list(problems(_plain(body), shape)) == []
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.timestamp() if isinstance(value, datetime) else value
