"""The metrics that the reward Lambda emits: their names, once.

The Lambda emits them (`aws.emit`), the command line reads them (`jobs`), and dashboard and alarms name
them (`infra/monitoring.py`). The stacks may import the spec alone, so the table is here, below them all.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from nova_rft.outcome import Cause

METRICS_NAMESPACE: Final = "nova_rft"
# A project's stage is one copy of its stacks; two of them in one account must not be mixed.
METRIC_DIMENSIONS: Final = ("Project", "Stage")
# Beside those: each metric is there for the version that a job is pinned to, and for all together.
VERSION_DIMENSION: Final = "Version"

# Abstentions that are a judge's: what is to be done about them lies with the judge, not the records.
JUDGE_CAUSES: Final = (
    Cause.JUDGE_UNAVAILABLE,
    Cause.JUDGE_REFUSED,
    Cause.UNREADABLE_VERDICT,
    Cause.JUDGES_DISAGREE,
    Cause.BUDGET_SPENT,
)

MetricUnit = Literal["Count", "Seconds", "None"]


class RewardMetric(StrEnum):
    """One metric: its name in CloudWatch, its unit there, and what it means.

    What is emitted once for each event has the event as its sample: the average of `JudgeCost` is the
    cost of an event, its sum that of a period.
    """

    unit: MetricUnit
    meaning: str

    def __new__(cls, name: str, unit: MetricUnit, meaning: str) -> RewardMetric:
        """Makes a name that knows its unit and meaning."""
        one = str.__new__(cls, name)
        one._value_ = name
        one.unit = unit
        one.meaning = meaning
        return one

    EVENTS = "Events", "Count", "Events scored."
    ROLLOUTS = "Rollouts", "Count", "Rollouts in them."
    ABSTENTIONS = "Abstentions", "Count", "Rollouts that could not be scored."
    JUDGE_ABSTENTIONS = "JudgeAbstentions", "Count", "Of those, the ones for want of a judge."
    REWARD = "Reward", "None", "Each scored rollout's reward."
    REWARD_SPREAD = (
        "RewardSpread",
        "None",
        "Of each group the standard deviation of what goes over the wire: what it can teach.",
    )
    RESPONSE_WORDS = "ResponseWords", "Count", "Each response's length in words."
    JUDGE_CALLS = "JudgeCalls", "Count", "Calls that a judge answered."
    JUDGE_KEPT = "JudgeKept", "Count", "Answers that needed no call: the same was asked before."
    JUDGE_SECONDS = "JudgeSeconds", "Seconds", "How long each answered call took, waits apart."
    JUDGE_FAILURES = (
        "JudgeFailures",
        "Count",
        "Calls that failed for a reason that passes; asked again while attempts and time last.",
    )
    JUDGE_THROTTLES = "JudgeThrottles", "Count", "Of those, the ones that were throttled."
    JUDGE_INPUT_TOKENS = "JudgeInputTokens", "Count", "Tokens that judges read."
    JUDGE_OUTPUT_TOKENS = "JudgeOutputTokens", "Count", "Tokens that judges wrote."
    JUDGE_COST = (
        "JudgeCost",
        "None",
        "What they cost, in the prices' currency; only where every call has a price.",
    )
    SECONDS = "Seconds", "Seconds", "How long each event took."
    SECONDS_LEFT = (
        "SecondsLeft",
        "Seconds",
        "What each event left of its time, before the deadline that judges have to keep.",
    )


# Of each cause the metric that counts it, in events that have some.
CAUSE_METRICS: Final = {cause: f"{RewardMetric.ABSTENTIONS}.{cause}" for cause in Cause}


def term_metric(name: str) -> str:
    """The metric of a term's raw value, for each rollout that it scored."""
    return f"Term.{name}"
