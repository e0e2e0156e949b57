"""What distilling will cost, said before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.data import Rollout
from nova_rft.data.check import BYTES_PER_TOKEN
from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.reward import judge_calls
from nova_rft.spec import BedrockJudge, OpenAIJudge, RewardSpec, Spec, single_judges

# Tokens of a judge's own words in a question, and of a verdict with its reasons: seen in examples.
_RUBRIC: Final = 800
_VERDICT: Final = 250


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
    tokens = [len(one.prompt_text.encode("utf-8", "replace")) // BYTES_PER_TOKEN for one in prompts]
    return Estimate(
        prompts=len(prompts),
        teacher_calls=len(prompts) * asked.samples,
        judge_calls=sum(
            calls.per_prompt * len(prompts)
            for calls in judge_calls(spec.required_reward.terms, asked.samples)
        ),
        teacher_most=_teacher(spec, tokens),
        judges_about=_judges(spec.required_reward, tokens, asked.samples, _longest(spec)),
    )


def _longest(spec: Spec) -> int:
    teacher = spec.distillation.teacher if spec.distillation else None
    return teacher.max_tokens if isinstance(teacher, BedrockJudge | OpenAIJudge) else 0


def _teacher(spec: Spec, tokens: Sequence[int]) -> float | None:
    asked = spec.distillation
    if asked is None or not isinstance(asked.teacher, BedrockJudge | OpenAIJudge):
        return 0.0
    price = spec.required_reward.prices.get(asked.teacher.id)
    if price is None:
        return None
    usage = Usage(
        sum(tokens) * asked.samples, len(tokens) * asked.samples * asked.teacher.max_tokens
    )
    return cost_of(usage, price)


def _judges(reward: RewardSpec, tokens: Sequence[int], samples: int, longest: int) -> float | None:
    total = 0.0
    calls = {one.term: one.per_prompt for one in judge_calls(reward.terms, samples)}
    for judge in single_judges(reward.terms):
        if not isinstance(judge.model, BedrockJudge | OpenAIJudge):
            continue
        price = reward.prices.get(judge.model.id)
        if price is None:
            return None
        count = calls[judge.name]
        read = count * (sum(tokens) + len(tokens) * (_RUBRIC + longest // 2))
        total += cost_of(Usage(read, count * len(tokens) * _VERDICT), price)
    return total
