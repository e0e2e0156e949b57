"""Whether judge models exist and may be used: asked of Bedrock and of endpoints, in free calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.secrets import api_key
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, UsageError
from nova_rft.spec import PROFILE_GEOGRAPHIES, BedrockJudge, JudgeModelSpec, OpenAIJudge

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient

_UNKNOWN: Final = {"ResourceNotFoundException", "ValidationException"}
_DENIED: Final = {"AccessDeniedException"}


@dataclass(frozen=True, slots=True)
class ModelProblem:
    """A judge model that cannot be used as things stand.

    Attributes:
        model: Its id in the spec.
        certain: Whether it is known to be unusable; else the question itself was refused.
        message: What is wrong and what to do.
    """

    model: str
    certain: bool
    message: str


def model_problems(
    models: Iterable[JudgeModelSpec], aws: Callable[[], Aws]
) -> Iterator[ModelProblem]:
    """One for each model that is unknown, not offered here, or that the account may not use.

    Asks GetInferenceProfile, GetFoundationModelAvailability, and an endpoint's list of models.

    Raises:
        AwsRefused: AWS could not be reached.
        UsageError: there are no credentials, or no region.
    """
    seen: set[str] = set()
    for model in models:
        if not isinstance(model, BedrockJudge | OpenAIJudge) or model.id in seen:
            continue
        seen.add(model.id)
        found = (
            _bedrock(model.id, aws()) if isinstance(model, BedrockJudge) else _openai(model, aws)
        )
        if found is not None:
            yield found


def _bedrock(model_id: str, aws: Aws) -> ModelProblem | None:
    client = aws.client("bedrock")
    try:
        with aws_errors():
            return next(
                (
                    problem
                    for foundation in _foundation_models(client, model_id)
                    if (problem := _availability(client, model_id, foundation, aws.region))
                ),
                None,
            )
    except AwsRefused as refused:
        if refused.code in _UNKNOWN:
            what = f"Bedrock in {aws.region} knows no model or profile {model_id}; check the id"
            return ModelProblem(model_id, True, what)
        if refused.code in _DENIED:
            return ModelProblem(model_id, False, f"{model_id} could not be asked about: {refused}")
        raise


def _foundation_models(client: BedrockClient, model_id: str) -> list[str]:
    """The ids behind an id or ARN: its own, or those that a profile routes to."""
    name = model_id.rsplit("/", 1)[-1]
    is_profile = ":inference-profile/" in model_id or ":application-inference-profile/" in model_id
    if not is_profile and name.partition(".")[0] not in PROFILE_GEOGRAPHIES:
        return [name]
    profile = client.get_inference_profile(inferenceProfileIdentifier=model_id)
    return sorted({model["modelArn"].rsplit("/", 1)[-1] for model in profile["models"]})


def _availability(
    client: BedrockClient, model_id: str, foundation: str, region: str
) -> ModelProblem | None:
    state = client.get_foundation_model_availability(modelId=foundation)
    # A profile may route to other regions alone, so where the model runs is the profile's matter.
    here = state["regionAvailability"] == "AVAILABLE" or foundation != model_id
    if not here:
        what = f"{model_id} is not offered in {region}; use an inference profile or another region"
    elif state["authorizationStatus"] != "AUTHORIZED":
        what = f"this account may not use {model_id}; ask for access under Bedrock, model access"
    elif state["entitlementAvailability"] != "AVAILABLE":
        what = f"{model_id} is not enabled for this account; enable it under Bedrock, model access"
    else:
        return None
    return ModelProblem(model_id, True, what)


def _openai(model: OpenAIJudge, aws: Callable[[], Aws]) -> ModelProblem | None:
    # Late: the package takes half a second to import.
    import openai

    key, held_in = os.environ.get(model.api_key_env), model.api_key_env
    if not key and model.api_key_secret:
        held_in = f"the secret {model.api_key_secret}"
        try:
            key = api_key(aws(), model.api_key_secret)
        except (AwsRefused, UsageError) as error:
            return ModelProblem(model.id, isinstance(error, UsageError), str(error))
    if not key:
        what = f"{model.base_url}: the environment variable {model.api_key_env} is not set"
        return ModelProblem(model.id, True, what)
    client = openai.OpenAI(
        base_url=model.base_url, api_key=key, timeout=model.timeout_s, max_retries=1
    )
    try:
        client.models.retrieve(model.id)
    except openai.NotFoundError:
        what = f"{model.base_url} knows no model {model.id}, or has no list of models"
        return ModelProblem(model.id, False, what)
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        what = f"{model.base_url} refused the key in {held_in}: {error}"
        return ModelProblem(model.id, True, what)
    except openai.OpenAIError as error:
        return ModelProblem(model.id, False, f"{model.base_url} could not be asked: {error}")
    return None
