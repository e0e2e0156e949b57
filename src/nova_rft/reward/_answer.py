"""The answer list: what a reward Lambda returns to the trainer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from nova_rft.outcome import Abstention, Score
from nova_rft.reward._score import Scored


def answer(scored: Iterable[Scored]) -> list[dict[str, Any]]:
    """One item for each rollout, in order, ids kept.

    Each has `id`, `aggregate_reward_score` and `metrics_list`: for a term NAME the metrics `NAME`,
    `NAME.weighted` (what it brought into the reward) and those of its own (`NAME.CRITERION`); of one
    that abstained `NAME.abstained`, and `NAME.weighted` where its siblings' mean counted; `abstained`
    (0 or 1) of the whole, and where it is 1 `abstained.CAUSE`; and `reward`.
    """
    return [_item(one) for one in scored]


def to_json(answer_list: Iterable[dict[str, Any]]) -> str:
    """The list as AWS's Python 3.13 Lambda runtime writes it, so that answers compare by bytes."""
    return json.dumps(list(answer_list), ensure_ascii=False)


def _item(one: Scored) -> dict[str, Any]:
    metrics = [
        metric for name, result in one.terms.items() for metric in _term_metrics(name, result, one)
    ]
    metrics.append(_metric("abstained", float(isinstance(one.outcome, Abstention))))
    if isinstance(one.outcome, Abstention):
        metrics.append(_metric(f"abstained.{one.outcome.cause}", 1.0))
    metrics.append(_metric("reward", one.wire, "Reward"))
    return {"id": one.id, "aggregate_reward_score": one.wire, "metrics_list": metrics}


def _term_metrics(name: str, result: Score | Abstention, one: Scored) -> list[dict[str, Any]]:
    weighted = [_metric(f"{name}.weighted", one.weighted[name])] if name in one.weighted else []
    if isinstance(result, Abstention):
        return [_metric(f"{name}.abstained", 1.0), *weighted]
    return [
        _metric(name, result.value),
        *weighted,
        *(_metric(f"{name}.{key}", value) for key, value in result.metrics.items()),
    ]


def _metric(
    name: str, value: float, kind: Literal["Metric", "Reward"] = "Metric"
) -> dict[str, Any]:
    # Adding zero turns -0.0 into 0.0, which prints alike everywhere.
    return {"name": name, "value": float(value) + 0.0, "type": kind}
