"""Fine-tuning on the embedded Bedrock: what it takes, what it refuses, what a job leaves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.bedrock_jobs import (
    LITE,
    LITE_2,
    MICRO,
    artefacts,
    conversation,
    disagreements,
    fine_tuning,
    put,
)
from tests.contract.conftest import Local, rft

GRADER = "arn:aws:lambda:us-east-1:123456789012:function:f:1"
STEPS = "training_artifacts/step_wise_training_metrics.csv"
VALIDATION = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"


@pytest.fixture(autouse=True)
def _no_faults_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


@pytest.fixture(scope="module")
def good(local: Local) -> dict[str, Any]:
    """A request to spoil."""
    return fine_tuning(local)


@pytest.fixture(scope="module")
def trained(local: Local) -> Any:
    """A job with two validators that has completed."""
    request = fine_tuning(local, hyperParameters={"epochCount": "3", "learningRate": "2e-5"})
    place = request["outputDataConfig"]["s3Uri"].split("/")[2]
    request["validationDataConfig"] = {
        "validators": [
            {"s3Uri": put(local, place, "like.jsonl", [conversation(50)])},
            {"s3Uri": put(local, place, "unlike.jsonl", [conversation(51, "ZQX! ZQX! ZQX!")])},
        ]
    }
    return local.ended(local.create(**request))


def refused(local: Local, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        local.create(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def rows(lines: list[str]) -> list[dict[str, float]]:
    names = lines[0].split(",")
    return [dict(zip(names, map(float, line.split(",")), strict=True)) for line in lines[1:]]


def test_a_job_learns_and_its_steps_are_in_the_bucket(local: Local, trained: Any) -> None:
    assert trained["status"] == "Completed", trained.get("failureMessage")
    assert disagreements("GetModelCustomizationJob", trained) == []
    found = artefacts(local, trained)
    assert found.keys() == {STEPS, VALIDATION}
    assert found[STEPS][0] == "step_number,epoch_number,training_loss,perplexity"
    steps = rows(found[STEPS])
    # 40 records in batches of 32, three times.
    assert [step["epoch_number"] for step in steps] == [1, 1, 2, 2, 3, 3]
    assert steps[-1]["training_loss"] < steps[0]["training_loss"]
    assert all(s["perplexity"] == pytest.approx(math.exp(s["training_loss"])) for s in steps)
    assert trained["trainingMetrics"]["trainingLoss"] == pytest.approx(steps[-1]["training_loss"])


def test_each_validator_has_its_loss(local: Local, trained: Any) -> None:
    like, unlike = (one["validationLoss"] for one in trained["validationMetrics"])
    assert like < unlike
    lines = artefacts(local, trained)[VALIDATION]
    assert lines[0] == "step_number,epoch_number,validation_loss,perplexity"
    last = rows(lines)[-1]
    assert last["step_number"] == 6
    assert last["validation_loss"] == pytest.approx((like + unlike) / 2)
    assert last["perplexity"] == pytest.approx(math.exp(last["validation_loss"]))


def test_the_model_says_what_made_it_and_by_what(local: Local, trained: Any) -> None:
    bedrock = local.client("bedrock")
    model = bedrock.get_custom_model(modelIdentifier=trained["outputModelArn"])
    assert disagreements("GetCustomModel", model) == []
    for name in ("jobArn", "jobName", "hyperParameters", "trainingMetrics", "validationMetrics"):
        assert model[name] == trained[name]
    assert model["customizationType"] == "FINE_TUNING"
    assert f":custom-model/{MICRO}/" in model["modelArn"]
    tags = bedrock.list_tags_for_resource(resourceARN=model["modelArn"])
    assert disagreements("ListTagsForResource", tags) == []
    assert tags["tags"] == [{"key": "nova-rft:policy", "value": "bigram"}]
    listed = bedrock.list_custom_models(nameContains=model["modelName"])
    assert disagreements("ListCustomModels", listed) == []
    assert listed["modelSummaries"][0]["customizationType"] == "FINE_TUNING"


def test_an_earlier_model_is_gone_on_from(local: Local, trained: Any) -> None:
    """By its ARN and by its name; only with what its base takes."""
    arn, name = trained["outputModelArn"], trained["outputModelName"]
    jobs = [local.create(**fine_tuning(local, baseModelIdentifier=one)) for one in (arn, name)]
    wrong = fine_tuning(
        local,
        baseModelIdentifier=arn,
        customizationType="REINFORCEMENT_FINE_TUNING",
        customizationConfig=rft(GRADER),
    )
    assert "does not support REINFORCEMENT_FINE_TUNING" in refused(local, wrong)[1]
    for job in map(local.ended, jobs):
        assert job["baseModelArn"] == trained["baseModelArn"]
        assert job["outputModelArn"].split("/")[1] == MICRO
    unknown = fine_tuning(local, baseModelIdentifier="no-such-model")
    assert refused(local, unknown)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("base", [LITE, MICRO, "amazon.nova-pro-v1:0:300k", LITE_2])
def test_bases_by_id_and_arn(local: Local, good: dict[str, Any], base: str) -> None:
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{base}"
    for place, identifier in enumerate((base, arn)):
        name = f"{good['jobName']}-{base.split('.')[1][:8]}-{len(base)}-{place}"
        asked = {"jobName": name, "customModelName": name, "clientRequestToken": name}
        job = local.create(**{**good, **asked, "baseModelIdentifier": identifier})
        assert local.job(job)["baseModelArn"] == arn
        local.client("bedrock").stop_model_customization_job(jobIdentifier=job)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"customizationType": "CONTINUED_PRE_TRAINING"}, "does not support CONTINUED_PRE_"),
        ({"customizationType": "IMPORTED"}, "does not support IMPORTED"),
        ({"baseModelIdentifier": "amazon.nova-premier-v1:0"}, "use amazon.nova-2-lite-v1:0:256k"),
        (
            {"baseModelIdentifier": (f"arn:aws:bedrock:eu-west-1::foundation-model/{MICRO}")},
            "does not support",
        ),
        ({"hyperParameters": {"epochCount": "0"}}, "epochCount: '0' is not in the range of 1 to 5"),
        ({"hyperParameters": {"epochCount": "6"}}, "1 to 5"),
        ({"hyperParameters": {"epochCount": "1.5"}}, "1 to 5"),
        ({"hyperParameters": {"epochCount": "two"}}, "1 to 5"),
        ({"hyperParameters": {"learningRate": "1e-7"}}, "1e-06 to 0.0001"),
        ({"hyperParameters": {"learningRate": "0.001"}}, "1e-06 to 0.0001"),
        ({"hyperParameters": {"learningRate": "nan"}}, "1e-06 to 0.0001"),
        ({"hyperParameters": {"learningRateWarmupSteps": "101"}}, "0 to 100"),
        ({"hyperParameters": {"batchSize": "8"}}, "hyperParameters.batchSize is not known"),
        ({"hyperParameters": {"epochCount": 2}}, "must be a string"),
        ({"customizationConfig": rft(GRADER)}, "rft"),
        (
            {
                "baseModelIdentifier": LITE_2,
                "validationDataConfig": {"validators": [{"s3Uri": "s3://bucket/key"}]},
            },
            "takes no validation data",
        ),
        ({"validationDataConfig": {"validators": [{"s3Uri": "s3://no-such/k"}]}}, "s3://no-such/k"),
        ({"trainingDataConfig": {}}, "s3Uri or invocationLogsConfig must be given"),
    ],
)
def test_what_is_refused_when_it_is_asked_for(
    local: Local, good: dict[str, Any], change: dict[str, Any], says: str
) -> None:
    code, message = refused(local, {**good, **change})
    assert code == "ValidationException"
    assert says in message


def test_all_wrong_hyperparameters_are_named(local: Local, good: dict[str, Any]) -> None:
    given = {"epochCount": "9", "epochs": "2"}
    _, message = refused(local, {**good, "hyperParameters": given})
    assert "epochCount" in message and "hyperParameters.epochs is not known" in message


def test_jobs_fail_in_the_phase_that_finds_the_reason(local: Local) -> None:
    few = [conversation(n) for n in range(7)]
    reserved = [conversation(n, "User: hello") for n in range(8)]
    second = fine_tuning(local, baseModelIdentifier=LITE_2)
    records = {
        "7 training records; the service takes 8 to": fine_tuning(local, few),
        "holds 'User:', which fails the job": fine_tuning(local, reserved),
        "40 training records; the service takes 200 to": second,
        "not JSON": fine_tuning(local, b"nothing\n"),
    }
    jobs = {says: local.create(**request) for says, request in records.items()}
    for says, job in ((says, local.ended(arn)) for says, arn in jobs.items()):
        assert job["status"] == "Failed"
        assert says in job["failureMessage"]
        details = {key: one["status"] for key, one in job["statusDetails"].items()}
        assert details == {
            "validationDetails": "Failed",
            "dataProcessingDetails": "NotStarted",
            "trainingDetails": "NotStarted",
        }
        assert disagreements("GetModelCustomizationJob", job) == []
        assert artefacts(local, job) == {}


def test_a_failure_on_request_comes_while_it_trains(local: Local, good: dict[str, Any]) -> None:
    local_aws.ask_fault(
        local.endpoint, service="bedrock", operation="Job", message="Internal error in training"
    )
    job = local.ended(local.create(**good))
    assert (job["status"], job["failureMessage"]) == ("Failed", "Internal error in training")
    assert job["statusDetails"]["dataProcessingDetails"]["status"] == "Completed"
    assert job["statusDetails"]["trainingDetails"]["status"] == "Failed"
    # The name of the model that it did not make is free again; that of the job is not.
    again = {**good, "clientRequestToken": "again"}
    assert "job name" in refused(local, again)[1]
    arn = local.create(**{**again, "jobName": f"{good['jobName']}-again"})
    assert local.ended(arn)["status"] == "Completed"


def test_a_models_name_is_taken_while_a_job_will_need_it(local: Local) -> None:
    request = fine_tuning(local)
    arn = local.create(**request)
    other = {**request, "jobName": "other-job-of-it", "clientRequestToken": "other"}
    for _ in range(2):
        code, message = refused(local, other)
        assert code == "ConflictException"
        assert "custom model name" in message
        assert local.ended(arn)["status"] == "Completed"
