"""A project, its pages up, and an endpoint in AWS's place that counts and refuses."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nova_rft.loopback import Serving
from nova_rft.project import Project
from nova_rft.ui import serve

SPEC = """\
project: tone
model: amazon.nova-2-lite-v1:0:256k
region: us-east-1
data: {train: train.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: tone
      type: rubric
      model: {provider: scripted}
      criteria: [{name: calm, question: Is it calm?}]
"""
NO_STACK = """\
<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>
<Message>Stack with id tone-dev-storage does not exist</Message></Error></ErrorResponse>"""


def project(folder: Path, more: str = "") -> Project:
    """A project whose reward has one judge."""
    file = folder / "nova-rft.yaml"
    file.write_text(SPEC + more)
    return Project.load(file)


def rollouts(folder: Path, count: int = 6) -> Path:
    """A file of reward events, two responses to each prompt."""
    file = folder / "rollouts.jsonl"
    rows = [
        {
            "id": f"r{n}",
            "messages": [
                {"role": "user", "content": f"Question {n // 2}?"},
                {"role": "assistant", "content": f"Answer {n}, in words that differ: {n * 'so '}"},
            ],
        }
        for n in range(count)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


class Endpoint(ThreadingHTTPServer):
    """Bedrock's list of jobs, and stacks that are not there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.lists = 0
        self.refusing = False
        self.status = "InProgress"
        self.jobs = 1

    @property
    def url(self) -> str:
        """For `AWS_ENDPOINT_URL`."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        self.server.lists += 1
        if self.server.refusing:
            self._send(403, json.dumps({"message": "not authorized to list"}))
            return
        job = {
            "jobArn": "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/x/abcdefghijkl",
            "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0",
            "jobName": "tone-dev-abc",
            "status": self.server.status,
            "creationTime": "2026-11-01T12:00:00Z",
        }
        self._send(200, json.dumps({"modelCustomizationJobSummaries": [job] * self.server.jobs}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(400, NO_STACK)

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        if status == 403:
            self.send_header("x-amzn-ErrorType", "AccessDeniedException")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """The endpoint, up as long as the context."""
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Client:
    """Somebody who asks the pages, with or without a browser's manners."""

    def __init__(self, serving: Serving) -> None:
        parts = urlsplit(serving.url)
        self.host, self.secret = parts.netloc, parts.path
        self.cookie = ""

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """Sends a request; headers are named with _ for -."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            given.setdefault("Cookie", self.cookie)
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            given.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, sent, given)
            reply = connection.getresponse()
            return reply.status, reply.read().decode(), reply.headers
        finally:
            connection.close()

    def enter(self) -> Client:
        """The first visit: keeps the cookie."""
        status, _, headers = self.ask("GET", self.secret)
        assert status == 200
        self.cookie = headers["set-cookie"].split(";")[0]
        return self

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[dict[str, Any]]]:
        """What a stream says, one after the other."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        reply = connection.getresponse()
        assert reply.status == 200
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        try:
            yield (json.loads(line[6:]) for line in reply if line.startswith(b"data: "))
        finally:
            reply.close()
            connection.close()


@contextmanager
def up(made: Project, every_s: float = 0.2) -> Iterator[Client]:
    """The pages, and somebody who asks them."""
    with serve(made, every_s=every_s) as serving:
        yield Client(serving)
