"""The examples do what their pages say, offline and without credentials."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.support import run_program

EXAMPLES = Path(__file__).parents[3] / "examples"
SPECS = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.glob("*/*.yaml"))
MAKERS = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.glob("*/make_[!d]*.py"))


def run(folder: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run_program(*words, folder=EXAMPLES / folder)


def kinds(folder: str, *words: str) -> dict[str, list[dict[str, float]]]:
    """The metrics of each kind of rollout, by the last part of its id."""
    done = run(folder, "score", "data/rollouts.jsonl", "--json", "--judge", "scripted", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, float]]] = {}
    for item in json.loads(done.stdout):
        metrics = {metric["name"]: metric["value"] for metric in item["metrics_list"]}
        found.setdefault(item["id"].split("-", 2)[2], []).append(metrics)
    return found


def rewards(found: dict[str, list[dict[str, float]]], kind: str) -> set[float]:
    return {round(metrics["reward"], 3) for metrics in found[kind]}


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_every_spec_passes_check(spec: Path) -> None:
    done = run(str(spec.parent), "check", spec.name, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["findings"] == []


@pytest.mark.parametrize("maker", MAKERS, ids=str)
def test_the_data_is_what_its_maker_makes(maker: Path, tmp_path: Path) -> None:
    """Summaries are made, and then a quiz of each was put to the test: that part is compared without."""
    folder = EXAMPLES / maker.parent
    (tmp_path / "data").mkdir()
    for beside in folder.glob("*.*"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    subprocess.run([sys.executable, maker.name], cwd=tmp_path, check=True)
    made_files = sorted(file.name for file in (tmp_path / "data").iterdir())
    assert made_files
    for file in made_files:
        here = [_untested(line) for line in (folder / "data" / file).read_text().splitlines()]
        made = [_untested(line) for line in (tmp_path / "data" / file).read_text().splitlines()]
        assert here == made, file


def _untested(line: str) -> Any:
    record = json.loads(line)
    if "quiz" in record:
        record["quiz"] = {"questions": record["quiz"]["questions"]}
    return record


def test_code_debugging() -> None:
    found = kinds("code-debugging")
    assert rewards(found, "fixed") == {1.0}
    assert rewards(found, "wordy") == {0.857}
    for kind in ("untouched", "cheat", "hangs"):
        assert rewards(found, kind) == {0.286}


def test_arithmetic() -> None:
    found = kinds("arithmetic")
    for kind, reward in (("worked", 1.0), ("bare", 0.8), ("false-step", 0.9), ("wrong", 0.0)):
        assert rewards(found, kind) == {reward}, kind
    flawed = kinds("arithmetic", "--spec", "flawed.yaml")
    assert min(rewards(flawed, "padded")) > max(rewards(flawed, "worked"))
    assert max(rewards(flawed, "wrong")) >= max(rewards(flawed, "bare"))


def test_wordle() -> None:
    found = kinds("wordle")
    assert {metrics["uses_feedback"] for metrics in found["possible"]} == {1.0}
    assert all(metrics["uses_feedback"] < 1 for metrics in found["wasted"])
    for kind in ("two", "bare"):
        assert rewards(found, kind) == {0.0}
    means = {kind: fmean(m["reward"] for m in metrics) for kind, metrics in found.items()}
    assert means["possible"] > means["no-word"] > means["two"]
    assert means["secret"] > means["wasted"]


def test_contract_review() -> None:
    found = kinds("contract-review")
    for kind in ("prose", "no-risk"):
        assert rewards(found, kind) == {0.0}
        assert all(metrics["review.abstained"] == 1.0 for metrics in found[kind])
    for kind in ("right", "fenced"):
        assert all((m["schema"], m["quoted"]) == (1, 1) for m in found[kind])
    assert all((m["schema"], m["quoted"]) == (1, 0) for m in found["invented"])
    said = run("contract-review", "score", "data/rollouts.jsonl", "--judge", "scripted").stderr
    assert "30 judge calls" in said


def test_summaries() -> None:
    found = kinds("summaries")
    assert rewards(found, "right") == {1.0}
    assert rewards(found, "half") == {0.5}
    assert rewards(found, "copy") == {-1.0}
    assert all(metrics["quiz"] == 1.0 for metrics in found["copy"])
    assert all(reward <= -0.3 for reward in rewards(found, "beginning"))


@pytest.mark.parametrize("spec", ["rubric.yaml", "preference.yaml"])
def test_summaries_judged_otherwise_put_copies_last(spec: str) -> None:
    found = kinds("summaries", "--spec", spec)
    assert rewards(found, "copy") == {-1.0}
    assert min(min(rewards(found, kind)) for kind in ("right", "half")) > -1.0
