"""Distillation: the best answers by the reward, within a budget, and on from where it was stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Asked, Message, Rollout, check_records_of, record_source
from nova_rft.data.check import Technique
from nova_rft.distil import Candidate, Drawn, FilePurse, choose, estimate
from nova_rft.errors import UsageError
from nova_rft.judge import Form, free_question
from nova_rft.judge.models._as_json import request_digest
from nova_rft.project import Project
from nova_rft.spec import DistillationSpec, InvalidSpec
from tests.support import PROGRAM, run_program
from tests.teaching import teaching

SPEC = """\
project: walls
model: amazon.nova-2-lite-v1:0:256k
data: {{train: r.jsonl}}
reward:
  range: [0, 1]
  prices: {{teacher: {{input: 1.0, output: 10.0}}}}
  terms:
    - {{type: match, name: right, how: contains}}
distillation:
  teacher:
    provider: openai
    base_url: {url}
    id: teacher
    api_key_env: TEACHER_KEY
    temperature: 0.7
    max_tokens: 100
    attempts: 1
  samples: {samples}
  {more}
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    monkeypatch.setenv("TEACHER_KEY", "none")
    monkeypatch.chdir(tmp_path)

    def made(url: str, *, prompts: int = 3, samples: int = 4, more: str = "") -> Project:
        records = [
            {
                "messages": [{"role": "user", "content": f"What is {n}"}],
                "reference_answer": str(n),
            }
            for n in range(10, 10 + prompts)
        ]
        (tmp_path / "r.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
        file = tmp_path / "nova-rft.yaml"
        file.write_text(SPEC.format(url=url, samples=samples, more=more))
        return Project.load(file)

    return made


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_best_and_shortest_answer_becomes_a_record(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    with teaching() as (url, asked):
        project = make(url, more="pair_margin: 0.5")
        found, totals = project.distil(project.distillery(tmp_path / "out"))
    assert (found.prompts, found.records, found.pairs, found.stopped) == (3, 3, 3, "")
    assert (totals.calls, len(asked)) == (12, 12)
    assert totals.cost == pytest.approx(12 * (100 * 1 + 50 * 10) / 1e6)
    texts = [
        line["messages"][-1]["content"][0]["text"] for line in lines(tmp_path / "out/sft.jsonl")
    ]
    assert texts == ["It is 10.", "It is 11.", "It is 12."]
    pair = lines(tmp_path / "out/dpo.jsonl")[0]["messages"][-1]["candidates"]
    assert [one["content"][0]["text"] for one in pair] == ["It is 10.", "No idea."]
    origin = lines(tmp_path / "out/provenance.jsonl")[0]
    assert (origin["line"], origin["of"], origin["reward"]) == (1, 4, 1.0)
    assert sorted(origin["rewards"]) == [0.0, 1.0, 1.0, 1.0]
    assert origin["teacher"]["id"] == "teacher"
    techniques: tuple[Technique, ...] = ("sft", "dpo")
    for technique in techniques:
        check = check_records_of(
            record_source(tmp_path / f"out/{technique}.jsonl"),
            technique,
            Asked(technique, training=False),
        )
        assert (check.records, check.findings) == (3, [])


def test_what_was_answered_is_not_asked_again(make: Callable[..., Project], tmp_path: Path) -> None:
    with teaching() as (url, asked):
        project = make(url)
        one, _ = project.distil(project.distillery(tmp_path / "out"))
        two, totals = project.distil(project.distillery(tmp_path / "out"))
        assert (one, totals.calls, len(asked)) == (two, 0, 12)
        project = make(url, prompts=4)
        distillery = project.distillery(tmp_path / "out")
        assert [one.line for one in distillery.waiting] == [4]
        found, _ = project.distil(distillery)
    assert (found.records, len(asked)) == (4, 16)


def test_a_budget_stops_it_and_a_larger_one_goes_on(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    cost = (100 * 1 + 50 * 10) / 1e6
    with teaching() as (url, asked):
        project = make(url, prompts=80, samples=1, more=f"budget: {{total: {40 * cost}}}")
        found, totals = project.distil(project.distillery(tmp_path / "out"))
        assert "budget.total" in found.stopped
        # Handfuls of 32 prompts: the second one is not whole, and the calls in flight overshoot.
        assert (found.answered, found.records) == (32, 32)
        assert 40 <= totals.calls <= 40 + 16
        assert float(sum(map(float, (tmp_path / "out/spent.txt").read_text().split()))) == (
            pytest.approx(totals.cost)
        )
        again, more_totals = project.distil(project.distillery(tmp_path / "out"))
        assert (again.answered, more_totals.calls) == (32, 0)
        project = make(url, prompts=80, samples=1, more="budget: {total: 1}")
        done, rest = project.distil(project.distillery(tmp_path / "out"))
    assert (done.stopped, done.answered) == ("", 80)
    assert len(asked) == 80 == totals.calls + rest.calls


def test_killed_and_run_again_it_pays_nothing_twice(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    with teaching(slow_s=0.02) as (url, asked):
        make(url, prompts=100, samples=2)
        command = [PROGRAM, "data", "distil", "--out", "out", "--json"]
        first = subprocess.Popen(command, cwd=tmp_path, stdout=-1, stderr=-1)
        while len(asked) < 90 and first.poll() is None:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        assert not (tmp_path / "out/sft.jsonl").exists()
        before = len(asked)
        # As if the kill had come while a line was written.
        with (tmp_path / "out/candidates.jsonl").open("a") as log:
            log.write('{"key": "cut')
        second = run_program(*command[1:], folder=tmp_path)
        assert second.returncode == 0, second.stderr
        assert json.loads(second.stdout)["answered"] == 100
        # What was in flight when it was killed may be asked again: one call a connection.
        assert 200 <= len(asked) <= 200 + 16
        third = run_program(*command[1:], folder=tmp_path)
        assert json.loads(third.stdout)["answered"] == 100
    assert before < len(asked)


def test_a_teacher_that_refuses_everything_is_an_error(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    with teaching(status=403) as (url, _):
        make(url)
        command = [PROGRAM, "data", "distil", "--out", "out"]
        done = run_program(*command[1:], folder=tmp_path)
    assert done.returncode == 3
    assert "403" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stand_in_is_named_as_what_answered(make: Callable[..., Project], tmp_path: Path) -> None:
    make("http://127.0.0.1:9/v1")
    command = [PROGRAM, "data", "distil", "--out", "out", "--teacher", "scripted"]
    done = run_program(*command[1:], folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for origin in lines(tmp_path / "out/provenance.jsonl"):
        assert origin["teacher"] == {"provider": "scripted"}


def test_it_says_beforehand_what_it_will_cost(make: Callable[..., Project]) -> None:
    project = make("http://127.0.0.1:9/v1", prompts=50)
    rollouts = [one.rollout for one in project.distillery(Path("out")).waiting]
    found = estimate(project.spec, rollouts)
    assert (found.prompts, found.teacher_calls, found.judge_calls) == (50, 200, 0)
    # 2 tokens of "What is 10", at most 100 of the answer.
    assert found.teacher_most == pytest.approx(200 * (2 * 1 + 100 * 10) / 1e6)
    assert found.judges_about == 0.0


PROMPT = (("system", "Be brief."), ("user", "Why?"), ("assistant", "Why what?"), ("user", "So?"))


def drawn(*candidates: Candidate) -> Drawn:
    return Drawn("k", 1, PROMPT, candidates)


def asked_for(**settings: Any) -> DistillationSpec:
    return DistillationSpec.model_validate({"teacher": {"provider": "scripted"}, **settings})


def test_conversations_keep_their_turns() -> None:
    choice = choose(drawn(Candidate("So.", 1.0)), asked_for())
    assert choice.record is not None
    assert choice.record["system"] == [{"text": "Be brief."}]
    assert [turn["role"] for turn in choice.record["messages"]] == [
        *("user", "assistant", "user", "assistant"),
    ]


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (Candidate("", problem="empty"), "empty"),
        (Candidate("x", problem="ended with length"), "ended with length"),
        (Candidate("x", problem="not scored: judge_unavailable"), "not scored"),
        (Candidate("User: x", 1.0), "converse.reserved"),
        (Candidate("x", 0.4), "below min_reward"),
    ],
)
def test_why_there_is_no_record(candidate: Candidate, reason: str) -> None:
    assert choose(drawn(candidate), asked_for(min_reward=0.5)).dropped == reason
    better = Candidate("Good.", 0.9)
    assert choose(drawn(candidate, better), asked_for(min_reward=0.5)).best == 1


def test_pairs_need_their_margin() -> None:
    answers = drawn(Candidate("good", 0.9), Candidate("bad", 0.5), Candidate("worse", 0.45))
    assert choose(answers, asked_for(pair_margin=0.45)).pair is not None
    assert choose(answers, asked_for(pair_margin=0.46)).pair is None
    same = drawn(Candidate("one", 0.9), Candidate("one", 0.1))
    assert choose(same, asked_for(pair_margin=0.1)).pair is None


def test_a_free_question_is_a_conversation() -> None:
    turns = [Message(role, text) for role, text in PROMPT]
    request = free_question(turns, sample=2)
    assert (request.system, request.user, request.form) == ("Be brief.", "So?", Form.FREE)
    assert request.history == (("user", "Why?"), ("assistant", "Why what?"))
    digests = {request_digest(free_question(turns, sample=n)) for n in range(3)}
    digests.add(request_digest(free_question(turns[-1:])))
    assert len(digests) == 4
    with pytest.raises(ValueError, match="the last turn is not the user's"):
        free_question(turns[:3])
    with pytest.raises(ValueError, match="role tool"):
        free_question([Message("tool", "4"), *turns])


def test_a_purse_remembers(tmp_path: Path) -> None:
    for _ in range(3):
        FilePurse(tmp_path / "spent.txt").pay(0.1)
    assert FilePurse(tmp_path / "spent.txt").spent() == pytest.approx(0.3)
    (tmp_path / "spent.txt").write_text("much")
    with pytest.raises(UsageError, match="what was spent cannot be read"):
        FilePurse(tmp_path / "spent.txt")


def test_a_budget_without_prices_is_refused(make: Callable[..., Project]) -> None:
    project = make("http://127.0.0.1:9/v1", more="budget: {total: 1}")
    from nova_rft.spec import parse_judge

    with pytest.raises(UsageError, match="no price for other"):
        project.distillery(Path("out"), teacher=parse_judge("openai:http://127.0.0.1:9/v1#other"))
    text = project.file.read_text().replace("teacher: {input", "another: {input")
    project.file.write_text(text)
    with pytest.raises(InvalidSpec, match="a budget but no price for teacher"):
        Project.load(project.file)


def test_a_folder_of_something_else_is_not_gone_on_with(
    make: Callable[..., Project], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/candidates.jsonl").write_text('{"text": "x"}\n')
    with pytest.raises(UsageError, match=r"candidates.jsonl:1: no log of a distillation"):
        make("http://127.0.0.1:9/v1").distillery(tmp_path / "out")


def test_equal_prompts_are_answered_once() -> None:
    rollout = Rollout("", "", (Message("user", "Why?"),), "", "So.")
    from nova_rft.distil import Distillery
    from nova_rft.spec import parse

    spec = parse(SPEC.format(url="http://x/v1", samples=1, more=""))
    made = Distillery(spec, [(1, rollout), (2, rollout)], Path("nowhere"))
    assert [one.line for one in made.prompts] == [1]
