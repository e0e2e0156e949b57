"""`nova-rft refine` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.support import run_program

from .stand_in import project, rows, standing_in


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Few draws: what is tested is the command.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    there = {**kept, "OPENAI_API_KEY": "any", "COLUMNS": "80"}
    return run_program(
        "refine", "labels.jsonl", "--draws", "100", *arguments, folder=folder, environment=there
    )


def test_a_gain_is_shown_as_a_table_and_a_diff_and_written(tmp_path: Path) -> None:
    with standing_in() as stand_in:
        spec, _ = project(tmp_path, stand_in.url, rows(60))
        before = spec.read_text()
        done = run(tmp_path, "--out", "better.yaml", "--variants", "4")
        again = run(tmp_path, "--out", "better.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "", "what people read goes to standard error"
    assert "12 prompts to learn from, 18 to choose by, 30 held out" in done.stderr
    assert "-          question: Is it good?\n" in done.stderr
    assert '+          question: A good response holds the word "source"' in done.stderr
    assert "accuracy" in done.stderr and "+0.467" in done.stderr
    assert "more than chance explains" in done.stderr
    written = (tmp_path / "better.yaml").read_text()
    lines = zip(before.splitlines(), written.splitlines(), strict=True)
    changed = [line for line in lines if line[0] != line[1]]
    assert len(changed) == 1 and '"source"' in changed[0][1]
    assert spec.read_text() == before
    assert again.returncode == 2 and "better.yaml: is there already" in again.stderr


def test_noise_writes_nothing_and_a_program_can_tell(tmp_path: Path) -> None:
    with standing_in() as stand_in:
        project(tmp_path, stand_in.url, rows(60, noise=True, seed=2))
        done = run(tmp_path, "--out", "better.yaml", "--variants", "8", "--json")
        forced = run(tmp_path, "--out", "better.yaml", "--variants", "8", "--force")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["beyond_chance"] is False and found["written"] is None
    assert "chance explains" in found["why"] and found["held_out"]["p"] > 0.5
    assert found["held_out"]["gain"]["low"] < 0 < found["held_out"]["gain"]["high"]
    assert found["diff"].startswith("--- nova-rft.yaml\n+++ ")
    assert forced.returncode == 1, "written, and still no gain"
    assert "written: better.yaml (by --force)" in forced.stderr
    assert (tmp_path / "better.yaml").exists()


def test_it_works_offline_and_says_that_nothing_was_gained(tmp_path: Path) -> None:
    project(tmp_path, "http://127.0.0.1:9/v1", rows(60))
    done = run(tmp_path, "--judge", "scripted", "--variants", "2", "--out", "better.yaml")
    assert done.returncode == 1, done.stderr
    assert "2 variants tried (gepa)" in done.stderr
    assert "No variant agrees better with people" in done.stderr
    assert not (tmp_path / "better.yaml").exists()
    wrong = run(tmp_path, "--method", "luck")
    assert wrong.returncode == 2 and "--method luck: use gepa or examples" in wrong.stderr
