"""What is wrong with an answer: shape, ids, order, numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

_KINDS: Final = ("Metric", "Reward")


def answer_problems(ids: Sequence[Any], answer: Any) -> list[str]:
    """Everything that a trainer could trip over, in sentences; none for a right answer.

    Args:
        ids: Those of the event's items, in order; None where an item had none.
        answer: What the function returned.
    """
    if not isinstance(answer, list):
        return [f"the answer is no list but {type(answer).__name__}"]
    problems = []
    if len(answer) != len(ids):
        problems.append(f"{len(answer)} answers for {len(ids)} items")
    given = [item.get("id") if isinstance(item, dict) else None for item in answer]
    if not problems:
        problems += _ids(ids, given)
    for place, item in enumerate(answer):
        problems += [f"answer {place}: {problem}" for problem in _item(item)]
    return problems


def _ids(ids: Sequence[Any], given: Sequence[Any]) -> Iterator[str]:
    """Whether each item that has an id was answered under it, and in its place."""
    pairs = [(want, got) for want, got in zip(ids, given, strict=True) if want is not None]
    if any(want != got for want, got in pairs):
        wanted, got = sorted(repr(want) for want, _ in pairs), sorted(repr(got) for _, got in pairs)
        yield "the order is not that of the items" if wanted == got else "ids are lost or changed"


def _item(item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"is no object but {type(item).__name__}"
        return
    if not _finite(item.get("aggregate_reward_score")):
        yield f"aggregate_reward_score is {item.get('aggregate_reward_score')!r}, no finite number"
    metrics = item.get("metrics_list", [])
    if not isinstance(metrics, list):
        yield "metrics_list is no list"
        return
    for metric in metrics:
        if not isinstance(metric, dict) or not isinstance(metric.get("name"), str):
            yield "a metric has no name"
        elif not _finite(metric.get("value")):
            yield f"the metric {metric['name']} is {metric.get('value')!r}, no finite number"
        elif metric.get("type") not in _KINDS:
            kind = metric.get("type")
            yield f"the metric {metric['name']} has the type {kind!r}, not Metric or Reward"


def _finite(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)
