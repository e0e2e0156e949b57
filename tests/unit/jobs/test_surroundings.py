"""What a stage puts around a job: a key for what it stores, a VPC that it runs in, tags."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nova_rft.jobs.requests import (
    bedrock_request,
    recipe_job_request,
    serverless_request,
    tags_for,
)
from nova_rft.local_aws._protocol import problems, service_model
from nova_rft.spec import CAPABILITIES, Capability
from tests.unit.jobs.request_support import IDENTITY, PLACE, spec_of

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AROUND = replace(
    PLACE,
    storage_key_arn=KEY,
    subnets=("subnet-0a1b2c3d", "subnet-4e5f6a7b"),
    security_groups=("sg-0a1b2c3d",),
    tags={"cost-centre": "42"},
)
CALLS: dict[str, tuple[str, str, Any]] = {
    "bedrock": ("bedrock", "CreateModelCustomizationJob", bedrock_request),
    "sagemaker": ("sagemaker", "CreateTrainingJob", serverless_request),
    "sagemaker-recipe": ("sagemaker", "CreateTrainingJob", recipe_job_request),
}
CELLS = {
    f"{cell.technique} on {cell.backend}": cell for cell in CAPABILITIES if cell.backend in CALLS
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_job_has_what_is_around_it_and_no_other_has(cell: Capability) -> None:
    service, operation, request = CALLS[cell.backend]
    spec = spec_of(cell)
    plain, made = (request(spec, IDENTITY, place) for place in (PLACE, AROUND))
    shape = service_model(service).operation_model(operation).input_shape
    assert list(problems(made, shape)) == []
    subnets, groups = list(AROUND.subnets), list(AROUND.security_groups)
    if service == "bedrock":
        added = {
            "customModelKmsKeyId": KEY,
            "vpcConfig": {"subnetIds": subnets, "securityGroupIds": groups},
        }
        tags = made.pop("jobTags")
        assert tags == made.pop("customModelTags")
        plain.pop("jobTags")
        plain.pop("customModelTags")
        assert {"key": "cost-centre", "value": "42"} in tags
    else:
        assert made["OutputDataConfig"].pop("KmsKeyId") == KEY
        added = {"VpcConfig": {"Subnets": subnets, "SecurityGroupIds": groups}}
        assert {"Key": "cost-centre", "Value": "42"} in made.pop("Tags")
        plain.pop("Tags")
    assert made == {**plain, **added}


def test_a_stages_tags_never_hide_whose_a_job_is() -> None:
    place = replace(PLACE, tags={"nova-rft:project": "another", "x": "y"})
    tags = tags_for(spec_of(CAPABILITIES[0]), IDENTITY, place)
    assert (tags["nova-rft:project"], tags["x"]) == ("tone", "y")
