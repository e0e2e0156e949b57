"""What a preview will take, said before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass

from nova_rft.data import BYTES_PER_TOKEN
from nova_rft.reward import judge_calls
from nova_rft.rollouts._preview import Preview
from nova_rft.sampling import answers_cost, judges_cost
from nova_rft.spec import BedrockJudge, OpenAIJudge, RewardSpec


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known beforehand; money in the currency of the prices.

    Attributes:
        prompts: That wait.
        answers: Of the model.
        judge_calls: Of all judges, retries not counted.
        answers_most: What the model costs if every answer is as long as it may be; None without a price.
        judges_about: What the judges cost if questions and verdicts are as long as they mostly are; None
            without prices.
    """

    prompts: int
    answers: int
    judge_calls: int
    answers_most: float | None
    judges_about: float | None


def bill_of(preview: Preview, reward: RewardSpec) -> Bill:
    """Counts calls and tokens, at 4 bytes for a token."""
    waiting, samples, policy = preview.waiting, preview.samples, preview.policy
    texts = [one.rollout.prompt_text for one in waiting]
    tokens = [len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN for text in texts]
    longest = policy.max_tokens if isinstance(policy, BedrockJudge | OpenAIJudge) else 0
    return Bill(
        prompts=len(waiting),
        answers=len(waiting) * samples,
        judge_calls=sum(
            calls.per_prompt * len(waiting) for calls in judge_calls(reward.terms, samples)
        ),
        answers_most=answers_cost(policy, reward, tokens, samples),
        judges_about=judges_cost(reward, tokens, samples, longest),
    )
