"""The customer key of a stage: a stack of its own, what it encrypts, and who may use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct, IConstruct

from notices import by_our_alarms
from rights import Holder, allow
from settings import Settings

# The pipeline's rules for events, which send what reached nobody to a queue that the key encrypts.
RULES: Final = ("job-changed", "run-ended")
READ_AND_WRITE: Final = ("kms:Decrypt", "kms:GenerateDataKey")
# DynamoDB Developer Guide, "Authorizing use of a customer managed key", but for what makes tables.
TABLE: Final = (
    *READ_AND_WRITE,
    *("kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
)


class Keys(cdk.Stack):
    """The key, apart from all that it encrypts, so that a stage without one leaves it alone."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        key = kms.Key(
            self,
            "Key",
            description=f"What {settings.whose} stores.",
            enable_key_rotation=True,
            removal_policy=settings.removal,
        )
        ours = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": self._logs()}}
        self._let_in(key, "logs", ours)
        if settings.stage.notify is not None:
            # Alarms go to a topic that the key encrypts.
            self._let_in(key, "cloudwatch", by_our_alarms(self, settings))
        if settings.stage.pipeline is not None:
            # Events that reached nobody wait among the dead letters.
            self._let_in(key, "events", self._by_our_rules(settings))
        self.arn = key.key_arn
        self.export_value(key.key_arn)
        cdk.CfnOutput(self, "KeyArn", value=key.key_arn)

    def _by_our_rules(self, settings: Settings) -> dict[str, dict[str, Any]]:
        """For these rules alone (EventBridge User Guide, "Using dead-letter queues")."""
        rules = [
            self.format_arn(
                service="events", resource="rule", resource_name=settings.spec.stack_name(rule)
            )
            for rule in RULES
        ]
        return {
            "ArnEquals": {"aws:SourceArn": rules},
            "StringEquals": {"aws:SourceAccount": self.account},
        }

    def _logs(self) -> str:
        return self.format_arn(
            service="logs", resource="*", arn_format=cdk.ArnFormat.NO_RESOURCE_NAME
        )

    def _let_in(self, key: kms.Key, service: str, ours: dict[str, dict[str, Any]]) -> None:
        """Lets a service of AWS use the key for what is this account's."""
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(_principal(service, self.region))],
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
                # In a key's policy: this key.
                resources=["*"],
                conditions=ours,
            )
        )


def _principal(service: str, region: str) -> str:
    """CloudWatch Logs has a principal in each region."""
    return f"logs.{region}.amazonaws.com" if service == "logs" else f"{service}.amazonaws.com"


def imported(scope: Construct, name: str, key: str | None) -> kms.IKey | None:
    """The key as CDK's constructs take it."""
    return kms.Key.from_key_arn(scope, name, key) if key else None


def allow_key(
    holder: Holder,
    key: str | None,
    services: Sequence[str],
    actions: Sequence[str] = READ_AND_WRITE,
) -> None:
    """Lets a role use the key by way of some services; nothing where there is no key."""
    if key is None:
        return
    region = cdk.Stack.of(holder).region
    through = [f"{service}.{region}.amazonaws.com" for service in services]
    allow(holder, actions, [key], {"StringEquals": {"kms:ViaService": through}})


@jsii.implements(cdk.IAspect)
class Encrypted:
    """Puts the key on everything that stores something, in every stack, whoever made it.

    Buckets have it from where they are made: a bucket of access logs cannot.
    """

    def __init__(self, key: str) -> None:
        self._key = key

    def visit(self, node: IConstruct) -> None:
        """Sets the key of one resource, where it has none."""
        match node:
            case logs.CfnLogGroup():
                node.kms_key_id = self._key
            case lambda_.CfnFunction():
                node.kms_key_arn = self._key
            case dynamodb.CfnTable():
                node.sse_specification = dynamodb.CfnTable.SSESpecificationProperty(
                    sse_enabled=True, sse_type="KMS", kms_master_key_id=self._key
                )
            case sns.CfnTopic():
                node.kms_master_key_id = self._key
            case sqs.CfnQueue():
                node.kms_master_key_id = self._key
                # SQS takes one of the two (CloudFormation's reference, AWS::SQS::Queue).
                node.sqs_managed_sse_enabled = None
            case stepfunctions.CfnStateMachine():
                node.encryption_configuration = (
                    stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
                        type="CUSTOMER_MANAGED_KMS_KEY",
                        kms_key_id=self._key,
                        kms_data_key_reuse_period_seconds=300,
                    )
                )
