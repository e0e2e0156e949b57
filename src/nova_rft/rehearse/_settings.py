"""How a rehearsal is run: what decides its result, and what only bounds it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from nova_rft.errors import UsageError

TINY: Final = "tiny"
# Learning rates of the tiny policy and of others, where none is asked for.
RATES: Final = {True: 5e-4, False: 1e-6}


@dataclass(frozen=True, slots=True)
class WarmStart:
    """How the tiny policy is made.

    Attributes:
        hidden: Width of the transformer.
        layers: Its depth.
        heads: Its attention heads.
        vocabulary: Tokens, at most.
        batch: Responses in one step.
        skill_steps: Steps on right responses, at most; they end sooner when those are learnt.
        learnt: The loss at which they are, in nats a token: a mean over the last steps.
        skill_tokens: Tokens of prompts and right responses, at most: long texts get fewer steps.
        habit_steps: Steps on responses good and bad, at most.
        habit_tokens: Their tokens, at most.
        learning_rate: At the start; it falls along a cosine.
        longest_prompt: Tokens kept of a prompt, the last ones.
        longest_response: Tokens kept of a response, the first ones; more where right ones need more.
    """

    hidden: int = 128
    layers: int = 2
    heads: int = 4
    vocabulary: int = 1024
    batch: int = 64
    skill_steps: int = 600
    skill_tokens: int = 2_000_000
    learnt: float = 0.02
    habit_steps: int = 100
    habit_tokens: int = 500_000
    learning_rate: float = 3e-3
    longest_prompt: int = 192
    longest_response: int = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """What a rehearsal is asked for.

    Attributes:
        policy: `tiny`, a folder that holds a Hugging Face model, or the name of one.
        seed: Of everything that chance decides.
        batch: Rollouts in one step.
        group: Rollouts of one prompt.
        learning_rate: Of the training by reward; None: 5e-4 for `tiny`, 1e-6 for others.
        max_new_tokens: Longest response; None: what the warm start's right responses need, twice over,
            or what the spec says for other policies.
        temperature: Of sampling.
        warm: The tiny policy's warm start.
        steps: Bound: training steps.
        minutes: Bound: minutes of training.
        looks: How often held-out prompts are looked at, the first and the last time included.
        held_out: Held-out prompts, at most.
    """

    policy: str = TINY
    seed: int = 0
    batch: int = 64
    group: int = 8
    learning_rate: float | None = None
    max_new_tokens: int | None = None
    temperature: float = 1.0
    warm: WarmStart = field(default_factory=WarmStart)
    steps: int = 100
    minutes: float = 10.0
    looks: int = 6
    held_out: int = 128

    def __post_init__(self) -> None:
        """Refuses what cannot be run."""
        if self.group < 2 or self.batch % self.group:
            raise UsageError(
                f"{self.batch} rollouts cannot be cut into groups of {self.group}; use a group of two "
                "or more that divides them"
            )
        if self.steps < 1 or self.minutes <= 0 or self.looks < 2:
            raise UsageError("a rehearsal needs a step, some time, and two looks")

    @property
    def deciding(self) -> dict[str, Any]:
        """What decides the result, as far as it goes: all but the bounds."""
        bounds = {"steps", "minutes", "looks"}
        return {name: value for name, value in asdict(self).items() if name not in bounds}
