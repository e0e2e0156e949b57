"""The metrics that alarms and dashboard show: the reward's own, Lambda's, and Bedrock's of judges."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from nova_rft.spec import (
    METRIC_DIMENSIONS,
    METRICS_NAMESPACE,
    VERSION_DIMENSION,
    RewardMetric,
    judge_models_of,
)
from reward import function_name
from settings import Settings


def reward_metric(
    settings: Settings,
    metric: RewardMetric | str,
    statistic: str,
    period: cdk.Duration,
    **shown: Any,
) -> cloudwatch.Metric:
    """A metric that the reward Lambda emits, of all its versions together."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=str(metric),
        dimensions_map=_ours(settings),
        statistic=statistic,
        period=period,
        **shown,
    )


def lambda_metric(
    settings: Settings, metric: str, statistic: str, period: cdk.Duration, **shown: Any
) -> cloudwatch.Metric:
    """A metric of Lambda's own, of all versions of the reward function together."""
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": function_name(settings.spec)},
        statistic=statistic,
        period=period,
        **shown,
    )


def bedrock_metric(
    model: str, metric: str, statistic: str, period: cdk.Duration, **shown: Any
) -> cloudwatch.Metric:
    """A metric of Bedrock's own, of all that the account asks of a model in this region."""
    return cloudwatch.Metric(
        namespace="AWS/Bedrock",
        metric_name=metric,
        dimensions_map={"ModelId": model},
        statistic=statistic,
        period=period,
        **shown,
    )


def by_version(
    settings: Settings, metric: RewardMetric, statistic: str, period: cdk.Duration
) -> cloudwatch.MathExpression:
    """A line for each version of the reward that emitted the metric; a job is pinned to one."""
    schema = ",".join((METRICS_NAMESPACE, *METRIC_DIMENSIONS, VERSION_DIMENSION))
    ours = " ".join(f'{name}="{value}"' for name, value in _ours(settings).items())
    return _search(f'{{{schema}}} MetricName="{metric}" {ours}', statistic, period)


def warm_versions(
    settings: Settings, metric: str, statistic: str, period: cdk.Duration
) -> cloudwatch.MathExpression:
    """A metric of provisioned concurrency, which Lambda has for each version that has some."""
    name = function_name(settings.spec)
    found = f'{{AWS/Lambda,FunctionName,Resource}} MetricName="{metric}" FunctionName="{name}"'
    return _search(found, statistic, period)


def _search(what: str, statistic: str, period: cdk.Duration) -> cloudwatch.MathExpression:
    seconds = int(period.to_seconds())
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{what}', '{statistic}', {seconds})",
        using_metrics={},
        # The metric's own dimensions tell the lines apart.
        label="",
        period=period,
    )


def unpriced_judges(settings: Settings) -> list[str]:
    """Ids of the judges that have no price: with one of them no cost is emitted."""
    judges = judge_models_of(settings.spec.required_reward.terms)
    return settings.spec.unpriced(*judges)


def _ours(settings: Settings) -> dict[str, str]:
    values = (settings.spec.project, settings.spec.stage)
    return dict(zip(METRIC_DIMENSIONS, values, strict=True))
