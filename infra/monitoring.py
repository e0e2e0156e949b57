"""Monitoring: the alarms on the reward Lambda and its judges, and a dashboard.

Nothing here refers to another stack: a published version's number, exported, could not be changed as
long as it is imported here. The function's name is known, and what is shown by version is searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from alarms import Alarm, AlarmName, Comparison, alarm_arn
from dashboard import dashboard
from measures import lambda_metric, reward_metric, unpriced_judges
from notices import topic
from nova_rft.spec import RewardMetric
from reward import TIMEOUT
from settings import Settings, SettingsError

_NEAR: Final = 0.8
# A group or two that agree are no reward that teaches nothing.
_FEW_GROUPS: Final = 8
_MINUTES_5: Final = cdk.Duration.minutes(5)
_MINUTES_15: Final = cdk.Duration.minutes(15)
_MINUTES_30: Final = cdk.Duration.minutes(30)


class Monitoring(cdk.Stack):
    """What tells that a reward stopped working while a training goes on."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        _costs_can_be_told(settings)
        notices = topic(self, settings)
        made: list[cloudwatch.IAlarm] = [
            one.make(self, settings, notices) for one in _alarms(settings)
        ]
        if notices is not None:
            cdk.CfnOutput(self, "NoticesTopic", value=notices.topic_arn)
        if settings.stage.dashboard:
            if settings.stage.pipeline is not None:
                made.append(self._dead_letters(settings))
            shown = dashboard(self, settings, made)
            cdk.CfnOutput(self, "DashboardName", value=shown.dashboard_name)
        cdk.CfnOutput(self, "AlarmPrefix", value=settings.spec.stack_name(""))

    def _dead_letters(self, settings: Settings) -> cloudwatch.IAlarm:
        """The alarm of the pipeline's stack, by its name."""
        arn = alarm_arn(self, settings, AlarmName.DEAD_LETTERS)
        return cloudwatch.Alarm.from_alarm_arn(self, "DeadLettersAlarm", arn)


def _costs_can_be_told(settings: Settings) -> None:
    unpriced = unpriced_judges(settings)
    if settings.stage.alarms.daily_cost is not None and unpriced:
        raise SettingsError(
            f"stages.yaml: {settings.spec.stage}.alarms.daily_cost cannot be watched, since there is "
            f"no price for {', '.join(unpriced)}; add it under reward.prices"
        )


def _alarms(settings: Settings) -> Iterator[Alarm]:
    yield from _of_lambda(settings)
    yield from _of_scores(settings)
    asked = settings.stage.alarms
    if asked.daily_cost is not None:
        yield Alarm(
            AlarmName.DAILY_COST,
            reward_metric(settings, RewardMetric.JUDGE_COST, "Sum", cdk.Duration.days(1)),
            asked.daily_cost,
            "judges have cost more in a day than the stage allows",
            Comparison.GREATER_THAN_THRESHOLD,
        )


def _of_lambda(settings: Settings) -> Iterator[Alarm]:
    yield Alarm(
        AlarmName.ERRORS,
        lambda_metric(settings, "Errors", "Sum", _MINUTES_5),
        1,
        "the reward Lambda failed",
    )
    yield Alarm(
        AlarmName.THROTTLES,
        lambda_metric(settings, "Throttles", "Sum", _MINUTES_5),
        1,
        "Lambda had no room to run the reward",
    )
    yield Alarm(
        AlarmName.DURATION,
        lambda_metric(settings, "Duration", "Maximum", _MINUTES_5),
        _NEAR * TIMEOUT.to_milliseconds(),
        "an event took more than four fifths of the 15 minutes",
    )


def _of_scores(settings: Settings) -> Iterator[Alarm]:
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
        (
            AlarmName.JUDGE_FAILING,
            "judge",
            ("judge", "rollouts"),
            "judges leave rollouts without a score",
        ),
        (
            AlarmName.UNSCORED,
            "(abstained - judge)",
            ("abstained", "judge", "rollouts"),
            "rollouts have no score, for a reason that is no judge's",
        ),
    ):
        yield Alarm(
            name,
            _math(f"{part} / {rollouts}", {key: sums[key] for key in used}, name, _MINUTES_15),
            asked.abstained_share,
            why,
            Comparison.GREATER_THAN_THRESHOLD,
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
        yield Alarm(
            AlarmName.REWARD_CONSTANT,
            _math(constant, spreads, "constant", _MINUTES_30),
            1,
            "all responses to a prompt are worth the same, so nothing is taught",
        )
    if floor is not None:
        yield Alarm(
            AlarmName.REWARD_COLLAPSED,
            reward_metric(settings, RewardMetric.REWARD, "Average", _MINUTES_30),
            floor,
            "the mean reward has fallen below the stage's floor",
            Comparison.LESS_THAN_THRESHOLD,
        )


def _math(
    expression: str, metrics: Mapping[str, cloudwatch.IMetric], label: str, period: cdk.Duration
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(metrics), label=label, period=period
    )
