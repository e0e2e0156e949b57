"""What cannot be asked in batches, said before anything is sent."""

from __future__ import annotations

from typing import Final

from nova_rft.errors import UsageError
from nova_rft.spec import BedrockJudge, RewardSpec, judge_models_of

# Bedrock User Guide, "Supported Regions and models for batch inference": none of these.
_NOT_BATCHED: Final = (
    ":custom-model",
    ":imported-model/",
    ":provisioned-model/",
    ":custom-model-deployment/",
)
_BY_PROFILE: Final = "amazon.nova-2-lite"


def check_batchable(reward: RewardSpec) -> list[BedrockJudge]:
    """The models that will be asked.

    Raises:
        UsageError: one cannot be asked in a batch, or there is none.
    """
    models = list(dict.fromkeys(judge_models_of(reward.terms)))
    if not models:
        raise UsageError(
            "the reward asks no judge, so there is nothing to batch; use --engine here or lambda"
        )
    if reward.budget is not None and reward.budget.per_event is not None:
        raise UsageError(
            "budget.per_event cannot be kept by batches, whose questions are asked before their cost "
            "is known; leave it out, or use --engine lambda"
        )
    found = []
    for model in models:
        if not isinstance(model, BedrockJudge):
            raise UsageError(
                f"a judge's provider is {model.provider}; batches are Bedrock's alone: name a model on "
                "Bedrock, or use --engine here"
            )
        if any(part in model.id for part in _NOT_BATCHED):
            raise UsageError(f"{model.id} is no foundation model, and Bedrock batches no other")
        if model.id.startswith(_BY_PROFILE):
            raise UsageError(
                f"{model.id} is batched by an inference profile alone; write us.{model.id}"
            )
        found.append(model)
    return found
