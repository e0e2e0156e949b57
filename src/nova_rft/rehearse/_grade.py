"""The reward as a trainer meets it: an event goes in, an answer list comes out, here or in AWS."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.errors import FindingsError
from nova_rft.rehearse._examples import Example
from nova_rft.reward import MalformedEvent, RewardAbstained, RewardFunction, answer, read_event
from nova_rft.reward.contract import Answered, Call, answer_problems

_WEIGHTED: Final = ".weighted"
_ABSTAINED: Final = "abstained"


class RewardFailed(FindingsError):
    """The reward failed on an event, or gave an answer that is none."""


@dataclass(frozen=True, slots=True)
class Graded:
    """What the answer says of one rollout.

    Attributes:
        reward: What goes to the trainer.
        values: Raw value of each metric by name, terms first.
        weighted: What each term brought into the reward.
        abstained: Whether the reward could not be told.
    """

    reward: float
    values: Mapping[str, float]
    weighted: Mapping[str, float]
    abstained: bool


def call_here(function: RewardFunction) -> Call:
    """The reward on this machine, called as the Lambda is."""

    def call(event: Any) -> Answered:
        started = time.monotonic()
        try:
            found = answer(function.score(read_event(event)))
        except (MalformedEvent, RewardAbstained) as error:
            return Answered(error=str(error))
        return Answered(found, seconds=time.monotonic() - started)

    return call


def event_of(label: str, examples: Sequence[Example], responses: Sequence[str]) -> list[Any]:
    """Some rollouts as the event that Bedrock sends: a record's other fields under `metadata`.

    Args:
        label: Begins each id.
        examples: Whose prompt each response answers.
        responses: The policy's texts.
    """
    return [
        {
            "id": f"{label}-{place}",
            "messages": [*example.messages, {"role": "assistant", "content": response}],
            "metadata": {
                key: value for key, value in example.record.items() if key not in ("id", "messages")
            },
        }
        for place, (example, response) in enumerate(zip(examples, responses, strict=True))
    ]


def grade(call: Call, event: Sequence[Any]) -> list[Graded]:
    """Has an event scored.

    Raises:
        RewardFailed: the reward failed, or its answer is not one finite reward for each rollout.
    """
    answered = call(event)
    if answered.error:
        raise RewardFailed(f"the reward failed on {event[0]['id']}: {answered.error}")
    problems = answer_problems([item["id"] for item in event], answered.answer)
    if problems:
        raise RewardFailed(f"the reward's answer to {event[0]['id']} is wrong: {problems[0]}")
    return [_graded(item) for item in answered.answer]


def _graded(item: Mapping[str, Any]) -> Graded:
    metrics = {
        metric["name"]: float(metric["value"])
        for metric in item.get("metrics_list", [])
        if metric["type"] == "Metric"
    }
    weighted = {
        name.removesuffix(_WEIGHTED): value
        for name, value in metrics.items()
        if name.endswith(_WEIGHTED)
    }
    values = {
        name: value
        for name, value in metrics.items()
        if name != _ABSTAINED and not name.endswith((_WEIGHTED, f".{_ABSTAINED}"))
    }
    return Graded(
        float(item["aggregate_reward_score"]),
        values,
        weighted,
        bool(metrics.get(_ABSTAINED, 0.0)),
    )
