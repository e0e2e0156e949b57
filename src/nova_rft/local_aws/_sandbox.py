"""One running copy of a Lambda function: a child process behind a Runtime API of its own.

AWS's own runtime client runs the handler. The child sees its unpacked zip, what AWS's runtime provides,
and the standard library; this machine's packages are hidden from it, so that a dependency missing from
the asset is missing here as it would be in AWS.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    killed_by_service: str = ""

    def lost(self) -> Outcome:
        """As if it had been killed after its work, just before it answered."""
        body = _error("Runtime.ExitError", f"RequestId: {self.request_id} Error: killed")
        return replace(self, payload=body, error="Unhandled")


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
        self._fresh = True
        self._killed = self._closed = self._ends = False
        self._asked: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._answered: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(_LOOK_S,), daemon=True).start()
        scratch.mkdir(parents=True, exist_ok=True)
        # Without a name: whatever ends us, nothing is left behind.
        self._output = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by `close`
        self._seen = 0
        self._child = subprocess.Popen(  # noqa: S603 - running the deployed handler is the point
            [sys.executable, "-ISu", str(_BOOTSTRAP), str(task), str(runtime), handler],
            cwd=task,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_address[1]}",
                "LAMBDA_TASK_ROOT": str(task),
                "_HANDLER": handler,
                "PATH": "/usr/local/bin:/usr/bin:/bin",
            },
            # Its end tells the child that we are gone, however we went.
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            # Processes that the handler starts belong to the group, and end with it.
            process_group=0,
        )

    @property
    def alive(self) -> bool:
        """Whether another invocation can be sent here."""
        return not self._killed and self._child.poll() is None

    def invoke(self, payload: bytes, arn: str, timeout_s: float) -> Outcome:
        """Sends one event and waits for its end; past the time limit the child is killed."""
        request_id = str(uuid.uuid4())
        started = time.monotonic()
        limit = timeout_s + (_INIT_S if self._fresh else 0)
        self._fresh = False
        deadline_ms = int((time.time() + timeout_s) * 1000)
        # An event that is left out is an empty one.
        event = {"id": request_id, "payload": payload or b"{}", "arn": arn, "deadline": deadline_ms}
        self._asked.put(event)
        answer = self._wait(started + limit)
        seconds = time.monotonic() - started
        if answer is not None:
            error, body = answer
            if self._ends:
                # Nobody must be given a child that is about to be gone.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(timeout=1)
                self._kill()
            return Outcome(body, error, self._printed(), seconds, request_id)
        if self.alive:
            self._kill()
            kind, said = "Sandbox.Timedout", f"Task timed out after {timeout_s:.2f} seconds"
        else:
            status = self._child.returncode
            kind, said = "Runtime.ExitError", f"Runtime exited with error: {_ending(status)}"
        body = _error(kind, f"RequestId: {request_id} Error: {said}")
        log = f"{request_id} {said}"
        return Outcome(body, "Unhandled", self._printed(), seconds, request_id, log)

    def _wait(self, until: float) -> tuple[str, bytes] | None:
        """Kind of error and body of the answer; None where the time is over or the child ended."""
        while time.monotonic() < until:
            ended = not self.alive
            try:
                return self._answered.get(timeout=0 if ended else _LOOK_S)
            except queue.Empty:
                if ended:
                    return None
        return None

    def _printed(self) -> str:
        """What was printed since the last invocation; a file, so that nothing can block on it."""
        # Read from its place: the offset is the child's to move.
        size = os.fstat(self._output.fileno()).st_size
        text = os.pread(self._output.fileno(), size - self._seen, self._seen)
        self._seen += len(text)
        return text.decode(errors="replace")

    def next_event(self) -> dict[str, Any] | None:
        """For the Runtime API: the next event as soon as there is one, None after `close`."""
        return self._asked.get()

    def take(self, error: str, body: bytes, *, last: bool) -> None:
        """For the Runtime API: the child's answer or error; after the last one it exits."""
        self._ends = self._ends or last
        self._answered.put((error, body))

    def kill(self) -> None:
        """Kills the child in the middle of what it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def _kill(self) -> None:
        if self._killed:
            return
        self._killed = True
        # Also where the child itself has ended: what it started may still run.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def close(self) -> None:
        """Kills the child and all that it started, and closes its Runtime API; may be repeated."""
        if self._closed:
            return
        self._closed = True
        self._kill()
        if self._child.stdin:
            self._child.stdin.close()
        self._asked.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._output.close()


def _ending(status: int) -> str:
    return f"signal: {signal.strsignal(-status)}" if status < 0 else f"exit status {status}"


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _handler_for(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            event = sandbox.next_event()
            if event is None:
                self.close_connection = True
                return
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
            # First taken, then acknowledged: after an error the child exits at once, and must not be
            # found gone before what it said is here.
            sandbox.take("Unhandled" if failed else "", body, last="/init/" in self.path)
            self._send(202, b"{}", {"Content-Type": "application/json"})

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: the function's own log is what matters."""

    return RuntimeApi
