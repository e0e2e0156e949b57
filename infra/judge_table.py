"""The table in which judging keeps what outlives a container: a budget's sum, and judges' replies."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from nova_rft.spec import RewardSpec


def judge_table(scope: Construct, reward: RewardSpec) -> dynamodb.Table | None:
    """The table, where the reward has a budget's total or a cache; else none."""
    if not _actions(reward):
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
        # It holds nothing that the reward, which goes with it, does not have or can make again.
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )


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
