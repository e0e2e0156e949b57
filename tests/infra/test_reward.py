from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nova_rft.spec import digest, load
from tests.infra.conftest import ACCOUNT, Templates, only, resources, statements

SPEC = """
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: a.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: judge
      type: rubric
      model: {JUDGE}
      criteria: [{name: a, question: Is it right?}]
"""


def _with_judge(judge: str) -> str:
    return SPEC.replace("{JUDGE}", judge)


def test_function(templates: Templates) -> None:
    function = only(templates["reward"], "AWS::Lambda::Function")
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "handler.handler"
    assert function["Timeout"] == 900
    assert function["MemorySize"] == 1769
    variables = function["Environment"]["Variables"]
    assert set(variables) == {"NOVA_RFT_PROJECT", "NOVA_RFT_STAGE", "NOVA_RFT_TRACE_BUCKET"}
    assert variables["NOVA_RFT_PROJECT"] == "gsm8k-math"
    assert "storage" in variables["NOVA_RFT_TRACE_BUCKET"]["Fn::ImportValue"]


def test_version_is_published_and_kept(templates: Templates) -> None:
    (version,) = resources(templates["reward"], "AWS::Lambda::Version").values()
    assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"
    # A job is pinned to a version by its number, and by that it is kept warm: no alias leads there.
    assert not resources(templates["reward"], "AWS::Lambda::Alias")


def test_log_group_is_its_own_and_expires(templates: Templates) -> None:
    ((name, log),) = resources(templates["reward"], "AWS::Logs::LogGroup").items()
    assert log["Properties"]["LogGroupName"] == "/aws/lambda/gsm8k-math-dev-reward"
    assert log["Properties"]["RetentionInDays"] == 90
    function = only(templates["reward"], "AWS::Lambda::Function")
    assert function["FunctionName"] == "gsm8k-math-dev-reward"
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": name}}


def test_role_may_do_nothing_else(templates: Templates) -> None:
    actions: dict[str, list[Any]] = {}
    for statement in statements(templates["reward"]):
        assert statement["Effect"] == "Allow"
        names = statement["Action"]
        for action in [names] if isinstance(names, str) else names:
            actions.setdefault(action, []).append(statement["Resource"])
    assert set(actions) == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:PutObject",
        "bedrock:InvokeModel",
    }
    ((_, parts),) = [value["Fn::Join"] for value in actions["s3:PutObject"]]
    assert parts[-1] == "/traces/*"
    role = only(templates["reward"], "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    assert not any("*" in arn for arn in _models(statements(templates["reward"])))


def _models(found: list[dict[str, Any]]) -> list[str]:
    arns: list[str] = []
    for statement in found:
        if statement["Action"] == "bedrock:InvokeModel":
            resource = statement["Resource"]
            arns += [resource] if isinstance(resource, str) else resource
    return arns


def test_a_geographic_profile_brings_its_models_through_it_alone(templates: Templates) -> None:
    profile = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/us.amazon.nova-pro-v1:0"
    direct, through = [
        s for s in statements(templates["reward"]) if s["Action"] == "bedrock:InvokeModel"
    ]
    assert direct["Resource"] == profile
    assert through["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": profile}}
    assert through["Resource"] == [
        f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-pro-v1:0"
        for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
    ]


@pytest.mark.parametrize(
    ("judge", "region", "granted"),
    [
        (
            "amazon.nova-pro-v1:0",
            "us-east-1",
            ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"],
        ),
        (
            "global.amazon.nova-2-lite-v1:0",
            "eu-west-1",
            [
                "arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0",
                "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/global.amazon.nova-2-lite-v1:0",
                "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-2-lite-v1:0",
            ],
        ),
        (
            "apac.amazon.nova-pro-v1:0",
            "ap-south-1",
            [
                "arn:aws:bedrock:*::foundation-model/amazon.nova-pro-v1:0",
                "arn:aws:bedrock:ap-south-1:111122223333:inference-profile/apac.amazon.nova-pro-v1:0",
            ],
        ),
        (
            "arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/abc",
            "us-east-1",
            ["arn:aws:bedrock:us-east-1:111122223333:custom-model-deployment/abc"],
        ),
        (
            "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc",
            "us-east-1",
            [
                "arn:aws:bedrock:*::foundation-model/*",
                "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc",
            ],
        ),
        (
            "us-gov.amazon.nova-pro-v1:0",
            "us-gov-west-1",
            [
                "arn:aws-us-gov:bedrock:us-gov-east-1::foundation-model/amazon.nova-pro-v1:0",
                "arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov.amazon.nova-pro-v1:0",
                "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0",
            ],
        ),
    ],
)
def test_what_is_granted_for_a_judge(
    synthesise: Callable[..., Templates], judge: str, region: str, granted: list[str]
) -> None:
    made = synthesise(_with_judge(f'{{provider: bedrock, id: "{judge}"}}'), region=region)
    assert sorted(_models(statements(made["reward"]))) == granted


def test_a_judge_elsewhere_is_granted_nothing(synthesise: Callable[..., Templates]) -> None:
    made = synthesise(_with_judge("{provider: openai, base_url: http://x/v1, id: m}"))
    assert _models(statements(made["reward"])) == []


def test_recorded_replies_are_not_deployed(synthesise: Callable[..., Templates]) -> None:
    with pytest.raises(ValueError, match=r"the term judge is judged by recorded replies"):
        synthesise(_with_judge("{provider: replay, file: r.jsonl}"))


def test_host_target_is_this_python(synthesise: Callable[..., Templates]) -> None:
    made = synthesise(_with_judge("{provider: scripted}"), runs_on="host")
    function = only(made["reward"], "AWS::Lambda::Function")
    assert function["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert function["Architectures"] in (["x86_64"], ["arm64"])


def test_outputs(templates: Templates, example: Path) -> None:
    outputs = templates["reward"]["Outputs"]
    named = {name for name in outputs if not name.startswith("ExportsOutput")}
    assert named == {
        "RewardFunctionName",
        "RewardVersionArn",
        "RewardVersion",
        "RewardDigest",
        "RewardLogGroup",
    }
    assert outputs["RewardDigest"]["Value"] == digest(load(example / "nova-rft.yaml").reward)


def test_another_reward_is_another_version(synthesise: Callable[..., Templates]) -> None:
    first, same, other = (
        synthesise(_with_judge(f"{{provider: scripted}}{extra}"))
        for extra in ("", "", "\n      weight: 2")
    )
    names = [list(resources(t["reward"], "AWS::Lambda::Version")) for t in (first, same, other)]
    assert names[0] == names[1] != names[2]
