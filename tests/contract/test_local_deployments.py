"""Deployments of custom models: made, swapped, listed, deleted, and spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.bedrock_jobs import disagreements, imported, importing, settled
from tests.contract.conftest import Local

Request = dict[str, Any]


@pytest.fixture(autouse=True)
def _no_faults_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


@pytest.fixture(scope="module")
def model(local: Local) -> str:
    """An Active custom model; and what takes long the first time is done."""
    local.client("bedrock-runtime")
    return imported(local)


def asked(model: str, **changes: Any) -> Request:
    return {"modelDeploymentName": f"d-{uuid4().hex[:12]}", "modelArn": model, **changes}


def look(local: Local, identifier: str) -> Any:
    return local.client("bedrock").get_custom_model_deployment(
        customModelDeploymentIdentifier=identifier
    )


def deployed(local: Local, model: str, **changes: Any) -> str:
    """A deployment once it is Active; its ARN."""
    made = local.client("bedrock").create_custom_model_deployment(**asked(model, **changes))
    arn = str(made["customModelDeploymentArn"])
    assert settled(lambda: look(local, arn)["status"]) == "Active"
    return arn


def refused(call: Any, **asked: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**asked)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def converse(local: Local, deployment: str) -> Any:
    return local.client("bedrock-runtime").converse(
        modelId=deployment, messages=[{"role": "user", "content": [{"text": "hello"}]}]
    )


def test_from_creating_to_active_to_an_answer(local: Local, model: str) -> None:
    bedrock = local.client("bedrock")
    request = asked(model, description="Of sums", tags=[{"key": "team", "value": "blue"}])
    made = bedrock.create_custom_model_deployment(**request)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert disagreements("CreateCustomModelDeployment", made) == []
    arn = made["customModelDeploymentArn"]
    first = look(local, arn)
    assert disagreements("GetCustomModelDeployment", first) == []
    assert first["status"] == "Creating"
    code, _ = refused(converse, local=local, deployment=arn)
    assert code == "ModelNotReadyException"
    assert settled(lambda: look(local, arn)["status"]) == "Active"
    now = look(local, request["modelDeploymentName"])
    assert disagreements("GetCustomModelDeployment", now) == []
    assert now["lastUpdatedAt"] > now["createdAt"] == first["createdAt"]
    assert (now["modelArn"], now["description"]) == (model, "Of sums")
    assert "failureMessage" not in now
    said = converse(local, arn)["output"]["message"]["content"]
    assert said == [{"text": "(scripted, sample 1) hello"}]
    tags = bedrock.list_tags_for_resource(resourceARN=arn)
    assert tags["tags"] == [{"key": "team", "value": "blue"}]


def test_what_converse_refuses(local: Local, model: str) -> None:
    unknown = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abcdefghijkl"
    code, message = refused(converse, local=local, deployment=unknown)
    assert code == "ResourceNotFoundException" and unknown in message
    local_aws.ask_fault(
        local.endpoint, service="bedrock-deployment", operation="Job", message="No capacity"
    )
    bedrock = local.client("bedrock")
    arn = bedrock.create_custom_model_deployment(**asked(model))["customModelDeploymentArn"]
    assert settled(lambda: look(local, arn)["status"]) == "Failed"
    shown = look(local, arn)
    assert disagreements("GetCustomModelDeployment", shown) == []
    assert shown["failureMessage"] == "No capacity"
    code, message = refused(converse, local=local, deployment=arn)
    assert code == "ValidationException" and "No capacity" in message
    update = {"customModelDeploymentIdentifier": arn, "modelArn": model}
    assert refused(bedrock.update_custom_model_deployment, **update)[0] == "ValidationException"


def test_the_same_token_deploys_once(local: Local, model: str) -> None:
    create = local.client("bedrock").create_custom_model_deployment
    request = asked(model, clientRequestToken=uuid4().hex)
    first, again = create(**request), create(**request)
    assert first["customModelDeploymentArn"] == again["customModelDeploymentArn"]
    code, message = refused(create, **{**request, "description": "x"})
    assert code == "ValidationException" and "other parameters" in message
    code, message = refused(create, **{**request, "clientRequestToken": "other"})
    assert code == "ValidationException" and "is in use" in message


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"modelArn": "x"}, "ValidationException"),
        ({"modelDeploymentName": "has blanks"}, "ValidationException"),
        ({"tags": [{"key": "a", "value": "b"}] * 2}, "ValidationException"),
        (
            {
                "modelArn": "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/"
                + "a" * 12
            },
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_is_refused(local: Local, model: str, change: Request, code: str) -> None:
    create = local.client("bedrock").create_custom_model_deployment
    assert refused(create, **{**asked(model), **change})[0] == code


def test_a_model_that_is_not_active_yet_is_not_deployed(local: Local) -> None:
    bedrock = local.client("bedrock")
    arn = bedrock.create_custom_model(**importing())["modelArn"]
    code, message = refused(bedrock.create_custom_model_deployment, **asked(arn))
    assert code == "ValidationException" and "is Creating; it must be Active" in message


def test_an_update_swaps_the_model_and_answers_meanwhile(local: Local, model: str) -> None:
    bedrock, second = local.client("bedrock"), imported(local)
    arn = deployed(local, model)
    update = {"customModelDeploymentIdentifier": arn, "modelArn": second}
    done = bedrock.update_custom_model_deployment(**update)
    assert disagreements("UpdateCustomModelDeployment", done) == []
    during = look(local, arn)
    assert disagreements("GetCustomModelDeployment", during) == []
    assert (during["status"], during["modelArn"]) == ("Active", model)
    assert during["updateDetails"] == {"modelArn": second, "updateStatus": "Updating"}
    assert converse(local, arn)["stopReason"] == "end_turn"
    assert refused(bedrock.update_custom_model_deployment, **update)[0] == "ValidationException"
    assert refused(bedrock.delete_custom_model, modelIdentifier=second)[0] == "ConflictException"

    def update_status() -> str:
        return str(look(local, arn)["updateDetails"]["updateStatus"])

    assert settled(update_status, "Updating") == "UpdateCompleted"
    after = look(local, arn)
    assert (after["status"], after["modelArn"]) == ("Active", second)
    # A swap that fails leaves what was there.
    local_aws.ask_fault(local.endpoint, service="bedrock-deployment", operation="Job")
    bedrock.update_custom_model_deployment(**{**update, "modelArn": model})
    assert settled(update_status, "Updating") == "UpdateFailed"
    last = look(local, arn)
    assert (last["status"], last["modelArn"]) == ("Active", second)


def test_a_model_is_deleted_after_its_deployments(local: Local) -> None:
    bedrock, model = local.client("bedrock"), imported(local)
    made = bedrock.create_custom_model_deployment(**asked(model))["customModelDeploymentArn"]
    delete = {"customModelDeploymentIdentifier": made}
    assert refused(bedrock.delete_custom_model_deployment, **delete)[0] == "ConflictException"
    assert settled(lambda: look(local, made)["status"]) == "Active"
    assert refused(bedrock.delete_custom_model, modelIdentifier=model)[0] == "ConflictException"
    deleted = bedrock.delete_custom_model_deployment(**delete)
    assert disagreements("DeleteCustomModelDeployment", deleted) == []
    for call, given in (
        (bedrock.get_custom_model_deployment, delete),
        (bedrock.delete_custom_model_deployment, delete),
        (bedrock.update_custom_model_deployment, {**delete, "modelArn": model}),
        (bedrock.list_tags_for_resource, {"resourceARN": made}),
    ):
        assert refused(call, **given)[0] == "ResourceNotFoundException"
    assert refused(converse, local=local, deployment=made)[0] == "ResourceNotFoundException"
    bedrock.delete_custom_model(modelIdentifier=model)


def test_listing_by_filter_order_and_page(local: Local, model: str) -> None:
    bedrock, mark = local.client("bedrock"), f"page{uuid4().hex[:6]}"
    other = imported(local)
    names = [f"{mark}-{number}" for number in range(3)]
    for name, deploys in zip(names, (model, model, other), strict=True):
        deployed(local, deploys, modelDeploymentName=name)
    pages = list(
        bedrock.get_paginator("list_custom_model_deployments").paginate(
            nameContains=mark, sortOrder="Ascending", PaginationConfig={"PageSize": 2}
        )
    )
    found = [page["modelDeploymentSummaries"] for page in pages]
    assert [disagreements("ListCustomModelDeployments", page) for page in pages] == [[], []]
    assert [[one["customModelDeploymentName"] for one in page] for page in found] == [
        names[:2],
        names[2:],
    ]
    at = found[0][1]["createdAt"]
    later = datetime.now(UTC) + timedelta(hours=1)
    for filters, left in (
        ({}, names[::-1]),
        ({"modelArnEquals": other}, names[2:]),
        ({"statusEquals": "Active"}, names[::-1]),
        ({"statusEquals": "Failed"}, []),
        ({"createdAfter": at}, names[2:]),
        ({"createdBefore": at}, names[:1]),
        ({"createdAfter": later}, []),
    ):
        answer = bedrock.list_custom_model_deployments(nameContains=mark, **filters)
        shown = [one["customModelDeploymentName"] for one in answer["modelDeploymentSummaries"]]
        assert shown == left, filters
    for wrong in ({"maxResults": 0}, {"maxResults": 1001}, {"nextToken": "x"}):
        assert refused(bedrock.list_custom_model_deployments, **wrong)[0] == "ValidationException"
