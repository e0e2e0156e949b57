"""What a spec says of the models that judge."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import SecretArn, SpecModel
from nova_rft.spec._families import UNKNOWN_FAMILY, ModelFamily, family_of

# Bedrock User Guide, "Supported Regions and models for batch inference": none of these.
_NOT_BATCHED: Final = (
    ":custom-model",
    ":imported-model/",
    ":provisioned-model/",
    ":custom-model-deployment/",
)
_BATCHED_BY_PROFILE: Final = "amazon.nova-2-lite"


class _RemoteJudge(SpecModel):
    max_tokens: int = Field(
        1024,
        ge=64,
        le=65_536,
        description="Bound on a reply; Bedrock reserves it against the token quota.",
    )
    temperature: float = Field(
        0.0, ge=0.0, le=2.0, description="Sampling temperature; 0 is the most repeatable."
    )
    output: Literal["auto", "tool", "json_schema", "text"] = Field(
        "auto",
        description=(
            "How the verdict is asked for: a forced tool call, JSON-schema output, or plain text; "
            "auto takes the first that the model is known to take. A reply without a verdict is asked "
            "for once more as plain text."
        ),
    )
    reasoning_effort: Literal["low", "medium", "high"] | None = Field(
        None, description="How long the judge reasons first, for models that can be told."
    )
    concurrency: int = Field(16, ge=1, le=256, description="Requests in flight at once.")
    timeout_s: float = Field(
        30.0, gt=0, le=600, description="Seconds to wait for one reply before asking again."
    )
    attempts: int = Field(
        4,
        ge=1,
        le=10,
        description="Tries of one request, the first included; a refusal is never tried again.",
    )
    requests_per_minute: int | None = Field(
        None, ge=1, description="No more requests than this in a minute, for each container."
    )
    tokens_per_minute: int | None = Field(
        None, ge=1000, description="No more tokens than this in a minute, for each container."
    )


class BedrockJudge(_RemoteJudge):
    """A judge model on Amazon Bedrock, called by Converse."""

    provider: Literal["bedrock"] = Field(description="Amazon Bedrock's Converse API.")
    id: str = Field(
        min_length=1,
        max_length=2048,
        description="Model id, inference profile id or ARN, such as us.amazon.nova-pro-v1:0.",
    )
    temperature: float = Field(
        0.0, ge=0.0, le=1.0, description="Sampling temperature; 0 is the most repeatable."
    )
    prompt_cache: Literal["auto", "on", "off"] = Field(
        "auto",
        description=(
            "A cache point after the constant part of the prompt; auto sets one where the model is "
            "known to take it and the part is long enough."
        ),
    )

    @property
    def family(self) -> ModelFamily:
        """What the model is known to take."""
        return family_of(self.id)

    @property
    def not_batched(self) -> str:
        """Why batch inference does not take the model; empty where it does."""
        if any(part in self.id for part in _NOT_BATCHED):
            return f"{self.id} is no foundation model, and Bedrock batches no other"
        if self.id.startswith(_BATCHED_BY_PROFILE):
            return f"{self.id} is batched by an inference profile alone; write us.{self.id}"
        return ""

    @model_validator(mode="after")
    def _model_takes_it(self) -> Self:
        family = self.family
        if self.reasoning_effort and family.effort is None:
            raise PydanticCustomError(
                "reasoning_effort",
                "no way is known to tell {id} how long to reason; leave reasoning_effort out",
                {"id": self.id},
            )
        known = family is not UNKNOWN_FAMILY
        if known and self.output not in ("auto", *family.outputs):
            raise PydanticCustomError(
                "output",
                "{id} is not known to take output: {output}; use {known}",
                {"id": self.id, "output": self.output, "known": ", ".join(family.outputs)},
            )
        return self


class DeployedModel(BedrockJudge):
    """A custom model's deployment: called by its ARN, it takes what its base model takes.

    Made by programs that know the deployment; a spec names models alone.
    """

    base: str = Field(description="The base model, by Bedrock's id.")

    @property
    def family(self) -> ModelFamily:
        """What the base model is known to take."""
        return family_of(self.base)


class OpenAIJudge(_RemoteJudge):
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
    api_key_secret: SecretArn | None = Field(
        None,
        description=(
            "ARN of a Secrets Manager secret that holds the key, for wherever that variable is not "
            "set: the deployed Lambda may read this secret, and fetches it once. The key as text, or "
            "an object with the key as its only value."
        ),
    )


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


class Price(SpecModel):
    """What a judge model's tokens cost, in the budget's currency, for a million of each kind."""

    input: float = Field(ge=0, description="Input tokens.")
    output: float = Field(ge=0, description="Output tokens, reasoning included.")
    cache_read: float | None = Field(
        None, ge=0, description="Input tokens read from the prompt cache; left out, as input."
    )
    cache_write: float | None = Field(
        None, ge=0, description="Input tokens written to the prompt cache; left out, as input."
    )


class Budget(SpecModel):
    """Money past which judging stops with an abstention; calls in flight may overshoot it."""

    currency: str = Field(
        "USD", pattern=r"^[A-Z]{3}$", description="Of the prices and of this sum."
    )
    per_event: float | None = Field(None, gt=0, description="For one reward event.")
    total: float | None = Field(
        None, gt=0, description="For all events of one published reward, over all its containers."
    )
