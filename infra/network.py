"""The network of a stage: a VPC that nothing leaves but by endpoints, or one that is there already.

functions and jobs ──443──▶ interface endpoints   Bedrock, Lambda, logs: what this project calls
                   └──────▶ gateway endpoints     S3, and DynamoDB where there is a table
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from endpoints import services
from functions import log_named
from given import Given
from interfaces import ClosedVpc, allow_interfaces, deny_interfaces, no_way_out
from judge_table import has_table
from nova_rft.spec import Need, Spec
from rights import allow
from settings import Settings

# Of nobody else's concern: the network is joined to no other.
_RANGE: Final = "10.255.254.0/24"
_SUBNETS: Final = ("10.255.254.0/25", "10.255.254.128/25")
_HTTPS: Final = 443


@dataclass(frozen=True, slots=True)
class Joined:
    """Where functions and jobs are put: subnets and security groups, by their ids."""

    subnets: Sequence[str]
    groups: Sequence[str]

    def join(self, function: lambda_.Function, role: iam.Role | Given, name: str) -> None:
        """Puts a function there.

        Args:
            function: The function.
            role: Its role, which lets Lambda make the interfaces, and not the function's own code.
            name: Its name; by its ARN role and function would wait for each other.
        """
        stack = cdk.Stack.of(function)
        arn = stack.format_arn(
            service="lambda",
            resource="function",
            resource_name=name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        allow_interfaces(role)
        deny_interfaces(role, arn)
        child = function.node.default_child
        if not isinstance(child, lambda_.CfnFunction):
            raise TypeError("a function without its resource")
        child.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=list(self.subnets), security_group_ids=list(self.groups)
        )

    def tell(self, stack: cdk.Stack) -> None:
        """Outputs from which `submit` knows where jobs are to be put."""
        cdk.CfnOutput(stack, "Subnets", value=cdk.Fn.join(",", list(self.subnets)))
        cdk.CfnOutput(stack, "SecurityGroups", value=cdk.Fn.join(",", list(self.groups)))


def there_already(settings: Settings) -> Joined | None:
    """The network that the stage names by its parts, if it does."""
    network = settings.stage.network
    if network is None or network.vpc == "new":
        return None
    return Joined(network.subnets, network.security_groups)


class Network(cdk.Stack):
    """Two subnets without a way out, in two zones, and the endpoints of what is called from there."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        spec = settings.spec
        # Before anything is made: where something is asked that cannot be reached, nothing is.
        called = services(settings)
        vpc = ClosedVpc(self, _RANGE, _SUBNETS, resolves=True)
        self._log(vpc, settings)
        inside = self._inside(vpc, spec)
        ends = self._ends(vpc, inside)
        for service in called:
            self._interface(service, vpc, ends)
        self._gateway("s3", vpc, own=Need.EXECUTION_ROLE not in spec.cell.needs, settings=settings)
        if settings.stage.pipeline or (spec.cell.calls_reward and has_table(spec.required_reward)):
            self._gateway("dynamodb", vpc, own=True)
        self.joined = Joined(vpc.subnets, [inside.attr_group_id])
        # Whether or not a stack of this spec imports them, as in the storage.
        for value in (*vpc.subnets, inside.attr_group_id):
            self.export_value(value)
        cdk.CfnOutput(self, "VpcId", value=vpc.id)

    def _inside(self, vpc: ClosedVpc, spec: Spec) -> ec2.CfnSecurityGroup:
        """What functions and jobs are in: they are called by nobody, and call by HTTPS alone."""
        group = ec2.CfnSecurityGroup(
            self,
            "Inside",
            group_description="Functions and jobs: HTTPS to endpoints.",
            vpc_id=vpc.id,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    # S3's addresses are in no list that a template knows; no route leads elsewhere.
                    cidr_ip="0.0.0.0/0",
                    description="Endpoints: no route leads anywhere else.",
                )
            ],
        )
        if Need.INSTANCES in spec.cell.needs:
            self._among_themselves(group)
        return group

    def _among_themselves(self, group: ec2.CfnSecurityGroup) -> None:
        """A training job's instances talk to each other.

        Source: SageMaker AI Developer Guide, "Give SageMaker AI Training Jobs Access to Resources in
        Your Amazon VPC".
        """
        about = "Between the instances of a training job."
        ec2.CfnSecurityGroupIngress(
            self,
            "FromEachOther",
            group_id=group.attr_group_id,
            source_security_group_id=group.attr_group_id,
            ip_protocol="-1",
            description=about,
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "ToEachOther",
            group_id=group.attr_group_id,
            destination_security_group_id=group.attr_group_id,
            ip_protocol="-1",
            description=about,
        )

    def _ends(self, vpc: ClosedVpc, inside: ec2.CfnSecurityGroup) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self,
            "Endpoints",
            group_description="Endpoints: HTTPS from functions and jobs.",
            vpc_id=vpc.id,
            security_group_ingress=[
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    source_security_group_id=inside.attr_group_id,
                    description="Functions and jobs.",
                )
            ],
            security_group_egress=[no_way_out()],
        )

    def _interface(self, service: str, vpc: ClosedVpc, group: ec2.CfnSecurityGroup) -> None:
        ec2.CfnVPCEndpoint(
            self,
            f"To{_word(service)}",
            vpc_id=vpc.id,
            vpc_endpoint_type="Interface",
            service_name=f"com.amazonaws.{self.region}.{service}",
            subnet_ids=vpc.subnets,
            security_group_ids=[group.attr_group_id],
            private_dns_enabled=True,
            policy_document=self._of_this_account(own=False),
        )

    def _gateway(
        self, service: str, vpc: ClosedVpc, *, own: bool, settings: Settings | None = None
    ) -> None:
        policy = self._of_this_account(own=own)
        pipeline = settings.stage.pipeline if settings else None
        if pipeline is not None and pipeline.on_deploy:
            policy["Statement"].append(self._answering_cloudformation())
        ec2.CfnVPCEndpoint(
            self,
            f"To{_word(service)}",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self.region}.{service}",
            route_table_ids=[vpc.routes],
            policy_document=policy,
        )

    def _of_this_account(self, *, own: bool) -> dict[str, Any]:
        """Callers of this account alone; with `own`, what they call is this account's too."""
        condition = {"aws:PrincipalAccount": self.account}
        if own:
            condition["aws:ResourceAccount"] = self.account
        statement = {
            "Effect": "Allow",
            # An endpoint bounds what passes; who may do what, roles say.
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": condition},
        }
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _answering_cloudformation(self) -> dict[str, Any]:
        """What a custom resource's function answers goes to a bucket of CloudFormation's.

        Source: AWS CloudFormation User Guide, "Access CloudFormation using an interface endpoint".
        """
        bucket = f"cloudformation-custom-resource-response-{self.region.replace('-', '')}"
        return {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            # By an address that CloudFormation signs, so it is nobody's of this account.
            "Action": "s3:PutObject",
            "Resource": f"arn:{self.partition}:s3:::{bucket}/*",
        }

    def _log(self, vpc: ClosedVpc, settings: Settings) -> None:
        """Who talked to whom, and who was refused."""
        log = log_named(self, "Log", settings, f"/nova-rft/{self.stack_name}")
        role = iam.Role(
            self,
            "LogRole",
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
            description=f"Flow logs of {settings.whose}.",
        )
        writing = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        allow(role, writing, [log.log_group_arn])
        ec2.CfnFlowLog(
            self,
            "Flows",
            resource_id=vpc.id,
            resource_type="VPC",
            traffic_type="ALL",
            log_group_name=log.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )


def _word(service: str) -> str:
    """A service's name as part of a logical id."""
    return "".join(part.capitalize() for part in service.replace(".", "-").split("-"))
