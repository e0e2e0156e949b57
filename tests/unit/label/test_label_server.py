"""The local page over real HTTP: a secret, this machine alone, our own page alone, nothing lost."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nova_rft.errors import UsageError
from nova_rft.label import Answers, Item, Places, Serving, Session, serve
from tests.unit.label.making import a_set


@dataclass
class Page:
    """The page of a session, and a client that may say anything."""

    serving: Serving

    def __post_init__(self) -> None:
        parts = urlsplit(self.serving.url)
        self.host, self.base = parts.netloc, parts.path

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Sends a request; `path` without a leading slash is below the secret."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        try:
            whole = path if path.startswith("/") else self.base + path
            connection.request(method, whole, body, given)
            reply = connection.getresponse()
            return reply.status, reply.read(), reply.headers
        finally:
            connection.close()

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        status, content, _ = self.ask(method, path, body, **headers)
        assert status == 200, content
        found: dict[str, Any] = json.loads(content)
        return found


@contextmanager
def up(folder: Path, items: Any = None, annotator: str = "anna") -> Iterator[Page]:
    places = Places(folder / "labels.jsonl")
    with Answers(places.answers(annotator)) as answers:
        session = Session(items or a_set(4), places, annotator, answers)
        with serve(session) as serving:
            yield Page(serving)


def kept(folder: Path) -> list[str]:
    file = folder / "labels.by-anna.jsonl"
    return file.read_text().splitlines() if file.exists() else []


TIE = {"do": "answer", "number": 1, "choice": "tie"}


def test_a_set_is_labelled_over_http(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        state = page.json("GET", "state")
        assert state["item"]["number"] == 1
        for number in range(1, 5):
            state = page.json(
                "POST", "actions", {"do": "answer", "number": number, "choice": "tie"}
            )
        assert state["done"]
        assert page.json("POST", "actions", {"do": "finish"}) == {"finished": True}
        page.serving.wait()
    labels = (tmp_path / "labels.jsonl").read_text().splitlines()
    assert [json.loads(line)["human"] for line in labels] == [["tie"]] * 4


def test_without_the_secret_there_is_nothing(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        wrong = page.base[:-2] + ("A/" if page.base[-2] != "A" else "B/")
        for base in (
            "/",
            "//",
            "/state",
            wrong,
            page.base.upper(),
            "/%C3%A9/",
        ):
            for method, path in (("GET", ""), ("GET", "state"), ("POST", "actions")):
                body = TIE if method == "POST" else None
                status, content, headers = page.ask(method, base + path, body)
                assert status == 404, base
                assert b"prompt" not in content
                assert "Access-Control-Allow-Origin" not in headers
        assert page.ask("GET", "other")[0] == 404
        assert page.ask("POST", "state", TIE)[0] == 404
    assert not kept(tmp_path)


def test_two_sessions_have_two_secrets(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        first = page.base
    with up(tmp_path) as page:
        assert page.base != first
        assert len(page.base) > 30
        assert page.ask("GET", first)[0] == 404


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "10.0.0.1", "["],
)
def test_a_name_that_is_made_to_point_here_is_refused(tmp_path: Path, host: str) -> None:
    with up(tmp_path) as page:
        for method, path in (("GET", ""), ("GET", "state"), ("POST", "actions")):
            body = TIE if method == "POST" else None
            assert page.ask(method, path, body, Host=host)[0] == 403
    assert not kept(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "localhost:8080"])
def test_this_machine_is_known_by_its_names_through_a_forwarded_port_too(
    tmp_path: Path, host: str
) -> None:
    with up(tmp_path) as page:
        host = host.format(page.host.split(":")[1])
        assert page.ask("GET", "state", Host=host)[0] == 200
        own = {"Host": host, "Origin": f"http://{host}"}
        assert page.ask("POST", "actions", TIE, **own)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_another_page_cannot_label(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    with up(tmp_path) as page:
        assert page.ask("POST", "actions", TIE, **headers)[0] == status
        # What a page would have to ask first, it is not allowed.
        preflight = page.ask("OPTIONS", "actions", Origin="http://evil.example")
        assert preflight[0] == 501
        assert "Access-Control-Allow-Origin" not in preflight[2]
        assert page.ask("GET", "actions")[0] == 404
    assert not kept(tmp_path)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 50_000, 400),
        (b'{"do": "drop"}', 400),
        (b'{"do": "answer", "number": 99, "choice": "tie"}', 400),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    tmp_path: Path, body: bytes, status: int
) -> None:
    with up(tmp_path) as page:
        found, content, _ = page.ask("POST", "actions", body, Content_Type="application/json")
        assert found == status
        assert json.loads(content)["problem"]
        assert page.json("GET", "state")["labelled"] == 0


def test_bodies_that_are_too_long_or_endless_are_not_read(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        parts = page.host.split(":")
        for length, status in (("200000", 413), ("9" * 18, 413), ("-1", 400), ("²", 400)):
            with socket.create_connection((parts[0], int(parts[1])), timeout=20) as wire:
                head = f"POST {page.base}actions HTTP/1.1\r\nHost: {page.host}\r\n"
                wire.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode("latin-1"))
                assert f" {status} ".encode() in wire.recv(100)


def test_the_page_lets_nothing_run_but_its_own_script(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        status, content, headers = page.ask("GET", "")
        text = content.decode()
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        nonce = policy.split("script-src 'nonce-")[1].split("'")[0]
        assert text.count(f'nonce="{nonce}"') == text.count("<script") + text.count("<style") == 2
        assert "innerHTML" not in text
        assert "http" not in text.replace("http-equiv", "")
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        # Nothing of what is labelled is in the document itself, and each has its own nonce.
        assert "prompt w" not in text
        assert nonce not in page.ask("GET", "")[1].decode()


def test_it_is_bound_to_this_machine_alone(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        assert page.host.startswith("127.0.0.1:")


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with up(tmp_path) as page:
        port = int(page.host.split(":")[1])
        places = Places(tmp_path / "other.jsonl")
        with (
            Answers(places.answers("anna")) as answers,
            pytest.raises(UsageError, match=f"port {port}: .*--port"),
            serve(Session(a_set(2), places, "anna", answers), port),
        ):
            pass


def test_many_hands_at_once_lose_nothing(tmp_path: Path) -> None:
    items: list[Item] = list(a_set(20))
    with up(tmp_path, items) as page:

        def label(number: int) -> None:
            page.json("POST", "actions", {"do": "answer", "number": number, "choice": "tie"})

        threads = [threading.Thread(target=label, args=(n,)) for n in range(1, len(items) + 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert page.json("GET", "state")["done"]
    assert len(kept(tmp_path)) == len(items)


def test_half_a_surrogate_pair_gets_through_and_back(tmp_path: Path) -> None:
    items = [replace(item, responses=(item.responses[0], "\ud800\u2028é")) for item in a_set(2)]
    with up(tmp_path, items) as page:
        state = page.json("POST", "actions", TIE)
        assert "\ud800\u2028é" in state["item"]["responses"]
    (row,) = map(json.loads, (tmp_path / "labels.jsonl").read_text().splitlines())
    assert row["response_b"] == "\ud800\u2028é"


def test_a_full_disk_is_said_and_nothing_is_taken_for_saved(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    places = Places(tmp_path / "labels.jsonl")
    with Answers(places.answers("anna")) as answers:
        with full.open("wb") as refusing:
            os.dup2(refusing.fileno(), answers._file)
        with serve(Session(a_set(2), places, "anna", answers)) as serving:
            page = Page(serving)
            status, content, _ = page.ask("POST", "actions", TIE)
            assert status == 507
            assert "No space left" in json.loads(content)["problem"]
            assert page.json("GET", "state")["labelled"] == 0


def test_a_connection_kept_open_acts_on_nothing_once_the_page_is_down(tmp_path: Path) -> None:
    with up(tmp_path, a_set(3)) as page:
        host, port = page.host.split(":")
        # As browsers open them ahead of need.
        spare = socket.create_connection((host, int(port)), timeout=20)
        page.json("GET", "state")
        path = page.base
    with spare, pytest.raises(OSError), spare.makefile("rb") as answer:
        spare.sendall(f"GET {path}state HTTP/1.1\r\nHost: {page.host}\r\n\r\n".encode())
        if not answer.read():
            raise ConnectionResetError
