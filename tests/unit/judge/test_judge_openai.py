"""The OpenAI-compatible judge against a real server on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nova_rft.data import Message
from nova_rft.errors import JudgeRefused, JudgeUnavailable, UsageError
from nova_rft.judge import (
    Form,
    JudgeModel,
    JudgeRequest,
    OpenAIModel,
    Tool,
    ask_all,
    free_question,
)
from nova_rft.judge._fence import read_fenced
from nova_rft.judge.models import Accounts, Tally, equip
from nova_rft.judge.models._openai_key import ApiKey
from nova_rft.judge.rubric import read_verdicts, rubric_request
from nova_rft.spec import OpenAIJudge

from .judges import criterion, request, rollout, verdicts
from .servers import Reply, Server, serving

KEY = "TEST_JUDGE_KEY"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret-key")


def spec(server: Server, **settings: Any) -> OpenAIJudge:
    fields = {"provider": "openai", "base_url": server.url, "id": "judge-model", "api_key_env": KEY}
    return OpenAIJudge.model_validate({**fields, "attempts": 3, "timeout_s": 5.0, **settings})


def model(server: Server, **settings: Any) -> OpenAIModel:
    return OpenAIModel(spec(server, **settings))


def equipped(server: Server, **settings: Any) -> JudgeModel:
    """As a reward has it: with forms, patience and accounts."""
    asked = spec(server, **settings)
    return equip(OpenAIModel(asked), asked, Accounts(Tally({})))


def completion(*calls: tuple[str, Any], content: str | None = None) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "judge-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": content,
                    "tool_calls": [
                        {
                            "id": f"call_{index}",
                            "type": "function",
                            "function": {"name": name, "arguments": arguments},
                        }
                        for index, (name, arguments) in enumerate(calls)
                    ],
                },
            }
        ],
        "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150},
    }


GOOD = Reply(body=completion(("t", '{"a": 1}'), content="Hm."))


def test_a_good_reply() -> None:
    with serving(GOOD) as server:
        judge = model(server)
        reply = judge.ask(request("Is it?"))
    assert (reply.call, reply.text, reply.stop_reason) == ({"a": 1}, "Hm.", "tool_calls")
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (120, 30)
    assert judge.name == f"openai:{server.url}#judge-model"
    assert judge.concurrency == 16
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == ["Bearer secret-key"]


def test_the_tool_is_forced_and_the_request_is_complete() -> None:
    schema = {"type": "object", "properties": {"nonce": {"type": "string"}}}
    asked = JudgeRequest("Judge.", "Is it?", "0" * 16, Tool("t", "A tool.", schema))
    with serving(GOOD) as server:
        model(server, max_tokens=77, temperature=0.25).ask(asked)
    (sent,) = server.asked
    assert sent["model"] == "judge-model"
    assert (sent["max_tokens"], sent["temperature"]) == (77, 0.25)
    assert sent["messages"] == [
        {"role": "system", "content": "Judge."},
        {"role": "user", "content": "Is it?"},
    ]
    function = {"name": "t", "description": "A tool.", "parameters": schema}
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "t"}}


def test_a_whole_judgement() -> None:
    rubric = [criterion("short"), criterion("kind")]
    asked = rubric_request(rubric, rollout("four"))
    nonce = read_fenced(asked.user)[0]
    call = json.dumps({"nonce": nonce, "verdicts": verdicts(short=True, kind=False)})
    with serving(Reply(body=completion(("give_verdicts", call)))) as server:
        found = read_verdicts(model(server).ask(asked), asked, rubric)
    assert [verdict.label for verdict in found] == ["yes", "no"]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_what_passes_is_asked_again(status: int) -> None:
    with serving(Reply(status, {"error": {"message": "later"}}), GOOD) as server:
        assert equipped(server, output="tool").ask(request()).call == {"a": 1}
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_does_not_pass_is_unavailable(status: int) -> None:
    with (
        serving(Reply(status, {"error": {"message": "later"}})) as server,
        pytest.raises(JudgeUnavailable, match=rf"{server.url}#judge-model: .*{status}") as raised,
    ):
        equipped(server).ask(request())
    assert raised.value.throttled is (status == 429)
    assert len(server.asked) == 3, "attempts counts the first"


@pytest.mark.parametrize("status", [401, 403, 404, 413])
def test_what_a_retry_cannot_mend_is_refused_at_once(status: int) -> None:
    with (
        serving(Reply(status, {"error": {"message": "no"}})) as server,
        pytest.raises(JudgeRefused, match=rf"#judge-model: .*{status}") as caught,
    ):
        equipped(server).ask(request())
    assert len(server.asked) == 1
    assert "secret-key" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(completion(("t", '{"a": ')), id="cut off"),
        pytest.param(completion(("t", "")), id="empty"),
        pytest.param(completion(("t", None)), id="null"),
        pytest.param(completion(("t", "[" * 100_000)), id="nested too deeply"),
        pytest.param(completion(("other", '{"a": 1}')), id="another tool"),
        pytest.param(completion(("t", '{"a": 1}'), ("t", '{"a": 2}')), id="two calls"),
        pytest.param(completion(content='{"a": 1}'), id="text alone"),
        pytest.param({**completion(), "choices": []}, id="no choices"),
        pytest.param({**completion(), "choices": None}, id="null choices"),
    ],
)
def test_a_malformed_call_is_no_call(body: Any) -> None:
    with serving(Reply(body=body)) as server:
        reply = model(server).ask(request())
    assert reply.call is None
    assert reply.usage.input_tokens == 120, "it was billed all the same"


def test_a_reply_without_usage() -> None:
    with serving(Reply(body={**completion(("t", "{}")), "usage": None})) as server:
        reply = model(server).ask(request())
    assert (reply.call, reply.usage.input_tokens) == ({}, 0)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body="<html>Hello</html>", content_type="text/html"), id="a web page"),
        pytest.param(Reply(body="no JSON"), id="broken JSON"),
        pytest.param(Reply(body=[]), id="a list"),
        pytest.param(Reply(body="null"), id="null"),
        pytest.param(Reply(body={**completion(), "choices": [{"message": None}]}), id="no message"),
    ],
)
def test_an_endpoint_that_is_none_is_refused(reply: Reply) -> None:
    with serving(reply) as server, pytest.raises(JudgeRefused):
        model(server).ask(request())


def test_a_slow_reply_is_unavailable() -> None:
    with serving(Reply(delay_s=10)) as server:
        started = time.monotonic()
        with pytest.raises(JudgeUnavailable, match="timed out"):
            model(server, timeout_s=0.2, attempts=1).ask(request())
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("concurrency", [1, 2])
def test_the_deadline_holds_over_all_attempts(concurrency: int) -> None:
    with serving(Reply(delay_s=10)) as server:
        judge = model(server, concurrency=concurrency)
        started = time.monotonic()
        (reply,) = ask_all(judge, [request()], deadline=time.monotonic() + 0.3)
        took = time.monotonic() - started
    assert isinstance(reply, JudgeUnavailable)
    assert took < 1


def test_no_time_left_means_no_call() -> None:
    with serving(GOOD) as server, pytest.raises(JudgeUnavailable, match="no time left"):
        model(server).ask(request(), deadline=time.monotonic() - 1)
    assert server.asked == []


def test_nobody_listens() -> None:
    with serving(GOOD) as server:
        judge = model(server, attempts=1)
    with pytest.raises(JudgeUnavailable, match="Connection error"):
        judge.ask(request())


def test_a_text_that_cannot_be_sent_costs_only_its_own_answer() -> None:
    with serving(GOOD) as server:
        bad, good = ask_all(model(server), [request("\ud800"), request("fine")])
    assert isinstance(bad, JudgeRefused)
    assert not isinstance(good, JudgeRefused)


@pytest.mark.parametrize("spoil", [lambda m: m.delenv(KEY), lambda m: m.setenv(KEY, "")])
def test_missing_key(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    spoil(monkeypatch)
    with pytest.raises(UsageError, match=f"the environment variable {KEY} is not set; set it"):
        OpenAIModel(
            OpenAIJudge(provider="openai", base_url="http://127.0.0.1/v1", id="m", api_key_env=KEY)
        )


NONCE = "0" * 16
TEXT = f'It is so.\n<<<ANSWER {NONCE}>>>\n{{"nonce": "{NONCE}"}}\n<<<END ANSWER {NONCE}>>>'


def test_a_schema_is_asked_for_first_where_no_form_is_named() -> None:
    with serving(Reply(body=completion(content='{"nonce": "x"}'))) as server:
        reply = equipped(server).ask(request())
    assert reply.call == {"nonce": "x"}
    (sent,) = server.asked
    assert "tools" not in sent
    asked = sent["response_format"]["json_schema"]
    assert (asked["name"], asked["strict"]) == ("t", True)
    assert asked["schema"] == request().tool.schema


def test_a_form_that_is_refused_is_not_tried_again() -> None:
    refusal = Reply(400, {"error": {"message": "response_format is not supported"}})
    with serving(refusal, GOOD, GOOD) as server:
        judge = equipped(server)
        assert judge.ask(request("one")).call == {"a": 1}
        assert judge.ask(request("two")).call == {"a": 1}
    assert ["response_format" in sent for sent in server.asked] == [True, False, False]
    assert ["tools" in sent for sent in server.asked] == [False, True, True]


def test_a_request_that_is_refused_in_every_form_is_refused() -> None:
    with (
        serving(Reply(400, {"error": {"message": "too long"}})) as server,
        pytest.raises(JudgeRefused, match="too long"),
    ):
        equipped(server).ask(request())
    assert len(server.asked) == 3


def test_an_empty_answer_is_asked_for_once_more_as_plain_text() -> None:
    empty = Reply(body=completion(content=""))
    with serving(empty, Reply(body=completion(content=TEXT))) as server:
        reply = equipped(server).ask(request())
    assert reply.call == {"nonce": NONCE}
    assert reply.usage.input_tokens == 240, "both calls were billed"
    assert len(server.asked) == 2
    plain = server.asked[1]
    assert "tools" not in plain
    assert "response_format" not in plain
    assert "<<<ANSWER nonce>>>" in plain["messages"][0]["content"]


def test_a_filtered_answer_is_not_asked_for_again() -> None:
    body = completion(content="")
    body["choices"][0]["finish_reason"] = "content_filter"
    with serving(Reply(body=body)) as server:
        assert equipped(server).ask(request()).call is None
    assert len(server.asked) == 1


def test_probabilities_are_asked_for_and_read() -> None:
    body = completion(content='{"verdict": "yes"}')
    likely = [{"token": "yes", "logprob": -0.1}, {"token": "no", "logprob": -2.4}]
    body["choices"][0]["logprobs"] = {
        "content": [
            {"token": '{"verdict": "', "logprob": 0.0, "top_logprobs": []},
            {"token": "yes", "logprob": -0.1, "top_logprobs": likely},
        ]
    }
    with serving(Reply(body=body)) as server:
        reply = equipped(server).ask(replace(request(), probabilities=True))
    assert reply.tokens is not None
    assert dict(reply.tokens[1].alternatives) == {"yes": -0.1, "no": -2.4}
    (sent,) = server.asked
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 20)


def test_an_endpoint_without_probabilities_gives_none() -> None:
    with serving(Reply(body=completion(content="{}"))) as server:
        assert equipped(server).ask(replace(request(), probabilities=True)).tokens is None


def test_cached_tokens_are_counted_apart() -> None:
    body = completion(("t", "{}"))
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 100}
    with serving(Reply(body=body)) as server:
        usage = model(server).ask(request()).usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (20, 100, 30)


def test_reasoning_effort_takes_the_place_of_temperature() -> None:
    with serving(GOOD) as server:
        model(server, reasoning_effort="low").ask(request())
    (sent,) = server.asked
    assert sent["reasoning_effort"] == "low"
    assert sent["max_completion_tokens"] == 1024
    assert not {"temperature", "max_tokens"} & sent.keys()


def test_each_form_is_read_as_what_it_is() -> None:
    with serving(Reply(body=completion(("t", '{"a": 1}'), content=TEXT))) as server:
        judge = model(server)
        found = {form: judge.ask(replace(request(), form=form)).call for form in Form}
    assert found == {
        Form.TOOL: {"a": 1},
        Form.JSON_SCHEMA: None,
        Form.TEXT: {"nonce": NONCE},
        Form.FREE: None,
    }


def test_a_free_question_is_sent_as_the_conversation_that_it_is() -> None:
    turns = [Message("user", "Why?"), Message("assistant", "Why what?"), Message("user", "So?")]
    with serving(Reply(body=completion(content="Because."))) as server:
        reply = model(server).ask(free_question(turns))
    assert (reply.call, reply.text) == (None, "Because.")
    (asked,) = server.asked
    assert asked["messages"] == [{"role": one.role, "content": one.text} for one in turns]
    assert "tools" not in asked


SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:judge-AbCdEf"
REFUSED = Reply(401, {"error": {"message": "wrong key"}})


class Vault:
    """A secret whose key changes, and how often it was read."""

    def __init__(self, *keys: str) -> None:
        self.keys = list(keys)
        self.reads: list[str] = []

    def __call__(self, arn: str) -> str:
        self.reads.append(arn)
        return self.keys[min(len(self.reads), len(self.keys)) - 1]


def test_without_the_variable_the_key_comes_from_the_secret_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY)
    vault = Vault("of-the-secret")
    with serving(GOOD) as server:
        judge = OpenAIModel(spec(server, api_key_secret=SECRET), vault)
        for _ in range(3):
            judge.ask(request())
    assert server.keys == ["Bearer of-the-secret"] * 3
    assert vault.reads == [SECRET]


def test_the_variable_of_this_machine_comes_first() -> None:
    vault = Vault("of-the-secret")
    with serving(GOOD) as server:
        OpenAIModel(spec(server, api_key_secret=SECRET), vault).ask(request())
    assert server.keys == ["Bearer secret-key"] and not vault.reads


def test_a_key_that_was_changed_is_read_again_and_no_oftener_than_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY)
    now, vault = [0.0], Vault("old", "new")
    key = ApiKey(judge_at("http://127.0.0.1:9/v1"), vault, lambda: now[0])
    # Read just now: a wrong key is not asked for at every question.
    assert not key.renewed("old") and key() == "old"
    now[0] = 61.0
    assert key.renewed("old") and key() == "new"
    # Who was refused with the old one meanwhile goes on with the new one, unread.
    assert key.renewed("old") and len(vault.reads) == 2
    assert not key.renewed("new")


def judge_at(url: str) -> OpenAIJudge:
    fields = {"provider": "openai", "base_url": url, "id": "m", "api_key_env": KEY}
    return OpenAIJudge.model_validate({**fields, "api_key_secret": SECRET})


def test_a_refused_key_is_a_refusal_where_the_secret_has_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY)
    with serving(REFUSED) as server, pytest.raises(JudgeRefused, match="wrong key"):
        OpenAIModel(spec(server, api_key_secret=SECRET), Vault("old")).ask(request())
    assert len(server.asked) == 1


def test_a_secret_that_cannot_be_read_from_here_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    with pytest.raises(UsageError, match="its secret cannot be read from here"):
        OpenAIModel(judge_at("http://127.0.0.1:9/v1"))
