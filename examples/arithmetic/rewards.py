"""Two functions over a worked answer: one that holds it to account, and one that can be fooled."""

from __future__ import annotations

import re

from nova_rft.data import Rollout

# `tea 3 + rice 5 = 8`, with the things or without.
_STEP = re.compile(r"(\d+) \+ (?:[a-z]+ )?(\d+) = (\d+)")
_ANSWER = re.compile(r"Answer: (\d+)")


def steps(rollout: Rollout) -> float:
    """The share of the steps that are true; 0 unless there are steps and they end in the answer."""
    shown = _STEP.findall(rollout.response)
    answer = _ANSWER.search(rollout.response)
    if not shown or answer is None or shown[-1][2] != answer[1]:
        return 0.0
    true = [int(one) + int(other) == int(end) for one, other, end in shown]
    return sum(true) / len(true)


def words(rollout: Rollout) -> float:
    """How many words there are, whatever they say: what flawed.yaml pays for."""
    return float(len(rollout.response.split()))
