"""The engine `here` as a user runs it, against an endpoint that counts what it is asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nova_rft.judge import JudgeRequest, ScriptedModel, Tool, read_fenced
from tests.contract.scale_table import documented
from tests.support import PROGRAM, run_program

from .making import raw

SPEC = """
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: a.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: style
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0, concurrency: 4}
      criteria: [{name: clear, question: Is it clear?}]
"""
ITEMS = [raw(n, f"g{n // 4}", f"answer {n}") for n in range(48)]


@contextmanager
def counting(delay_s: float) -> Iterator[tuple[str, Counter[str]]]:
    """A Converse that takes its time, and counts each question."""
    asked: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            user = body["messages"][0]["content"][0]["text"]
            with lock:
                asked[user] += 1
            time.sleep(delay_s)
            answer = json.dumps(converse(body, user)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # A client that was killed.
                super().handle()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def converse(body: dict[str, Any], user: str) -> dict[str, Any]:
    tool = body["toolConfig"]["tools"][0]["toolSpec"]
    made = Tool(tool["name"], tool["description"], tool["inputSchema"]["json"])
    reply = ScriptedModel().ask(
        JudgeRequest(body["system"][0]["text"], user, read_fenced(user)[0], made)
    )
    use = {"toolUseId": "t", "name": tool["name"], "input": reply.call}
    return {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": use}]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 10, "outputTokens": 2, "totalTokens": 12},
        "metrics": {"latencyMs": 0},
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in ITEMS))
    return tmp_path


def environment(url: str) -> dict[str, str]:
    credentials = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    there = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}
    return {**os.environ, **credentials, **there, "AWS_EC2_METADATA_DISABLED": "true"}


def test_killed_in_the_middle_no_reply_is_paid_twice(project: Path) -> None:
    asked_for = ["score", "items.jsonl", "--out", "rows.jsonl", "--event-size", "16"]
    with counting(0.1) as (url, asked):
        process = subprocess.Popen(
            [PROGRAM, *asked_for], cwd=project, env=environment(url), stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while asked.total() < 20 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.2)
        begun = asked.total()
        done = run_program(*asked_for, folder=project, environment=environment(url))
        assert done.returncode == 0, done.stderr
        assert 20 <= begun < len(ITEMS)
        # Four calls are in flight at most.
        twice = sum(count - 1 for count in asked.values())
        assert (len(asked), twice <= 4) == (len(ITEMS), True)
        rows = [json.loads(line) for line in (project / "rows.jsonl").read_text().splitlines()]
        assert [row["id"] for row in rows] == [one["id"] for one in ITEMS]
        lost = len(ITEMS) - len(rows)
        documented(
            "here", "killed (-9) in the middle", lost=lost, twice="at most the calls in flight"
        )
        before = asked.total()
        again = run_program(*asked_for, "--json", folder=project, environment=environment(url))
        assert (json.loads(again.stdout), asked.total()) == (rows, before)
        assert "48 had a row from before, and cost nothing now" in again.stderr


def test_what_does_not_go_together_is_refused(project: Path) -> None:
    def said(*more: str) -> str:
        done = run_program("score", "items.jsonl", *more, folder=project)
        assert done.returncode == 2
        return " ".join(done.stderr.split())

    assert "asks the spec's own judges" in said("--engine", "map", "--judge", "scripted")
    assert "leave --engine and --out out" in said("--out", "rows.jsonl", "--record", "r")
    assert "no quota nothing" in said("--estimate", "--quota", "nothing=1")
    assert "no number" in said("--estimate", "--quota", "batch_jobs")
