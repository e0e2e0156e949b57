"""The function that runs programs: no rights, no way out, called at one version by the reward alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.conftest import Templates, resources

SPEC = """
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: a.jsonl}
reward:
  range: [0, 1]
  terms:
    - {name: cases, type: code}
"""
GRADER = SPEC.replace(
    "{name: cases, type: code}",
    "{name: g, type: openai_grader, grader: {type: python, source: 'def grade(s, i): return 1'}}",
)


@pytest.fixture(scope="module")
def reward(synthesise: Callable[..., Templates]) -> Any:
    return synthesise(SPEC)["reward"]


def function(template: Any, name: str) -> Any:
    (found,) = [
        one["Properties"]
        for one in resources(template, "AWS::Lambda::Function").values()
        if one["Properties"]["FunctionName"] == name
    ]
    return found


def test_it_is_there_only_where_programs_are_run(
    reward: Any, templates: Templates, synthesise: Callable[..., Templates]
) -> None:
    assert len(resources(reward, "AWS::Lambda::Function")) == 2
    assert len(resources(synthesise(GRADER)["reward"], "AWS::Lambda::Function")) == 2
    assert len(resources(templates["reward"], "AWS::Lambda::Function")) == 1
    assert not resources(templates["reward"], "AWS::EC2::VPC")


def test_its_network_leads_nowhere(reward: Any) -> None:
    assert len(resources(reward, "AWS::EC2::Subnet")) == 2
    for kind in (
        *("Route", "InternetGateway", "NatGateway", "VPCEndpoint", "VPCGatewayAttachment"),
        *("TransitGatewayAttachment", "VPCPeeringConnection", "EgressOnlyInternetGateway"),
    ):
        assert not resources(reward, f"AWS::EC2::{kind}")
    (group,) = resources(reward, "AWS::EC2::SecurityGroup").values()
    assert group["Properties"].get("SecurityGroupIngress", []) == []
    (rule,) = group["Properties"]["SecurityGroupEgress"]
    assert rule["CidrIp"] == "255.255.255.255/32"
    config = function(reward, "p-dev-code")["VpcConfig"]
    assert [one["Ref"] in resources(reward, "AWS::EC2::Subnet") for one in config["SubnetIds"]] == [
        True,
        True,
    ]
    assert len(config["SecurityGroupIds"]) == 1


def allowed_to(template: Any, function_name: str) -> list[Any]:
    """The statements of the role of one function."""
    role = function(template, function_name)["Role"]["Fn::GetAtt"][0]
    assert not resources(template, "AWS::IAM::Role")[role]["Properties"].get("ManagedPolicyArns")
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_its_code_is_denied_everything(reward: Any) -> None:
    found = allowed_to(reward, "p-dev-code")
    (denied,) = [one for one in found if one["Effect"] == "Deny"]
    assert (denied["Action"], denied["Resource"]) == ("*", "*")
    arn = denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]
    assert str(arn).endswith("function:p-dev-code")
    (allowed,) = [one for one in found if one["Effect"] == "Allow"]
    assert set(allowed["Action"]) == {
        *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface"),
        *("ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"),
        *("ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
    }


def test_it_is_called_at_one_version_by_the_reward_alone(reward: Any) -> None:
    (call,) = [
        one
        for one in allowed_to(reward, "p-dev-reward")
        if one["Action"] == "lambda:InvokeFunction"
    ]
    assert call["Resource"]["Ref"] in resources(reward, "AWS::Lambda::Version")
    variables = function(reward, "p-dev-reward")["Environment"]["Variables"]
    assert variables["NOVA_RFT_CODE_FUNCTION"] == call["Resource"]


def test_what_keeps_programs_in_is_said(reward: Any, synthesise: Callable[..., Templates]) -> None:
    """In AWS its virtual machine; on this machine the kernel, or nothing is run."""
    assert function(reward, "p-dev-code")["Environment"]["Variables"] == {
        "NOVA_RFT_ISOLATION": "microvm"
    }
    here = synthesise(SPEC, runs_on="host")["reward"]
    assert function(here, "p-dev-code")["Environment"]["Variables"] == {
        "NOVA_RFT_ISOLATION": "namespaces"
    }
