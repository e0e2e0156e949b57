"""Programs run by the code function: its handler as Lambda calls it, behind a real HTTP Invoke."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from nova_rft.aws.code import LambdaRunner
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused
from nova_rft.sandbox import Case, Kind, Limits, Ran

ROOT = Path(__file__).parents[3]
ARN = "arn:aws:lambda:us-east-1:111122223333:function:p-dev-code:1"
# Status, what Lambda says of an error, payload.
Invoked = Callable[[Any], tuple[int, str, Any]]


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("NOVA_RFT_ISOLATION", "namespaces")
    spec = importlib.util.spec_from_file_location(
        "code_handler", ROOT / "lambdas" / "code" / "handler.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def invoking(answer: Invoked, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An endpoint that answers Invoke."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, error, payload = answer(event)
            body = json.dumps(payload).encode()
            self.send_response(status)
            if error:
                self.send_header("X-Amz-Function-Error", error)
            self.send_header("x-amzn-ErrorType", "TooManyRequestsException")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        yield Aws("us-east-1")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


CASES = [
    Case("def f(x): return x + 1", Kind.CALL, "f(1)"),
    Case("def f(x): return x + 1", Kind.TEST, "assert f(1) == 3"),
    Case("print(input())", Kind.SCRIPT, "hello\n"),
]


def test_cases_come_back_in_order_one_call_for_each_program(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(event: Any) -> tuple[int, str, Any]:
        asked.append(event)
        return 200, "", handler.handler(event, Context())

    with invoking(answer, monkeypatch) as aws:
        ran = LambdaRunner(aws, ARN).run(CASES, Limits())
    assert ran == [Ran(True, "2"), Ran(False, "", "AssertionError"), Ran(True, "hello\n")]
    assert sorted(len(event["cases"]) for event in asked) == [1, 2]


def test_a_program_that_ends_its_machine_has_failed_and_no_other(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(event: Any) -> tuple[int, str, Any]:
        if "input" in event["source"]:
            said = {"errorType": "Runtime.ExitError", "errorMessage": "exited with signal: killed"}
            return 200, "Unhandled", said
        return 200, "", handler.handler(event, Context())

    with invoking(answer, monkeypatch) as aws:
        ran = LambdaRunner(aws, ARN).run(CASES, Limits())
    assert ran[0] == Ran(True, "2")
    assert ran[2] == Ran(False, "", "the sandbox ended: exited with signal: killed")


def test_no_time_left_is_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(event: Any) -> tuple[int, str, Any]:
        raise AssertionError("called")

    with invoking(answer, monkeypatch) as aws:
        ran = LambdaRunner(aws, ARN).run(CASES, Limits(), deadline=time.monotonic() - 1)
    assert ran == [None, None, None]


def test_what_lambda_refuses_is_no_failed_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a score of 0: a term that cannot ask abstains."""
    with (
        invoking(lambda event: (404, "", {"Message": "no such function"}), monkeypatch) as aws,
        pytest.raises(AwsRefused),
    ):
        LambdaRunner(aws, ARN).run(CASES[:1], Limits())


def test_left_overs_of_a_program_end_with_its_case(tmp_path: Path) -> None:
    """In a Lambda's virtual machine: orphans are taken in and ended, and scratch files are gone."""
    program = f"""
import os, subprocess, sys, time
from pathlib import Path
from nova_rft.sandbox import Case, Isolation, Kind, Limits, LocalRunner, clean_up, harden
harden()
daemon = (
    "import os, time\\n"
    "if os.fork() == 0:\\n"
    "    os.setsid()\\n"
    "    for fd in range(3): os.close(fd)\\n"
    "    time.sleep(600)\\n"
    "open({str(tmp_path / "left")!r}, 'w').write('x')"
)
runner = LocalRunner(Isolation.MICROVM, parallel=1)
print(runner.run([Case(daemon, Kind.TEST, "")], Limits()))
mine = str(os.getpid())
def children():
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                behind = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if behind[1] == mine:
                found.append(entry.name)
    return found
print(len(children()) > 0, Path({str(tmp_path)!r}, "left").exists())
clean_up(Path({str(tmp_path)!r}))
print(children(), list(Path({str(tmp_path)!r}).iterdir()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert "finished=True" in lines[0]
    assert lines[1:] == ["True True", "[] []"]
