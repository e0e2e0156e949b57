"""What cannot be asked in batches, said before anything is sent."""

from __future__ import annotations

from nova_rft.errors import UsageError
from nova_rft.spec import BedrockJudge, RewardSpec, judge_models_of


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
        if model.not_batched:
            raise UsageError(model.not_batched)
        found.append(model)
    return found
