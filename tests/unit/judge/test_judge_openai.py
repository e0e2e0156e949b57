"""The OpenAI-compatible judge against a real server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nova_rft.errors import JudgeRefused, JudgeUnavailable, UsageError
from nova_rft.judge import JudgeRequest, OpenAIModel, Tool, ask_all
from nova_rft.judge._fence import read_fenced
from nova_rft.judge.rubric import read_verdicts, rubric_request
from nova_rft.spec import OpenAIJudge

from .judges import criterion, request, rollout, verdicts

KEY = "TEST_JUDGE_KEY"


@dataclass
class Reply:
    """What the server answers: a status, a body, and how long it takes."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    delay_s: float = 0.0


@dataclass
class Server:
    """A chat completions endpoint that answers what it is told, and keeps what it was asked."""

    url: str
    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def serving(*replies: Reply) -> Iterator[Server]:
    """Each reply once, in order; the last one for ever."""
    server = Server("", list(replies))
    done = threading.Event()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                server.asked.append(body)
                server.keys.append(self.headers["Authorization"])
                server.paths.append(self.path)
                reply = server.replies[min(len(server.asked), len(server.replies)) - 1]
            done.wait(reply.delay_s)
            text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # A client that timed out.
                super().handle()

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{httpd.server_port}/v1"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        done.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret-key")


def model(server: Server, **settings: Any) -> OpenAIModel:
    return OpenAIModel(
        OpenAIJudge(
            provider="openai",
            base_url=server.url,
            id="judge-model",
            api_key_env=KEY,
            **{"attempts": 3, "timeout_s": 5.0, **settings},
        )
    )


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


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_asked_again(status: int) -> None:
    with serving(Reply(status, {"error": {"message": "later"}}), GOOD) as server:
        assert model(server).ask(request()).call == {"a": 1}
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_does_not_pass_is_unavailable(status: int) -> None:
    with (
        serving(Reply(status, {"error": {"message": "later"}})) as server,
        pytest.raises(JudgeUnavailable, match=rf"{server.url}#judge-model: .*{status}"),
    ):
        model(server).ask(request())
    assert len(server.asked) == 3, "attempts counts the first"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_a_retry_cannot_mend_is_refused_at_once(status: int) -> None:
    with (
        serving(Reply(status, {"error": {"message": "no"}})) as server,
        pytest.raises(JudgeRefused, match=rf"#judge-model: .*{status}") as caught,
    ):
        model(server).ask(request())
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
