"""What the reward Lambda says of itself: CloudWatch metrics in the embedded metric format (EMF)."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from nova_rft.data import Rollout
from nova_rft.judge.models import Totals
from nova_rft.outcome import Cause
from nova_rft.reward import Abstention, Item, Score, Scored
from nova_rft.spec import (
    CAUSE_METRICS,
    JUDGE_CAUSES,
    METRICS_NAMESPACE,
    VERSION_DIMENSION,
    RewardMetric,
    term_metric,
)

_HIGH_RESOLUTION: Final = 1
Values = Iterator[tuple[RewardMetric, float]]


@dataclass(frozen=True, slots=True)
class Of:
    """Whose metrics they are: the project, its stage, and the version of its reward Lambda."""

    project: str
    stage: str
    version: str


@dataclass(frozen=True, slots=True)
class Took:
    """What an event took.

    Attributes:
        seconds: How long it was.
        left: Seconds that it left before its deadline.
        judged: What judges took.
        latencies: Seconds of each call of a judge that was answered.
    """

    seconds: float
    left: float
    judged: Totals
    latencies: Sequence[float] = ()


def emit(items: Sequence[Item], scored: Sequence[Scored], of: Of, took: Took) -> None:
    """Prints the metrics of one event to standard output, where Lambda hands them to CloudWatch.

    Each in the dimensions (Project, Stage, Version) and (Project, Stage): those of `RewardMetric`, which
    says what they mean, `Abstentions.CAUSE` for each cause that occurred, and `Term.NAME` for each
    term that gave a value. What counts is there in every event, be it 0; what measures (`Reward`,
    `RewardSpread`, `JudgeSeconds`, `JudgeCost`) only where there is something to measure. No text of
    prompts or responses.
    """
    metrics = AmazonCloudWatchEMFProvider(namespace=METRICS_NAMESPACE)
    together = {"Project": of.project, "Stage": of.stage}
    for name, place in {**together, VERSION_DIMENSION: of.version}.items():
        metrics.add_dimension(name, place)
    metrics.add_dimensions(**together)

    def add(name: str, value: float, unit: str) -> None:
        metrics.add_metric(name, unit, value, resolution=_HIGH_RESOLUTION)

    for values in (_counted(scored), _measured(items, scored), _judged(took)):
        for metric, value in values:
            add(metric.value, value, metric.unit)
    for cause, times in _causes(scored).items():
        add(CAUSE_METRICS[cause], times, "Count")
    for one in scored:
        for name, result in one.terms.items():
            if isinstance(result, Score):
                add(term_metric(name), result.value, "None")
    metrics.flush_metrics()


def _counted(scored: Sequence[Scored]) -> Values:
    causes = _causes(scored)
    yield RewardMetric.EVENTS, 1
    yield RewardMetric.ROLLOUTS, len(scored)
    yield RewardMetric.ABSTENTIONS, causes.total()
    yield RewardMetric.JUDGE_ABSTENTIONS, sum(causes[cause] for cause in JUDGE_CAUSES)


def _measured(items: Sequence[Item], scored: Sequence[Scored]) -> Values:
    for item in items:
        if isinstance(item, Rollout):
            yield RewardMetric.RESPONSE_WORDS, len(item.response.split())
    for one in scored:
        if isinstance(one.outcome, Score):
            yield RewardMetric.REWARD, one.outcome.value
    for spread in _spreads(scored):
        yield RewardMetric.REWARD_SPREAD, spread


def _judged(took: Took) -> Values:
    judged = took.judged
    yield RewardMetric.SECONDS, took.seconds
    yield RewardMetric.SECONDS_LEFT, took.left
    yield RewardMetric.JUDGE_CALLS, judged.calls
    yield RewardMetric.JUDGE_KEPT, judged.kept
    yield RewardMetric.JUDGE_FAILURES, judged.failed
    yield RewardMetric.JUDGE_THROTTLES, judged.throttled
    yield RewardMetric.JUDGE_INPUT_TOKENS, judged.usage.input_tokens
    yield RewardMetric.JUDGE_OUTPUT_TOKENS, judged.usage.output_tokens
    if judged.calls and not judged.unpriced:
        yield RewardMetric.JUDGE_COST, judged.cost
    for seconds in took.latencies:
        yield RewardMetric.JUDGE_SECONDS, seconds


def _causes(scored: Sequence[Scored]) -> Counter[Cause]:
    return Counter(one.outcome.cause for one in scored if isinstance(one.outcome, Abstention))


def _spreads(scored: Sequence[Scored]) -> list[float]:
    """The population standard deviation of each group's rewards; of groups of one there is none."""
    groups: dict[str, list[float]] = {}
    for one in scored:
        groups.setdefault(one.group, []).append(one.wire)
    return [statistics.pstdev(wires) for wires in groups.values() if len(wires) > 1]
