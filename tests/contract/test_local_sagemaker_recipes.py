"""SageMaker's training jobs with a recipe on the embedded AWS."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from tests.contract.conftest import Local, training
from tests.contract.sagemaker_support import (
    World,
    make_world,
    pairs,
    recipes,
    steps,
    talks,
    unique,
)

RECIPES = recipes()
NOBODY = "arn:aws:lambda:us-east-1:123456789012:function:nobody:1"


@pytest.fixture(scope="module")
def world(local: Local) -> World:
    return make_world(local)


@pytest.fixture(autouse=True)
def _account() -> None:
    """In place of the one that makes other clients for each test: a world has all it needs."""


def changed(name: str, path: str, value: Any) -> dict[str, Any]:
    """A recipe with another value at a path; None takes the member away."""
    recipe: dict[str, Any] = json.loads(json.dumps(RECIPES[name]))
    *parents, last = path.split(".")
    place = recipe
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return recipe


SHORT = changed("sft-2", "training_config.max_steps", 4)


def completed(job: dict[str, Any]) -> dict[str, Any]:
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job


def unpacked(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
        found = {one.name: archive.extractfile(one) for one in archive}
        return {name: stream.read() for name, stream in found.items() if stream}


def test_a_captured_request_of_rft(world: World) -> None:
    """The recipe as published: 64 prompts a step, 2 rollouts each, 5 steps."""
    asked = world.recipe_request("smtj_rft", training(100), RECIPES["rft"])
    job = completed(world.run(asked))
    assert job["AlgorithmSpecification"] == asked["AlgorithmSpecification"]
    assert job["ResourceConfig"] == asked["ResourceConfig"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert "OutputModelPackageArn" not in job
    found = steps(world.log(asked["TrainingJobName"]))
    assert [one["step"] for one in found] == [1, 2, 3, 4, 5]
    assert found[0]["critic/rewards/max"] == len("answer 1 answer 1 ")
    output = f"s3://{world.bucket}/out/{asked['TrainingJobName']}/output"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"{output}/model.tar.gz"
    assert world.read(f"{output}/model.tar.gz")
    files = unpacked(world.read(f"{output}/output.tar.gz"))
    manifest = json.loads(files["manifest.json"])
    stand_in = json.loads(world.read(f"{manifest['checkpoint_s3_bucket']}/stand-in.json"))
    assert stand_in["job"] == job["TrainingJobArn"]
    table = files["step_wise_training_metrics.csv"].decode().splitlines()
    assert table[0].startswith("step_number,epoch_number,critic/rewards/mean")
    assert len(table) == 6
    assert world.tags(job["TrainingJobArn"]) == {"nova-rft:policy": "recorded"}


@pytest.mark.parametrize(
    ("name", "records", "base", "count"),
    [
        # By steps, as Nova 2 counts.
        ("sft-2", talks(200), "nova-lite-2/prod", 100),
        # By epochs, as Nova 1 does: two over 40 records in batches of 16.
        ("sft-1", talks(40), "nova-micro/prod", None),
        ("dpo", pairs(100), "nova-lite/prod", 4),
    ],
)
def test_recipes_of_texts(
    world: World, name: str, records: bytes, base: str, count: int | None
) -> None:
    recipe = RECIPES[name]
    asked = world.recipe_request("smtj_sft", records, recipe)
    asked["HyperParameters"]["base_model"] = base
    job = completed(world.run(asked))
    found = steps(world.log(asked["TrainingJobName"]))
    if count is None:
        config = recipe["training_config"]
        per_epoch = -(-40 // config["global_batch_size"])
        count = per_epoch * config["trainer"]["max_epochs"]
    assert len(found) == count
    assert found[-1]["training_loss"] < found[0]["training_loss"]
    assert world.tags(job["TrainingJobArn"])["nova-rft:policy"] == "bigram"


def test_without_compression_the_files_lie_there_as_they_are(world: World) -> None:
    asked = world.recipe_request("smtj_sft", talks(200), SHORT)
    asked["OutputDataConfig"]["CompressionType"] = "NONE"
    job = completed(world.run(asked))
    output = f"s3://{world.bucket}/out/{asked['TrainingJobName']}/output"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"{output}/model/"
    assert "checkpoint_s3_bucket" in json.loads(world.read(f"{output}/manifest.json"))


def test_distillation_has_the_teacher_answer(world: World) -> None:
    asked = world.recipe_request("smtj_dist", talks(100), RECIPES["distillation"])
    job = completed(world.run(asked))
    found = world.read(job["ModelArtifacts"]["S3ModelArtifacts"]).splitlines()
    assert len(found) == 100
    first = json.loads(found[0])
    assert first["schemaVersion"] == "bedrock-conversation-2024"
    assert [turn["role"] for turn in first["messages"]] == ["user", "assistant"]
    said = first["messages"][-1]["content"][0]["text"]
    assert said == "(scripted, sample 1) question 0"
    place = f"s3://{world.bucket}/out/{asked['TrainingJobName']}/output/"
    assert job["ModelArtifacts"]["S3ModelArtifacts"].startswith(place)


def test_escrow_buckets_are_not_the_customers(world: World) -> None:
    completed(world.run(world.recipe_request("smtj_sft", talks(200), SHORT)))
    buckets = world.local.client("s3").list_buckets()["Buckets"]
    assert world.bucket in {one["Name"] for one in buckets}
    assert not [one for one in buckets if one["Name"].startswith(("customer-escrow", "jumpstart"))]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"AlgorithmSpecification": None}, "AlgorithmSpecification must be given"),
        ({"ResourceConfig": None}, "ResourceConfig must be given"),
        ({"StoppingCondition": None}, "StoppingCondition must be given"),
        ({"ResourceConfig": {"InstanceType": "ml.p5.48xlarge"}}, "ResourceConfig.InstanceCount"),
        ({"ResourceConfig": {"InstanceType": "ml.p9"}}, "ResourceConfig.InstanceType"),
    ],
)
def test_what_sagemaker_itself_refuses(world: World, change: dict[str, Any], names: str) -> None:
    asked = world.recipe_request("smtj_sft", talks(1), RECIPES["sft-2"])
    given = {key: value for key, value in {**asked, **change}.items() if value is not None}
    code, message = world.refused("create_training_job", **given)
    assert code == "ValidationException"
    assert names in message


@pytest.mark.parametrize("tag", ["nova-fine-tune-repo:HP-SFT-latest", "other:SM-TJ-SFT-V2-latest"])
def test_images_that_are_none_of_novas(world: World, tag: str) -> None:
    asked = world.recipe_request("smtj_sft", talks(1), RECIPES["sft-2"])
    image = f"708977205387.dkr.ecr.us-east-1.amazonaws.com/{tag}"
    asked["AlgorithmSpecification"]["TrainingImage"] = image
    code, message = world.refused("create_training_job", **asked)
    assert code == "ValidationException"
    assert image in message


def test_a_job_without_a_recipe_is_refused(world: World) -> None:
    asked = world.recipe_request("smtj_sft", talks(1), RECIPES["sft-2"])
    asked["InputDataConfig"].pop()
    assert "no channel recipe" in world.refused("create_training_job", **asked)[1]


BAD_RECIPES: list[tuple[Any, str]] = [
    (b"run: [", "is not YAML"),
    (b"- a list", "is no mapping"),
    (RECIPES["ppo"], "the recipe has no training_config"),
    (changed("sft-2", "run.model_type", None), "the recipe has no run.model_type"),
    (changed("sft-2", "run.model_type", "titan"), "run.model_type titan is none of"),
    (changed("sft-2", "training_config.max_steps", None), "no training_config.max_steps"),
    (changed("sft-2", "training_config.max_steps", "many"), "is 'many', no whole number"),
    (changed("sft-2", "training_config.global_batch_size", 33), "is 33; allowed are 32"),
    (changed("dpo", "run.model_type", "amazon.nova-2-lite-v1:0:256k"), "no recipe of dpo for"),
]


def test_recipes_that_the_image_cannot_begin_with(world: World) -> None:
    """SageMaker does not open a recipe, so the jobs are made, and fail."""
    jobs = [world.recipe_request("smtj_sft", talks(200), recipe) for recipe, _ in BAD_RECIPES]
    failed(world, jobs, [says for _, says in BAD_RECIPES])


BAD_PARAMETERS = [
    ("base_model", "gpt-oss", "the hyperparameter base_model is none of"),
    ("sagemaker_recipe_local_path", "/recipe.yaml", "no such file"),
    ("reward_lambda_arn", "", "the hyperparameter reward_lambda_arn is missing"),
    ("reward_lambda_arn", NOBODY, "the reward Lambda could not be called"),
]


def test_hyperparameters_that_the_image_cannot_begin_with(world: World) -> None:
    jobs = []
    for name, value, _ in BAD_PARAMETERS:
        asked = world.recipe_request("smtj_rft", training(100), RECIPES["rft"])
        asked["HyperParameters"][name] = value
        jobs.append(asked)
    failed(world, jobs, [says for *_, says in BAD_PARAMETERS])


def failed(world: World, jobs: list[dict[str, Any]], says: list[str]) -> None:
    """Each job must fail with its reason, and its log must say so."""
    for asked in jobs:
        world.create_training_job(**asked)
    for asked, words in zip(jobs, says, strict=True):
        job = world.ended(asked["TrainingJobName"])
        assert job["TrainingJobStatus"] == "Failed"
        assert words in job["FailureReason"]
        assert f"ERROR {job['FailureReason']}" in world.log(asked["TrainingJobName"])


def test_records_may_lie_in_several_objects(world: World) -> None:
    asked = world.recipe_request("smtj_sft", talks(1), SHORT)
    folder = unique("parts")
    for part in range(2):
        body = b"".join(talks(200).splitlines(keepends=True)[part * 100 : part * 100 + 100])
        world.put(f"{folder}/{part}.jsonl", body)
    source = asked["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = f"s3://{world.bucket}/{folder}/"
    completed(world.run(asked))
    assert world.log(asked["TrainingJobName"])[0].endswith("200 records")
