"""Accepting a finding of cdk-nag: never without a reason, always beside the resource it is about."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(about: IConstruct, rule: str, reason: str) -> None:
    """Accepts one finding about a construct and what is under it.

    Args:
        about: The construct.
        rule: The finding as cdk-nag names it, such as `AwsSolutions-L1`.
        reason: Why it is right here.
    """
    cdk.Validations.of(about).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def acknowledge_resource(about: IConstruct, arn: str, reason: str) -> None:
    """Accepts a star in a grant.

    Args:
        about: The role or policy.
        arn: The resources, as they stand in the grant.
        reason: Why the star is right here.
    """
    resolved = cdk.Stack.of(about).resolve(arn)
    # cdk-nag names the finding by the joined parts, an imported one by its export.
    parts = [resolved] if isinstance(resolved, str) else resolved["Fn::Join"][1]
    plain = [part if isinstance(part, str) else part["Fn::ImportValue"] for part in parts]
    acknowledge(about, f"AwsSolutions-IAM5[Resource::{''.join(plain)}]", reason)


def acknowledge_star(
    about: IConstruct, owner: IConstruct, arn: str, rest: str, reason: str
) -> None:
    """Accepts a star in a grant on a resource of another stack.

    Args:
        about: The role.
        owner: The other stack's resource, or one that is there already.
        arn: Its ARN, as a token.
        rest: What follows its ARN in the grant, such as `/traces/*`.
        reason: Why the star is right here.
    """
    stack = cdk.Stack.of(owner)
    named = stack.resolve(arn)
    if not isinstance(named, str):
        # cdk-nag names the finding by the export that CDK makes for the reference.
        named = stack.resolve(stack.export_value(arn))["Fn::ImportValue"]
    acknowledge(about, f"AwsSolutions-IAM5[Resource::{named}{rest}]", reason)
