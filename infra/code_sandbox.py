"""The function that runs programs of responses: no rights, no way to anywhere, nothing in it."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from acknowledgements import acknowledge
from bundling import code_asset
from functions import acknowledge_runtime, asset_code, runtime_of
from interfaces import ClosedVpc, allow_interfaces, deny_to_code, no_way_out
from settings import Settings

_TIMEOUT: Final = cdk.Duration.minutes(15)
_RANGE: Final = "10.255.255.0/26"
_SUBNETS: Final = ("10.255.255.0/28", "10.255.255.16/28")


class CodeSandbox(Construct):
    """The function, in a VPC whose route tables lead nowhere but to itself."""

    def __init__(self, scope: Construct, name: str, settings: Settings) -> None:
        super().__init__(scope, name)
        function_name = settings.spec.stack_name("code")
        arn = cdk.Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=f"Runs programs of {settings.whose}, shut in.",
            **runtime_of(settings.target),
            handler="handler.handler",
            code=asset_code("code", code_asset(settings.target, settings.wheelhouse)),
            timeout=_TIMEOUT,
            memory_size=1769,
            role=self._role(settings, arn),
            environment={
                # In AWS its virtual machine is the wall; on a laptop that must be the kernel.
                "NOVA_RFT_ISOLATION": "namespaces" if settings.target.name == "host" else "microvm"
            },
            current_version_options=lambda_.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
        )
        acknowledge_runtime(function)
        self._shut_in(function)
        self.version_arn = function.current_version.function_arn

    def invoke_statement(self) -> iam.PolicyStatement:
        """What lets the reward Lambda call this version, and no other."""
        return iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.version_arn])

    def _role(self, settings: Settings, function_arn: str) -> iam.Role:
        """A role with nothing in it for the function: what Lambda needs is denied to its code."""
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Programs of {settings.whose}: no rights.",
        )
        allow_interfaces(role)
        deny_to_code(role, function_arn, ["*"])
        return role

    def _shut_in(self, function: lambda_.Function) -> None:
        vpc = ClosedVpc(self, _RANGE, _SUBNETS, resolves=False)
        acknowledge(
            vpc.vpc,
            "AwsSolutions-VPC7",
            "There is no way in or out of this network, so there is no flow to log.",
        )
        group = ec2.CfnSecurityGroup(
            self,
            "Nobody",
            group_description="No traffic in, no traffic out.",
            vpc_id=vpc.id,
            security_group_egress=[no_way_out()],
        )
        child = function.node.default_child
        if not isinstance(child, lambda_.CfnFunction):
            raise TypeError("a function without its resource")
        child.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=vpc.subnets, security_group_ids=[group.ref]
        )
