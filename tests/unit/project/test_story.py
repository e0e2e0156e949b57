"""What a report finds on this machine of the steps beside the job."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.project import Project
from nova_rft.rehearse import newest_rehearsal
from nova_rft.rollouts import SignalStanding, write_standing
from nova_rft.spec import digest
from tests.unit.report.test_evaluation_page import evaluation

SPEC = """
project: contracts
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 1]
  terms:
    - {name: math, type: math}
"""
RECORD = {"messages": [{"role": "user", "content": "2 + 2?"}], "reference_answer": {"answer": "4"}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOVA_RFT_HOME", raising=False)
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    records = [
        {**RECORD, "messages": [{"role": "user", "content": f"{n} + 2?"}]} for n in range(120)
    ]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    return Project.load("nova-rft.yaml")


def rehearsal(name: str, reward: str, verdict: str, at: float) -> None:
    folder = Path(".nova-rft/rehearsals") / name
    folder.mkdir(parents=True)
    (folder / "asked.json").write_text(json.dumps({"reward": reward, "judges_replaced": True}))
    outcome: dict[str, Any] = {
        "verdict": verdict,
        "reason": "why",
        "forecast": {"reason": "the reward pulls towards what is right"},
        "advice": [],
        "policy": "tiny",
        "steps": 1,
        "seconds": 2.0,
        "interrupted": False,
    }
    (folder / "outcome.json").write_text(json.dumps(outcome))
    os.utime(folder / "outcome.json", (at, at))
    step = {"step": 0, "held_out": False, "seconds": 0.1, "rollouts": 8, "reward": 0.5}
    (folder / "steps.jsonl").write_text(json.dumps(step) + "\n")


def test_before_anything_was_done_the_page_says_what_to_do(project: Project) -> None:
    path, summary = project.report_so_far()
    assert path == Path(".nova-rft/report.html")
    assert [(one.file, one.records, one.errors) for one in summary.checked] == [
        ("train.jsonl", 120, 0)
    ]
    assert summary.conclusion.headline == "Not trained yet; still to be rehearsed and previewed."
    page = path.read_text(encoding="utf-8")
    for command in (
        "nova-rft rehearse",
        "nova-rft preview",
        "nova-rft submit",
        "nova-rft evaluate",
    ):
        assert f"<code>{command}</code>" in page


def test_what_was_done_is_found(project: Project) -> None:
    reward = digest(project.spec.required_reward)
    rehearsal("old", reward, "stalls", 1_000)
    rehearsal("new", reward, "learns", 2_000)
    rehearsal("other", "another reward's", "hacks", 3_000)
    seen = SignalStanding(
        "preview", "2026-03-01T10:00:00+00:00", (), 32, 8, 0.25, 0.4, 0.9, 8, 32, {}
    )
    write_standing(Path(".nova-rft"), reward, seen)
    Path("evaluation").mkdir()
    Path("evaluation/evaluation.json").write_text(json.dumps(evaluation().as_dict()))
    _, summary = project.report_so_far(Path("page.html"))
    assert summary.rehearsed is not None
    assert (summary.rehearsed.verdict, summary.rehearsed.judges_replaced) == ("learns", True)
    assert [one.figures for one in summary.rehearsed.steps] == [{"reward": 0.5}]
    assert summary.known_signal == seen
    assert summary.compared is not None
    assert (summary.compared.finding, summary.compared.job) == ("real gain", "contracts-dev-1")


def test_an_evaluation_of_another_project_is_none_of_this(project: Project) -> None:
    Path("evaluation").mkdir()
    file = Path("evaluation/evaluation.json")
    file.write_text(json.dumps({**evaluation().as_dict(), "project": "other"}))
    assert project.report_so_far()[1].compared is None
    file.write_text("{")
    with pytest.raises(UsageError, match=r"evaluation\.json: cannot be read"):
        project.report_so_far()


def test_records_that_are_gone_are_no_reason_to_have_no_report(project: Project) -> None:
    Path("train.jsonl").unlink()
    _, summary = project.report_so_far()
    assert summary.conclusion.mood == "bad"
    assert summary.checked[0].broken[0].rule == "data.missing"


def test_folders_of_earlier_versions_are_passed_over(project: Project) -> None:
    rehearsal("bare", "x", "learns", 1_000)
    Path(".nova-rft/rehearsals/bare/asked.json").unlink()
    assert newest_rehearsal(Path(".nova-rft"), "x") is None
    assert newest_rehearsal(Path("nowhere"), "x") is None
