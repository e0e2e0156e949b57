"""Which model on Bedrock answers as the policy would before it is trained."""

from __future__ import annotations

from typing import Final

from nova_rft.errors import UsageError
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, Spec

# Bedrock User Guide, supported models in Bedrock: model ids (2026-11-23).
_OPEN_WEIGHT: Final = {
    "openai.gpt-oss-20b": "openai.gpt-oss-20b-1:0",
    "qwen.qwen3-32b": "qwen.qwen3-32b-v1:0",
}
# Nova 2 Lite is called by a profile of the region's geography, or by the global one; Nova 1 has them too
# (Bedrock User Guide, supported Regions and models for inference profiles, 2026-11-23).
_GEOGRAPHIES: Final = {"us": "us", "eu": "eu"}
_JAPAN: Final = ("ap-northeast-1", "ap-northeast-3")
# What a policy may write where the spec does not say it, and how long it may take.
_MAX_TOKENS: Final = 1024
_TIMEOUT_S: Final = 300.0
_ATTEMPTS: Final = 6


def policy_of(
    spec: Spec, region: str, *, model: JudgeModelSpec | None = None, temperature: float = 1.0
) -> JudgeModelSpec:
    """The spec's base model as Converse knows it, or another, asked as a trainer samples.

    The bound on a response and the reasoning effort are the spec's.

    Args:
        spec: Its model, and what its training says of rollouts.
        region: Where it is called; says which inference profile.
        model: In the base model's place; what it says of its settings stays.
        temperature: Of the sampling; at 0 all responses to a prompt are alike.

    Raises:
        UsageError: the job would go on from a model that cannot be asked without being deployed.
    """
    asked = spec.training
    tokens = getattr(asked, "max_new_tokens", None) or getattr(asked, "max_response_length", None)
    effort = getattr(asked, "reasoning_effort", None)
    if model is None:
        if spec.resume_from is not None:
            raise UsageError(
                f"the job would go on from {spec.resume_from}, which answers only where it is deployed; "
                "name that deployment: --model bedrock:ARN"
            )
        model = BedrockJudge(provider="bedrock", id=converse_id(spec.model, region))
    if not isinstance(model, BedrockJudge | OpenAIJudge):
        return model
    takes_effort = not isinstance(model, BedrockJudge) or model.family.effort is not None
    usual = {
        "temperature": temperature,
        "max_tokens": tokens or _MAX_TOKENS,
        "reasoning_effort": effort if takes_effort else None,
        "timeout_s": _TIMEOUT_S,
        "attempts": _ATTEMPTS,
    }
    said = model.model_fields_set
    return model.model_copy(update={k: value for k, value in usual.items() if k not in said})


def converse_id(model: str, region: str) -> str:
    """The id by which Converse knows a base model.

    Args:
        model: As specs write it, such as amazon.nova-2-lite-v1:0:256k.
        region: Such as us-east-1.
    """
    if model in _OPEN_WEIGHT:
        return _OPEN_WEIGHT[model]
    name = ":".join(model.split(":")[:2])
    geography = _GEOGRAPHIES.get(region.split("-")[0], "global")
    if region in _JAPAN:
        geography = "jp"
    return f"{geography}.{name}"
