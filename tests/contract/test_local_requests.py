"""Bedrock's control plane on the embedded AWS: what it accepts, refuses, lists and tags."""

from __future__ import annotations

import http.client
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft.local_aws._protocol import service_model
from tests.contract.conftest import REWARD, Local, rft

Change = dict[str, Any]


def refused(local: Local, request: dict[str, Any]) -> tuple[str, str]:
    """Code and message of a refused job."""
    with pytest.raises(ClientError) as caught:
        local.create(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def request_of_module(local: Local) -> dict[str, Any]:
    """A good request to spoil."""
    return local.request()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"customizationType": "RFT"}, "customizationType"),
        ({"jobName": "has blanks"}, "jobName"),
        ({"jobName": "x" * 64}, "jobName"),
        ({"roleArn": None}, "roleArn"),
        ({"outputDataConfig": {"s3Uri": 5}}, "outputDataConfig.s3Uri"),
        ({"customizationConfig": {}}, "customizationConfig"),
        ({"jobTags": [{"key": "a"}]}, "jobTags.1.member.value"),
        ({"jobTags": [{"key": "a", "value": "b"}] * 201}, "jobTags"),
        ({"customizationConfig": rft("arn:nothing")}, "lambdaArn"),
    ],
)
def test_what_the_model_forbids_is_refused_by_name(
    local: Local, request_of_module: dict[str, Any], change: Change, names: str
) -> None:
    given = {k: v for k, v in {**request_of_module, **change}.items() if v is not None}
    code, message = refused(local, given)
    assert code == "ValidationException"
    assert names in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochCount", 51),
        ("batchSize", 15),
        ("batchSize", 513),
        ("learningRate", 0.1),
        ("trainingSamplePerPrompt", 17),
        ("reasoningEffort", "extreme"),
        ("evalInterval", 101),
        ("epochCount", "2"),
    ],
)
def test_hyperparameters_out_of_range(
    local: Local, request_of_module: dict[str, Any], name: str, value: Any
) -> None:
    arn = request_of_module["customizationConfig"]["rftConfig"]["graderConfig"]
    config = rft(arn["lambdaGrader"]["lambdaArn"], **{name: value})
    code, message = refused(local, {**request_of_module, "customizationConfig": config})
    assert code == "ValidationException"
    assert f"hyperParameters.{name}" in message


def test_a_member_that_the_model_does_not_know(
    local: Local, request_of_module: dict[str, Any]
) -> None:
    """By plain HTTP: botocore cannot even send it."""
    connection = http.client.HTTPConnection(local.endpoint.removeprefix("http://"), timeout=10)
    scope = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/bedrock/aws4_request"
    body = json.dumps({**request_of_module, "surprise": 1})
    connection.request("POST", "/model-customization-jobs", body, {"Authorization": scope})
    answer = connection.getresponse()
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationException"
    assert "surprise" in json.load(answer)["message"]
    connection.close()


def test_all_problems_are_said_at_once(local: Local, request_of_module: dict[str, Any]) -> None:
    spoilt = {**request_of_module, "jobName": "a b", "customizationType": "RFT"}
    _, message = refused(local, spoilt)
    assert message.startswith("2 validation errors detected")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"customizationType": "FINE_TUNING"}, "FINE_TUNING"),
        ({"baseModelIdentifier": "amazon.nova-lite-v1:0:300k"}, "amazon.nova-2-lite-v1:0:256k"),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({"trainingDataConfig": {"s3Uri": "s3://no-such-bucket-here/a"}}, "does not exist"),
        ({"outputDataConfig": {"s3Uri": "s3://no-such-bucket-here/a"}}, "no bucket"),
        ({"jobTags": [{"key": "a", "value": "b"}] * 2}, "twice"),
        (
            {"customizationConfig": rft("arn:aws:lambda:us-east-1:123456789012:function:nobody:1")},
            "Function not found",
        ),
    ],
)
def test_what_this_version_or_account_has_not_is_refused(
    local: Local, request_of_module: dict[str, Any], change: Change, says: str
) -> None:
    code, message = refused(local, {**request_of_module, **change})
    assert code == "ValidationException"
    assert says in message


def test_a_role_that_trusts_another_service_is_refused(
    local: Local, request_of_module: dict[str, Any]
) -> None:
    role = local.role("lambda.amazonaws.com")
    _, message = refused(local, {**request_of_module, "roleArn": role})
    assert "bedrock.amazonaws.com" in message


def test_the_base_model_may_be_an_arn(local: Local) -> None:
    arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k"
    job = local.job(local.create(**local.request(baseModelIdentifier=arn)))
    assert job["baseModelArn"] == arn


def test_arns_are_such_as_the_model_allows(local: Local) -> None:
    job = local.ended(local.create(**local.request()))
    members = service_model("bedrock").operation_model("GetModelCustomizationJob").output_shape
    for name in ("jobArn", "outputModelArn", "baseModelArn"):
        assert re.fullmatch(members.members[name].metadata["pattern"], job[name]), job[name]


def test_the_same_token_with_other_parameters_is_a_conflict(local: Local) -> None:
    request = local.request()
    local.create(**request)
    assert refused(local, {**request, "jobName": f"other-{uuid4().hex[:8]}"})[0] == (
        "ConflictException"
    )


