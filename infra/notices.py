"""Who is told: one SNS topic for all that a project's stacks have to say, where the stage says whom."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from settings import Settings

_NAME: Final = "Notices"
_ALARMS: Final = "cloudwatch.amazonaws.com"


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
    spec = settings.spec
    made = sns.Topic(
        scope,
        _NAME,
        display_name=f"{spec.project} ({spec.stage})",
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


def by_our_alarms(scope: Construct, settings: Settings) -> dict[str, dict[str, str]]:
    """For this project's alarms alone, by their names (SNS developer guide, key management)."""
    stack = cdk.Stack.of(scope)
    alarms = stack.format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name=f"{settings.spec.stack_name('*')}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return {
        "ArnLike": {"aws:SourceArn": alarms},
        "StringEquals": {"aws:SourceAccount": stack.account},
    }
