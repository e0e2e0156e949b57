"""The deployed grader: events cut to what Lambda takes, and its answer read."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from nova_rft.local_aws.training._asked import Rewarded
from nova_rft.local_aws.training._ends import JobFailed, JobStopped

# An event is split between prompts before it reaches Lambda's limit of 6 MB.
_LARGEST_EVENT: Final = 5 * 1024 * 1024

Item = dict[str, Any]


class Grader(Protocol):
    """Calls a function: its payload, and the kind of error if there was one."""

    def __call__(self, region: str, arn: str, payload: bytes, /) -> tuple[bytes, str]: ...


class Scorer:
    """Has a job's grader score rollouts."""

    def __init__(self, asked: Rewarded, grader: Grader, stopping: threading.Event) -> None:
        self._asked = asked
        self._grader = grader
        self._stopping = stopping

    def score(self, groups: Iterable[list[Item]]) -> list[float]:
        """Rewards of all items, in their order.

        Args:
            groups: Items of one prompt each, a record's other fields under `metadata`.

        Raises:
            JobFailed: the grader failed, or answered what is no answer.
            JobStopped: the job was asked to stop.
        """
        rewards: list[float] = []
        for event in _events(groups):
            if self._stopping.is_set():
                raise JobStopped
            rewards += self._grade(event if self._asked.nested else [_flat(one) for one in event])
        return rewards

    def _grade(self, event: list[Item]) -> list[float]:
        payload, error = self._grader(
            self._asked.region, self._asked.grader_arn, json.dumps(event).encode()
        )
        if error:
            raise JobFailed(
                f"the reward Lambda failed ({error}): {payload.decode(errors='replace')[:1000]}"
            )
        return read_answer(payload, [item["id"] for item in event])


def _events(groups: Iterable[list[Item]]) -> Iterator[list[Item]]:
    """One event, shaped as the service sends it; more where it would be too large."""
    event: list[Item] = []
    size = 0
    for group in groups:
        more = len(json.dumps(group))
        if event and size + more > _LARGEST_EVENT:
            yield event
            event, size = [], 0
        event += group
        size += more
    yield event


def _flat(item: Item) -> Item:
    return {"id": item["id"], "messages": item["messages"], **item["metadata"]}


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
