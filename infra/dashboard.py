"""The dashboard: what the reward says, what its judges do and cost, and how its Lambda fares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from judges import bedrock_judges
from measures import (
    bedrock_metric,
    by_version,
    lambda_metric,
    reward_metric,
    unpriced_judges,
    warm_versions,
)
from nova_rft.spec import CAUSE_METRICS, RewardMetric, term_metric
from reward import TIMEOUT
from settings import Settings

_PERIOD: Final = cdk.Duration.minutes(5)
_MINUTE: Final = cdk.Duration.minutes(1)
_DAY: Final = cdk.Duration.days(1)
_WHOLE: Final = 24
_Line = cloudwatch.IMetric


def dashboard(
    scope: Construct, settings: Settings, alarms: Sequence[cloudwatch.IAlarm]
) -> cloudwatch.Dashboard:
    """One dashboard for a project's stage, named after both."""
    spec = settings.spec
    made = cloudwatch.Dashboard(
        scope, "Dashboard", dashboard_name=f"{spec.project}-{spec.stage}", default_interval=_DAY
    )
    made.add_widgets(
        cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WHOLE, height=3)
    )
    for row in (
        _reward(settings),
        _scores(settings),
        _judge(settings),
        _money(settings),
        _lambda(settings),
        _bedrock(settings),
    ):
        width = _WHOLE // len(row) if row else _WHOLE
        made.add_widgets(*[_graph(width=width, **graph) for graph in row])
    return made


def _graph(**props: Any) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(**{"height": 6, "period": _PERIOD, **props})


def _lines(settings: Settings, metric: RewardMetric, statistics: Sequence[str]) -> list[_Line]:
    return [
        reward_metric(settings, metric, statistic, _PERIOD, label=statistic)
        for statistic in statistics
    ]


def _sums(settings: Settings, *metrics: RewardMetric) -> list[_Line]:
    return [reward_metric(settings, one, "Sum", _PERIOD, label=one.value) for one in metrics]


def _reward(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "title": "Reward",
            "left": _lines(settings, RewardMetric.REWARD, ("Average", "p10", "p50", "p90")),
        },
        {
            "title": "Reward of each version (a job is pinned to one)",
            "left": [by_version(settings, RewardMetric.REWARD, "Average", _PERIOD)],
        },
        {
            "title": "Spread inside groups",
            "left": _lines(settings, RewardMetric.REWARD_SPREAD, ("Average", "p10", "p90")),
        },
    ]


def _scores(settings: Settings) -> list[dict[str, Any]]:
    terms = settings.spec.required_reward.terms
    return [
        {
            "title": "Mean of each term",
            "left": [
                reward_metric(settings, term_metric(one.name), "Average", _PERIOD, label=one.name)
                for one in terms
            ],
        },
        {
            "title": "Rollouts, and those without a score",
            "left": _sums(settings, RewardMetric.ROLLOUTS, RewardMetric.ABSTENTIONS),
        },
        {
            "title": "Why there was no score",
            "stacked": True,
            "left": [
                reward_metric(settings, name, "Sum", _PERIOD, label=cause.value)
                for cause, name in CAUSE_METRICS.items()
            ],
        },
        {
            "title": "Response length in words",
            "left": _lines(settings, RewardMetric.RESPONSE_WORDS, ("Average", "p90", "Maximum")),
        },
    ]


def _judge(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "title": "Judge: seconds for an answer",
            "left": _lines(settings, RewardMetric.JUDGE_SECONDS, ("p50", "p95", "p99")),
        },
        {
            "title": "Judge: calls, and answers that needed none",
            "left": _sums(settings, RewardMetric.JUDGE_CALLS, RewardMetric.JUDGE_KEPT),
        },
        {
            "title": "Judge: calls that failed and are asked again, and those throttled",
            "left": _sums(settings, RewardMetric.JUDGE_FAILURES, RewardMetric.JUDGE_THROTTLES),
        },
    ]


def _money(settings: Settings) -> list[dict[str, Any]]:
    """What judges read and wrote; what that cost only where each of them has a price."""
    cost = RewardMetric.JUDGE_COST
    tokens = RewardMetric.JUDGE_INPUT_TOKENS, RewardMetric.JUDGE_OUTPUT_TOKENS
    read: dict[str, Any] = {"title": "Judge: tokens", "left": _sums(settings, *tokens)}
    if unpriced_judges(settings):
        return [read]
    return [
        read,
        {
            "title": "Judge: cost of an event",
            "left": _lines(settings, cost, ("Average", "Maximum")),
        },
        {
            "title": "Judge: cost of a day",
            "period": _DAY,
            "left": [reward_metric(settings, cost, "Sum", _DAY, label="sum of a day")],
        },
    ]


def _lambda(settings: Settings) -> list[dict[str, Any]]:
    concurrency = settings.stage.concurrency
    limit = TIMEOUT.to_milliseconds()
    graphs: list[dict[str, Any]] = [
        {
            "title": "Lambda: events, errors, throttles",
            "left": [
                lambda_metric(settings, name, "Sum", _PERIOD)
                for name in ("Invocations", "Errors", "Throttles")
            ],
        },
        {
            "title": "Lambda: duration, and its limit",
            "left": [
                lambda_metric(settings, "Duration", statistic, _PERIOD, label=statistic)
                for statistic in ("p50", "p95", "Maximum")
            ],
            "left_annotations": [_limit(limit, "limit")],
        },
        {
            "title": "Seconds left before judges' deadline",
            "left": _lines(settings, RewardMetric.SECONDS_LEFT, ("Minimum", "p50")),
        },
        {
            "title": "Lambda: events at once",
            "left": [lambda_metric(settings, "ConcurrentExecutions", "Maximum", _MINUTE)],
            "left_annotations": (
                [_limit(concurrency.reserved, "reserved")] if concurrency.reserved else []
            ),
        },
    ]
    if concurrency.provisioned:
        graphs.append(
            {
                "title": "Lambda: events on the warm version, and those beyond it",
                "left": [
                    warm_versions(settings, name, "Sum", _PERIOD)
                    for name in (
                        "ProvisionedConcurrencyInvocations",
                        "ProvisionedConcurrencySpilloverInvocations",
                    )
                ],
            }
        )
    return graphs


def _limit(value: float, label: str) -> cloudwatch.HorizontalAnnotation:
    return cloudwatch.HorizontalAnnotation(value=value, label=label)


def _bedrock(settings: Settings) -> list[dict[str, Any]]:
    """What Bedrock says of judges' models: of all that the account asks of them, not of ours alone."""
    models = bedrock_judges(settings.spec.required_reward)
    if not models:
        return []
    shown = (
        ("Bedrock: calls of judges' models, account-wide", "Invocations", "Sum"),
        ("Bedrock: throttled, account-wide", "InvocationThrottles", "Sum"),
        ("Bedrock: server errors, account-wide", "InvocationServerErrors", "Sum"),
        ("Bedrock: latency, account-wide", "InvocationLatency", "p95"),
    )
    return [
        {
            "title": title,
            "left": [
                bedrock_metric(model, name, statistic, _PERIOD, label=model) for model in models
            ],
        }
        for title, name, statistic in shown
    ]
