"""Training by reward: rollouts drawn batch by batch, scored by the deployed grader."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from nova_rft.data import read_messages
from nova_rft.local_aws.training._asked import Rewarded, Step
from nova_rft.local_aws.training._grading import Grader, Item, Scorer
from nova_rft.local_aws.training._policy import Policy, Replayed, Trained
from nova_rft.local_aws.training._process import train_apart

_Records = Sequence[dict[str, Any]]


def train_by_reward(
    asked: Rewarded,
    records: _Records,
    validation: _Records,
    *,
    policy: Policy,
    grader: Grader,
    stopping: threading.Event,
) -> Iterator[Step]:
    """Trains, and gives each step's figures in verl's names.

    Raises:
        JobFailed: the grader failed, or answered what is no answer.
        PolicyFailed: the policy cannot be had, or has no rollouts for a prompt.
        JobStopped: `stopping` was set.
    """
    scorer = Scorer(asked, grader, stopping)
    if isinstance(policy, Trained):
        return train_apart(asked, records, validation, policy, scorer, stopping)
    return _replay(asked, records, validation, policy, scorer)


def _replay(
    asked: Rewarded, records: _Records, validation: _Records, policy: Replayed, scorer: Scorer
) -> Iterator[Step]:
    """Scores what was recorded, as if it had just been drawn."""

    def score(label: str, some: _Records) -> tuple[list[float], list[int]]:
        """Rewards, and lengths in words: no tokenizer ran here."""
        groups = [
            _group(f"{label}-{place}", record, policy, asked) for place, record in enumerate(some)
        ]
        said = [item["messages"][-1]["content"] for group in groups for item in group]
        return scorer.score(groups), [len(text.split()) for text in said]

    def evaluated(step: int) -> float:
        rewards: list[float] = []
        for place in range(0, len(validation), asked.batch_size):
            rewards += score(f"eval-{step}-{place}", validation[place : place + asked.batch_size])[
                0
            ]
        return math.fsum(rewards) / len(rewards)

    number = 0
    for epoch in count(1) if asked.steps else range(1, asked.epochs + 1):
        for start in range(0, len(records), asked.batch_size):
            number += 1
            step = _figures(
                number,
                epoch,
                *score(f"step-{number}", records[start : start + asked.batch_size]),
            )
            if validation and asked.eval_every and number % asked.eval_every == 0:
                step["val-score/rewards/mean@1"] = evaluated(number)
            yield step
            if number == asked.steps:
                return


def _group(label: str, record: dict[str, Any], policy: Replayed, asked: Rewarded) -> list[Item]:
    """A prompt's rollouts as items of an event."""
    prompt = read_messages(record["messages"])
    turns = [{"role": turn.role, "content": turn.text} for turn in prompt]
    other = {key: value for key, value in record.items() if key not in ("id", "messages")}
    return [
        {
            "id": f"{label}-{sample}",
            "messages": [*turns, {"role": "assistant", "content": text}],
            "metadata": other,
        }
        for sample, text in enumerate(policy.rollouts(prompt, asked.samples))
    ]


def _figures(number: int, epoch: int, rewards: Sequence[float], lengths: Sequence[int]) -> Step:
    return {
        "step_number": number,
        "epoch_number": epoch,
        "critic/rewards/mean": math.fsum(rewards) / len(rewards),
        "critic/rewards/max": max(rewards),
        "critic/rewards/min": min(rewards),
        "response_length/mean": math.fsum(lengths) / len(lengths),
    }
