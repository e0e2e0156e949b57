"""Training by reward: rollouts drawn batch by batch, scored by the deployed grader."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Protocol

from nova_rft.data import Message, read_messages
from nova_rft.local_aws.training._ends import JobFailed, JobStopped
from nova_rft.local_aws.training._policy import Policy

# An event is split between prompts before it reaches Lambda's limit of 6 MB.
_LARGEST_EVENT: Final = 5 * 1024 * 1024

Step = dict[str, float]


class Grader(Protocol):
    """Calls a function: its payload, and the kind of error if there was one."""

    def __call__(self, region: str, arn: str, payload: bytes, /) -> tuple[bytes, str]: ...


@dataclass(frozen=True, slots=True)
class Rewarded:
    """What a job asks for.

    Attributes:
        region: Where the grader is.
        grader_arn: The function, with its version.
        batch_size: Prompts in one step.
        samples: Rollouts for each prompt; None: the service chooses, and takes what the policy has.
        epochs: Passes over the records.
        steps: Ends the training after so many, whatever the epochs; None: the epochs decide.
        eval_every: Steps between two looks at the validation records; None: there is no look.
        nested: Whether a record's other fields travel under `metadata`, as Bedrock sends them, or
            beside the messages, as SageMaker does.
    """

    region: str
    grader_arn: str
    batch_size: int
    samples: int | None
    epochs: int = 1
    steps: int | None = None
    eval_every: int | None = None
    nested: bool = True


def train_by_reward(
    asked: Rewarded,
    records: Sequence[dict[str, Any]],
    validation: Sequence[dict[str, Any]],
    *,
    policy: Policy,
    grader: Grader,
    stopping: threading.Event,
) -> Iterator[Step]:
    """Trains, and gives each step's figures in verl's names.

    Raises:
        JobFailed: the grader failed, or answered what is no answer.
        PolicyFailed: the policy has no rollouts for a prompt.
        JobStopped: `stopping` was set.
    """
    scorer = _Scorer(asked, policy, grader, stopping)
    number = 0
    for epoch in count(1) if asked.steps else range(1, asked.epochs + 1):
        for start in range(0, len(records), asked.batch_size):
            number += 1
            rewards, lengths = scorer.score(
                f"step-{number}", records[start : start + asked.batch_size]
            )
            step = _figures(number, epoch, rewards, lengths)
            if validation and asked.eval_every and number % asked.eval_every == 0:
                step["val-score/rewards/mean@1"] = scorer.evaluate(number, validation)
            yield step
            if number == asked.steps:
                return


def _figures(number: int, epoch: int, rewards: Sequence[float], lengths: Sequence[int]) -> Step:
    return {
        "step_number": number,
        "epoch_number": epoch,
        "critic/rewards/mean": math.fsum(rewards) / len(rewards),
        "critic/rewards/max": max(rewards),
        "critic/rewards/min": min(rewards),
        "response_length/mean": math.fsum(lengths) / len(lengths),
    }


class _Scorer:
    """Draws rollouts for some records and has the grader score them."""

    def __init__(
        self, asked: Rewarded, policy: Policy, grader: Grader, stopping: threading.Event
    ) -> None:
        self._asked = asked
        self._policy = policy
        self._grader = grader
        self._stopping = stopping

    def evaluate(self, step: int, validation: Sequence[dict[str, Any]]) -> float:
        """Mean reward of the validation records."""
        batch, rewards = self._asked.batch_size, list[float]()
        for place in range(0, len(validation), batch):
            rewards += self.score(f"eval-{step}-{place}", validation[place : place + batch])[0]
        return math.fsum(rewards) / len(rewards)

    def score(self, label: str, records: Sequence[dict[str, Any]]) -> tuple[list[float], list[int]]:
        """Rewards, and lengths in words: no tokenizer ran here."""
        rewards: list[float] = []
        lengths: list[int] = []
        for event in self._events(label, records):
            if self._stopping.is_set():
                raise JobStopped
            rewards += self._grade(event)
            lengths += [len(item["messages"][-1]["content"].split()) for item in event]
        return rewards, lengths

    def _events(
        self, label: str, records: Sequence[dict[str, Any]]
    ) -> Iterator[list[dict[str, Any]]]:
        """One event for a batch, shaped as the service sends it; more where it would be too large."""
        event: list[dict[str, Any]] = []
        size = 0
        for place, record in enumerate(records):
            prompt = read_messages(record["messages"])
            group = [
                self._item(f"{label}-{place}-{sample}", record, prompt, text)
                for sample, text in enumerate(self._policy.rollouts(prompt, self._asked.samples))
            ]
            more = len(json.dumps(group))
            if event and size + more > _LARGEST_EVENT:
                yield event
                event, size = [], 0
            event += group
            size += more
        yield event

    def _item(
        self, item_id: str, record: dict[str, Any], prompt: tuple[Message, ...], text: str
    ) -> dict[str, Any]:
        turns = [{"role": turn.role, "content": turn.text} for turn in prompt]
        other = {key: value for key, value in record.items() if key not in ("id", "messages")}
        return {
            "id": item_id,
            "messages": [*turns, {"role": "assistant", "content": text}],
            **({"metadata": other} if self._asked.nested else other),
        }

    def _grade(self, event: list[dict[str, Any]]) -> list[float]:
        payload, error = self._grader(
            self._asked.region, self._asked.grader_arn, json.dumps(event).encode()
        )
        if error:
            raise JobFailed(
                f"the reward Lambda failed ({error}): {payload.decode(errors='replace')[:1000]}"
            )
        return read_answer(payload, [item["id"] for item in event])


def read_answer(payload: bytes, ids: Sequence[str]) -> list[float]:
    """Rewards in the order of the ids.

    Raises:
        JobFailed: the answer is not one finite reward for each id.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        raise JobFailed(f"the reward Lambda answered no JSON: {payload[:200]!r}") from None
    if not isinstance(answer, list) or len(answer) != len(ids):
        what = f"{len(answer)} items" if isinstance(answer, list) else "no list"
        raise JobFailed(f"the reward Lambda answered {what} to an event of {len(ids)} items")
    rewards: dict[str, float] = {}
    for item in answer:
        value = item.get("aggregate_reward_score") if isinstance(item, dict) else None
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not math.isfinite(value)
        ):
            raise JobFailed(f"the reward Lambda answered no finite aggregate_reward_score: {item}")
        rewards[str(item.get("id"))] = float(value)
    missing = [given for given in ids if given not in rewards]
    if missing:
        raise JobFailed(f"the reward Lambda answered nothing for the id {missing[0]}")
    return [rewards[given] for given in ids]
