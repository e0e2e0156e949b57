"""One running copy of a Lambda function: a child process behind a Runtime API of its own.

AWS's own runtime client runs the handler. The child sees its unpacked zip, what AWS's runtime provides,
and the standard library; this machine's packages are hidden from it, so that a dependency missing from
the asset is missing here as it would be in AWS.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_API: Final = "/2018-06-01/runtime"
_BOOTSTRAP: Final = Path(__file__).with_name("_bootstrap.py")
_LOOK_S: Final = 0.05
# AWS gives a function ten seconds to get ready.
_INIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one invocation ended: what was answered or the error, and what was printed."""

    payload: bytes
    error: str
    printed: str
    seconds: float
    request_id: str


class Sandbox:
    """A child process that answers one invocation at a time; started by the first."""

    def __init__(
        self,
        task: Path,
        runtime: Path,
        handler: str,
        environment: Mapping[str, str],
        scratch: Path,
    ) -> None:
        self._asked: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answered: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        scratch.mkdir(parents=True, exist_ok=True)
        self._output = (scratch / f"{uuid.uuid4().hex}.log").open("w+b")
        self._seen = 0
        self._child = subprocess.Popen(  # noqa: S603 - running the deployed handler is the point
            [sys.executable, "-I", "-S", str(_BOOTSTRAP), str(task), str(runtime), handler],
            cwd=task,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
                "LAMBDA_TASK_ROOT": str(task),
                "_HANDLER": handler,
                "PYTHONUNBUFFERED": "1",
                "PATH": "/usr/local/bin:/usr/bin:/bin",
            },
            # Its end tells the child that we are gone, however we went.
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._fresh = True

    @property
    def alive(self) -> bool:
        """Whether another invocation can be sent here."""
        return self._child.poll() is None

    def invoke(self, payload: bytes, arn: str, timeout_s: float) -> Outcome:
        """Sends one event and waits for its end; past the time limit the child is killed."""
        request_id = str(uuid.uuid4())
        started = time.monotonic()
        limit = timeout_s + (_INIT_S if self._fresh else 0)
        self._fresh = False
        deadline_ms = int((time.time() + timeout_s) * 1000)
        self._asked.put(
            {"id": request_id, "payload": payload or b"{}", "arn": arn, "deadline": deadline_ms}
        )
        error, answer = self._wait(started + limit, request_id, timeout_s)
        outcome = Outcome(answer, error, self._printed(), time.monotonic() - started, request_id)
        if not self.alive:
            self.close()
        return outcome

    def _wait(self, until: float, request_id: str, timeout_s: float) -> tuple[str, bytes]:
        while time.monotonic() < until:
            try:
                return self._answered.get(timeout=_LOOK_S)
            except queue.Empty:
                if not self.alive:
                    return self._died(request_id)
        self._child.kill()
        self._child.wait()
        text = f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds"
        return "Unhandled", _error("Sandbox.Timedout", text)

    def _died(self, request_id: str) -> tuple[str, bytes]:
        try:
            return self._answered.get_nowait()
        except queue.Empty:
            status = self._child.returncode
            text = f"RequestId: {request_id} Error: Runtime exited with error: exit status {status}"
            return "Unhandled", _error("Runtime.ExitError", text)

    def _printed(self) -> str:
        """What was printed since the last invocation; a file, so that nothing can block on it."""
        with Path(self._output.name).open("rb") as stream:
            stream.seek(self._seen)
            text = stream.read()
        self._seen += len(text)
        return text.decode(errors="replace")

    def next_event(self) -> dict[str, Any]:
        """For the Runtime API: the next event, as soon as there is one."""
        return self._asked.get()

    def take(self, error: str, body: bytes) -> None:
        """For the Runtime API: the child's answer or error."""
        self._answered.put((error, body))

    def close(self) -> None:
        """Kills the child and closes its Runtime API; harmless the second time."""
        if self._output.closed:
            return
        self._child.kill()
        self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()
        self._server.shutdown()
        self._server.server_close()
        self._output.close()
        Path(self._output.name).unlink(missing_ok=True)


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _handler_for(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            event = sandbox.next_event()
            self._send(
                200,
                event["payload"],
                {
                    "Lambda-Runtime-Aws-Request-Id": event["id"],
                    "Lambda-Runtime-Deadline-Ms": str(event["deadline"]),
                    "Lambda-Runtime-Invoked-Function-Arn": event["arn"],
                    "Content-Type": "application/json",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            failed = not self.path.endswith("/response")
            self._send(202, b"{}", {"Content-Type": "application/json"})
            sandbox.take("Unhandled" if failed else "", body)

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: the function's own log is what matters."""

    return RuntimeApi
