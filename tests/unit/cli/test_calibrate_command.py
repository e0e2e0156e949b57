"""`nova-rft calibrate`, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, run_program, stdout_json

DATA = ROOT / "tests" / "data" / "judgements"
SPEC = """
project: calls
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 1]
  terms:
    - {name: style, type: rubric, model: {provider: scripted}, criteria: [accuracy], weight: 0.5}
    - {name: better, type: preference, model: {provider: scripted}, weight: 0.5}
calibration:
  thresholds: {attacks: {fit: 1, warn: 1}, prompts: {fit: 20, warn: 10}}
"""
TASK = "Say what the kettle number {n} costs, whether the umbrella is blue and how many there are."


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Few draws: what is tested is the command.
    draws = [] if "--draws" in arguments or "--help" in arguments else ["--draws", "100"]
    there = {**os.environ, "COLUMNS": "80"}
    return run_program("calibrate", *arguments, *draws, folder=folder, environment=there)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spec, and people who say yes to what uses the task's words, as the scripted judge does."""
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    rows = []
    for n in range(60):
        task = TASK.format(n=n)
        good = n % 2 == 0
        text = f"The answer: {task}" if good else "No idea at all."
        rows.append({"prompt": task, "response": text, "human": "yes" if good else "no"})
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return tmp_path


def test_a_replay_needs_no_spec(tmp_path: Path) -> None:
    found = stdout_json(run(tmp_path, str(DATA / "llmbar-natural.jsonl.gz"), "--replay", "--json"))
    assert (found["n"], found["judge"], found["kind"]) == (100, "gpt-4", "pairs")
    for figure in (
        *(found[name] for name in ("accuracy", "kappa", "alpha", "length_bias", "unreadable")),
        *(found["position"][name] for name in ("first_a", "first_b", "both", "consistent")),
    ):
        assert set(figure) == {"value", "low", "high"}
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert found["position"]["both"]["value"] == 0.93


def test_annotators(tmp_path: Path) -> None:
    found = stdout_json(run(tmp_path, str(DATA / "pandalm.jsonl.gz"), "--replay", "--json"))
    assert found["annotators"]["1-3"]["value"] == pytest.approx(0.8789, abs=5e-5)
    assert found["position"]["first_b"]["reason"] == "no pair was shown in this order"


def test_what_people_read_fits_80_columns(tmp_path: Path) -> None:
    done = run(tmp_path, str(DATA / "pandalm.jsonl.gz"), "--replay", "--page", "page.html")
    assert done.returncode == 0
    assert max(map(len, done.stderr.splitlines())) <= 80
    assert "fit with a warning" in done.stderr
    assert "gpt-3.5-turbo: 999 pairs of 170 prompts" in done.stderr
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_the_specs_judge_is_asked_and_kept_for_submit(folder: Path) -> None:
    done = run(folder, "labels.jsonl", "--term", "style", "--repeats", "2", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["judge"], found["accuracy"]["value"]) == ("style", 1.0)
    assert found["ruling"]["fitness"] == "fit"
    assert found["signal"]["consistency"]["value"] == 1.0
    assert found["took"]["calls"] == 120
    assert found["attacks"]["tried"] > 30
    assert "kept for nova-rft submit: calibration.json" in done.stderr
    kept = json.loads((folder / "calibration.json").read_text())
    assert list(kept["judges"]) == ["style"]


def test_a_recording_gives_the_same_figures(folder: Path) -> None:
    often = ("labels.jsonl", "--term", "style", "--attacks", "0", "--json")
    first = json.loads(run(folder, *often, "--record", "replies.jsonl").stdout)
    again = json.loads(run(folder, *often, "--judge", "replay:replies.jsonl").stdout)
    assert again["accuracy"] == first["accuracy"]
    assert again["curve"] == first["curve"]


def test_several_judges_are_compared_and_those_of_others_not_kept(folder: Path) -> None:
    arguments = ("--attacks", "0", "--judge", "scripted", "--term", "style", "--json")
    done = run(folder, "labels.jsonl", *arguments, "--judge", "replay:none.jsonl")
    assert (done.returncode, "none.jsonl: no such file" in done.stderr) == (2, True)
    empty = folder / "empty.jsonl"
    empty.write_text("")
    done = run(folder, "labels.jsonl", *arguments, "--judge", "replay:empty.jsonl")
    assert done.returncode == 3
    assert "60 of 60 responses got no verdict" in done.stderr
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()
    ]
    for n, row in enumerate(rows):
        row["judges"] = {"one": row["human"], "two": ("yes", "no")[n % 3 == 0]}
    (folder / "two.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    found = stdout_json(run(folder, "two.jsonl", "--replay", "--json"))
    assert list(found["judges"]) == ["one", "two"]
    assert found["comparison"][0]["best"] == "one"
    assert found["comparison"][0]["p"] < 0.01
    shown = run(folder, "two.jsonl", "--replay")
    assert max(map(len, shown.stderr.splitlines())) <= 80
    assert not (folder / "calibration.json").exists()


def test_a_judge_that_is_not_fit_is_an_exit_status(folder: Path) -> None:
    text = (folder / "labels.jsonl").read_text()
    turned = text.replace('"yes"', '"maybe"').replace('"no"', '"yes"').replace('"maybe"', '"no"')
    (folder / "turned.jsonl").write_text(turned)
    done = run(folder, "turned.jsonl", "--term", "style", "--attacks", "0")
    assert done.returncode == 1
    assert "not fit to train with" in done.stderr
    assert "kappa with people: -1; at least 0.2 is needed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("none.jsonl", "--replay"), 2, "none.jsonl: no such file"),
        (("labels.jsonl", "--replay"), 1, "labels.jsonl:1: judge: is missing"),
        (("labels.jsonl", "--replay", "--judge", "scripted"), 2, "--replay takes the verdicts in"),
        (("labels.jsonl", "--term", "x"), 2, "has no judge x; it has style, better"),
        (("labels.jsonl", "--people", "median of them"), 2, "use majority, mean, median"),
        (("labels.jsonl", "--spec", "none.yaml"), 2, "none.yaml: no such file"),
        (("labels.jsonl", "--human", "score"), 1, "labels.jsonl:1: score: is missing"),
    ],
)
def test_wrong_usage_is_one_sentence(
    folder: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = run(folder, *arguments)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr
