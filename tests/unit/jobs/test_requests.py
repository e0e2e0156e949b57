"""Requests of every backend: what botocore's models allow, and what the services' own tools send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from openai import OpenAI

from nova_rft.errors import UsageError
from nova_rft.jobs.requests import (
    Identity,
    Place,
    bedrock_request,
    evaluator_request,
    evaluator_version,
    open_weight_request,
    recipe_job_request,
    rlaif_request,
    serverless_request,
)
from nova_rft.spec import CAPABILITIES, Capability, Spec
from nova_rft.spec.training import training_kind, wires
from tests.unit.jobs.request_support import (
    IDENTITY,
    LONGEST,
    MLFLOW,
    PLACE,
    REWARD,
    capture,
    cell_of,
    complaints,
    spec_of,
)
from tests.unit.judge.servers import Reply, serving

LITE_2, LITE, MICRO, PRO = (
    *("amazon.nova-2-lite-v1:0:256k", "amazon.nova-lite-v1:0:300k"),
    *("amazon.nova-micro-v1:0:128k", "amazon.nova-pro-v1:0:300k"),
)
Builder = Callable[[Spec, Identity, Place], dict[str, Any]]
BUILDERS: dict[str, tuple[Builder, str, str]] = {
    "bedrock": (bedrock_request, "bedrock", "CreateModelCustomizationJob"),
    "sagemaker": (serverless_request, "sagemaker", "CreateTrainingJob"),
    "sagemaker-recipe": (recipe_job_request, "sagemaker", "CreateTrainingJob"),
}
CELLS = [cell for cell in CAPABILITIES if cell.backend in BUILDERS]
SOURCE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/g/4"


def of_cell(cell: Capability) -> str:
    return f"{cell.technique}-{cell.backend}-{cell.model}-{cell.adapter}"


def all_given(cell: Capability) -> dict[str, Any]:
    """Every hyperparameter that has a default, at it."""
    known = wires(training_kind(cell)).items()
    return {name: wire.default for name, wire in known if wire.default is not None}


@pytest.mark.parametrize("identity", [IDENTITY, LONGEST], ids=["short", "longest"])
@pytest.mark.parametrize("cell", CELLS, ids=of_cell)
def test_the_services_own_models_take_the_request(cell: Capability, identity: Identity) -> None:
    build, service, operation = BUILDERS[cell.backend]
    place = replace(
        PLACE, validation_uri="s3://bucket/val.jsonl" if cell.takes_validation else None
    )
    for training in ({}, all_given(cell)):
        request = build(spec_of(cell, training), identity, place)
        assert not complaints(service, operation, request)
        again = build(spec_of(cell, training), identity, place)
        assert json.dumps(request) == json.dumps(again)


# What the SDK says beside what a spec says: the hub's defaults, and empty places for what has a channel.
ITS_OWN = {
    *("replicas", "namespace", "fine_tuned_model", "validation_s3_path"),
    *("mlflow_tracking_uri", "mlflow_experiment_name", "mlflow_run_name"),
}


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("sft", cell_of("sft", "sagemaker", LITE_2, "lora")),
        ("sftfull", cell_of("sft", "sagemaker", LITE_2, "full")),
        ("dpo", cell_of("dpo", "sagemaker", MICRO, "lora")),
        ("rlvr", cell_of("rft", "sagemaker", LITE_2)),
    ],
)
def test_serverless_is_what_the_sdk_sends(name: str, cell: Capability) -> None:
    theirs = capture(name)
    place = replace(PLACE, validation_uri="s3://bucket/val.jsonl" if name == "sftfull" else None)
    spec = spec_of(cell, all_given(cell), mlflow={"tracking_uri": MLFLOW})
    ours = serverless_request(spec, IDENTITY, place)
    assert ours.keys() == theirs.keys()
    said, sent = ours["HyperParameters"], theirs["HyperParameters"]
    assert said["name"] == ours["TrainingJobName"] == IDENTITY.name
    assert sent.keys() - said.keys() <= ITS_OWN
    assert {**sent, **said} == {**sent, "name": IDENTITY.name}
    tags = [one for one in ours["Tags"] if not one["Key"].startswith("nova-rft:")]
    assert tags == theirs["Tags"]
    names = {"MlflowExperimentName": "tone-dev", "MlflowRunName": IDENTITY.name}
    assert ours["MlflowConfig"] == {**theirs["MlflowConfig"], **names}
    looked_at = {"TrainingJobName", "HyperParameters", "Tags", "MlflowConfig"}
    for key in ours.keys() - looked_at:
        assert ours[key] == theirs[key], key


def test_rlaif_is_what_the_sdk_sends() -> None:
    theirs = capture("rlaif")
    place = replace(PLACE, evaluator_arn=theirs["ServerlessJobConfig"]["EvaluatorArn"])
    cell = cell_of("rft", "sagemaker", LITE_2)
    spec = spec_of(cell, all_given(cell))
    ours = rlaif_request(spec, IDENTITY, place, judge="openai.gpt-oss-120b-1:0")
    assert not complaints("sagemaker", "CreateTrainingJob", ours)
    assert ours["ServerlessJobConfig"] == theirs["ServerlessJobConfig"]
    left = theirs["HyperParameters"].items() - ours["HyperParameters"].items()
    assert left == {("data_s3_path", ""), ("reward_lambda_arn", ""), ("name", "my-rft-run")}


def test_serverless_leaves_out_what_the_spec_leaves_out() -> None:
    spec = spec_of(cell_of("sft", "sagemaker", LITE, "lora"), {"epochs": 3})
    request = serverless_request(spec, IDENTITY, PLACE)
    assert request["HyperParameters"] == {"name": IDENTITY.name, "max_epochs": "3"}
    assert "MlflowConfig" not in request
    here = spec_of(spec.cell, mlflow={"tracking_uri": "http://127.0.0.1:5000"})
    assert "MlflowConfig" not in serverless_request(here, IDENTITY, PLACE)


def test_serverless_goes_on_from_a_package_in_every_partition() -> None:
    spec = spec_of(cell_of("dpo", "sagemaker", PRO, "full"), resume_from=SOURCE)
    request = serverless_request(spec, IDENTITY, replace(PLACE, region="us-gov-west-1"))
    assert request["ModelPackageConfig"]["SourceModelPackageArn"] == SOURCE
    assert request["ServerlessJobConfig"]["BaseModelArn"] == (
        "arn:aws-us-gov:sagemaker:us-gov-west-1:aws:hub-content/SageMakerPublicHub/Model/"
        "nova-textgeneration-pro/1.0.0"
    )
    assert "Peft" not in request["ServerlessJobConfig"]
    assert not complaints("sagemaker", "CreateTrainingJob", request)


@pytest.mark.parametrize(
    ("name", "cell", "explained"),
    [
        ("smtj_sft", cell_of("sft", "sagemaker-recipe", LITE_2), {}),
        # The capture has SFT's image and kind of records; the SDK itself sends RFT's as S3Prefix.
        (
            "smtj_rft",
            cell_of("rft", "sagemaker-recipe", LITE_2),
            {
                "HyperParameters.reward_lambda_arn": REWARD,
                "AlgorithmSpecification.TrainingImage": (
                    "708977205387.dkr.ecr.us-east-1.amazonaws.com/nova-fine-tune-repo:"
                    "SM-TJ-RFT-V2-latest"
                ),
                "InputDataConfig.0.DataSource.S3DataSource.S3DataType": "S3Prefix",
            },
        ),
        # It has SFT's image and instances as well.
        (
            "smtj_dist",
            cell_of("distillation", "sagemaker-recipe", PRO),
            {
                "AlgorithmSpecification.TrainingImage": (
                    "708977205387.dkr.ecr.us-east-1.amazonaws.com/nova-distillation-repo:"
                    "SM-TJ-DISTILL-LATEST"
                ),
                "ResourceConfig.InstanceType": "ml.r5.24xlarge",
                "ResourceConfig.InstanceCount": 1,
            },
        ),
    ],
)
def test_recipe_jobs_are_what_the_sdk_sends(
    name: str, cell: Capability, explained: dict[str, Any]
) -> None:
    theirs = flat(capture(name))
    ours = flat(recipe_job_request(spec_of(cell), IDENTITY, PLACE))
    # What the service assumes anyway.
    del theirs["OutputDataConfig.CompressionType"], theirs["InputDataConfig.1.InputMode"]
    assert {key for key in ours if not key.startswith("Tags.")} == theirs.keys()
    explained = {
        **explained,
        "TrainingJobName": IDENTITY.name,
        "InputDataConfig.1.DataSource.S3DataSource.S3Uri": PLACE.recipe_uri,
        "ResourceConfig.VolumeSizeInGB": 500,
        "StoppingCondition.MaxRuntimeInSeconds": 24 * 3600,
    }
    for key, value in theirs.items():
        assert ours[key] == explained.get(key, value), key


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every value by its path, items of lists by their number."""
    items = enumerate(value) if isinstance(value, list) else None
    pairs = value.items() if isinstance(value, dict) else items
    if pairs is None:
        return {path: value}
    found: dict[str, Any] = {}
    for key, item in pairs:
        found |= flat(item, f"{path}.{key}" if path else str(key))
    return found


def test_a_recipe_job_runs_where_and_as_long_as_the_spec_says_and_goes_on_from_a_checkpoint() -> (
    None
):
    compute = {
        **{"instance_type": "ml.p4d.24xlarge", "replicas": 8, "max_hours": 1.5},
        **{"volume_gb": 100, "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"},
    }
    cell = cell_of("sft", "sagemaker-recipe", LITE, "lora")
    start = "s3://escrow/tone/step_10"
    spec = spec_of(cell, compute=compute, resume_from=start)
    place = replace(
        PLACE, validation_uri="s3://bucket/val.jsonl", recipe_uri="s3://bucket/r/own.yaml"
    )
    request = recipe_job_request(spec, IDENTITY, place)
    assert request["ResourceConfig"] == {
        "InstanceType": "ml.p4d.24xlarge",
        "InstanceCount": 8,
        "VolumeSizeInGB": 100,
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 5400}
    assert request["AlgorithmSpecification"]["TrainingImage"] == compute["image"]
    assert request["HyperParameters"] == {
        "base_model_location": start,
        "sagemaker_recipe_local_path": "/opt/ml/input/data/recipe/own.yaml",
    }
    channels = [one["ChannelName"] for one in request["InputDataConfig"]]
    assert channels == ["train", "validation", "recipe"]


