"""Policies and trust of every kind of cell, held to AWS's reference by cfn-lint's rules for IAM.

cfn-lint (MIT-0, kept by AWS) carries the Service Authorization Reference: which actions there are, and
on which resources each can be. (parliament 1.6.4 lacks newer actions and needs setuptools before 82.)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]  # no types in it
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # no types in it

from nova_rft.local_aws.iam._conditions import met
from tests.iam.events import JUDGED
from tests.infra.conftest import ACCOUNT, KINDS, Make, Templates, resources
from tests.infra.plain import documents
from tests.infra.stages import CELLS

RULES = ("E3510", "E3530", "I3510", "W2511", "W3037")
# The reference's page has the group beside the package for this one, and AWS's managed policies too.
ACCEPTED = "I3510 action 'sagemaker:CreateModelPackage' requires"
_ARNS = {
    "DATA": "arn:aws:s3:::data",
    "OUTPUT": "arn:aws:s3:::output",
    "REWARD": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:reward",
    "CODE": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:code",
    "JOB-ROLE": f"arn:aws:iam::{ACCOUNT}:role/job",
    "KEY": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/answers",
    "TABLE": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/judges",
    "RUNS": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/runs",
    "LETTERS": f"arn:aws:sqs:us-east-1:{ACCOUNT}:letters",
    "STEPS": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:steps",
    "SCORE": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:score",
    "TOPIC": f"arn:aws:sns:us-east-1:{ACCOUNT}:notices",
    "STAGE-KEY": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/stage",
    "LOG": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/reward:*",
}
# Whom Bedrock, SageMaker and Step Functions name as the source; no page says that Lambda names one.
SOURCES = {f"{service}.amazonaws.com": service for service in ("bedrock", "sagemaker", "states")}
# A flow log has no name before it is made.
OF_ACCOUNT = {"vpc-flow-logs.amazonaws.com"}
UNCONDITIONED = {"lambda.amazonaws.com"}


@pytest.fixture(scope="module")
def everything(
    of_kind: Callable[[str], Templates], synthesise: Callable[..., Templates]
) -> list[dict[str, Any]]:
    """All templates of all kinds, and those of a reward that needs everything."""
    made = [*(of_kind(kind) for kind in KINDS), synthesise(JUDGED)]
    return [template for templates in made for template in templates.values()]


@pytest.fixture(scope="module")
def staged(made: Make) -> list[dict[str, Any]]:
    """The templates of a stage that asks for everything."""
    return [template for cell in (*CELLS, "rich") for template in made(cell, "all new").values()]


def findings(policies: list[dict[str, Any]], roles: list[dict[str, Any]]) -> list[str]:
    """What cfn-lint says of policies and roles, all in one template of their own."""
    made: dict[str, Any] = {f"R{place}": role for place, role in enumerate(roles)}
    for place, document in enumerate(policies):
        about = {"PolicyName": "p", "Roles": ["role"], "PolicyDocument": document}
        made[f"P{place}"] = {"Type": "AWS::IAM::Policy", "Properties": about}
    checks = ManualArgs(regions=["us-east-1"], include_checks=["I"])
    found = lint(json.dumps({"Resources": made}), config=checks)
    said = [f"{one.rule.id} {one.message}"[:300] for one in found if one.rule.id in RULES]
    return [one for one in said if not one.startswith(ACCEPTED)]


def real(document: dict[str, Any]) -> dict[str, Any]:
    """With ARNs in the place of plain names: of tokens cfn-lint could say nothing."""

    def arn(resource: str) -> str:
        for name, given in _ARNS.items():
            if resource == name or resource.startswith((f"{name}/", f"{name}:")):
                return given + resource.removeprefix(name)
        return resource

    def listed(value: Any) -> list[str]:
        return value if isinstance(value, list) else [value]

    statements = [
        {**one, "Resource": [arn(resource) for resource in listed(one["Resource"])]}
        for one in document["Statement"]
    ]
    return {**document, "Statement": statements}


def test_every_policy_and_role_passes_the_linter(
    everything: list[dict[str, Any]], staged: list[dict[str, Any]]
) -> None:
    everything = [*everything, *staged]
    unique = {
        json.dumps(real(document), sort_keys=True)
        for template in everything
        for _, document in documents(template)
    }
    roles = [
        role for template in everything for role in resources(template, "AWS::IAM::Role").values()
    ]
    assert len(unique) > 10
    assert len(roles) > 10
    assert findings([json.loads(one) for one in unique], roles) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"Action": "s3:GetObjects"}, "W3037"),
        ({"Resource": _ARNS["TABLE"]}, "I3510"),
        ({"Effect": "Permit"}, "E3510"),
        ({"Condition": {"StringSame": {"s3:prefix": "a"}}}, "E3510"),
    ],
)
def test_the_linter_finds_what_is_wrong(change: dict[str, Any], rule: str) -> None:
    plain = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    document = {"Version": "2012-10-17", "Statement": [{**plain, **change}]}
    assert [one[:5] for one in findings([document], [])] == [rule]


def test_the_embedded_aws_can_decide_every_condition(everything: list[dict[str, Any]]) -> None:
    seen = 0
    for template in everything:
        for _, document in documents(template):
            for statement in document["Statement"]:
                seen += "Condition" in statement
                met(statement.get("Condition", {}), {})
    assert seen > 20


def trusted(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for role in resources(template, "AWS::IAM::Role").values():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            yield statement["Principal"]["Service"], statement.get("Condition", {})


def test_services_are_trusted_for_this_accounts_own_jobs(
    everything: list[dict[str, Any]], staged: list[dict[str, Any]]
) -> None:
    found = [one for template in (*everything, *staged) for one in trusted(template)]
    assert {service for service, _ in found} == SOURCES.keys() | UNCONDITIONED | OF_ACCOUNT
    for service, conditions in found:
        if service in UNCONDITIONED:
            assert conditions == {}
            continue
        keys = {key: value for pairs in conditions.values() for key, value in pairs.items()}
        assert keys["aws:SourceAccount"] == ACCOUNT
        if service in OF_ACCOUNT:
            continue
        of_account = f"arn:aws:{SOURCES[service]}:us-east-1:{ACCOUNT}:"
        assert keys["aws:SourceArn"].startswith(of_account)
