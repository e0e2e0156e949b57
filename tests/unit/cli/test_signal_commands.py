"""`nova-rft signal` and `nova-rft forecast`: what they print, for whom, and what they refuse."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.project import Project
from tests.support import run_program

SPEC = """\
project: sums
model: amazon.nova-2-lite-v1:0:256k
region: us-east-1
data: {train: r.jsonl}
training: {samples_per_prompt: 4, batch_size: 32}
calibration: {required: false}
reward:
  range: [0, 1.2]
  terms:
    - {name: right, type: match, how: contains, within: response}
    - {name: long, type: python, function: "own:long", weight: 0.2, clip: [0, 1]}
"""
OWN = "def long(rollout):\n    return len(rollout.response.split()) / 40\n"


def item(prompt: int, sample: int) -> dict[str, Any]:
    """The longer a response, the seldomer it is right."""
    words = 1 + (7 * sample + prompt) % 30
    answer = prompt if words < 10 else 0
    turns = [
        {"role": "user", "content": f"How much is {prompt} and nothing?"},
        {"role": "assistant", "content": f"{'well ' * words}{answer}"},
    ]
    fields = {"reference_answer": str(prompt), "group": f"p{prompt}", "good": answer == prompt}
    return {"id": f"p{prompt}-{sample}", "messages": turns, **fields}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    (tmp_path / "own.py").write_text(OWN)
    items = [item(prompt, sample) for prompt in range(1, 13) for sample in range(6)]
    write(tmp_path / "events.jsonl", items)
    return tmp_path


def write(file: Path, rows: list[Any]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    there = {**os.environ, "COLUMNS": "80", "NOVA_RFT_HOME": str(folder / "home")}
    return run_program(*words, folder=folder, environment=there)


def test_events_are_scored_first_and_people_read_it_in_80_columns(folder: Path) -> None:
    shown = run(folder, "signal", "events.jsonl")
    assert (shown.returncode, shown.stdout) == (0, ""), shown.stderr
    assert "72 rollouts of 12 prompts" in shown.stderr
    assert "advised: samples_per_prompt" in shown.stderr
    assert max(map(len, shown.stderr.splitlines())) <= 80
    ahead = run(folder, "forecast", "events.jsonl")
    assert (ahead.returncode, ahead.stdout) == (0, ""), ahead.stderr
    for word in ("likely to grow", "likely to vanish", "check right", "words"):
        assert word in ahead.stderr
    assert max(map(len, ahead.stderr.splitlines())) <= 80


def test_programs_get_one_document_and_scores_say_the_same(folder: Path) -> None:
    scored = run(folder, "score", "events.jsonl", "--json")
    (folder / "scores.json").write_text(scored.stdout)
    told = [
        json.loads(run(folder, "signal", "events.jsonl", *more, "--json").stdout)
        for more in ((), ("--scores", "scores.json"))
    ]
    assert told[0] == told[1]
    assert [one["name"] for one in told[0]["terms"]] == ["right", "long"]
    assert told[0]["noise"]["value"] == 0
    # Scored here, so it is known whose reward it was; what a file of scores holds, anyone may have made.
    assert len(list((folder / "home/signal").glob("*.json"))) == 1


def test_a_field_of_the_records_is_a_check(folder: Path) -> None:
    text = (folder / "nova-rft.yaml").read_text()
    (folder / "nova-rft.yaml").write_text(
        text.replace("weight: 0.2", "weight: 5").replace("1.2]", "6]")
    )
    ahead = run(folder, "forecast", "events.jsonl", "--check", "good", "--json")
    assert ahead.returncode == 1
    found = json.loads(ahead.stdout)
    assert [(one["name"], one["kind"]) for one in found["checks"]] == [
        *(("good", "field"), ("right", "proven")),
    ]
    assert found["findings"][0]["code"] == "check_falls"
    assert "It pulls at long." in found["findings"][0]["text"]


def test_aws_rules_of_thumb_make_the_exit_status(folder: Path) -> None:
    items = [item(prompt, 0) | {"id": f"{n}"} for prompt in (1, 2) for n in range(4)]
    write(folder / "right.jsonl", [{**one, "reference_answer": "none"} for one in items])
    text = (folder / "nova-rft.yaml").read_text()
    (folder / "nova-rft.yaml").write_text(text.replace("weight: 0.2", "weight: 0"))
    done = run(folder, "signal", "right.jsonl")
    assert done.returncode == 1
    assert "No rollout earned anything" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("rows", "scores", "said"),
    [
        (None, None, r"no.jsonl: no such file; name an existing one"),
        (
            [{"a": 1}],
            None,
            r"none of 1 items is a rollout \(the first: the item has no id \(a text\)",
        ),
        ([item(1, 0), item(2, 0)], None, "each prompt has a single rollout"),
        ([item(1, 0), item(1, 1)], "x.json", "x.json: no such file"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: list[Any] | None,
    scores: str | None,
    said: str,
) -> None:
    monkeypatch.setenv("NOVA_RFT_HOME", str(folder / "home"))
    if rows is not None:
        write(folder / "no.jsonl", rows)
    project = Project.load(folder / "nova-rft.yaml")
    for look in (project.signal, project.outlook):
        with pytest.raises(UsageError, match=said) as caught:
            look(project.rollouts(folder / "no.jsonl", Path(scores) if scores else None))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", ["signal", "forecast"])
def test_a_file_and_a_job_are_too_much(folder: Path, command: str) -> None:
    done = run(folder, command, "events.jsonl", "--job", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("nova-rft: a file or --job, not both: say whose rollouts are meant\n")


def test_readings_need_a_judge_and_measure_its_noise(folder: Path) -> None:
    refused = run(folder, "signal", "events.jsonl", "--readings", "2")
    assert refused.returncode == 2
    assert "the reward has no judge, so every reading would be the same" in refused.stderr
    judge = "    - {name: tone, type: rubric, model: {provider: scripted}, criteria: [tone]}\n"
    (folder / "nova-rft.yaml").write_text(SPEC + judge)
    done = run(folder, "signal", "events.jsonl", "--readings", "2", "--json")
    # The scripted judge always says the same.
    assert json.loads(done.stdout)["noise"] == {
        **{"value": 0.0, "source": "2 readings of each rollout"},
    }


def test_submit_says_quietly_where_nothing_is_known(folder: Path) -> None:
    done = run(folder, "submit")
    assert "what this reward would teach is not known: nova-rft preview tells" in done.stderr
    assert done.stderr.count("nova-rft: ") == 1
