"""The client of Bedrock's OpenAI-compatible API against an HTTP server: keys, errors, files, pages."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nova_rft.aws.mantle import ENDPOINT, KEY, MantleClient
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, UsageError

EMPTY = {"object": "list", "data": [], "has_more": False}


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    key: str
    body: bytes


@dataclass
class Api:
    """What it was asked, in order."""

    asked: list[Asked] = field(default_factory=list)


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, *replies: tuple[int, Any]
) -> Iterator[tuple[Api, MantleClient]]:
    """An API that gives each status and body once, in order; the last one for ever. And its client."""
    api, lock = Api(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = urlsplit(self.path)
            key = self.headers["Authorization"].removeprefix("Bearer ")
            with lock:
                api.asked.append(Asked(self.command, url.path, parse_qs(url.query), key, body))
                status, said = replies[min(len(api.asked), len(replies)) - 1]
            text = said if isinstance(said, str) else json.dumps(said)
            self.send_response(status)
            kind = "text/html" if text.startswith("<") else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    client = MantleClient(Aws("us-west-2"))
    try:
        yield api, client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


def openai_error(message: str = "said", code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "any", "param": None, "code": code}}


def decoded(key: str) -> dict[str, list[str]]:
    """What a key that was made of credentials signs."""
    url = base64.b64decode(key.rpartition("-")[2]).decode()
    return parse_qs(urlsplit(f"https://{url}").query)


def made_of(key: str) -> str:
    """The id of the access key that a key was made of."""
    return decoded(key)["X-Amz-Credential"][0].partition("/")[0]


def test_the_address_is_the_regions() -> None:
    assert MantleClient(Aws("eu-west-1")).url == "https://bedrock-mantle.eu-west-1.api.aws/v1"


def test_a_key_is_made_of_the_credentials_for_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, (200, EMPTY)) as (api, client):
        assert client.file_names() == {}
        assert list(client.list_jobs()) == []
    (key,) = {asked.key for asked in api.asked}
    assert key.startswith("bedrock-api-key-")
    signed = decoded(key)
    assert signed["Action"] == ["CallWithBearerToken"]
    assert made_of(key) == "testing"
    assert signed["X-Amz-Credential"][0].endswith("/us-west-2/bedrock/aws4_request")
    assert signed["X-Amz-Security-Token"] == ["testing"]
    assert signed["X-Amz-Expires"] == ["43200"]


def test_a_given_key_is_used_as_it_is_and_not_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "given")
    with (
        serving(monkeypatch, (401, openai_error("expired", "invalid_api_key"))) as (api, client),
        pytest.raises(AwsRefused) as caught,
    ):
        client.file_names()
    assert [asked.key for asked in api.asked] == ["given"]
    assert str(caught.value) == (
        "AWS refused ListFiles (invalid_api_key): expired; put a new Bedrock API key into "
        "AWS_BEARER_TOKEN_BEDROCK, or unset it: one is then made for you"
    )


@pytest.fixture
def short_lived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials that expire soon; each time they are asked for they are others."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    script = tmp_path / "credentials.sh"
    secrets = f'"SecretAccessKey": "s", "SessionToken": "t", "Expiration": "{soon}"'
    script.write_text(
        f"echo >> {tmp_path}/asked\ncat <<END\n"
        f'{{"Version": 1, "AccessKeyId": "KEY$(wc -l < {tmp_path}/asked)", {secrets}}}\nEND\n'
    )
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = sh {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


@pytest.mark.usefixtures("short_lived")
@pytest.mark.parametrize(
    "refusal",
    [
        (401, openai_error("The API key is not known")),
        (403, {"Message": "Bearer Token has expired"}),
    ],
)
def test_an_expired_key_is_renewed_and_the_call_repeated_once(
    monkeypatch: pytest.MonkeyPatch, refusal: tuple[int, Any]
) -> None:
    with serving(monkeypatch, refusal, (200, {"id": "ftjob-1"}), refusal) as (api, client):
        assert client.create_job({"model": "m", "training_file": "f"}) == {"id": "ftjob-1"}
        first, second = api.asked
        assert first.body == second.body
        assert made_of(first.key) != made_of(second.key)
        with pytest.raises(AwsRefused):
            client.create_job({})
    # With the key that was good until now, and with one that is none either.
    assert api.asked[2].key == second.key
    assert made_of(api.asked[3].key) != made_of(second.key)
    assert len(api.asked) == 4


def test_what_is_forbidden_is_not_tried_with_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(monkeypatch, (403, openai_error("not for you.", "access_denied"))) as (api, client),
        pytest.raises(AwsRefused) as caught,
    ):
        client.cancel_job("ftjob-1")
    assert len(api.asked) == 1
    assert str(caught.value) == (
        "AWS refused CancelFineTuningJob (access_denied): not for you; give the calling identity "
        "that permission (AmazonBedrockMantleFullAccess)"
    )
    refused = caught.value
    assert (refused.service, refused.operation, refused.code, refused.exit_status) == (
        "bedrock-mantle",
        "CancelFineTuningJob",
        "access_denied",
        3,
    )


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with (
        serving(monkeypatch, (200, EMPTY)) as (api, client),
        pytest.raises(UsageError, match="no AWS credentials found"),
    ):
        client.file_names()
    assert not api.asked


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            400,
            openai_error("no such model.", "model_not_available"),
            "): no such model; use a model",
        ),
        (400, openai_error("suffix", "x"), "AWS refused CreateFineTuningJob (x): suffix"),
        (404, {"message": "no route"}, "(404): no route; check the name and the region"),
        (429, openai_error("slow down", "rate_limit"), "slow down; wait a minute and try again"),
        (429, openai_error("many", "insufficient_quota"), "many; wait for a running job to end"),
        (500, openai_error("oh"), "(500): oh; try again; it is AWS's side that failed"),
        (503, "<html>gone</html>", "(503): HTTP 503, no reason given; try again"),
    ],
)
def test_a_refusal_names_operation_code_message_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, status: int, body: Any, says: str
) -> None:
    with serving(monkeypatch, (status, body)) as (_, client), pytest.raises(AwsRefused) as caught:
        client.create_job({})
    assert says in str(caught.value)


def test_what_passes_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = [(429, openai_error()), (503, openai_error()), (500, openai_error())]
    with serving(monkeypatch, *passing, (200, {"id": "ftjob-1"})) as (api, client):
        assert client.create_job({}) == {"id": "ftjob-1"}
    assert len(api.asked) == 4


@pytest.mark.parametrize("body", ["<html>a portal</html>", [], "{", {}])
def test_an_answer_that_is_none_of_the_api(monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    with (
        serving(monkeypatch, (200, body)) as (_, client),
        pytest.raises(AwsRefused, match=r"something else than a JSON object; check the address"),
    ):
        next(client.list_jobs())


def test_an_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9/v1")
    monkeypatch.setattr("nova_rft.aws.mantle._RETRIES", 0)
    client = MantleClient(Aws("us-east-1"))
    with pytest.raises(AwsRefused, match=r"127\.0\.0\.1:9/v1 could not be reached.*refused"):
        client.file_names()
    client.close()


def test_a_job_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, (404, openai_error("none"))) as (_, client):
        assert client.get_job("ftjob-1") is None
        with pytest.raises(AwsRefused, match="none"):
            list(client.events("ftjob-1"))


def test_pages_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"object": "list", "data": [{"id": "b"}, {"id": "a"}], "has_more": True}
    second = {"object": "list", "data": [{"id": "0"}], "has_more": False}
    with serving(monkeypatch, (200, first), (200, second)) as (api, client):
        assert [job["id"] for job in client.list_jobs()] == ["b", "a", "0"]
    assert [asked.query.get("after") for asked in api.asked] == [None, ["a"]]


def listed(*files: tuple[str, str, int, int, str]) -> tuple[int, dict[str, Any]]:
    names = ("id", "filename", "bytes", "created_at", "status")
    return 200, EMPTY | {"data": [dict(zip(names, file, strict=True)) for file in files]}


def test_a_file_that_is_there_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"{}\n")
    there = listed(
        ("file-broken", "rft-1.jsonl", 3, 1, "error"),
        ("file-new", "rft-1.jsonl", 3, 9, "processed"),
        ("file-old", "rft-1.jsonl", 3, 2, "processed"),
        ("file-size", "rft-1.jsonl", 4, 1, "processed"),
        ("file-name", "rft-2.jsonl", 3, 1, "processed"),
    )
    with serving(monkeypatch, there) as (api, client):
        assert client.upload_file(path, "rft-1.jsonl") == "file-old"
        assert client.file_names()["file-broken"] == "rft-1.jsonl"
    assert {asked.method for asked in api.asked} == {"GET"}
    assert api.asked[0].query["purpose"] == ["fine-tune"]


def test_a_file_is_sent_whole_again_after_throttling(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 200_000)
    refusals = [(429, openai_error()), (401, openai_error())]
    with serving(monkeypatch, (200, EMPTY), *refusals, (200, {"id": "file-1"})) as (api, client):
        assert client.upload_file(path, "rft-1.jsonl") == "file-1"
    sent = [asked.body for asked in api.asked if asked.method == "POST"]
    assert len(sent) == 3
    for body in sent:
        assert b'filename="rft-1.jsonl"' in body
        assert b"\r\nfine-tune\r\n" in body
        assert body.count(b"x" * 200_000) == 1


def test_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (
        serving(monkeypatch, (200, EMPTY)) as (api, client),
        pytest.raises(UsageError, match="none: cannot be read: No such file"),
    ):
        client.upload_file(tmp_path / "none", "rft-1.jsonl")
    assert not api.asked
