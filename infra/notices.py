"""Who is told: an SNS topic, made here or there already, and a Slack channel by a webhook's secret."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secrets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from acknowledgements import acknowledge
from settings import Settings


class Notices(Construct):
    """What a stage's `notify` asks for; where it is left out, nobody is told."""

    def __init__(self, scope: Construct, name: str, settings: Settings) -> None:
        super().__init__(scope, name)
        asked = settings.stage.notify
        self.topic: sns.ITopic | None = None
        self._secret = asked.slack_secret if asked else None
        if asked is None:
            return
        if asked.topic:
            self.topic = sns.Topic.from_topic_arn(self, "Topic", asked.topic)
        else:
            self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
            acknowledge(
                self.topic,
                "AwsSolutions-SNS2",
                "Alarms could not publish to a topic that AWS's own key encrypts; messages name runs "
                "and states, never records.",
            )
        for address in asked.emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))

    def allow(self, function: lambda_.Function) -> None:
        """Lets a function tell people, and says to it how."""
        if self.topic is not None:
            self.topic.grant_publish(function)
            function.add_environment("NOVA_RFT_PIPELINE_TOPIC", self.topic.topic_arn)
        if self._secret:
            secret = secrets.Secret.from_secret_complete_arn(
                self, f"{function.node.id}Slack", self._secret
            )
            function.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn]
                )
            )
            function.add_environment("NOVA_RFT_SLACK_SECRET", secret.secret_arn)
