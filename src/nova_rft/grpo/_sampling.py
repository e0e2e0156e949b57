"""How many rollouts of a prompt, and how many prompts in a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nova_rft.grpo._prompts import PromptLesson
from nova_rft.spec import RFT_BATCH_SIZE, RFT_SAMPLES_PER_PROMPT, Limit

# Of the signal that the largest group gives for each rollout, what the advised one must give.
_ENOUGH: Final = 0.85
# Groups that teach in one step: fewer, and single prompts decide where the policy goes.
_TELLING: Final = 32


@dataclass(frozen=True, slots=True)
class GroupSize:
    """What groups of one size are expected to give.

    Attributes:
        samples: Rollouts of a prompt.
        telling: Share of groups expected to differ.
        per_rollout: Mean square of the advantages, scaled by the group's deviation, for each rollout
            that is paid for: telling * (1 - 1 / samples).
    """

    samples: int
    telling: float
    per_rollout: float


@dataclass(frozen=True, slots=True)
class SamplingAdvice:
    """A group size and a batch size, with what speaks for them.

    Attributes:
        samples_per_prompt: Rollouts of a prompt.
        batch_size: Prompts in a step.
        sizes: What was compared.
        reasons: In words.
    """

    samples_per_prompt: int
    batch_size: int
    sizes: tuple[GroupSize, ...]
    reasons: tuple[str, ...]


def sampling_advice(lessons: Sequence[PromptLesson]) -> SamplingAdvice | None:
    """Chooses among the powers of two that Bedrock takes; None without scored rollouts.

    The smallest group that gives 85 % of the signal for each rollout that the largest gives, and the
    smallest batch in which 32 groups are expected to teach. Both bounds are this package's own.
    """
    sizes = tuple(_group_size(lessons, samples) for samples in _powers(RFT_SAMPLES_PER_PROMPT))
    if not any(lesson.counts for lesson in lessons):
        return None
    most = sizes[-1].per_rollout
    chosen = next(size for size in sizes if size.per_rollout >= _ENOUGH * most)
    batches = _powers(RFT_BATCH_SIZE)
    batch = next((n for n in batches if n * chosen.telling >= _TELLING), batches[-1])
    return SamplingAdvice(chosen.samples, batch, sizes, _reasons(sizes, chosen, batch))


def _powers(limit: Limit) -> list[int]:
    return [2**n for n in range(32) if 2**n in limit]


def _group_size(lessons: Sequence[PromptLesson], samples: int) -> GroupSize:
    chances = [lesson.chance_of_signal(samples) for lesson in lessons]
    telling = float(np.mean([chance for chance in chances if chance is not None] or [0.0]))
    return GroupSize(samples, telling, telling * (1 - 1 / samples))


def _reasons(sizes: Sequence[GroupSize], chosen: GroupSize, batch: int) -> tuple[str, ...]:
    largest = sizes[-1]
    differ = ", ".join(f"{size.telling:.0%} of {size.samples}" for size in sizes)
    taught = ", ".join(
        f"{size.per_rollout / largest.per_rollout:.0%} of {size.samples}" for size in sizes[:-1]
    )
    groups = batch * chosen.telling
    found = [
        f"Of groups of these prompts, so many are expected to differ in reward: {differ} rollouts.",
        f"What a rollout teaches in a smaller group, beside one in a group of {largest.samples}: "
        f"{taught}. {chosen.samples} is the smallest that reaches {_ENOUGH:.0%}.",
        f"In a batch of {batch} prompts about {groups:.0f} groups teach, and {batch - groups:.0f} "
        "are paid for and teach nothing.",
    ]
    if groups < _TELLING:
        found.append(
            f"That is fewer than {_TELLING}, also in the largest batch: change the prompts or the "
            "reward before the numbers."
        )
    return tuple(found)
