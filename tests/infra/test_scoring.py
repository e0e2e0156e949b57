"""The stack for scoring large files: only where the stage says so, with no right beyond its prefixes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.conftest import ROOT, Templates, resources

EXAMPLE = (ROOT / "examples" / "gsm8k-math" / "nova-rft.yaml").read_text()


@pytest.fixture(scope="module")
def scoring(synthesise: Callable[..., Templates]) -> Any:
    return synthesise(EXAMPLE, stage={"scoring": True})["scoring"]


def statements(template: Any, role: str) -> list[dict[str, Any]]:
    return [
        statement
        for name, policy in resources(template, "AWS::IAM::Policy").items()
        if name.startswith(role)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_it_is_there_only_where_the_stage_says_so(templates: Templates, scoring: Any) -> None:
    assert "scoring" not in templates
    assert {"ScoringBucket", "ScoringMachineArn", "BatchRoleArn"} <= scoring["Outputs"].keys()


def test_batches_are_trusted_for_this_account_alone(scoring: Any) -> None:
    (role,) = [
        one["Properties"]
        for name, one in resources(scoring, "AWS::IAM::Role").items()
        if name.startswith("BatchRole")
    ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
    source = trust["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert source.endswith(":model-invocation-job/*")
    assert "aws:SourceAccount" in trust["Condition"]["StringEquals"]
    text = json.dumps(statements(scoring, "BatchRole"))
    assert "/scoring/batches/records/*" in text
    assert "/scoring/batches/answers/*" in text
    assert "bedrock:InvokeModel" in text
    assert '"s3:*"' not in text


def test_the_chunks_function_calls_the_reward_and_writes_rows_alone(scoring: Any) -> None:
    found = statements(scoring, "RoleDefaultPolicy")
    actions = {
        action
        for one in found
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    assert actions == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "lambda:InvokeFunction"),
        *("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    }
    (put,) = [one for one in found if "s3:PutObject" in one["Action"]]
    assert json.dumps(put["Resource"]).count("/scores/*") == 1


def test_the_machine_is_one_distributed_map(scoring: Any) -> None:
    (machine,) = resources(scoring, "AWS::StepFunctions::StateMachine").values()
    text = json.dumps(machine["Properties"]["DefinitionString"])
    for said in ("DISTRIBUTED", "MaxConcurrencyPath", "ToleratedFailurePercentage", "RewardBusy"):
        assert said in text
