"""Whether a run compares its model with the base: where it can be done, unless the stage says no."""

from __future__ import annotations

from collections.abc import Iterator

from nova_rft.errors import UsageError
from nova_rft.spec import (
    BedrockJudge,
    JudgeModelSpec,
    OpenAIJudge,
    Pipeline,
    ReplayJudge,
    Spec,
    judge_models_of,
    runs_programs,
)


def not_evaluated(spec: Spec, settings: Pipeline) -> str:
    """Why a run does not compare its model with the base; empty where it does.

    Raises:
        UsageError: the stage asks for it, and it cannot be done.
    """
    if settings.evaluate is False:
        return "the stage says evaluate: false"
    hindrance = _hindrance(spec)
    if hindrance and settings.evaluate:
        raise UsageError(
            f"the stage {spec.stage} says evaluate: true for its pipeline, but {hindrance}; change "
            "that, or leave evaluate out"
        )
    return hindrance


def compared_models(spec: Spec, region: str) -> Iterator[JudgeModelSpec]:
    """The base and the others that an evaluation compares."""
    from nova_rft.rollouts import converse_id

    asked = spec.evaluation
    yield asked.base or BedrockJudge(provider="bedrock", id=converse_id(spec.model, region))
    yield from asked.models.values()


def asked_models(spec: Spec, region: str) -> Iterator[JudgeModelSpec]:
    """Every model that an evaluation asks, but for the trained one, whose deployment has no name yet."""
    yield from compared_models(spec, region)
    asked = spec.evaluation
    if asked.judge is not None:
        yield asked.judge
    for skill in asked.skills:
        yield from judge_models_of(skill.terms)


def _hindrance(spec: Spec) -> str:
    """What stands in the way, as a clause; empty where nothing does."""
    # Late: see `_evaluating`.
    from nova_rft.evaluate import grading, plan_of

    asked = spec.evaluation
    if spec.reward is None:
        return "the spec has no reward to measure answers by"
    if spec.backend == "bedrock-openai":
        return (
            "an open-weight model is asked by another API (nova-rft evaluate --custom openai:...)"
        )
    if not (asked.records or spec.data.validation):
        return "the spec names no held-out records (data.validation, or evaluation.records)"
    terms = [*spec.reward.terms, *(term for skill in asked.skills for term in skill.terms)]
    if runs_programs(terms):
        return "its terms run programs, which the pipeline's function does not (nova-rft evaluate does)"
    try:
        plan_of(spec, asked, grading(spec, asked.judge, same_judge=False))
    except UsageError as error:
        return str(error)
    for model in asked_models(spec, spec.region or ""):
        if isinstance(model, OpenAIJudge) and model.api_key_secret is None:
            return f"{model.id} is asked with a key, and names no secret for it (api_key_secret)"
        if isinstance(model, ReplayJudge):
            return f"recorded replies ({model.file}) are on the machine that recorded them"
    return ""
