"""What distilling will cost, said before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nova_rft.data import BYTES_PER_TOKEN, Rollout
from nova_rft.reward import judge_calls
from nova_rft.sampling import answers_cost, judges_cost
from nova_rft.spec import BedrockJudge, OpenAIJudge, Spec


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known beforehand; money in the currency of the prices.

    Attributes:
        prompts: That are to be answered.
        teacher_calls: One for each sample.
        judge_calls: Of all judges, retries not counted.
        teacher_most: What the teacher costs if every answer is as long as it may be; None without a
            price.
        judges_about: What the judges cost if questions and verdicts are as long as they mostly are; None
            without prices.
    """

    prompts: int
    teacher_calls: int
    judge_calls: int
    teacher_most: float | None
    judges_about: float | None


def estimate(spec: Spec, prompts: Sequence[Rollout]) -> Estimate:
    """Counts calls and tokens, at 4 bytes for a token.

    Args:
        spec: With its distillation.
        prompts: Those that are not answered yet.
    """
    asked = spec.distillation
    if asked is None:
        raise ValueError("the spec has no distillation")
    teacher = asked.teacher
    longest = teacher.max_tokens if isinstance(teacher, BedrockJudge | OpenAIJudge) else 0
    tokens = [len(one.prompt_text.encode("utf-8", "replace")) // BYTES_PER_TOKEN for one in prompts]
    return Estimate(
        prompts=len(prompts),
        teacher_calls=len(prompts) * asked.samples,
        judge_calls=sum(
            calls.per_prompt * len(prompts)
            for calls in judge_calls(spec.required_reward.terms, asked.samples)
        ),
        teacher_most=answers_cost(teacher, spec.required_reward, tokens, asked.samples),
        judges_about=judges_cost(spec.required_reward, tokens, asked.samples, longest),
    )
