"""The pages over real HTTP: this machine alone, behind a secret, then a cookie; our own pages alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.ui import serve
from tests.unit.ui.making import Client, project, rollouts, up

PATHS = ("/", "/jobs/x", "/calibration", "/events/calibration", "/events/jobs", "/files/main.js")
BEGIN = {"labels": "labels.jsonl", "annotator": "anna", "events": "rollouts.jsonl"}


@pytest.fixture
def asker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.chdir(tmp_path)
    with up(project(tmp_path)) as client:
        yield client


def test_without_the_cookie_there_is_nothing(asker: Client) -> None:
    for path in (*PATHS, "/nothing", asker.secret[:-2] + "/"):
        status, text, headers = asker.ask("GET", path)
        assert status == 404
        assert "use the address that nova-rft ui printed" in text
        assert "tone" not in text
        assert "set-cookie" not in headers
    assert asker.ask("POST", "/labelling/begin", BEGIN)[0] == 404


def test_the_secret_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    asker: Client,
) -> None:
    status, text, headers = asker.ask("GET", asker.secret)
    assert (status, '"0;url=/"' in text) == (200, True)
    name, *flags = headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/"} <= set(flags)
    assert asker.secret.strip("/").lower() in name
    # The address that stays in the browser does not hold the secret, and leads nowhere else.
    assert asker.secret.strip("/") not in text
    for path, leads in (
        ("jobs/a", "/jobs/a"),
        ("/evil.example/", "/evil.example/"),
        ("%22%3E%3Cb%3E", "/%22%3E%3Cb%3E"),
    ):
        assert f'"0;url={leads}"' in asker.ask("GET", asker.secret + path)[1]
    asker.enter()
    status, text, headers = asker.ask("GET", "/")
    assert status == 200
    assert "tone" in text
    assert "unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert text.count("<script") == text.count("<script type=") == 1
    for cookie in (asker.cookie[:-1], asker.cookie.split("=")[0], "x=1; \x7f", "nova-rft="):
        assert asker.ask("GET", "/", Cookie=cookie)[0] == 404


def test_a_name_that_is_made_to_point_here_is_refused(asker: Client) -> None:
    asker.enter()
    for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[", ""):
        for path in (*PATHS, asker.secret):
            assert asker.ask("GET", path, Host=host)[0] == 403
    assert asker.ask("GET", "/", Host="localhost:8080")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_another_page_of_the_same_browser_changes_nothing(
    asker: Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    rollouts(tmp_path)
    asker.enter()
    assert asker.ask("POST", "/labelling/begin", BEGIN, **headers)[0] == 403
    assert not list(tmp_path.glob("labels*"))


def test_another_port_of_this_machine_reads_nothing(asker: Client) -> None:
    asker.enter()
    other = {"Sec_Fetch_Site": "same-site"}
    assert asker.ask("GET", "/files/main.js", Sec_Fetch_Mode="no-cors", **other)[0] == 403
    # But may link here.
    assert asker.ask("GET", "/", Sec_Fetch_Mode="navigate", **other)[0] == 200
    reply = asker.ask("GET", "/")[2]
    assert reply["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in reply


def test_only_files_of_the_page_are_handed_out(asker: Client) -> None:
    asker.enter()
    assert asker.ask("GET", "/files/main.js")[2]["content-type"].startswith("text/javascript")
    assert asker.ask("GET", "/files/page.css")[0] == 200
    for name in ("page.html", "__init__.py", "..%2f__init__.py", "..", "x.js", ".js"):
        assert asker.ask("GET", f"/files/{name}")[0] == 404
    assert asker.ask("PUT", "/")[0] == 501
    assert asker.ask("POST", "/calibration", {})[0] == 404
    assert asker.ask("GET", "/events/nothing")[0] == 404


def test_a_port_in_use_is_said_and_is_free_again_at_once(tmp_path: Path) -> None:
    with up(project(tmp_path)) as client:
        port = int(client.host.split(":")[1])
        with (
            pytest.raises(UsageError, match=f"port {port}: .*--port"),
            serve(project(tmp_path), port),
        ):
            pass
    with serve(project(tmp_path), port) as serving:
        assert f":{port}/" in serving.url


def test_it_ends_at_once_though_somebody_listens(tmp_path: Path) -> None:
    with ExitStack() as listening:
        with up(project(tmp_path)) as client:
            said = listening.enter_context(client.enter().stream("/events/calibration"))
            assert next(said)["state"]["terms"][0]["term"] == "tone"
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        assert list(said) == []


def test_labelling_is_begun_gone_on_with_and_finished(asker: Client, tmp_path: Path) -> None:
    rollouts(tmp_path)
    asker.enter()
    status, text, _ = asker.ask("POST", "/labelling/begin", BEGIN)
    assert (status, text) == (200, '{"at":"/label/1/"}')
    # Twice is the same sitting; another annotator's is another.
    assert asker.ask("POST", "/labelling/begin", BEGIN)[1] == text
    second = asker.ask("POST", "/labelling/begin", BEGIN | {"annotator": "bert", "events": ""})
    assert '"/label/2/"' in second[1]
    assert "<title>Labelling</title>" in asker.ask("GET", "/label/1/")[1]
    answer = {"do": "answer", "number": 1, "labels": {"calm": "yes"}}
    assert '"labelled": 1' in asker.ask("POST", "/label/1/actions", answer)[1]
    with asker.stream("/events/labelling") as said:
        (drawn,) = next(said)["state"]["sets"]
    assert drawn == {"labels": "labels.jsonl", "items": 6, "annotators": {"anna": 1, "bert": 0}}
    assert asker.ask("POST", "/label/1/actions", {"do": "finish"})[1] == '{"finished": true}'
    assert asker.ask("POST", "/label/1/actions", answer)[0] == 404
    assert asker.ask("GET", "/label/1/")[0] == 404
    assert '"/label/3/"' in asker.ask("POST", "/labelling/begin", BEGIN)[1]
    assert '"labelled": 1' in asker.ask("GET", "/label/3/state")[1]


@pytest.mark.parametrize(
    ("asked", "status", "why"),
    [
        ({"labels": "labels.txt"}, 400, "labels: name a file that ends in .jsonl"),
        ({"labels": ["x"]}, 400, "labels: should be a text"),
        ({"kind": "both"}, 400, "kind: should be pairs or singles"),
        ({"count": 0}, 400, "count: should be a whole number"),
        ({"count": True}, 400, "count: should be a whole number"),
        ({"annotator": "../x"}, 500, "--annotator ../x"),
        ({"events": "missing.jsonl"}, 500, "missing.jsonl"),
        ({"events": ""}, 500, "there is nothing to draw from"),
        ({"labels": "rollouts.jsonl"}, 500, "is there already, and nothing is written over"),
    ],
)
def test_what_cannot_be_labelled_is_said(
    asker: Client, tmp_path: Path, asked: dict[str, object], status: int, why: str
) -> None:
    before = rollouts(tmp_path).read_text()
    asker.enter()
    found, text, _ = asker.ask("POST", "/labelling/begin", BEGIN | asked)
    assert (found, why in text) == (status, True), text
    assert (tmp_path / "rollouts.jsonl").read_text() == before
    assert not list(tmp_path.glob("labels*"))
