"""`nova-rft score` as a user runs it: without AWS, in every form of file."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import EXAMPLE, run_program

SPEC = str(EXAMPLE / "nova-rft.yaml")


def score(*arguments: str, judge: str = "scripted") -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return run_program(
        "score", *arguments, "--spec", SPEC, "--judge", judge, environment=bare, timeout=120
    )


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    with gzip.open(EXAMPLE / "data" / "rollouts.jsonl.gz", "rt") as stream:
        return [json.loads(line) for line, _ in zip(stream, range(40), strict=False)]


def test_a_list_json_lines_and_gzip_give_the_same_bytes(
    tmp_path: Path, events: list[dict[str, Any]]
) -> None:
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (tmp_path / "a.json").write_text(json.dumps(events, indent=1))
    (tmp_path / "b.jsonl").write_text(lines)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "d.json").write_text(json.dumps({"trajectories": events}))
    answers = {score(str(file), "--json").stdout for file in sorted(tmp_path.iterdir())}
    assert len(answers) == 1
    assert [item["id"] for item in json.loads(answers.pop())] == [event["id"] for event in events]


def test_event_size_never_cuts_through_a_group(
    tmp_path: Path, events: list[dict[str, Any]]
) -> None:
    # Siblings far apart, one of them not scored: it gets the mean of its group, wherever it stands.
    shuffled = [events[i] for i in [*range(0, 40, 4), *range(1, 40, 4), *range(2, 40, 4)]]
    shuffled += [events[i] for i in range(3, 40, 4)]
    shuffled[-1] = {k: v for k, v in shuffled[-1].items() if k != "reference_answer"}
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in shuffled))
    answers = {
        score(str(file), "--json", "--event-size", size).stdout for size in ["1", "7", "1000"]
    }
    assert len(answers) == 1
    scored = json.loads(answers.pop())
    siblings = [
        item["aggregate_reward_score"] for item in scored if item["id"][:10] == "gsm8k-0009"
    ]
    assert siblings[-1] == pytest.approx(sum(siblings[:-1]) / 3)


def test_a_group_is_the_given_one_or_the_same_prompt(tmp_path: Path) -> None:
    def item(number: int, **fields: Any) -> dict[str, Any]:
        turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "A: 1"}]
        return {"id": str(number), "messages": turns, "reference_answer": "1", **fields}

    unscored = item(3)
    del unscored["reference_answer"]
    file = tmp_path / "events.json"
    file.write_text(json.dumps([item(1), item(2, group="other", reference_answer="2"), unscored]))
    first, other, abstained = json.loads(score(str(file), "--json").stdout)
    assert first["aggregate_reward_score"] != other["aggregate_reward_score"]
    assert abstained["aggregate_reward_score"] == first["aggregate_reward_score"]


def test_a_terms_raw_value_bears_its_name(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps(events))
    for event, item in zip(events, json.loads(score(str(file), "--json").stdout), strict=True):
        metrics = {metric["name"]: metric for metric in item["metrics_list"]}
        assert metrics["math"]["value"] == float(event["is_correct"])
        assert metrics["math.weighted"]["value"] == metrics["math"]["value"] * 1.0
        assert metrics["reward"]["type"] == "Reward"
        assert {m["type"] for name, m in metrics.items() if name != "reward"} == {"Metric"}


def test_recorded_replies_replay_to_the_same_bytes(
    tmp_path: Path, events: list[dict[str, Any]]
) -> None:
    file, record = tmp_path / "events.json", tmp_path / "judge.jsonl"
    file.write_text(json.dumps(events))
    first = score(str(file), "--json", "--record", str(record))
    again = score(str(file), "--json", judge=f"replay:{record}")
    assert first.stdout == again.stdout
    assert again.returncode == 0
    turns = [*events[7]["messages"][:-1], {"role": "assistant", "content": "never recorded"}]
    file.write_text(json.dumps([events[0] | {"messages": turns}]))
    unknown = score(str(file), "--json", judge=f"replay:{record}")
    (item,) = json.loads(unknown.stdout)
    assert {"name": "abstained", "value": 1.0, "type": "Metric"} in item["metrics_list"]
    assert "judge_refused" in unknown.stderr


def test_for_people_it_says_that_no_model_judged(
    tmp_path: Path, events: list[dict[str, Any]]
) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps(events))
    done = score(str(file))
    assert done.stdout == ""
    assert "40 rollouts" in done.stderr and "scripted judge" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--lambda --engine here", "--lambda and --engine here contradict each other"),
        ("--lambda --engine map --estimate", "--lambda and --engine map contradict each other"),
        ("--quota requests_per_minute=200", "--quota is for an estimate; add --estimate"),
        ("--concurrency 4", "--concurrency is for --engine lambda and map, and this is here"),
        ("--concurrency 4 --engine batch", "and this is batch"),
        ("--concurrency 4 --estimate", "and this is here"),
    ],
)
def test_options_that_would_be_ignored_are_refused(options: str, said: str) -> None:
    """Before anything is read: the file is not there."""
    done = run_program("score", "nowhere.jsonl", "--spec", SPEC, *options.split())
    assert done.returncode == 2 and said in done.stderr
    assert len(done.stderr.splitlines()) == 1 and done.stdout == ""


def test_options_that_agree_are_taken(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps(events))
    taken = "--lambda --engine lambda --concurrency 4 --estimate --quota lambda_concurrency=9"
    done = run_program("score", str(file), "--spec", SPEC, *taken.split())
    assert done.returncode == 0, done.stderr


def test_records_without_responses_are_told_from_rollouts() -> None:
    done = score(str(EXAMPLE / "data" / "train.jsonl"))
    assert "no reward" in done.stderr
    assert f"Rollouts of records are drawn by nova-rft preview {SPEC}" in done.stderr
    assert "nova-rft signal" not in done.stderr
