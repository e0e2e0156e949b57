"""What answers and their judges will cost, said before anything is spent; 4 bytes count as a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.reward import judge_calls
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, RewardSpec, single_judges

# Tokens of a judge's own words in a question, and of a verdict with its reasons: seen in examples.
_RUBRIC: Final = 800
_VERDICT: Final = 250


def answers_cost(
    model: JudgeModelSpec, reward: RewardSpec, tokens: Sequence[int], samples: int
) -> float | None:
    """What answers cost if each is as long as it may be; None without a price.

    Args:
        model: That answers.
        reward: Its prices count.
        tokens: Of each prompt.
        samples: Answers to each.
    """
    if not isinstance(model, BedrockJudge | OpenAIJudge):
        return 0.0
    price = reward.prices.get(model.id)
    if price is None:
        return None
    usage = Usage(sum(tokens) * samples, len(tokens) * samples * model.max_tokens)
    return cost_of(usage, price)


def judges_cost(
    reward: RewardSpec, tokens: Sequence[int], samples: int, longest: int
) -> float | None:
    """What judges cost if questions and verdicts are as long as they mostly are; None without prices.

    Args:
        reward: Its judges and prices count.
        tokens: Of each prompt.
        samples: Responses to each.
        longest: Most tokens of a response.
    """
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
