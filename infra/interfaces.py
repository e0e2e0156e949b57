"""What functions in a VPC have in common: a VPC without a way out, and the rights to be put into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from acknowledgements import acknowledge
from given import Given

# Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
_ACTIONS: Final = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


class ClosedVpc:
    """A VPC whose one route table leads nowhere, with a subnet in each of its zones."""

    def __init__(
        self, scope: Construct, block: str, subnets: Sequence[str], *, resolves: bool
    ) -> None:
        """Makes it.

        Args:
            scope: Where its resources are made: Vpc, Routes, Subnet0 and so on.
            block: Its addresses.
            subnets: Those of each subnet.
            resolves: Whether names are resolved in it, as endpoints need.
        """
        vpc = ec2.CfnVPC(
            scope,
            "Vpc",
            cidr_block=block,
            enable_dns_support=resolves,
            enable_dns_hostnames=True if resolves else None,
        )
        table = ec2.CfnRouteTable(scope, "Routes", vpc_id=vpc.ref)
        self.vpc = vpc
        self.id = vpc.ref
        self.routes = table.ref
        self.subnets = [
            self._subnet(scope, place, block, table) for place, block in enumerate(subnets)
        ]

    def _subnet(self, scope: Construct, place: int, block: str, table: ec2.CfnRouteTable) -> str:
        subnet = ec2.CfnSubnet(
            scope,
            f"Subnet{place}",
            vpc_id=self.id,
            cidr_block=block,
            availability_zone=cdk.Fn.select(place, cdk.Fn.get_azs()),
            map_public_ip_on_launch=False,
        )
        ec2.CfnSubnetRouteTableAssociation(
            scope, f"Routes{place}", subnet_id=subnet.ref, route_table_id=table.ref
        )
        return subnet.ref


def no_way_out() -> ec2.CfnSecurityGroup.EgressProperty:
    """The rule of a group that lets nothing out: without a rule EC2 lets everything out."""
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="icmp",
        # No address.
        cidr_ip="255.255.255.255/32",
        from_port=252,
        to_port=86,
        description="None.",
    )


def allow_interfaces(role: iam.Role | Given) -> None:
    """Lets Lambda put a function into a VPC."""
    role.add_to_policy(iam.PolicyStatement(actions=_ACTIONS, resources=["*"]))
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "Lambda needs these actions to put the function into the VPC, and their resources are not "
        "known beforehand; the function's own code is denied them.",
    )


def deny_to_code(role: iam.Role | Given, function_arn: str, actions: Sequence[str]) -> None:
    """Denies a function's own code what its role allows to Lambda."""
    role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=list(actions),
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        )
    )


def deny_interfaces(role: iam.Role | Given, function_arn: str) -> None:
    """Denies a function's own code what `allow_interfaces` allows."""
    deny_to_code(role, function_arn, _ACTIONS)
