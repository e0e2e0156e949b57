"""The table in which judging keeps what outlives a container: a budget's sum, and judges' replies."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from nova_rft.spec import RewardSpec
from settings import Settings


def judge_table(scope: Construct, settings: Settings) -> dynamodb.Table | None:
    """The table, where the reward has a budget's total or a cache; else none."""
    if not has_table(settings.spec.required_reward):
        return None
    return dynamodb.Table(
        scope,
        "Judges",
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expires",
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        # What was spent, and what was paid for.
        removal_policy=settings.removal,
    )


def has_table(reward: RewardSpec) -> bool:
    """Whether there is something that outlives a container."""
    return bool(_actions(reward))


def table_statement(table: dynamodb.Table, reward: RewardSpec) -> iam.PolicyStatement:
    """What the reward Lambda may do with the table, and nothing beside it."""
    return iam.PolicyStatement(actions=_actions(reward), resources=[table.table_arn])


def _actions(reward: RewardSpec) -> list[str]:
    actions = set()
    if reward.budget is not None and reward.budget.total is not None:
        actions |= {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    if reward.cache:
        actions |= {"dynamodb:GetItem", "dynamodb:PutItem"}
    return sorted(actions)
