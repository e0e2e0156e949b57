"""A local HTTP endpoint for benches: Converse answered by the scripted judge, S3 accepting all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nova_rft.judge import JudgeRequest, ScriptedModel, Tool, read_fenced


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """S3 PutObject."""
        self._body()
        self._reply(b"")

    def do_POST(self) -> None:
        """Bedrock's Converse."""
        asked = json.loads(self._body())
        self._reply(json.dumps(_converse(asked)).encode())

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _reply(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _converse(asked: dict[str, Any]) -> dict[str, Any]:
    tool = asked["toolConfig"]["tools"][0]["toolSpec"]
    user = asked["messages"][0]["content"][0]["text"]
    reply = ScriptedModel().ask(
        JudgeRequest(
            system=asked["system"][0]["text"],
            user=user,
            nonce=read_fenced(user)[0],
            tool=Tool(tool["name"], tool["description"], tool["inputSchema"]["json"]),
        )
    )
    use = {"toolUseId": "bench", "name": tool["name"], "input": reply.call}
    return {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 0},
    }


@contextmanager
def judge_endpoint() -> Iterator[str]:
    """The endpoint's address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
