"""Which Bedrock resources judges and teachers are, and what must be granted to call them.

Converse is authorised by `bedrock:InvokeModel`. A cross-region inference profile needs the profile and
the foundation model in every region that it can route to (Bedrock User Guide, "Prerequisites for
inference profiles", excerpt read 2026-11-23); the models are granted through that profile alone, by the
condition key `bedrock:InferenceProfileArn` (as in re:Post, "bedrock-access-denied-exception").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from acknowledgements import acknowledge_resource
from given import Given
from nova_rft.spec import BedrockJudge, RewardSpec, judge_models_of

_ACTION: Final = "bedrock:InvokeModel"
_PROFILE: Final = ":inference-profile/"
_APPLICATION_PROFILE: Final = ":application-inference-profile/"

# A geographic profile routes inside its geography (Bedrock User Guide, "Supported Regions and models
# for inference profiles"), and which of its regions differs by model. So these are all regions of each
# geography, from AWS's list of regions; where that cannot be said for certain (apac, ca) the region part
# is a star. An empty region is the form for global profiles: models in the calling region and in none.
# Not checked against a live account: the lists' completeness, and the form for global profiles.
_REGIONS: Final[dict[str, tuple[str, ...]]] = {
    "us": ("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    "us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "eu": (
        *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
        *("eu-west-1", "eu-west-2", "eu-west-3"),
    ),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4"),
    "apac": ("*",),
    "ca": ("*",),
    "global": ("",),
}


def bedrock_judges(reward: RewardSpec) -> list[str]:
    """Ids of the Bedrock models that judge, each once."""
    models = judge_models_of(reward.terms)
    return sorted({model.id for model in models if isinstance(model, BedrockJudge)})


def allow_model(role: iam.Role | Given, model: str) -> None:
    """Lets a role call one model: by its id, its inference profile's id or ARN."""
    for statement in invoke_statements(cdk.Stack.of(role), model):
        role.add_to_policy(statement)
        for resource in statement.resources:
            if "*" in resource:
                acknowledge_resource(
                    role,
                    resource,
                    "The profile alone decides in which regions of its geography the model runs, and "
                    "the grant holds for calls through that profile alone.",
                )


def invoke_statements(stack: cdk.Stack, asked: str) -> Iterator[iam.PolicyStatement]:
    """What a role needs to call one model, and nothing beside it."""
    if asked.startswith("arn:"):
        yield from _by_arn(stack, asked)
        return
    geography, _, model = asked.partition(".")
    if geography not in _REGIONS:
        yield _allow([_model(stack, stack.region, asked)])
        return
    profile = stack.format_arn(service="bedrock", resource="inference-profile", resource_name=asked)
    yield _allow([profile])
    yield _allow(_models(stack, geography, model), profile=profile)


def _by_arn(stack: cdk.Stack, arn: str) -> Iterator[iam.PolicyStatement]:
    yield _allow([arn])
    if _PROFILE in arn:
        geography, _, model = arn.partition(_PROFILE)[2].partition(".")
        if geography in _REGIONS:
            yield _allow(_models(stack, geography, model), profile=arn)
    elif _APPLICATION_PROFILE in arn:
        # The models behind it are not in its name.
        yield _allow([_model(stack, "*", "*")], profile=arn)


def _models(stack: cdk.Stack, geography: str, model: str) -> list[str]:
    regions = sorted({*_REGIONS[geography], stack.region} - {"*"})
    if "*" in _REGIONS[geography]:
        regions = ["*"]
    return [_model(stack, region, model) for region in regions]


def _model(stack: cdk.Stack, region: str, model: str) -> str:
    return stack.format_arn(
        service="bedrock",
        region=region,
        account="",
        resource="foundation-model",
        resource_name=model,
    )


def _allow(resources: list[str], *, profile: str | None = None) -> iam.PolicyStatement:
    conditions = {"ArnEquals": {"bedrock:InferenceProfileArn": profile}} if profile else None
    return iam.PolicyStatement(actions=[_ACTION], resources=resources, conditions=conditions)