def test_a_job_is_found_by_name_and_by_arn(local: Local) -> None:
    request = local.request()
    arn = local.create(**request)
    assert local.job(request["jobName"])["jobArn"] == arn
    assert local.job(arn)["jobName"] == request["jobName"]
    with pytest.raises(ClientError, match="ResourceNotFoundException") as caught:
        local.job("nobody")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_job_shows_what_was_asked_and_nothing_of_the_reward(local: Local) -> None:
    request = local.request()
    job = local.ended(local.create(**request))
    for name in ("jobName", "roleArn", "clientRequestToken", "trainingDataConfig"):
        assert job[name] == request[name]
    assert job["customizationConfig"] == request["customizationConfig"]
    assert not {"trainingMetrics", "validationMetrics"} & job.keys()
    assert job["endTime"] >= job["creationTime"]
    assert {part["status"] for part in job["statusDetails"].values()} == {"Completed"}


def test_stopping(local: Local) -> None:
    slow = (
        "import time\ndef handler(event, context):\n    time.sleep(1.5)\n"
        + REWARD[1:].split(":\n", 1)[1]
    )
    arn = local.create(**local.request(slow))
    local.client("bedrock").stop_model_customization_job(jobIdentifier=arn)
    assert local.job(arn)["status"] in ("Stopping", "Stopped")
    job = local.ended(arn)
    assert job["status"] == "Stopped"
    assert "outputModelArn" not in job
    with pytest.raises(ClientError, match="ConflictException"):
        local.client("bedrock").stop_model_customization_job(jobIdentifier=arn)


def test_listing_jobs_by_filter_order_and_page(local: Local) -> None:
    mark = f"page{uuid4().hex[:6]}"
    template = local.request()
    for number in range(3):
        name = f"{mark}-{number}"
        local.create(
            **{
                **template,
                "jobName": name,
                "customModelName": name,
                "clientRequestToken": uuid4().hex,
            }
        )
    bedrock = local.client("bedrock")
    pages = bedrock.get_paginator("list_model_customization_jobs").paginate(
        nameContains=mark, sortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    sizes, names = [], []
    for page in pages:
        sizes.append(len(page["modelCustomizationJobSummaries"]))
        names += [one["jobName"] for one in page["modelCustomizationJobSummaries"]]
    assert sizes == [2, 1]
    assert names == [f"{mark}-{number}" for number in range(3)]
    newest = bedrock.list_model_customization_jobs(nameContains=mark, maxResults=1)
    assert newest["modelCustomizationJobSummaries"][0]["jobName"] == f"{mark}-2"

    later = datetime.now(UTC) + timedelta(hours=1)
    nothing: list[dict[str, Any]] = [{"creationTimeAfter": later}, {"statusEquals": "Stopped"}]
    for asked in nothing:
        found = bedrock.list_model_customization_jobs(nameContains=mark, **asked)
        assert found["modelCustomizationJobSummaries"] == []
    for wrong in ({"maxResults": 1001}, {"sortOrder": "Up"}):
        with pytest.raises(ClientError, match="ValidationException"):
            bedrock.list_model_customization_jobs(**wrong)


def test_tags_and_the_model_that_says_nothing_was_trained(local: Local) -> None:
    request = local.request(
        jobTags=[{"key": "project", "value": "sums"}],
        customModelTags=[{"key": "team", "value": "blue"}],
    )
    job = local.ended(local.create(**request))
    bedrock = local.client("bedrock")

    def tags(arn: str) -> dict[str, str]:
        found = bedrock.list_tags_for_resource(resourceARN=arn)["tags"]
        return {tag["key"]: tag["value"] for tag in found}

    assert tags(job["jobArn"]) == {"project": "sums"}
    model = job["outputModelArn"]
    assert tags(model) == {"team": "blue", "nova-rft:policy": "recorded"}
    bedrock.tag_resource(resourceARN=model, tags=[{"key": "team", "value": "red"}])
    bedrock.untag_resource(resourceARN=model, tagKeys=["nova-rft:policy"])
    assert tags(model) == {"team": "red"}
    many = [{"key": f"k{n}", "value": ""} for n in range(200)]
    with pytest.raises(ClientError, match="TooManyTagsException"):
        bedrock.tag_resource(resourceARN=model, tags=many)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.list_tags_for_resource(resourceARN=model[:-12] + "abcdefghijkl")


def test_custom_models(local: Local) -> None:
    request = local.request()
    job = local.ended(local.create(**request))
    bedrock = local.client("bedrock")
    for identifier in (request["customModelName"], job["outputModelArn"]):
        model = bedrock.get_custom_model(modelIdentifier=identifier)
        assert model["jobArn"] == job["jobArn"]
        assert model["modelStatus"] == "Active"
    name = request["customModelName"]
    for asked, count in (
        ({"isOwned": True}, 1),
        ({"isOwned": False}, 0),
        ({"modelStatus": "Failed"}, 0),
        ({"baseModelArnEquals": job["baseModelArn"]}, 1),
    ):
        found = bedrock.list_custom_models(nameContains=name, **asked)["modelSummaries"]
        assert len(found) == count, asked
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_custom_model(modelIdentifier="nobody")
