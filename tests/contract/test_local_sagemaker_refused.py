"""What SageMaker on the embedded AWS refuses to begin, and in whose name."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from nova_rft.local_aws.sagemaker._parameters import PARAMETERS
from tests.contract.conftest import Local, training
from tests.contract.sagemaker_support import (
    World,
    evaluator,
    import_evaluator,
    make_world,
    pairs,
    talks,
    unique,
)

HUB = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model"


@pytest.fixture(scope="module")
def world(local: Local) -> World:
    return make_world(local)


@pytest.fixture(autouse=True)
def _account() -> None:
    """In place of the one that makes other clients for each test: a world has all it needs."""


@pytest.fixture(scope="module")
def sft(world: World) -> dict[str, Any]:
    """A good request to spoil."""
    return world.request("sft", talks(200))


def refused(world: World, asked: dict[str, Any], **changes: Any) -> str:
    """The message of a refusal of ValidationException; a change to None leaves a member out."""
    given = {**asked, "TrainingJobName": unique("refused"), **changes}
    spoilt = {key: value for key, value in given.items() if value is not None}
    code, message = world.refused("create_training_job", **spoilt)
    assert code == "ValidationException", (code, message)
    return message


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"TrainingJobName": "has blanks"}, "TrainingJobName"),
        ({"RoleArn": None}, "RoleArn"),
        ({"OutputDataConfig": {"S3OutputPath": 5}}, "OutputDataConfig.S3OutputPath"),
        ({"HyperParameters": {f"k{n}": "" for n in range(101)}}, "HyperParameters"),
        ({"HyperParameters": {"name": "x" * 2501}}, "HyperParameters.name"),
        ({"Tags": [{"Key": "<", "Value": ""}]}, "Tags.1.member.Key"),
        ({"Tags": [{"Key": "a", "Value": ""}] * 2}, "twice"),
        ({"InputDataConfig": []}, "InputDataConfig"),
        ({"InputDataConfig": None}, "no channel train"),
        ({"ResourceConfig": {"InstanceType": "ml.p5.48xlarge"}}, "ResourceConfig"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "AlgorithmSpecification"),
        ({"ModelPackageConfig": None}, "ModelPackageConfig"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket-here/a"}}, "no bucket"),
    ],
)
def test_requests_that_are_refused_by_name(
    world: World, sft: dict[str, Any], change: dict[str, Any], names: str
) -> None:
    assert names in refused(world, sft, **change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"AcceptEula": None}, "AcceptEula must be true"),
        ({"AcceptEula": False}, "AcceptEula must be true"),
        ({"JobType": "Evaluation"}, "not offered by the embedded AWS"),
        ({"CustomizationTechnique": None}, "CustomizationTechnique must be given"),
        ({"CustomizationTechnique": "DPO"}, "DPO is not supported for Amazon Nova 2 Lite"),
        ({"CustomizationTechnique": "RLAIF"}, "RLAIF is not supported for Amazon Nova 2 Lite"),
        ({"CustomizationTechnique": "RLVR"}, "EvaluatorArn must be given for RLVR"),
        ({"CustomizationTechnique": "PPO"}, "enum value set: [SFT, DPO, RLVR, RLAIF]"),
        ({"Peft": "QLORA"}, "enum value set: [LORA]"),
        ({"EvaluatorArn": "x"}, "EvaluatorArn is for RLVR"),
        ({"BaseModelArn": f"{HUB}/nova-textgeneration-premier/1.0.0"}, "is not known"),
        ({"BaseModelArn": f"{HUB}/nova-textgeneration-lite/9.0.0"}, "version 1.0.0"),
    ],
)
def test_what_a_serverless_job_may_not_ask(
    world: World, sft: dict[str, Any], change: dict[str, Any], says: str
) -> None:
    config = {**sft["ServerlessJobConfig"], **change}
    given = {key: value for key, value in config.items() if value is not None}
    assert says in refused(world, sft, ServerlessJobConfig=given)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("batch_size", "32", "is not known; nova_lora_sft_2_0 takes"),
        ("max_epochs", "2", "is not known"),
        ("global_batch_size", "33", "allowed are 32, 64, 128, 256"),
        ("global_batch_size", "many", "no whole number"),
        ("max_steps", "3", "allowed is 4 to 100,000"),
        ("learning_rate", "fast", "no number"),
        ("learning_rate", "nan", "no number"),
        ("learning_rate", "1.5", "allowed is 0 to 1"),
        ("reasoning_enabled", "yes", "neither true nor false"),
        ("lora_alpha", "16", "allowed are 32"),
    ],
)
def test_hyperparameters_out_of_the_recipes_table(
    world: World, sft: dict[str, Any], name: str, value: str, says: str
) -> None:
    message = refused(world, sft, HyperParameters={name: value})
    assert message.startswith(f"HyperParameters.{name} ")
    assert says in message


def test_full_rank_takes_no_alpha(world: World) -> None:
    full = world.request("sftfull", talks(200))
    assert "nova_sft_2_0 takes" in refused(world, full, HyperParameters={"lora_alpha": "64"})


def test_nova_1_takes_no_rlvr(world: World) -> None:
    dpo = world.request("dpo", pairs(20))
    config = {**dpo["ServerlessJobConfig"], "CustomizationTechnique": "RLVR"}
    message = refused(world, dpo, ServerlessJobConfig=config)
    assert message.endswith("RLVR is not supported for Amazon Nova Micro; supported are SFT, DPO")


def test_a_judge_instead_of_a_reward_is_refused_for_nova(world: World) -> None:
    """The capture is one that the SDK sends, and no Nova recipe answers."""
    assert "RLAIF is not supported" in refused(world, world.request("rlaif", training(100)))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (evaluator("arn:aws:lambda:us-east-1:123456789012:function:nobody:1"), "not found"),
        (evaluator("nobody", "RewardPrompt"), "RLVR takes AWS/Evaluator RewardFunction"),
        (json.dumps({"SubType": "AWS/Evaluator"}), "names no evaluator"),
        (json.dumps({"SubType": "AWS/Evaluator", "JsonContent": "{"}), "names no evaluator"),
    ],
)
def test_evaluators_that_name_no_reward(world: World, document: str, says: str) -> None:
    rlvr = world.request("rlvr", training(100))
    arn = import_evaluator(world, unique("bad"), "", HubContentDocument=document)
    config = {**rlvr["ServerlessJobConfig"], "EvaluatorArn": arn}
    assert says in refused(world, rlvr, ServerlessJobConfig=config)


def test_an_evaluator_that_is_not_there(world: World) -> None:
    rlvr = world.request("rlvr", training(100))
    for arn in (world.evaluator.replace("0.0.1", "0.0.9"), world.evaluator.replace("e", "f"), "x"):
        config = {**rlvr["ServerlessJobConfig"], "EvaluatorArn": arn}
        assert "is no JsonDoc of a hub" in refused(world, rlvr, ServerlessJobConfig=config)
    # Without a version its newest is meant.
    newest = {**rlvr["ServerlessJobConfig"], "EvaluatorArn": world.evaluator.rsplit("/", 1)[0]}
    assert world.create_training_job(**{**rlvr, "ServerlessJobConfig": newest})


def test_packages_that_are_not_there(world: World, sft: dict[str, Any]) -> None:
    group = {"ModelPackageGroupArn": f"{world.group}x"}
    assert "does not exist" in refused(world, sft, ModelPackageConfig=group)
    package = world.group.replace("model-package-group", "model-package") + "/9"
    config = {"ModelPackageGroupArn": world.group, "SourceModelPackageArn": package}
    assert f"{package} does not exist" in refused(world, sft, ModelPackageConfig=config)


def test_a_role_that_trusts_another_service(world: World, sft: dict[str, Any]) -> None:
    assert "sagemaker.amazonaws.com" in refused(world, sft, RoleArn=world.local.role())


def test_records_that_are_not_there(world: World, sft: dict[str, Any]) -> None:
    channel = json.loads(json.dumps(sft["InputDataConfig"][0]))
    channel["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{world.bucket}/nothing"
    message = refused(world, sft, InputDataConfig=[channel])
    assert message.startswith("No S3 objects found under S3 URL")
    twice = [sft["InputDataConfig"][0]] * 2
    assert "two channels train" in refused(world, sft, InputDataConfig=twice)


def test_every_default_of_the_tables_is_allowed() -> None:
    for table in PARAMETERS.values():
        for parameter in table.values():
            assert parameter.read(str(parameter.default)) == parameter.default


def test_a_member_that_the_model_does_not_know(world: World, sft: dict[str, Any]) -> None:
    """By plain HTTP: botocore cannot even send it."""
    place = world.local.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(place, timeout=10)
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sagemaker/aws4_request",
        "X-Amz-Target": "SageMaker.CreateTrainingJob",
    }
    for body in (json.dumps({**sft, "Surprise": 1}), "{"):
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        assert answer.status == 400
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        said = json.load(answer)
        assert said["__type"] == "ValidationException"
        assert "Surprise" in said["message"] or "not JSON" in said["message"]
    connection.close()
