"""Whether judge models exist and may be used, asked of the embedded Bedrock and of an endpoint."""

from __future__ import annotations

import pytest

from nova_rft.aws.access import ModelProblem, model_problems
from nova_rft.aws.session import Aws
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, ScriptedJudge


def problems(aws: Aws, *models: JudgeModelSpec) -> list[ModelProblem]:
    return list(model_problems(models, lambda: aws))


def bedrock(model: str) -> BedrockJudge:
    return BedrockJudge(provider="bedrock", id=model)


@pytest.mark.parametrize(
    "model",
    [
        "amazon.nova-pro-v1:0",
        "us.amazon.nova-2-lite-v1:0",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
    ],
)
def test_a_model_that_is_there(aws: Aws, model: str) -> None:
    assert problems(aws, bedrock(model)) == []


@pytest.mark.parametrize("model", ["amzon.nova-pro-v1:0", "us.amzon.nova-pro-v1:0"])
def test_an_unknown_model_is_named_once(aws: Aws, model: str) -> None:
    (problem,) = problems(aws, bedrock(model), bedrock(model))
    assert problem.certain
    assert problem.message == (
        f"Bedrock in us-east-1 knows no model or profile {model}; check the id"
    )


def test_no_aws_is_asked_about_other_judges() -> None:
    def no_aws() -> Aws:
        raise AssertionError("AWS was asked")

    assert list(model_problems([ScriptedJudge(provider="scripted")], no_aws)) == []


def test_an_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    judge = OpenAIJudge(
        provider="openai",
        base_url="http://127.0.0.1:9/v1",
        id="m",
        api_key_env="NO_SUCH_KEY",
        timeout_s=1,
    )
    (problem,) = problems(aws, judge)
    assert problem.certain
    assert "the environment variable NO_SUCH_KEY is not set" in problem.message
    monkeypatch.setenv("NO_SUCH_KEY", "x")
    (problem,) = problems(aws, judge)
    assert not problem.certain
    assert problem.message.startswith("http://127.0.0.1:9/v1 could not be asked")
