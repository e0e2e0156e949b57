"""Jobs that vanish: what a client sees whose job somebody else has deleted."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.bedrock_jobs import artefacts, fine_tuning
from tests.contract.conftest import Local


def test_a_running_job_vanishes_and_leaves_nothing(local: Local) -> None:
    bedrock, request = local.client("bedrock"), fine_tuning(local)
    arn = local.create(**request)
    shown = local.job(arn)
    local_aws.forget_job(local.endpoint, "bedrock", request["jobName"])
    for identifier in (arn, request["jobName"]):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            local.job(identifier)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.stop_model_customization_job(jobIdentifier=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.list_tags_for_resource(resourceARN=arn)
    found = bedrock.list_model_customization_jobs(nameContains=request["jobName"])
    assert found["modelCustomizationJobSummaries"] == []
    # Its name, its token and its model's name are free: the same request makes another job.
    again = local.ended(local.create(**request))
    assert again["status"] == "Completed" and again["jobArn"] != arn
    models = bedrock.list_custom_models(nameContains=request["customModelName"])
    assert len(models["modelSummaries"]) == 1
    assert artefacts(local, shown) == {}


def test_an_ended_job_vanishes_and_its_model_stays(local: Local) -> None:
    job = local.ended(local.create(**fine_tuning(local)))
    local_aws.forget_job(local.endpoint, "bedrock", job["jobArn"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        local.job(job["jobName"])
    model = local.client("bedrock").get_custom_model(modelIdentifier=job["outputModelArn"])
    assert model["jobArn"] == job["jobArn"]


@pytest.mark.parametrize(
    ("service", "identifier", "status"),
    [("bedrock", "nobody", "404"), ("lambda", "nobody", "400")],
)
def test_what_is_not_there_is_said(
    local: Local, service: str, identifier: str, status: str
) -> None:
    with pytest.raises(OSError, match=status):
        local_aws.forget_job(local.endpoint, service, identifier)
