"""The OpenAI-compatible API without a server: a job that vanishes, forms that break off."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._lambda import LambdaService
from nova_rft.local_aws._protocol import Request
from nova_rft.local_aws.mantle import PREFIX, Mantle
from nova_rft.local_aws.training import policy
from tests.contract.conftest import training

ARN = "arn:aws:lambda:us-east-1:123456789012:function:grader:1"


class AnyFunction(Account):
    """An account in which every function exists."""

    def check_function(self, region: str, arn: str, member: str) -> None:
        pass


@pytest.fixture
def mantle(tmp_path: Path) -> Mantle:
    account = AnyFunction(LambdaService(tmp_path, "http://127.0.0.1:9"))
    return Mantle(policy(None, Path()), account, Faults())


def ask(
    mantle: Mantle, method: str, path: str, body: bytes = b"", kind: str = "application/json"
) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": "Bearer any", "content-type": kind}
    answer = mantle.answer(Request(method, PREFIX + path, "", body, "", headers))
    return answer.status, json.loads(answer.body)


def form(content: bytes, end: bytes = b"--x--\r\n") -> bytes:
    """A multipart form such as clients send."""
    purpose = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
    file = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    return purpose + file + content + b"\r\n" + end


def request(mantle: Mantle) -> bytes:
    _, file = ask(mantle, "POST", "/files", form(training()), "multipart/form-data; boundary=x")
    grader = {"type": "lambda", "lambda": {"function": ARN}}
    method = {"type": "reinforcement", "reinforcement": {"grader": grader}}
    asked = {"model": "qwen.qwen3-32b", "training_file": file["id"], "method": method}
    return json.dumps(asked).encode()


def job(mantle: Mantle) -> str:
    """A job that fails soon: there is no policy to draw rollouts from."""
    status, made = ask(mantle, "POST", "/fine_tuning/jobs", request(mantle))
    assert status == 200, made
    return str(made["id"])


def test_a_forgotten_job_has_never_been(mantle: Mantle) -> None:
    kept, gone = job(mantle), job(mantle)
    assert mantle.forget(gone)
    assert not mantle.forget(gone)
    assert ask(mantle, "GET", f"/fine_tuning/jobs/{gone}")[0] == 404
    _, listed = ask(mantle, "GET", "/fine_tuning/jobs")
    assert [one["id"] for one in listed["data"]] == [kept]


def test_without_a_policy_a_job_fails_and_says_why(mantle: Mantle) -> None:
    made, until = job(mantle), time.monotonic() + 30
    while (found := ask(mantle, "GET", f"/fine_tuning/jobs/{made}")[1])["status"] != "failed":
        assert time.monotonic() < until, found
        time.sleep(0.02)
    assert "start it with one" in found["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (form(b"{}", end=b""), "multipart/form-data; boundary=x"),
        (form(b"{}"), "multipart/form-data"),
        (b"", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(mantle: Mantle, body: bytes, kind: str) -> None:
    status, answer = ask(mantle, "POST", "/files", body, kind)
    assert status == 400
    assert "form" in answer["error"]["message"]


def test_a_fault_of_its_own_is_said_as_the_service_says_it(tmp_path: Path) -> None:
    class Broken(Account):
        def check_function(self, region: str, arn: str, member: str) -> None:
            raise RuntimeError("a bug")

    account = Broken(LambdaService(tmp_path, "http://127.0.0.1:9"))
    mantle = Mantle(policy(None, Path()), account, Faults())
    status, answer = ask(mantle, "POST", "/fine_tuning/jobs", request(mantle))
    assert (status, answer["error"]["code"]) == (500, "internal_error")
    assert "a bug" in answer["error"]["message"]
