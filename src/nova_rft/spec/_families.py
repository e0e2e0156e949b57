"""What judge models on Bedrock are known to take, by family: one table, with sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from nova_rft.spec._capabilities import PROFILE_GEOGRAPHIES

Output = Literal["tool", "json_schema", "text"]
Effort = Literal["reasoningConfig", "reasoning_effort"]


@dataclass(frozen=True, slots=True)
class ModelFamily:
    """What the models of one family take.

    Attributes:
        prefix: With which their ids begin, the geography of a profile left out.
        outputs: Ways to ask for a verdict, the best first.
        cache_tokens: The least that a cached prefix must have; None where there is no prompt cache.
        effort: Field of `additionalModelRequestFields` that says how long to reason; None where there
            is none, or none is known.
        source: Where this is written down, and the day it was read.
    """

    prefix: str
    outputs: tuple[Output, ...]
    cache_tokens: int | None
    effort: Effort | None
    source: str


_NOVA: Final = "Nova User Guide, tool choice and prompt caching (2026-11-01)"
_STRUCTURED: Final = "Bedrock User Guide, structured outputs (2026-11-01)"
_CACHING: Final = "Bedrock User Guide, prompt caching (2026-11-01)"

# The first whose prefix fits counts, so the longer prefixes come first.
MODEL_FAMILIES: Final = (
    ModelFamily("amazon.nova-2", ("tool", "text"), 1000, "reasoningConfig", _NOVA),
    ModelFamily("amazon.nova", ("tool", "text"), 1000, None, _NOVA),
    ModelFamily("anthropic.claude-haiku", ("tool", "text"), 4096, None, _CACHING),
    ModelFamily("anthropic.claude-3-5-haiku", ("tool", "text"), 2048, None, _CACHING),
    ModelFamily("anthropic.claude-3-haiku", ("tool", "text"), None, None, _CACHING),
    ModelFamily("anthropic.claude", ("tool", "text"), 4096, None, _CACHING),
    ModelFamily("openai.gpt-oss", ("json_schema", "text"), None, "reasoning_effort", _STRUCTURED),
    ModelFamily("qwen.", ("json_schema", "text"), None, None, _STRUCTURED),
    ModelFamily("deepseek.", ("json_schema", "text"), None, None, _STRUCTURED),
)

# Asked for by a tool call; a model that refuses is asked in plain text from then on.
UNKNOWN_FAMILY: Final = ModelFamily("", ("tool", "text"), None, None, "not known")


def family_of(model_id: str) -> ModelFamily:
    """The family of a model, by its id, a profile's, or an ARN; else `UNKNOWN_FAMILY`."""
    name = model_id.rsplit("/", 1)[-1]
    geography, _, rest = name.partition(".")
    model = rest if geography in PROFILE_GEOGRAPHIES else name
    return next((f for f in MODEL_FAMILIES if model.startswith(f.prefix)), UNKNOWN_FAMILY)