@pytest.mark.parametrize(
    ("technique", "backend", "missing", "said"),
    [
        ("sft", "sagemaker", "package_group_arn", "needs a model package group"),
        ("rft", "sagemaker", "evaluator_arn", "needs an evaluator in SageMaker's hub"),
        ("sft", "sagemaker-recipe", "recipe_uri", "needs a recipe in S3"),
        ("rft", "sagemaker-recipe", "reward_version_arn", "needs a published reward Lambda"),
    ],
)
def test_nothing_is_built_without_what_it_needs(
    technique: str, backend: str, missing: str, said: str
) -> None:
    spec = spec_of(cell_of(technique, backend, LITE_2))
    lacking: dict[str, Any] = {missing: None}
    with pytest.raises(UsageError, match=said):
        BUILDERS[backend][0](spec, IDENTITY, replace(PLACE, **lacking))


def test_the_evaluator_names_the_reward_under_a_version_of_its_own() -> None:
    version = evaluator_version(REWARD)
    request = evaluator_request("tone-dev-hub", "tone-dev-reward", version, REWARD)
    assert not complaints("sagemaker", "ImportHubContent", request)
    document = json.loads(request["HubContentDocument"])
    content = json.loads(document.pop("JsonContent"))
    assert document == {"SubType": "AWS/Evaluator"}
    assert content == {"Reference": REWARD, "EvaluatorType": "RewardFunction"}
    assert (version, request["HubContentVersion"]) == ("0.0.3", "0.0.3")
    prompt = evaluator_request("h", "p", "0.0.1", "s3://bucket/judge.txt", kind="RewardPrompt")
    assert "RewardPrompt" in prompt["HubContentDocument"]
    assert prompt["HubContentSearchKeywords"] == [
        "@subtype:aws/evaluator",
        "@evaluatortype:rewardprompt",
    ]


@pytest.mark.parametrize(
    ("lambda_version", "version"), [("1", "0.0.1"), ("9999", "0.0.9999"), ("10001", "0.1.1")]
)
def test_evaluator_versions(lambda_version: str, version: str) -> None:
    arn = REWARD.replace(":3", f":{lambda_version}")
    assert evaluator_version(arn) == version
    request = evaluator_request("h", "e", version, arn)
    assert not complaints("sagemaker", "ImportHubContent", request)


def test_an_evaluator_of_no_published_version_is_refused() -> None:
    for arn in (REWARD.replace(":3", ":$LATEST"), REWARD.removesuffix(":3")):
        with pytest.raises(UsageError, match="names no published version"):
            evaluator_version(arn)


def sent_by_openai(request: dict[str, Any]) -> dict[str, Any]:
    """What the openai package makes of a request: the body that it sends."""
    job = Reply(body={"id": "ftjob-1", "object": "fine_tuning.job"})
    with serving(job) as server, OpenAI(base_url=server.url, api_key="key") as client:
        client.fine_tuning.jobs.create(**request)
    assert server.paths == ["/v1/fine_tuning/jobs"]
    return server.asked[0]


@pytest.mark.parametrize("model", ["openai.gpt-oss-20b", "qwen.qwen3-32b"])
def test_openai_sends_the_method_of_aws_samples(model: str) -> None:
    given = {"epochs": 1, "batch_size": 4, "learning_rate_multiplier": 1.0}
    spec = spec_of(cell_of("rft", "bedrock-openai", model), given)
    request = open_weight_request(
        spec, IDENTITY, PLACE, training_file="file-1", validation_file="file-2"
    )
    assert sent_by_openai(request) == {
        "model": model,
        "training_file": "file-1",
        "validation_file": "file-2",
        "method": {
            "type": "reinforcement",
            "reinforcement": {
                "grader": {"type": "lambda", "lambda": {"function": REWARD}},
                "hyperparameters": {
                    "n_epochs": 1,
                    "batch_size": 4,
                    "learning_rate_multiplier": 1.0,
                },
            },
        },
    }


def test_openai_is_not_told_what_the_spec_leaves_out() -> None:
    spec = spec_of(cell_of("rft", "bedrock-openai", "qwen.qwen3-32b"))

    def asked(place: Place) -> dict[str, Any]:
        return open_weight_request(
            spec, IDENTITY, place, training_file="file-1", validation_file=None
        )

    body = sent_by_openai(asked(PLACE))
    assert body.keys() == {"model", "training_file", "method"}
    assert body["method"]["reinforcement"].keys() == {"grader"}
    with pytest.raises(UsageError, match="needs a published reward Lambda"):
        asked(replace(PLACE, reward_version_arn=None))
