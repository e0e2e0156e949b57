"""Custom models that were trained elsewhere, and the end of custom models."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft.local_aws.bedrock._models import IMPORT
from tests.contract.bedrock_jobs import (
    bucket,
    disagreements,
    fine_tuning,
    imported,
    importing,
    put,
    settled,
)
from tests.contract.conftest import Local

Request = dict[str, Any]


def code(call: Any, **asked: Any) -> str:
    """The code of the error that a call is refused with; its message after a colon."""
    with pytest.raises(ClientError) as caught:
        call(**asked)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def source(uri: str) -> Request:
    return {"s3DataSource": {"s3Uri": uri}}


def of_bucket(local: Local, uri: str) -> Request:
    """A request to import from a bucket."""
    return importing(
        customModelDataSource=None, modelSourceConfig=source(uri), roleArn=local.role()
    )


def test_a_model_package_becomes_a_model(local: Local) -> None:
    bedrock = local.client("bedrock")
    request = importing(modelTags=[{"key": "team", "value": "blue"}])
    began = time.monotonic()
    made = bedrock.create_custom_model(**request)
    first = bedrock.get_custom_model(modelIdentifier=request["modelName"])
    # On a busy machine it may be ready before it is looked at.
    in_time = time.monotonic() - began < IMPORT.total_seconds()
    assert disagreements("CreateCustomModel", made) == []
    arn = made["modelArn"]
    assert first["modelArn"] == arn
    assert first["modelStatus"] == "Creating" or not in_time
    assert settled(lambda: bedrock.get_custom_model(modelIdentifier=arn)["modelStatus"]) == "Active"
    model = bedrock.get_custom_model(modelIdentifier=arn)
    assert disagreements("GetCustomModel", model) == []
    assert model["customizationType"] == "IMPORTED"
    assert not {"jobArn", "trainingDataConfig", "failureMessage"} & model.keys()
    listed = bedrock.list_custom_models(nameContains=request["modelName"], modelStatus="Active")
    assert disagreements("ListCustomModels", listed) == []
    assert [one["modelArn"] for one in listed["modelSummaries"]] == [arn]
    tags = bedrock.list_tags_for_resource(resourceARN=arn)
    assert tags["tags"] == [{"key": "team", "value": "blue"}]


def test_artifacts_in_a_bucket_are_looked_for(local: Local) -> None:
    bedrock, place = local.client("bedrock"), bucket(local)
    put(local, place, "run/checkpoint/weights", b"weights")
    arns = {
        uri: bedrock.create_custom_model(**of_bucket(local, uri))["modelArn"]
        for uri in (f"s3://{place}/run/checkpoint", f"s3://{place}/run/check")
    }
    found, missing = (
        settled(lambda arn=arn: bedrock.get_custom_model(modelIdentifier=arn)["modelStatus"])  # type: ignore[misc]
        for arn in arns.values()
    )
    assert (found, missing) == ("Active", "Failed")
    model = bedrock.get_custom_model(modelIdentifier=arns[f"s3://{place}/run/check"])
    assert model["failureMessage"] == f"there are no model artifacts at s3://{place}/run/check"
    assert disagreements("GetCustomModel", model) == []
    deployed = code(
        bedrock.create_custom_model_deployment,
        modelDeploymentName="of-a-failure",
        modelArn=model["modelArn"],
    )
    assert deployed.startswith("ValidationException") and "is Failed" in deployed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"customModelDataSource": None}, "ValidationException: Give either"),
        ({"modelSourceConfig": source("s3://bucket/key")}, "ValidationException: Give either"),
        (
            {"customModelDataSource": None, "modelSourceConfig": source("s3://bucket/key")},
            "ValidationException: roleArn is required",
        ),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "ValidationException: The role"),
        ({"modelName": "has blanks"}, "ValidationException"),
        ({"modelTags": [{"key": "a", "value": "b"}] * 2}, "ValidationException: modelTags"),
    ],
)
def test_what_is_refused(local: Local, change: Request, says: str) -> None:
    create = local.client("bedrock").create_custom_model
    assert code(create, **importing(**change)).startswith(says)


def test_the_same_token_imports_once(local: Local) -> None:
    create = local.client("bedrock").create_custom_model
    request = importing(clientRequestToken=uuid4().hex)
    assert create(**request)["modelArn"] == create(**request)["modelArn"]
    assert code(create, **{**request, "modelTags": []}).startswith("ConflictException")
    other = {**request, "clientRequestToken": uuid4().hex}
    assert code(create, **other).startswith("ConflictException")


def test_an_import_is_not_gone_on_from(local: Local) -> None:
    arn = imported(local)
    name = local.client("bedrock").get_custom_model(modelIdentifier=arn)["modelName"]
    request = fine_tuning(local, baseModelIdentifier=name)
    assert "was imported" in code(local.create, **request)


def test_a_deleted_model_is_gone_and_its_name_is_free(local: Local) -> None:
    bedrock, request = local.client("bedrock"), importing()
    arn = bedrock.create_custom_model(**request)["modelArn"]
    deleted = bedrock.delete_custom_model(modelIdentifier=request["modelName"])
    assert disagreements("DeleteCustomModel", deleted) == []
    for call, asked in (
        (bedrock.get_custom_model, {"modelIdentifier": arn}),
        (bedrock.delete_custom_model, {"modelIdentifier": arn}),
        (bedrock.list_tags_for_resource, {"resourceARN": arn}),
    ):
        assert code(call, **asked).startswith("ResourceNotFoundException")
    assert bedrock.list_custom_models(nameContains=request["modelName"])["modelSummaries"] == []
    assert bedrock.create_custom_model(**request)["modelArn"] != arn
