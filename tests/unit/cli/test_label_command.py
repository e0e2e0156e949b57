"""`nova-rft label` as people run it: killed, interrupted, taken up again, by two, for other tools."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nova_rft.calibrate import read_labels
from tests.support import PROGRAM, ROOT, run_program

SUMMARIES = ROOT / "examples" / "summaries"
EVENTS = str(SUMMARIES / "data" / "rollouts.jsonl")


def command(*arguments: str) -> list[str]:
    return [PROGRAM, "label", EVENTS, "--spec", str(SUMMARIES / "rubric.yaml"), *arguments]


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_program(*command(*arguments)[1:], timeout=120)


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> str:
    spec = str(SUMMARIES / "rubric.yaml")
    done = run_program("score", EVENTS, "--spec", spec, "--judge", "scripted", "--json")
    assert done.returncode == 0, done.stderr
    file = tmp_path_factory.mktemp("scores") / "scores.json"
    file.write_text(done.stdout)
    return str(file)


class Running:
    """The program with its page up."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        self.said = ""
        for line in process.stderr:
            self.said += line
            if line.startswith("http://"):
                self.url = urlsplit(line.strip())
                return
        raise AssertionError(self.said)

    def ask(self, path: str, action: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self.url.netloc, timeout=30)
        body = json.dumps(action) if action else None
        headers = {"Content-Type": "application/json"}
        connection.request("POST" if action else "GET", self.url.path + path, body, headers)
        reply = connection.getresponse()
        found: dict[str, Any] = json.load(reply)
        assert reply.status == 200, found
        connection.close()
        return found

    def label(self, count: int, choice: str = "tie") -> dict[str, Any]:
        state = self.ask("state")
        for _ in range(count):
            action = {"do": "answer", "number": state["item"]["number"], "choice": choice}
            state = self.ask("actions", action)
        return state

    def end(self, how: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(how)
        return self.left()

    def left(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        command(*arguments, "--no-browser"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


def test_killed_interrupted_and_finished_by_two_nothing_is_lost(
    tmp_path: Path, scores: str
) -> None:
    out = tmp_path / "labels.jsonl"
    mine = ("--out", str(out), "--annotator", "anna", "--pairs", "--scores", scores)
    with running(*mine, "--count", "6") as page:
        assert "6 pairs" in page.said
        page.label(2)
        assert page.end(signal.SIGKILL)[0] == -signal.SIGKILL
    # The file of labels is up to date even so.
    assert len(read_labels(out).rows) == 2
    with running(*mine) as page:
        assert "drawn before" in page.said
        assert page.label(1, "first")["labelled"] == 3
        status, printed, said = page.end(signal.SIGINT)
        assert status == 130
        assert printed == ""
        assert "anna: 3 of 6 labelled" in said
        assert f"nova-rft calibrate {out}" in said
        assert "agree" not in said
    with running(*mine) as page:
        assert page.label(3)["done"]
        page.ask("actions", {"do": "finish"})
        assert page.left()[0] == 0
    with running("--out", str(out), "--annotator", "bert", "--json", "--seed", "4") as page:
        state = page.label(6)
        assert "anna and bert agree in 5 of 6" in state["agreement"][0]
        page.ask("actions", {"do": "finish"})
        status, printed, _ = page.left()
    found = json.loads(printed)
    assert status == 0
    assert found["rows"] == found["items"] == 6
    assert found["annotators"] == {
        name: {"labelled": 6, "skipped": 0, "done": True} for name in ("anna", "bert")
    }
    (agreed,) = found["agreement"]
    assert (agreed["annotators"], agreed["n"], agreed["same"]) == (["anna", "bert"], 6, 5)
    assert len(read_labels(out).rows) == 6


def test_what_is_labelled_is_what_calibrate_reads(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(SUMMARIES, project)
    out = tmp_path / "labels.jsonl"
    with running("--out", str(out), "--annotator", "anna", "--singles", "--count", "8") as page:
        assert "nothing is known of their scores" in page.said
        for number in range(1, 9):
            labels = {"completeness": 1 + number % 5, "conciseness": ["yes", "no"][number % 2]}
            page.ask("actions", {"do": "answer", "number": number, "labels": labels})
        page.end(signal.SIGINT)
    done = run_program(
        "calibrate", str(out), "--spec", str(project / "rubric.yaml"), "--judge", "scripted",
        "--attacks", "0", "--draws", "100", "--json",
    )  # fmt: skip
    judge = json.loads(done.stdout)
    assert judge["criteria"]["completeness"]["n"] == 8
    assert judge["criteria"]["conciseness"]["n"] == 8


def test_a_set_for_other_tools(tmp_path: Path, scores: str) -> None:
    out = tmp_path / "set.jsonl"
    done = ran("--out", str(out), "--draw-only", "--scores", scores, "--count", "10", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["items"], found["kind"], sum(found["cells"].values())) == (10, "responses", 10)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert all(row["labelling"]["questions"][0]["name"] == "completeness" for row in rows)
    assert "human" not in rows[0]
    again = ran("--out", str(out), "--draw-only")
    assert again.returncode == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--annotator is missing"),
        (["--annotator", "../x"], "--annotator ../x"),
        (["--annotator", "anna", "--scores", "nowhere.json"], "nowhere.json"),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_written(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = ran("--out", str(tmp_path / "labels.jsonl"), *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
