"""Alarms: what they are called, and how each is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from settings import Settings

Comparison = cloudwatch.ComparisonOperator


class AlarmName(StrEnum):
    """Every alarm of a stage, behind the project's and the stage's name: topic and key know them all."""

    DAILY_COST = "daily-cost"
    DEAD_LETTERS = "dead-letters"
    DURATION = "duration"
    ERRORS = "errors"
    JUDGE_FAILING = "judge-failing"
    REWARD_COLLAPSED = "reward-collapsed"
    REWARD_CONSTANT = "reward-constant"
    THROTTLES = "throttles"
    UNSCORED = "unscored"


@dataclass(frozen=True, slots=True)
class Alarm:
    """When somebody is told, and what is said.

    Attributes:
        name: Of the alarm.
        metric: What is looked at; of what is missing nothing is thought.
        threshold: Where it begins to be wrong.
        why: What has happened.
        comparison: On which side of the threshold it is wrong.
    """

    name: AlarmName
    metric: cloudwatch.IMetric
    threshold: float
    why: str
    comparison: cloudwatch.ComparisonOperator = field(
        default=Comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
    )

    def make(
        self, scope: Construct, settings: Settings, notices: sns.ITopic | None
    ) -> cloudwatch.Alarm:
        """Makes it in a stack; where there is a topic, that is told.

        Args:
            scope: The stack.
            settings: The app's.
            notices: Who is told.
        """
        words = "".join(word.capitalize() for word in self.name.split("-"))
        made = cloudwatch.Alarm(
            scope,
            f"{words}Alarm",
            alarm_name=settings.spec.stack_name(self.name),
            alarm_description=(
                f"{settings.spec.project} ({settings.spec.stage}): {self.why}; "
                f"docs/monitoring.md, {self.name}."
            ),
            metric=self.metric,
            threshold=self.threshold,
            evaluation_periods=1,
            comparison_operator=self.comparison,
            # Between trainings there is nothing to measure.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if notices is not None:
            made.add_alarm_action(actions.SnsAction(notices))
        return made


def alarm_arn(scope: Construct, settings: Settings, name: AlarmName) -> str:
    """The ARN of an alarm, be it made in another stack or not at all."""
    return cdk.Stack.of(scope).format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name=settings.spec.stack_name(name),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
