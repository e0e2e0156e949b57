"""What a spec says of judges: the model that judges, and the criteria it judges by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nova_rft.spec._base import Name, SpecModel


class BedrockJudge(SpecModel):
    """A judge model on Amazon Bedrock, called by Converse with a forced tool."""

    provider: Literal["bedrock"] = Field(description="Amazon Bedrock's Converse API.")
    id: str = Field(
        min_length=1,
        max_length=2048,
        description="Model id, inference profile id or ARN, such as us.amazon.nova-pro-v1:0.",
    )
    max_tokens: int = Field(
        1024,
        ge=64,
        le=65_536,
        description="Bound on a reply; Bedrock reserves it against the token quota.",
    )
    temperature: float = Field(
        0.0, ge=0.0, le=1.0, description="Sampling temperature; 0 is the most repeatable."
    )
    concurrency: int = Field(16, ge=1, le=256, description="Requests in flight at once.")
    timeout_s: float = Field(
        30.0, gt=0, le=600, description="Seconds to wait for one reply before asking again."
    )
    attempts: int = Field(4, ge=1, le=10, description="Tries of one request, the first included.")


class OpenAIJudge(SpecModel):
    """A judge model behind any OpenAI-compatible endpoint (bedrock-mantle, vLLM, Ollama)."""

    provider: Literal["openai"] = Field(description="An OpenAI-compatible chat completions API.")
    base_url: str = Field(
        pattern=r"^https?://", description="The endpoint's address, ending in /v1 as a rule."
    )
    id: str = Field(min_length=1, description="The model's name at that endpoint.")
    api_key_env: str = Field(
        "OPENAI_API_KEY",
        description="Environment variable that holds the key; the key itself is never in a spec.",
    )
    max_tokens: int = Field(1024, ge=64, le=65_536, description="Bound on a reply.")
    temperature: float = Field(0.0, ge=0.0, le=2.0, description="Sampling temperature.")
    concurrency: int = Field(16, ge=1, le=256, description="Requests in flight at once.")
    timeout_s: float = Field(30.0, gt=0, le=600, description="Seconds to wait for one reply.")
    attempts: int = Field(4, ge=1, le=10, description="Tries of one request, the first included.")


class ReplayJudge(SpecModel):
    """Recorded replies, found by the digest of the request."""

    provider: Literal["replay"] = Field(description="Recorded replies of an earlier run.")
    file: str = Field(description="JSON Lines written by `nova-rft score --record FILE`.")


class ScriptedJudge(SpecModel):
    """A deterministic stand-in that follows surface rules; never an implicit fallback."""

    provider: Literal["scripted"] = Field(description="Surface rules, no model; says so.")


JudgeModelSpec = Annotated[
    BedrockJudge | OpenAIJudge | ReplayJudge | ScriptedJudge, Field(discriminator="provider")
]


class Criterion(SpecModel):
    """One thing that a response is judged by."""

    name: Name = Field(description="Short name: letters, digits, `_` and `-`.")
    question: str = Field(
        min_length=3,
        max_length=2000,
        description="A question about the response that a careful reader answers yes or no.",
    )
    kind: Literal["boolean"] = Field("boolean", description="boolean: met or not met.")
    weight: float = Field(
        1.0,
        ge=-100,
        le=100,
        description="Share in the term's value; negative for a pitfall that costs when it is met.",
    )
