"""Rollouts drawn now: scored as the Lambda scores, bounded, and on from where it was stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import JudgeRefused, UsageError
from nova_rft.project import Project
from nova_rft.rollouts import policy_of
from nova_rft.rollouts._policy import converse_id
from nova_rft.spec import BedrockJudge, OpenAIJudge, digest, parse_judge
from tests.support import PROGRAM, run_program
from tests.teaching import teaching
from tests.unit.rollouts.making import HEAD, RIGHT

COST = (100 * 1 + 50 * 10) / 1e6
ANSWERS = ("It is {n}.", "No idea.", "{n}", "Perhaps {n}, perhaps not.")


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def made(prompts: int = 3, weight: float = 1.0) -> Project:
        records = [
            {
                "id": f"sum-{n}",
                "messages": [{"role": "user", "content": f"What is {n}"}],
                "reference_answer": str(n),
                "hard": n % 2 == 0,
            }
            for n in range(10, 10 + prompts)
        ]
        (tmp_path / "r.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        file = tmp_path / "nova-rft.yaml"
        terms = RIGHT.replace("{name: right", f"{{weight: {weight}, name: right")
        prices = "  prices: {teacher: {input: 1.0, output: 10.0}}\n"
        file.write_text(f"{HEAD}reward:\n  range: [0, 1]\n{prices}  terms:\n{terms}")
        return Project.load(file)

    return made


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return run_program(*words, folder=folder)


def test_rollouts_are_scored_and_read_by_every_command(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    project = make()
    with teaching(answers=ANSWERS) as (url, asked):
        model = f"openai:{url}#teacher"
        done = run("preview", "-n", "4", "--model", model, "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(asked) == 12
    assert (found["left"], found["stopped"]) == (0, "")
    assert found["cost"] == pytest.approx(12 * COST)
    assert found["signal"]["groups"] == 3 and found["signal"]["without_signal"] == 0
    assert found["positive"] == 0.75
    assert "12 answers of teacher" in done.stderr
    rows = lines(tmp_path / "preview/rollouts.jsonl")
    assert len(rows) == 12
    assert {row["policy"] for row in rows} == {model}
    assert {row["stop"] for row in rows} == {"stop"}
    assert {row["reward_digest"] for row in rows} == {digest(project.spec.required_reward)}
    assert all(row["metadata"]["hard"] == (int(row["reference"]) % 2 == 0) for row in rows)
    assert all(row["reward"] == float(row["reference"] in row["response"]) for row in rows)

    file = "preview/rollouts.jsonl"
    scored = json.loads(run("score", file, "--json", folder=tmp_path).stdout)
    assert [one["aggregate_reward_score"] for one in scored] == [row["reward"] for row in rows]
    drawn = run("label", file, "--out", "l.jsonl", "--pairs", "--draw-only", folder=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    told = json.loads(run("signal", file, "--json", folder=tmp_path).stdout)
    assert told["baseline"] == found["baseline"]
    # One wrong answer in four, and phrases that differ: enough for a look ahead.
    ahead = run("forecast", file, "--json", folder=tmp_path)
    assert ahead.returncode == 0, ahead.stderr
    assert json.loads(ahead.stdout)["teaching"] == 3
    known = project.known_signal()
    assert known is not None and known.source == file and known.prompts == 3


def test_more_samples_ask_for_the_rest_alone(make: Callable[..., Project], tmp_path: Path) -> None:
    project = make()
    with teaching(answers=ANSWERS) as (url, asked):
        model = parse_judge(f"openai:{url}#teacher")

        def draw(samples: int, prompts: int = 64) -> tuple[int, float]:
            preview = project.preview(
                tmp_path / "out", samples=samples, prompts=prompts, model=model
            )
            before = len(asked)
            stopped, _ = project.draw(preview)
            assert stopped == ""
            return len(asked) - before, len(lines(preview.rollouts))

        assert draw(2, prompts=2) == (4, 4)
        spent = (tmp_path / "out/spent.txt").read_text().split()
        assert sum(map(float, spent)) == pytest.approx(4 * COST)
        assert draw(2) == (2, 6)
        assert draw(4) == (6, 12)
        assert draw(2) == (0, 6)
        # Another reward scores the same answers anew.
        project = make(weight=0.5)
        assert draw(4) == (0, 12)
        assert {row["reward"] for row in lines(tmp_path / "out/rollouts.jsonl")} == {0.0, 0.5}


def test_a_budget_stops_it_and_holds_over_runs(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    project = make(prompts=40)
    with teaching(answers=ANSWERS) as (url, asked):
        preview = project.preview(
            tmp_path / "out", samples=2, model=parse_judge(f"openai:{url}#teacher")
        )
        stopped, totals = project.draw(preview, budget=31.5 * COST)
        assert "budget.total" in stopped
        # Two handfuls of 8 prompts: the last call overshoots, and the third handful is not begun.
        assert len(lines(preview.rollouts)) == len(asked) == 32
        again, more = project.draw(preview, budget=31.5 * COST)
        assert (again != "", more.calls) == (True, 0)
        rest, _ = project.draw(preview, budget=1)
    assert rest == ""
    assert len(lines(preview.rollouts)) == len(asked) == 80
    assert totals.cost == pytest.approx(totals.calls * COST)
    with pytest.raises(UsageError, match="a budget but no price for other"):
        model = parse_judge("openai:http://127.0.0.1:9/v1#other")
        project.draw(project.preview(tmp_path / "out", model=model), budget=1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_and_run_again_it_pays_nothing_twice(
    make: Callable[..., Project], tmp_path: Path, how: int
) -> None:
    make(prompts=40)
    with teaching(slow_s=0.02, answers=ANSWERS) as (url, asked):
        command = [PROGRAM, "preview", "-n", "2", "--model", f"openai:{url}#teacher", "--json"]
        first = subprocess.Popen(command, cwd=tmp_path, stdout=-1, stderr=-1)
        while len(asked) < 40 and first.poll() is None:
            time.sleep(0.01)
        first.send_signal(how)
        _, said = first.communicate(timeout=60)
        rows = tmp_path / "preview/rollouts.jsonl"
        if how == signal.SIGINT:
            assert first.returncode == 130, said
            # Whole prompts, each of them scored.
            assert len(lines(rows)) >= 16 and len(lines(rows)) % 2 == 0
        # As if the kill had come while a line was written.
        with (tmp_path / "preview/drawn.jsonl").open("a") as log:
            log.write('{"key": "cut')
        second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert second.returncode == 0, second.stderr
        # What was in flight when it was stopped may be asked again: one call a connection.
        assert 80 <= len(asked) <= 80 + 16
    assert len(lines(rows)) == 80


def test_what_is_throttled_is_left_for_another_run(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    project = make()
    failing = {"What is 11": 429}
    with teaching(answers=ANSWERS, failing=lambda said: failing.get(said, 200)) as (url, _):
        # One try of each request: patience is tried elsewhere.
        model = OpenAIJudge(provider="openai", base_url=url, id="teacher", attempts=1)
        preview = project.preview(tmp_path / "out", samples=2, model=model)
        stopped, _ = project.draw(preview)
        assert stopped == f"1 prompt had no answer from openai:{url}#teacher"
        assert len(lines(preview.rollouts)) == 4
        failing.clear()
        stopped, _ = project.draw(preview)
    assert (stopped, len(lines(preview.rollouts))) == ("", 6)


def test_a_model_that_refuses_everything_is_an_error(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    project = make()
    with teaching(status=403) as (url, _):
        model = parse_judge(f"openai:{url}#teacher")
        with pytest.raises(JudgeRefused, match="403"):
            project.draw(project.preview(tmp_path / "out", model=model))


def test_it_says_beforehand_what_it_will_take(make: Callable[..., Project], tmp_path: Path) -> None:
    make(prompts=50)
    command = ("preview", "--estimate", "--json", "--model", "openai:http://127.0.0.1:9/v1#teacher")
    done = run(*command, "--prompts", "20", folder=tmp_path)
    bill = json.loads(done.stdout)
    assert (bill["prompts"], bill["answers"], bill["judge_calls"]) == (20, 160, 0)
    # 2 tokens of "What is 10", at most 1,024 of the answer.
    assert bill["answers_most"] == pytest.approx(160 * (2 * 1 + 1024 * 10) / 1e6)
    assert not (tmp_path / "preview").exists()


def test_a_folder_of_something_else_is_not_gone_on_with(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/drawn.jsonl").write_text('{"text": "x"}\n')
    with pytest.raises(UsageError, match=r"drawn.jsonl:1: no log of a preview"):
        make().preview(tmp_path / "out", model=parse_judge("scripted"))


@pytest.mark.parametrize(
    ("model", "region", "id"),
    [
        ("amazon.nova-2-lite-v1:0:256k", "us-east-1", "us.amazon.nova-2-lite-v1:0"),
        ("amazon.nova-2-lite-v1:0:256k", "eu-west-1", "eu.amazon.nova-2-lite-v1:0"),
        ("amazon.nova-2-lite-v1:0:256k", "ap-northeast-1", "jp.amazon.nova-2-lite-v1:0"),
        ("amazon.nova-2-lite-v1:0:256k", "sa-east-1", "global.amazon.nova-2-lite-v1:0"),
        ("openai.gpt-oss-20b", "us-west-2", "openai.gpt-oss-20b-1:0"),
    ],
)
def test_base_models_by_the_ids_that_converse_knows(model: str, region: str, id: str) -> None:
    assert converse_id(model, region) == id


def test_the_policy_is_asked_as_a_trainer_samples(make: Callable[..., Project]) -> None:
    spec = make().spec
    training = spec.training.model_copy(update={"max_new_tokens": 32, "reasoning_effort": "low"})
    asked = spec.model_copy(update={"training": training})
    policy = policy_of(asked, "us-east-1")
    assert isinstance(policy, BedrockJudge)
    assert (policy.temperature, policy.max_tokens, policy.reasoning_effort) == (1.0, 32, "low")
    tuned = parse_judge("bedrock:arn:aws:bedrock:us-east-1:1:custom-model-deployment/x")
    other = policy_of(asked, "", model=tuned)
    # No way is known to tell a deployment how long to reason.
    assert isinstance(other, BedrockJudge) and other.reasoning_effort is None
    going_on = asked.model_copy(
        update={"resume_from": "arn:aws:bedrock:us-east-1:1:custom-model/x"}
    )
    with pytest.raises(UsageError, match="name that deployment: --model bedrock:ARN"):
        policy_of(going_on, "us-east-1")


def test_without_aws_a_stand_in_answers_and_says_so(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    make()
    done = run("preview", "-n", "2", "--model", "scripted", "--judge", "scripted", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6 answers of scripted" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80
    rows = lines(tmp_path / "preview/rollouts.jsonl")
    assert all(row["response"].startswith("(scripted, sample") for row in rows)
