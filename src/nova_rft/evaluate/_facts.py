"""What each model's answers took: seconds, tokens, money."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nova_rft.evaluate._contender import Contender
from nova_rft.evaluate._evaluation import ModelFacts
from nova_rft.evaluate._kept import Said
from nova_rft.evaluate._measured import CUT_OFF
from nova_rft.evaluate._sampling import Sampling
from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.judge.models._scripted import is_scripted
from nova_rft.spec import BedrockJudge, OpenAIJudge, RewardSpec


def model_facts(
    sampling: Sampling, reward: RewardSpec, unscored: Mapping[str, Mapping[str, int]]
) -> tuple[ModelFacts, ...]:
    """Each contender's, by the answers that are kept.

    Args:
        sampling: The answers.
        reward: Whose prices count.
        unscored: By contender and cause, answers whose reward could not be told.
    """
    prompts = [prompt for part in sampling.parts for prompt in part.prompts]
    found = []
    for one in sampling.contenders:
        said = [each for prompt in prompts for each in sampling.said(one, prompt)]
        missing = len(prompts) * sampling.samples - len(said)
        found.append(_facts(one, said, missing, reward, unscored.get(one.name, {})))
    return tuple(found)


def _facts(
    one: Contender,
    said: Sequence[Said],
    missing: int,
    reward: RewardSpec,
    unscored: Mapping[str, int],
) -> ModelFacts:
    seconds = [each.seconds for each in said if each.seconds is not None]
    median, slow = np.quantile(seconds, [0.5, 0.95]).tolist() if seconds else (None, None)
    read = _mean([each.input_tokens for each in said])
    written = _mean([each.output_tokens for each in said])
    return ModelFacts(
        one.name,
        one.id,
        one.job,
        len(said),
        missing,
        _mean([each.stop in CUT_OFF for each in said]),
        median,
        slow,
        read,
        written,
        _cost(one, said, reward),
        unscored,
        sum(is_scripted(each.text) for each in said),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _cost(one: Contender, said: Sequence[Said], reward: RewardSpec) -> float | None:
    if not isinstance(one.model, BedrockJudge | OpenAIJudge):
        return 0.0
    price = reward.prices.get(one.id)
    if price is None or not said:
        return None
    usage = Usage(sum(s.input_tokens for s in said), sum(s.output_tokens for s in said))
    return cost_of(usage, price) / len(said)
