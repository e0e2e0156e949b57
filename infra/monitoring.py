"""Monitoring: the alarms on the reward Lambda and its judges, and a dashboard.

Nothing here refers to another stack: a published version's number, exported, could not be changed as
long as it is imported here. The function's name is known, and what is shown by version is searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from dashboard import dashboard
from measures import lambda_metric, reward_metric
from notices import topic
from nova_rft.spec import RewardMetric, judge_models_of
from reward import TIMEOUT
from settings import Settings, SettingsError

_NEAR: Final = 0.8
# A group or two that agree are no reward that teaches nothing.
_FEW_GROUPS: Final = 8
_Comparison = cloudwatch.ComparisonOperator
_MINUTES_5: Final = cdk.Duration.minutes(5)
_MINUTES_15: Final = cdk.Duration.minutes(15)
_MINUTES_30: Final = cdk.Duration.minutes(30)


@dataclass(frozen=True, slots=True)
class _Alarm:
    """When somebody is told, and what is said.

    Attributes:
        name: Of the alarm, behind the project's and the stage's.
        metric: What is looked at; of what is missing nothing is thought.
        threshold: Where it begins to be wrong.
        why: What has happened.
        comparison: On which side of the threshold it is wrong.
    """

    name: str
    metric: cloudwatch.IMetric
    threshold: float
    why: str
    comparison: cloudwatch.ComparisonOperator = field(
        default=_Comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    )


class Monitoring(cdk.Stack):
    """What tells that a reward stopped working while a training goes on."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        _costs_can_be_told(settings)
        notices = topic(self, settings)
        made = [self._alarm(settings, one) for one in _alarms(settings)]
        if notices is not None:
            for alarm in made:
                alarm.add_alarm_action(actions.SnsAction(notices))
            cdk.CfnOutput(self, "NoticesTopic", value=notices.topic_arn)
        if settings.stage.dashboard:
            shown = dashboard(self, settings, made)
            cdk.CfnOutput(self, "DashboardName", value=shown.dashboard_name)
        cdk.CfnOutput(self, "AlarmPrefix", value=settings.spec.stack_name(""))

    def _alarm(self, settings: Settings, one: _Alarm) -> cloudwatch.Alarm:
        words = "".join(word.capitalize() for word in one.name.split("-"))
        return cloudwatch.Alarm(
            self,
            f"{words}Alarm",
            alarm_name=settings.spec.stack_name(one.name),
            alarm_description=(
                f"{settings.spec.project} ({settings.spec.stage}): {one.why}; "
                f"docs/monitoring.md, {one.name}."
            ),
            metric=one.metric,
            threshold=one.threshold,
            evaluation_periods=1,
            comparison_operator=one.comparison,
            # Between trainings there is nothing to measure.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _costs_can_be_told(settings: Settings) -> None:
    reward = settings.spec.required_reward
    unpriced = settings.spec.unpriced(*judge_models_of(reward.terms))
    if settings.stage.alarms.daily_cost is not None and unpriced:
        raise SettingsError(
            f"stages.yaml: {settings.spec.stage}.alarms.daily_cost cannot be watched, since there is "
            f"no price for {', '.join(unpriced)}; add it under reward.prices"
        )


def _alarms(settings: Settings) -> Iterator[_Alarm]:
    yield from _of_lambda(settings)
    yield from _of_scores(settings)
    asked = settings.stage.alarms
    if asked.daily_cost is not None:
        yield _Alarm(
            "daily-cost",
            reward_metric(settings, RewardMetric.JUDGE_COST, "Sum", cdk.Duration.days(1)),
            asked.daily_cost,
            "judges have cost more in a day than the stage allows",
            _Comparison.GREATER_THAN_THRESHOLD,
        )


def _of_lambda(settings: Settings) -> Iterator[_Alarm]:
    yield _Alarm(
        "errors",
        lambda_metric(settings, "Errors", "Sum", _MINUTES_5),
        1,
        "the reward Lambda failed",
    )
    yield _Alarm(
        "throttles",
        lambda_metric(settings, "Throttles", "Sum", _MINUTES_5),
        1,
        "Lambda had no room to run the reward",
    )
    yield _Alarm(
        "duration",
        lambda_metric(settings, "Duration", "Maximum", _MINUTES_5),
        _NEAR * TIMEOUT.to_milliseconds(),
        "an event took more than four fifths of the 15 minutes",
    )


def _of_scores(settings: Settings) -> Iterator[_Alarm]:
    asked = settings.stage.alarms
    counted = {
        "abstained": RewardMetric.ABSTENTIONS,
        "judge": RewardMetric.JUDGE_ABSTENTIONS,
        "rollouts": RewardMetric.ROLLOUTS,
    }
    sums = {
        name: reward_metric(settings, metric, "Sum", _MINUTES_15)
        for name, metric in counted.items()
    }
    # The divisor is never 0: an event may be empty.
    rollouts = "IF(rollouts > 0, rollouts, 1)"
    for name, part, used, why in (
        ("judge-failing", "judge", ("judge", "rollouts"), "judges leave rollouts without a score"),
        (
            "unscored",
            "(abstained - judge)",
            ("abstained", "judge", "rollouts"),
            "rollouts have no score, for a reason that is no judge's",
        ),
    ):
        yield _Alarm(
            name,
            _math(f"{part} / {rollouts}", {key: sums[key] for key in used}, name, _MINUTES_15),
            asked.abstained_share,
            why,
            _Comparison.GREATER_THAN_THRESHOLD,
        )
    spread, floor = asked.reward_spread, asked.reward_floor
    if spread > 0:
        spreads = {
            "spread": reward_metric(settings, RewardMetric.REWARD_SPREAD, "Average", _MINUTES_30),
            "groups": reward_metric(
                settings, RewardMetric.REWARD_SPREAD, "SampleCount", _MINUTES_30
            ),
        }
        constant = f"IF(groups >= {_FEW_GROUPS} AND spread < {spread!r}, 1, 0)"
        yield _Alarm(
            "reward-constant",
            _math(constant, spreads, "constant", _MINUTES_30),
            1,
            "all responses to a prompt are worth the same, so nothing is taught",
        )
    if floor is not None:
        yield _Alarm(
            "reward-collapsed",
            reward_metric(settings, RewardMetric.REWARD, "Average", _MINUTES_30),
            floor,
            "the mean reward has fallen below the stage's floor",
            _Comparison.LESS_THAN_THRESHOLD,
        )


def _math(
    expression: str, metrics: Mapping[str, cloudwatch.IMetric], label: str, period: cdk.Duration
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(metrics), label=label, period=period
    )
