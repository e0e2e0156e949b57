"""The judge on Bedrock against an HTTP endpoint: what is sent, and what is made of answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from nova_rft.aws.converse import BedrockModel
from nova_rft.aws.session import Aws
from nova_rft.errors import FormRefused, JudgeRefused, JudgeUnavailable
from nova_rft.judge import Form, JudgeModel, Usage
from nova_rft.judge.models import Accounts, Tally, equip
from nova_rft.spec import BedrockJudge, Price
from tests.unit.judge.judges import request
from tests.unit.judge.servers import Reply, Server, serving

NOVA = "us.amazon.nova-pro-v1:0"
NONCE = "0" * 16


def spec(**settings: Any) -> BedrockJudge:
    return BedrockJudge.model_validate(
        {"provider": "bedrock", "id": NOVA, "attempts": 3, "timeout_s": 5.0, **settings}
    )


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def bare(
    server: Server, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> tuple[BedrockModel, BedrockJudge]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.removesuffix("/v1"))
    asked = spec(**settings)
    return BedrockModel(asked, Aws("us-east-1")), asked


def equipped(server: Server, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> JudgeModel:
    model, asked = bare(server, monkeypatch, **settings)
    return equip(model, asked, Accounts(Tally({asked.id: Price(input=1, output=1)})))


def answer(*content: dict[str, Any], stop: str = "end_turn", **usage: int) -> Reply:
    return Reply(
        body={
            "output": {"message": {"role": "assistant", "content": list(content)}},
            "stopReason": stop,
            "usage": {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110, **usage},
            "metrics": {"latencyMs": 1},
        }
    )


def use(name: str = "t", **call: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "x", "name": name, "input": call}}


def refusal(code: str, status: int) -> Reply:
    return Reply(status, {"message": f"{code} said", "__type": code})


TEXT = f'<<<ANSWER {NONCE}>>>\n{{"a": 1}}\n<<<END ANSWER {NONCE}>>>'


def test_a_forced_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(use(a=1), stop="tool_use", cacheReadInputTokens=7)) as server:
        model, _ = bare(server, monkeypatch, max_tokens=99, temperature=0.5)
        reply = model.ask(request())
    (sent,) = server.asked
    assert sent["toolConfig"]["toolChoice"] == {"tool": {"name": "t"}}
    assert sent["inferenceConfig"] == {"maxTokens": 99, "temperature": 0.5}
    assert sent["system"] == [{"text": "Judge."}]
    assert server.paths[0].endswith("/converse")
    assert (reply.call, reply.stop_reason) == ({"a": 1}, "tool_use")
    assert reply.usage == Usage(100, 10, 7, 0)


def test_schema_output_and_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer({"text": '{"a": 1}'}), answer({"text": TEXT})) as server:
        model, _ = bare(server, monkeypatch)
        structured = model.ask(replace(request(), form=Form.JSON_SCHEMA))
        plain = model.ask(replace(request(), form=Form.TEXT))
    assert (structured.call, plain.call) == ({"a": 1}, {"a": 1})
    first, second = server.asked
    wanted = first["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert (json.loads(wanted["schema"]), wanted["name"]) == (request().tool.schema, "t")
    assert "toolConfig" not in first
    assert not {"toolConfig", "outputConfig"} & second.keys()
    assert "<<<ANSWER nonce>>>" in second["system"][0]["text"]


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"text": '{"a": 1}'}],
        [use(name="other", a=1)],
        [use(a=1), use(a=2)],
    ],
)
def test_no_call_or_two_are_no_answer(
    monkeypatch: pytest.MonkeyPatch, content: list[dict[str, Any]]
) -> None:
    with serving(answer(*content)) as server:
        model, _ = bare(server, monkeypatch)
        assert model.ask(request()).call is None


def test_an_empty_tool_call_is_asked_for_once_more_as_plain_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(answer(stop="malformed_tool_use"), answer({"text": TEXT})) as server:
        reply = equipped(server, monkeypatch).ask(request())
    assert reply.call == {"a": 1}
    assert reply.usage.input_tokens == 200
    assert len(server.asked) == 2


def test_a_guardrail_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer({"text": "No."}, stop="guardrail_intervened")) as server:
        assert equipped(server, monkeypatch).ask(request()).call is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 429),
        ("ModelTimeoutException", 408),
        ("InternalServerException", 500),
        ("ServiceUnavailableException", 503),
        ("ModelNotReadyException", 429),
        ("ModelErrorException", 424),
    ],
)
def test_what_passes_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    with serving(refusal(code, status), answer(use(a=1))) as server:
        assert equipped(server, monkeypatch).ask(request()).call == {"a": 1}
    assert len(server.asked) == 2, "once by us, and not by botocore beside us"


def test_attempts_are_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(refusal("ThrottlingException", 429)) as server,
        pytest.raises(JudgeUnavailable, match="ThrottlingException") as raised,
    ):
        equipped(server, monkeypatch).ask(request())
    assert raised.value.throttled
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("code", "status"), [("AccessDeniedException", 403), ("ResourceNotFoundException", 404)]
)
def test_what_a_retry_cannot_mend_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    with (
        serving(refusal(code, status)) as server,
        pytest.raises(JudgeRefused, match=code),
    ):
        equipped(server, monkeypatch).ask(request())
    assert len(server.asked) == 1


def test_a_validation_error_is_not_tried_again_in_the_same_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = refusal("ValidationException", 400)
    with serving(refused, answer({"text": TEXT}), answer({"text": TEXT})) as server:
        judge = equipped(server, monkeypatch)
        assert judge.ask(request("one")).call == {"a": 1}
        assert judge.ask(request("two")).call == {"a": 1}
    assert ["toolConfig" in sent for sent in server.asked] == [True, False, False]
    with serving(refused) as server:
        model, _ = bare(server, monkeypatch)
        with pytest.raises(FormRefused):
            model.ask(request())
        with pytest.raises(JudgeRefused, match="ValidationException"):
            model.ask(replace(request(), form=Form.TEXT))


def test_a_cache_point_follows_the_constant_part_where_it_is_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short, long = request(), replace(request(), system="Judge well. " * 400)
    point = {"cachePoint": {"type": "default"}}
    for settings, asked, cached in (
        ({}, short, False),
        ({}, long, True),
        ({"prompt_cache": "off"}, long, False),
        ({"prompt_cache": "on"}, short, True),
        ({"id": "some.unknown-model"}, long, False),
    ):
        with serving(answer(use(a=1))) as server:
            model, _ = bare(server, monkeypatch, **settings)
            model.ask(asked)
        assert (server.asked[0]["system"][1:] == [point]) is cached, settings


@pytest.mark.parametrize("effort", ["low", "high"])
def test_nova_2_is_told_how_long_to_reason(monkeypatch: pytest.MonkeyPatch, effort: str) -> None:
    with serving(answer({"text": TEXT})) as server:
        model, _ = bare(
            server, monkeypatch, id="us.amazon.nova-2-lite-v1:0", reasoning_effort=effort
        )
        model.ask(replace(request(), form=Form.TEXT))
    (sent,) = server.asked
    reasoning = sent["additionalModelRequestFields"]["reasoningConfig"]
    assert reasoning == {"type": "enabled", "maxReasoningEffort": effort}
    assert ("inferenceConfig" in sent) is (effort != "high")


def test_gpt_oss_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer({"text": "{}"})) as server:
        model, _ = bare(server, monkeypatch, id="openai.gpt-oss-20b-1:0", reasoning_effort="low")
        model.ask(replace(request(), form=Form.JSON_SCHEMA))
    assert server.asked[0]["additionalModelRequestFields"] == {"reasoning_effort": "low"}


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer()) as server:
        model, _ = bare(server, monkeypatch)
    with pytest.raises(JudgeUnavailable):
        model.ask(request())
