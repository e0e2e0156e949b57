"""`nova-rft judge`, as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import run_program

SPEC = """
project: calls
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
training: {samples_per_prompt: 4}
reward:
  range: [0, 1]
  terms:
    - {name: q, type: quiz, model: {provider: scripted}, questions: 4, options: 3, weight: 0.5}
    - {name: style, type: rubric, model: {provider: scripted}, criteria: [accuracy], weight: 0.5}
"""
SOURCE = (
    "The kettle number {n} costs {n} euros. The umbrella number {n} is blue inside. "
    "The bicycle number {n} has two wheels. The telescope number {n} sees the moon."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    lines = [
        json.dumps({"id": f"r{n}", "messages": [{"role": "user", "content": SOURCE.format(n=n)}]})
        for n in range(120)
    ]
    (tmp_path / "train.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_program(*arguments, folder=folder, environment={**os.environ, "COLUMNS": "80"})


def test_criteria(folder: Path) -> None:
    done = run(folder, "judge", "criteria")
    assert done.returncode == 0
    assert "faithfulness (" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80
    found = json.loads(run(folder, "judge", "criteria", "--json").stdout)
    assert {"accuracy", "safety"} <= {criterion["name"] for criterion in found}


def test_quiz_then_check(folder: Path) -> None:
    first = run(folder, "judge", "quiz", "train.jsonl", "--out", "quiz.jsonl")
    assert first.returncode == 0, first.stderr
    assert "120 records, 120 with a quiz" in first.stderr
    assert "The source itself scores 100% on each of them, an empty response 0%." in first.stderr
    assert "360 judge calls" in first.stderr
    again = run(folder, "judge", "quiz", "train.jsonl", "--out", "quiz.jsonl", "--json")
    assert json.loads(again.stdout)["quizzed"] == 120
    assert "judge calls" not in again.stderr
    spec = folder / "nova-rft.yaml"
    spec.write_text(SPEC.replace("train.jsonl", "quiz.jsonl"))
    checked = run(folder, "check")
    assert checked.returncode == 0, checked.stderr
    assert "for 120 of them the source scores 100% and an empty response 0%" in checked.stderr


def test_a_changed_source_is_found_by_check(folder: Path) -> None:
    run(folder, "judge", "quiz", "train.jsonl", "--out", "quiz.jsonl")
    quiz = folder / "quiz.jsonl"
    quiz.write_text(quiz.read_text().replace("kettle number 7 costs", "kettle number 7 cost"))
    (folder / "nova-rft.yaml").write_text(SPEC.replace("train.jsonl", "quiz.jsonl"))
    done = run(folder, "check")
    assert done.returncode == 1
    assert "quiz.jsonl:8" in done.stderr
    assert "was made on another source; make it anew" in done.stderr
    assert "for 119 of them the source scores 100%" in done.stderr


def test_probe_names_what_pays(folder: Path) -> None:
    done = run(folder, "judge", "probe", "--term", "style", "--prompts", "2")
    assert done.returncode == 1, "the scripted judge pays for the task's own words"
    assert re.search(r"constant answers: task repeated +2 of 2 +\+1.00", done.stderr)
    assert max(map(len, done.stderr.splitlines())) <= 80
    found = json.loads(run(folder, "judge", "probe", "--term", "q", "--json").stdout)
    paid = {one["name"] for one in found if one["paid"]}
    assert paid == {"task repeated"}
    assert all(set(one) >= {"family", "tried", "jammed", "gain", "response"} for one in found)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("probe",), "the reward has several: q, style; name one with --term"),
        (("probe", "--term", "x"), "the reward has no judge x; name one of q, style"),
        (("probe", "--term", "q", "--records", "none.jsonl"), "none.jsonl: no such file"),
        (("quiz", "none.jsonl", "--out", "o.jsonl"), "none.jsonl: no such file"),
        (("probe", "--judge", "gpt"), "--judge gpt: unknown form"),
    ],
)
def test_wrong_usage_is_one_sentence(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run(folder, "judge", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
