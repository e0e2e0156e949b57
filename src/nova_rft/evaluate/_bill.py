"""What an evaluation will take, said before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nova_rft.data import BYTES_PER_TOKEN
from nova_rft.evaluate._plan import Plan
from nova_rft.evaluate._sampling import Sampling
from nova_rft.reward import judge_calls
from nova_rft.sampling import answers_cost, judges_cost
from nova_rft.spec import BedrockJudge, OpenAIJudge, RewardSpec

_EACH_ORDER: Final = 2


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known beforehand; money in the currency of the prices.

    Attributes:
        answers: That are still to be asked for, of all models.
        judge_calls: Of the judge for all answers; what is kept from before costs none of them.
        answers_most: What the models cost if every answer is as long as it may be; None without a price.
        judges_about: What the judge costs, by about; None without a price.
    """

    answers: int
    judge_calls: int
    answers_most: float | None
    judges_about: float | None


def bill_of(
    plan: Plan, sampling: Sampling, reward: RewardSpec, shares: Mapping[str, float] | None = None
) -> Bill:
    """Counts calls and tokens, at 4 bytes for a token.

    Args:
        plan: What is measured.
        sampling: What is there already.
        reward: Whose prices count.
        shares: By contender the share of the price that its answers cost, where that is not all of it.
    """
    samples, most = sampling.samples, 0.0
    answers, known = 0, True
    for one in sampling.contenders:
        waiting = sampling.waiting(one)
        tokens = [_tokens(prompt.rollout.prompt_text) for prompt in waiting]
        answers += len(waiting) * samples
        cost = answers_cost(one.model, reward, tokens, samples)
        known = known and cost is not None
        most += (shares or {}).get(one.name, 1.0) * (cost or 0.0)
    calls, judges = _judging(plan, sampling, reward)
    return Bill(answers, calls, most if known else None, judges)


def _judging(plan: Plan, sampling: Sampling, reward: RewardSpec) -> tuple[int, float | None]:
    main, *skills = sampling.parts
    models, samples = len(sampling.contenders), sampling.samples
    longest = max(
        one.model.max_tokens if isinstance(one.model, BedrockJudge | OpenAIJudge) else 0
        for one in sampling.contenders
    )
    rewards = [(one, main, models) for one in plan.rewards]
    rewards += [(one, part, models) for (_, one), part in zip(plan.skills, skills, strict=True)]
    if plan.pairs is not None:
        # As a reward of its own: what a call costs is reckoned in one place.
        pairs = reward.model_copy(update={"terms": (plan.pairs,)})
        rewards.append((pairs, main, models - 1))
    calls, total, known = 0, 0.0, True
    for one, part, times in rewards:
        tokens = [_tokens(prompt.rollout.prompt_text) for prompt in part.prompts]
        calls += times * len(tokens) * sum(c.per_prompt for c in judge_calls(one.terms, samples))
        cost = judges_cost(
            one.model_copy(update={"prices": reward.prices}), tokens, samples, longest
        )
        known = known and cost is not None
        total += times * (cost or 0.0)
    return calls, total if known else None


def _tokens(text: str) -> int:
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN
