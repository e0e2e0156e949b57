"""What the reward Lambda says of itself: CloudWatch metrics in the embedded metric format (EMF)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from nova_rft.aws.metrics import NAMESPACE
from nova_rft.data import Rollout
from nova_rft.judge.models import Totals
from nova_rft.reward import Abstention, Item, Score, Scored

_HIGH_RESOLUTION: Final = 1


def emit(
    items: Sequence[Item],
    scored: Sequence[Scored],
    *,
    project: str,
    version: str,
    seconds: float,
    judged: Totals,
) -> None:
    """Prints the metrics of one event to standard output, where Lambda hands them to CloudWatch.

    Metrics, in the dimensions (Project, Version) and (Project): `Events`, `Rollouts`,
    `Abstentions`, `Abstentions.CAUSE`, `Reward`, `RewardSpread` (of each group of siblings the standard
    deviation of what goes over the wire: what a group can teach), `Term.NAME`, `ResponseWords`,
    `JudgeCalls`, `JudgeKept` (answers that needed no call), `JudgeInputTokens`, `JudgeOutputTokens`,
    `JudgeCost` (in the prices' currency, where every call has a price), `Seconds`. No text of prompts or
    responses.
    """
    metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE)
    metrics.add_dimension("Project", project)
    metrics.add_dimension("Version", version)
    metrics.add_dimensions(Project=project)

    def add(name: str, value: float, unit: str = "None") -> None:
        metrics.add_metric(name, unit, value, resolution=_HIGH_RESOLUTION)

    add("Events", 1, "Count")
    add("Rollouts", len(scored), "Count")
    add("Abstentions", sum(isinstance(one.outcome, Abstention) for one in scored), "Count")
    add("Seconds", seconds, "Seconds")
    for item, one in zip(items, scored, strict=True):
        if isinstance(item, Rollout):
            add("ResponseWords", len(item.response.split()), "Count")
        if isinstance(one.outcome, Abstention):
            add(f"Abstentions.{one.outcome.cause}", 1, "Count")
        else:
            add("Reward", one.outcome.value)
        for name, result in one.terms.items():
            if isinstance(result, Score):
                add(f"Term.{name}", result.value)
    for spread in _spreads(scored):
        add("RewardSpread", spread)
    add("JudgeCalls", judged.calls, "Count")
    add("JudgeKept", judged.kept, "Count")
    add("JudgeInputTokens", judged.usage.input_tokens, "Count")
    add("JudgeOutputTokens", judged.usage.output_tokens, "Count")
    if judged.calls and not judged.unpriced:
        add("JudgeCost", judged.cost)
    metrics.flush_metrics()


def _spreads(scored: Sequence[Scored]) -> list[float]:
    """The population standard deviation of each group's rewards; of groups of one there is none."""
    groups: dict[str, list[float]] = {}
    for one in scored:
        groups.setdefault(one.group, []).append(one.wire)
    return [statistics.pstdev(wires) for wires in groups.values() if len(wires) > 1]
