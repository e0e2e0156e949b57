"""The embedded AWS's HTTP, and Converse behind it."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from nova_rft.judge import JudgeRequest, ScriptedModel, Tool, read_fenced
from tests.contract.conftest import Local

SCOPE = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/bedrock/aws4_request"}
SCHEMA = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "criterion": {"type": "string", "enum": ["steps", "right"]},
                    "verdict": {"type": "string", "enum": ["no", "yes"]},
                },
            },
        }
    },
}
USER = """<<<TASK 0123456789abcdef>>>
What are seven apples plus nine apples?
<<<END TASK 0123456789abcdef>>>

<<<RESPONSE 0123456789abcdef>>>
seven apples plus nine apples makes 16
<<<END RESPONSE 0123456789abcdef>>>"""


def question() -> dict[str, Any]:
    """A judge's question as Converse takes it."""
    specification = {"name": "verdicts", "description": "d", "inputSchema": {"json": SCHEMA}}
    return {
        "system": [{"text": "You judge."}],
        "messages": [{"role": "user", "content": [{"text": USER}]}],
        "inferenceConfig": {"maxTokens": 300, "temperature": 0.0},
        "toolConfig": {
            "tools": [{"toolSpec": specification}],
            "toolChoice": {"tool": {"name": "verdicts"}},
        },
    }


@pytest.mark.parametrize(
    "model", ["us.amazon.nova-2-lite-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/a.b-v1:0"]
)
def test_converse_is_the_scripted_judge(local: Local, model: str) -> None:
    answer = local.client("bedrock-runtime").converse(modelId=model, **question())
    reply = ScriptedModel().ask(
        JudgeRequest("You judge.", USER, read_fenced(USER)[0], Tool("verdicts", "d", SCHEMA))
    )
    text, call = answer["output"]["message"]["content"]
    assert text == {"text": reply.text}
    assert call["toolUse"]["name"] == "verdicts"
    assert call["toolUse"]["input"] == reply.call
    assert answer["stopReason"] == "tool_use"
    usage = answer["usage"]
    assert usage["inputTokens"] == reply.usage.input_tokens > 0
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert answer["metrics"]["latencyMs"] >= 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"inferenceConfig": {"temperature": 3}}, "inferenceConfig.temperature"),
        ({"messages": [{"role": "judge", "content": []}]}, "messages.1.member.role"),
        ({"messages": [{"role": "assistant", "content": []}]}, "user message"),
        ({"toolConfig": {"tools": [], "toolChoice": {"auto": {}}}}, "toolConfig.tools"),
        ({"messages": None}, "user message"),
    ],
)
def test_converse_refuses(local: Local, change: dict[str, Any], says: str) -> None:
    given = {k: v for k, v in {**question(), **change}.items() if v is not None}
    with pytest.raises(ClientError) as caught:
        local.client("bedrock-runtime").converse(modelId="amazon.nova-pro-v1:0", **given)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert says in caught.value.response["Error"]["Message"]


def connect(local: Local) -> http.client.HTTPConnection:
    """A connection of our own."""
    return http.client.HTTPConnection(local.endpoint.removeprefix("http://"), timeout=10)


def ask(connection: http.client.HTTPConnection, body: bytes) -> http.client.HTTPResponse:
    """One Converse call on a connection."""
    connection.request("POST", "/model/a.b-v1%3A0/converse", body, SCOPE)
    return connection.getresponse()


def test_a_connection_serves_many_calls(local: Local) -> None:
    connection = connect(local)
    body = json.dumps(question()).encode()
    connection.connect()
    first = connection.sock
    for _ in range(50):
        answer = ask(connection, body)
        assert answer.status == 200
        answer.read()
        # An error, an unread body and moto's own answers keep it open too.
        assert ask(connection, b"[1]").read()
        connection.request("PUT", "/no-such-bucket/key", b"x" * 1000, {"Host": "s3.amazonaws.com"})
        connection.getresponse().read()
        connection.request("HEAD", "/no-such-bucket/key", headers={"Host": "s3.amazonaws.com"})
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


def test_a_body_in_chunks(local: Local) -> None:
    connection = connect(local)
    body = json.dumps(question()).encode()
    connection.request(
        "POST",
        "/model/a.b-v1%3A0/converse",
        iter([body[:100], body[100:]]),
        {**SCOPE, "Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    assert connection.getresponse().read().startswith(b"{")
    assert ask(connection, body).status == 200
    connection.close()


@pytest.mark.parametrize("headers", [b"Content-Length: many", b"Transfer-Encoding: chunked"])
def test_a_body_framed_wrongly_is_refused(local: Local, headers: bytes) -> None:
    connection = connect(local)
    connection.connect()
    connection.sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\nzz\r\n")
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 400")
    connection.close()


def test_a_client_that_asks_first_is_told_to_go_on(local: Local) -> None:
    connection = connect(local)
    connection.connect()
    connection.sock.settimeout(20)
    connection.sock.sendall(
        b"PUT /no-such-bucket/key HTTP/1.1\r\nHost: s3.amazonaws.com\r\n"
        b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    )
    # Nothing of the body is sent before this comes: the server must not keep it in a buffer.
    assert connection.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sock.sendall(b"x")
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 404")
    connection.close()


def test_many_callers_at_once(local: Local) -> None:
    body = json.dumps(question()).encode()
    seen: list[int] = []

    def call() -> None:
        connection = connect(local)
        for _ in range(20):
            answer = ask(connection, body)
            answer.read()
            seen.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 320


def test_invoke_model_stays_motos(local: Local) -> None:
    answer = local.client("bedrock-runtime").invoke_model(modelId="amazon.nova-pro-v1:0", body="{}")
    answer["body"].read()
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
