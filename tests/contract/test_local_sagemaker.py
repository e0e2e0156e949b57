"""SageMaker's serverless customization on the embedded AWS: what jobs do, show and leave behind."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nova_rft.local_aws import ask_fault, forget_faults
from tests.contract.conftest import Local, training
from tests.contract.sagemaker_support import (
    World,
    checked,
    import_evaluator,
    make_world,
    pairs,
    steps,
    talks,
    unique,
)

SLOW = """
import time
def handler(event, context):
    time.sleep(0.5)
    return [{"id": i["id"], "aggregate_reward_score": 1.0, "metrics_list": []} for i in event]
"""


@pytest.fixture(scope="module")
def world(local: Local) -> World:
    return make_world(local)


@pytest.fixture(autouse=True)
def _account() -> None:
    """In place of the one that makes other clients for each test: a world has all it needs."""


def test_a_captured_request_of_sft_from_its_creation_to_its_package(world: World) -> None:
    asked = world.request("sft", talks(200))
    arn = world.create_training_job(**asked)["TrainingJobArn"]
    begun = world.local.client("sagemaker").describe_training_job(
        TrainingJobName=asked["TrainingJobName"]
    )
    assert begun["TrainingJobStatus"] == "InProgress"
    assert begun["SecondaryStatus"] == "Starting"
    job = world.ended(asked["TrainingJobName"])
    checked("describe_training_job", job)
    for name, value in asked.items():
        if name != "Tags":
            assert job[name] == value, name
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    walked = [one["Status"] for one in job["SecondaryStatusTransitions"]]
    assert walked == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert job["CreationTime"] < job["TrainingStartTime"] < job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1
    # 200 records in batches of 32, ten steps: one epoch and three steps of the next.
    assert job["ProgressInfo"] == {
        "TotalStepCountPerEpoch": 7,
        "CurrentStep": 3,
        "CurrentEpoch": 2,
        "MaxEpoch": 2,
    }
    package = world.describe_model_package(ModelPackageName=job["OutputModelPackageArn"])
    assert package["ModelPackageGroupName"] == world.group.rsplit("/", 1)[1]
    container = package["InferenceSpecification"]["Containers"][0]
    assert container["BaseModel"] == {
        "HubContentName": "nova-textgeneration-lite-v2",
        "HubContentVersion": "1.0.0",
        "RecipeName": "nova_lite_2_0_p5_gpu_lora_sft",
    }
    checkpoint = container["ModelDataSource"]["S3DataSource"]["S3Uri"]
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == checkpoint
    assert json.loads(world.read(f"{checkpoint}/stand-in.json"))["trained_by"] == "bigram"
    given = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
    assert world.tags(arn) == given
    assert world.tags(package["ModelPackageArn"]) == {**given, "nova-rft:policy": "bigram"}


def test_the_losses_are_in_the_log(world: World) -> None:
    asked = world.request("sft", talks(200))
    world.run(asked)
    log = world.log(asked["TrainingJobName"])
    found = steps(log)
    assert [one["step"] for one in found] == list(range(1, 11))
    assert [one["training/epoch"] for one in found] == [0] * 7 + [1] * 3
    assert found[0]["training_loss"] == pytest.approx(math.log(256))
    assert found[-1]["training_loss"] < found[0]["training_loss"]
    assert all(one["reduced_train_loss"] == one["training_loss"] for one in found)
    assert log[0] == "sft of amazon.nova-2-lite-v1:0:256k, 200 records"


def test_rlvr_asks_the_reward_that_the_evaluator_names(world: World) -> None:
    asked = world.request("rlvr", training(100))
    job = world.run(asked)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    found = steps(world.log(asked["TrainingJobName"]))
    assert len(found) == 10
    # The reward of these tests is an answer's length.
    assert found[0]["critic/rewards/min"] == len("answer 0 ")
    assert found[0]["critic/rewards/max"] == len("answer 1 answer 1 ")
    assert found[0]["response_length/mean"] == 3.0
    assert not {"actor/entropy", "val-score/rewards/mean@1"} & found[0].keys()
    tags = world.tags(job["OutputModelPackageArn"])
    assert tags["nova-rft:policy"] == "recorded"


def test_a_validation_channel_is_looked_at(world: World) -> None:
    asked = world.request("rlvr", training(100))
    held_out = json.loads(json.dumps(asked["InputDataConfig"][0]))
    held_out["ChannelName"] = "validation"
    asked["InputDataConfig"].append(held_out)
    asked["HyperParameters"]["save_steps"] = "5"
    world.run(asked)
    found = steps(world.log(asked["TrainingJobName"]))
    looked = [one["step"] for one in found if "val-score/rewards/mean@1" in one]
    assert looked == [5, 10]


def test_sagemaker_puts_a_records_fields_beside_its_messages(world: World) -> None:
    source = "import json\ndef handler(e, c):\n    raise ValueError(json.dumps(e[1]))\n"
    function = world.local.function(source)
    version = world.local.client("lambda").publish_version(FunctionName=function)["FunctionArn"]

    asked = world.request("rlvr", training(100))
    asked["ServerlessJobConfig"]["EvaluatorArn"] = import_evaluator(world, "shape", version)
    job = world.run(asked)
    assert job["TrainingJobStatus"] == "Failed"
    message = json.loads(job["FailureReason"].split("): ", 1)[1])["errorMessage"]
    item = json.loads(message)
    assert {key: item[key] for key in ("reference_answer", "topic")} == {
        "reference_answer": "0",
        "topic": "sums",
    }
    assert "metadata" not in item
    assert item["messages"][-1]["role"] == "assistant"


def test_full_rank_and_dpo(world: World) -> None:
    asked = world.request("sftfull", talks(200))
    asked["HyperParameters"]["max_steps"] = "20"
    full = world.run(asked)
    assert full["TrainingJobStatus"] == "Completed", full.get("FailureReason")
    log = world.log(full["TrainingJobName"])
    assert len(steps(log)) == 20
    assert "validation_loss" in steps(log)[0]
    dpo = world.request("dpo", pairs(40))
    job = world.run(dpo)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    # Two epochs of 40 pairs in batches of 32.
    assert len(steps(world.log(dpo["TrainingJobName"]))) == 4


def test_a_job_goes_on_from_an_earlier_ones_package(world: World) -> None:
    first = world.run(world.request("sft", talks(200)))
    asked = world.request("sft", talks(200))
    asked["ModelPackageConfig"]["SourceModelPackageArn"] = first["OutputModelPackageArn"]
    second = world.run(asked)
    assert second["TrainingJobStatus"] == "Completed"
    group = world.list_model_packages(
        ModelPackageGroupName=world.group, SortOrder="Descending", MaxResults=2
    )["ModelPackageSummaryList"]
    assert [one["ModelPackageArn"] for one in group] == [
        second["OutputModelPackageArn"],
        first["OutputModelPackageArn"],
    ]


@pytest.mark.parametrize(
    ("records", "says"),
    [
        (talks(199), "199 training records; the service takes 200 to 20,000"),
        (b'{"messages": []}\n', "schemaVersion"),
        (b"", "holds no records"),
    ],
)
def test_records_that_break_a_rule_fail_the_job(world: World, records: bytes, says: str) -> None:
    job = world.run(world.request("sft", records))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert says in job["FailureReason"]
    assert "OutputModelPackageArn" not in job
    assert "BillableTimeInSeconds" not in job


def test_a_failure_on_request(world: World) -> None:
    ask_fault(world.local.endpoint, service="sagemaker", operation="Job", message="no capacity")
    ask_fault(
        world.local.endpoint,
        service="sagemaker",
        operation="ListHubs",
        code="ThrottlingException",
        message="slow down",
    )
    try:
        job = world.run(world.request("sft", talks(200)))
        assert job["FailureReason"] == "no capacity"
        assert world.refused("list_hubs") == ("ThrottlingException", "slow down")
        assert world.list_hubs()["HubSummaries"]
    finally:
        forget_faults(world.local.endpoint)


def test_stopping_and_deleting(world: World) -> None:

    function = world.local.function(SLOW)
    version = world.local.client("lambda").publish_version(FunctionName=function)["FunctionArn"]
    asked = world.request("rlvr", training(100))
    asked["ServerlessJobConfig"]["EvaluatorArn"] = import_evaluator(world, "slow", version)
    name = {"TrainingJobName": asked["TrainingJobName"]}
    world.create_training_job(**asked)
    code, message = world.refused("delete_training_job", **name)
    assert code == "ResourceInUse"
    assert "InProgress" in message
    world.stop_training_job(**name)
    job = world.ended(asked["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Stopped"
    walked = [one["Status"] for one in job["SecondaryStatusTransitions"]]
    assert walked[-2:] == ["Stopping", "Stopped"]
    assert "OutputModelPackageArn" not in job
    assert world.refused("stop_training_job", **name) == (
        "ValidationException",
        "The request was rejected because the training job is in status Stopped.",
    )
    world.delete_training_job(**name)
    assert world.refused("describe_training_job", **name) == (
        "ValidationException",
        "Requested resource not found.",
    )
    # The name is free again.
    world.create_training_job(**asked)
    world.stop_training_job(**name)


def test_a_name_is_taken_once(world: World) -> None:
    asked = world.request("sft", talks(200))
    arn = world.create_training_job(**asked)["TrainingJobArn"]
    code, message = world.refused("create_training_job", **asked)
    assert code == "ResourceInUse"
    assert arn in message
    assert world.ended(asked["TrainingJobName"])["TrainingJobStatus"] == "Completed"


def test_jobs_are_listed_in_pages_by_name_time_and_status(world: World) -> None:
    mark = unique("page")
    template = world.request("sft", talks(200))
    for number in range(3):
        world.create_training_job(**{**template, "TrainingJobName": f"{mark}-{number}"})
    for number in range(3):
        world.ended(f"{mark}-{number}")

    def names(**asked: Any) -> list[list[str]]:
        pages = (
            world.local.client("sagemaker")
            .get_paginator("list_training_jobs")
            .paginate(NameContains=mark, PaginationConfig={"PageSize": 2}, **asked)
        )
        return [
            [one["TrainingJobName"][-1] for one in checked("list_training_jobs", page)[KEY]]
            for page in pages
        ]

    assert names() == [["2", "1"], ["0"]]
    assert names(SortBy="Name", SortOrder="Ascending") == [["0", "1"], ["2"]]
    assert names(StatusEquals="Completed", SortOrder="Ascending") == [["0", "1"], ["2"]]
    # Pages are cut first and looked through then, as in AWS.
    assert names(StatusEquals="Stopped") == [[], []]
    hour = timedelta(hours=1)
    assert names(CreationTimeAfter=datetime.now(UTC) + hour) == [[]]
    assert names(LastModifiedTimeBefore=datetime.now(UTC) - hour) == [[]]
    assert world.refused("list_training_jobs", NextToken="x")[0] == "ValidationException"


KEY = "TrainingJobSummaries"


def test_what_moto_has_it_answers_still(world: World) -> None:
    client = world.local.client("sagemaker")
    assert "NotebookInstances" in client.list_notebook_instances()
