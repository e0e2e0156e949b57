"""Who is told: one SNS topic for all that the stacks have to say, and a Slack channel by a secret."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from alarms import AlarmName, alarm_arn
from settings import Settings

_NAME: Final = "Notices"
_ALARMS: Final = "cloudwatch.amazonaws.com"
# By which what the pipeline tells the topic is known among the alarms (`nova_rft.aws.tell`).
TOLD_BY: Final = "pipeline"


def topic(scope: Construct, settings: Settings) -> sns.ITopic | None:
    """The topic, made in the first stack that asks for it; None where nobody is to be told.

    Args:
        scope: The stack that has something to say.
        settings: Whose stage says who is told.
    """
    notify = settings.stage.notify
    if notify is None:
        return None
    for stack in scope.node.root.node.children:
        # One for the whole app: whoever is told confirms an address once.
        known = stack.node.try_find_child(_NAME)
        if known is not None:
            return known  # type: ignore[return-value] # our own name
    if notify.topic is not None:
        found = sns.Topic.from_topic_arn(scope, _NAME, notify.topic)
    else:
        found = _made(scope, settings)
    for address in notify.emails:
        found.add_subscription(subscriptions.EmailSubscription(address))
    return found


def _made(scope: Construct, settings: Settings) -> sns.Topic:
    made = sns.Topic(
        scope,
        _NAME,
        display_name=settings.whose,
        # The stage's key, where there is one, is put on it as on everything (keys.py).
        enforce_ssl=True,
    )
    # With a policy of its own a topic no longer lets the account's alarms in by itself.
    made.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Alarms",
            principals=[iam.ServicePrincipal(_ALARMS)],
            actions=["sns:Publish"],
            resources=[made.topic_arn],
            conditions=by_our_alarms(scope, settings),
        )
    )
    return made


def by_our_alarms(scope: Construct, settings: Settings) -> dict[str, dict[str, Any]]:
    """For this stage's alarms alone, by their names (SNS developer guide, key management)."""
    return {
        "ArnEquals": {"aws:SourceArn": [alarm_arn(scope, settings, one) for one in AlarmName]},
        "StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account},
    }


class Notices(Construct):
    """What a stage's `notify` asks for; where it is left out, nobody is told.

    Attributes:
        topic: The topic; None where nobody is told.
        apart: Whether Slack is told by a function of its own, which hears what the topic is told: from
            inside a network no way may lead there.
    """

    def __init__(self, scope: Construct, name: str, settings: Settings) -> None:
        super().__init__(scope, name)
        asked = settings.stage.notify
        self.topic = topic(cdk.Stack.of(self), settings)
        self._secret = asked.slack_secret if asked else None
        self.apart = self._secret is not None and settings.stage.network is not None

    def allow(self, function: lambda_.Function) -> None:
        """Lets a function tell people, and says to it how."""
        if self.topic is not None:
            self.topic.grant_publish(function)
            function.add_environment("NOVA_RFT_PIPELINE_TOPIC", self.topic.topic_arn)
        if not self.apart:
            self._allow_slack(function)

    def send(self, function: lambda_.Function) -> None:
        """Has a function called with what the pipeline tells the topic, to tell it on to Slack."""
        self._allow_slack(function)
        if self.topic is not None:
            ours = sns.SubscriptionFilter.string_filter(allowlist=[TOLD_BY])
            self.topic.add_subscription(
                subscriptions.LambdaSubscription(function, filter_policy={"told_by": ours})
            )

    def _allow_slack(self, function: lambda_.Function) -> None:
        if self._secret:
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"], resources=[self._secret]
                )
            )
            function.add_environment("NOVA_RFT_SLACK_SECRET", self._secret)
