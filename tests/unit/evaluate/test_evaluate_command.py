"""The command and the project's method: who is refused, what is paid once, what a gate says."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import BudgetSpent, UsageError
from nova_rft.evaluate import Evaluation, Finding, How, passed, unmet
from nova_rft.evaluate._contender import same_model
from nova_rft.project import Project
from nova_rft.spec import GainThresholds, ScriptedJudge, parse_judge
from tests.support import PROGRAM, run_program
from tests.teaching import teaching

QUICK = How(draws=300, flips=500)
COST = (100 * 1 + 50 * 10) / 1e6
SPEC = """\
project: sums
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl, validation: held-out.jsonl}
training: {samples_per_prompt: 4, batch_size: 32}
reward:
  range: [0, 1]
  prices: {weak: {input: 1.0, output: 10.0}, strong: {input: 1.0, output: 10.0}}
  terms:
    - {name: right, type: match, how: contains, within: response}
"""
JUDGED = """\
    - name: rubric_of_training
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}
      criteria: [{name: clear, question: Is it clear?}]
"""
SCRIPTED = ScriptedJudge(provider="scripted")


@dataclass
class Place:
    """A project and two models: the weak one is right every other time, the strong one always."""

    folder: Path
    weak: str
    strong: str
    asked: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(map(len, self.asked.values()))

    def project(self, more: str = "") -> Project:
        (self.folder / "nova-rft.yaml").write_text(SPEC + more)
        return Project.load(self.folder / "nova-rft.yaml")

    def evaluate(self, more: str = "", **settings: Any) -> Evaluation:
        both = {"base": parse_judge(self.weak), "custom": self.strong}
        return self.project(more).evaluate(self.folder / "out", how=QUICK, **both | settings)

    def command(self, *words: str) -> tuple[str, ...]:
        return ("evaluate", "--base", self.weak, "--custom", self.strong, "--out", "out", *words)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_program(*self.command(*words), folder=self.folder)


def records(first: int, count: int) -> str:
    return "".join(
        json.dumps(
            {
                "id": f"sum-{n}",
                "messages": [{"role": "user", "content": f"What is {n}"}],
                "reference_answer": str(n),
                "rating": n % 3,
                "topic": "odd" if n % 2 else "even",
            }
        )
        + "\n"
        for n in range(first, first + count)
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.jsonl").write_text(records(500, 5))
    (tmp_path / "held-out.jsonl").write_text(records(10, 24))
    (tmp_path / "other.jsonl").write_text(records(100, 24))
    with ExitStack() as stack:
        weak, one = stack.enter_context(teaching(answers=("No idea.",)))
        strong, other = stack.enter_context(teaching(answers=("It is {n}, I am quite sure.",)))
        made = Place(tmp_path, f"openai:{weak}#weak", f"openai:{strong}#strong")
        made.asked = {"weak": one, "strong": other}
        made.project()
        yield made


def test_a_better_model_is_found_better_in_all_that_is_measured(place: Place) -> None:
    skill = """\
evaluation:
  judge: {provider: scripted}
  criteria: [{name: short, question: Is it short?}]
  slices: [topic]
  skills:
    - name: others
      file: other.jsonl
      terms: [{name: told, type: match, how: contains, within: response}]
  production: {file: seen.jsonl, metrics: [thumbs, -seconds], fields: [rating]}
"""
    seen = [
        {"model": m, "thumbs": t, "seconds": s}
        for m, t, s in (("base", "down", 9), ("custom", "up", 2))
    ]
    (place.folder / "seen.jsonl").write_text("".join(json.dumps(one) + "\n" for one in seen * 8))
    found = place.evaluate(skill)
    told = found.contrasts[0]
    assert found.verdict.finding is Finding.REAL_GAIN
    assert found.verdict.says[0].startswith("Real gain: custom has reward 1 above base")
    assert {one.measure.name: one.word for one in told.measures}["right"] == "better"
    assert "rubric.short" in {one.measure.name for one in told.measures}
    assert {one.measure.name: one.word for one in told.habits}["characters"] == "more"
    assert {one.slice: one.word for one in told.slices} == {
        ("topic", "even"): "better",
        ("topic", "odd"): "better",
    }
    assert [(one.name, one.says) for one in told.skills] == [("others", "kept")]
    assert told.wins is not None and told.wins.pairs == 24
    assert told.wins.consistent is not None and told.wins.longer == 18
    assert {one.metric: one.word for one in found.production} == {
        "thumbs": "better",
        "-seconds": "better",
    }
    (rating,) = found.followed
    # The base is always wrong, so nothing can go with that.
    assert (rating.metric, rating.prompts, rating.spearman.value) == ("rating", 24, None)
    base, custom = found.models
    assert (base.name, base.id, base.answers, base.missing) == ("base", "weak", 48, 0)
    assert custom.cost == pytest.approx(COST) and custom.output_tokens == 50
    assert custom.median_s is not None and custom.slow_s is not None
    assert 0 < custom.median_s <= custom.slow_s < 20
    assert found.spent == pytest.approx(96 * COST)
    assert any("scripted" in one for one in found.verdict.says)
    kept = json.loads((place.folder / "out/evaluation.json").read_text())
    assert kept == json.loads(json.dumps(found.as_dict()))
    assert kept["verdict"] == "real gain"


def test_nothing_is_asked_twice_and_more_samples_ask_for_the_rest_alone(place: Place) -> None:
    first = place.evaluate(temperature=0.5)
    assert place.total == 48
    again = place.evaluate(temperature=0.5)
    assert place.total == 48
    assert again.as_dict() == first.as_dict()
    assert again.models[1].median_s == first.models[1].median_s
    place.evaluate(temperature=0.5, samples=2)
    assert place.total == 96
    # Another temperature is another question to the model.
    place.evaluate(temperature=0.6)
    assert place.total == 144


def test_a_budget_stops_it_and_more_money_goes_on(place: Place) -> None:
    with pytest.raises(BudgetSpent):
        place.evaluate(budget=10 * COST)
    stopped = place.total
    assert 10 <= stopped <= 10 + 32
    found = place.evaluate(budget=100 * COST)
    assert place.total == 48
    assert found.spent == pytest.approx(48 * COST)
    other = place.strong.replace("#strong", "#unpriced")
    with pytest.raises(UsageError, match="no price for unpriced"):
        place.evaluate(custom=other, budget=1.0)


def test_killed_in_the_middle_it_goes_on_and_pays_nothing_twice(place: Place) -> None:
    with teaching(slow_s=0.15, answers=("It is {n}.",)) as (slow, asked):
        words = ("--model", f"slow=openai:{slow}#strong", "--custom", "none")
        command = [PROGRAM, "evaluate", "--base", place.weak, "--out", "out", *words]
        running = subprocess.Popen(command, cwd=place.folder, stderr=subprocess.DEVNULL)
        try:
            kept = place.folder / "out/answers.jsonl"
            until = time.monotonic() + 60
            while not kept.exists() or kept.read_text().count('"slow"') < 5:
                assert running.poll() is None and time.monotonic() < until
                time.sleep(0.01)
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        time.sleep(0.5)
        known = {
            json.loads(line)["key"] for line in kept.read_text().splitlines() if line[-1:] == "}"
        }
        before = len(asked) + len(place.asked["weak"])
        done = run_program(
            "evaluate", "--base", place.weak, "--out", "out", "--json", *words, folder=place.folder
        )
        assert done.returncode == 0, done.stderr
        # Whatever had been kept was not asked for again; calls in flight were not kept.
        assert len(asked) + len(place.asked["weak"]) - before == 48 - len(known)
    assert len(kept.read_text().splitlines()) == 48
    assert json.loads(done.stdout)["contrasts"][0]["model"] == "slow"


def test_training_records_are_refused_with_their_count(place: Place) -> None:
    # But for case and blanks.
    leaked = records(500, 3).replace("What is", "what  IS") + records(10, 5)
    (place.folder / "held-out.jsonl").write_text(leaked)
    with pytest.raises(UsageError, match=r"held-out.jsonl: 3 of 8 prompts .* record 1\)"):
        place.evaluate()
    (place.folder / "held-out.jsonl").write_text(records(10, 5))
    skill = (
        "evaluation: {skills: [{name: s, file: train.jsonl, "
        "terms: [{name: t, type: match, how: contains, within: response}]}]}\n"
    )
    with pytest.raises(UsageError, match=r"train.jsonl: 5 of 5 prompts"):
        place.evaluate(skill)
    with pytest.raises(UsageError, match="these are the training records"):
        place.evaluate(records="train.jsonl")
    assert place.total == 0


def test_a_prompt_that_comes_twice_counts_once(place: Place) -> None:
    (place.folder / "held-out.jsonl").write_text(
        records(10, 6) + records(10, 6).replace("odd", "o")
    )
    found = place.evaluate()
    assert found.prompts == found.verdict.primary.gain.prompts == 6
    assert place.total == 12


def test_a_judge_that_trained_may_not_grade_unless_the_user_says_so(place: Place) -> None:
    with pytest.raises(UsageError, match="the reward has judges"):
        place.evaluate(JUDGED)
    same = parse_judge("bedrock:eu.amazon.nova-pro-v1:0")
    with pytest.raises(UsageError, match="is a judge of the reward"):
        place.evaluate(JUDGED, judge=same)
    settled = place.project(JUDGED).evaluating(
        base=parse_judge(place.weak), custom=place.strong, judge=same, same_judge=True
    )
    assert settled.judge.trained
    assert any("what that judge likes" in one for one in settled.judge.limits)
    found = place.evaluate(JUDGED, judge=SCRIPTED)
    names = [one.measure.name for one in found.contrasts[0].measures]
    assert names == ["right", "rubric_of_training", "rubric_of_training.clear", "win_rate"]
    assert (
        "How far the judge scripted agrees with people (rubric_of_training) is not known: it was not "
        "calibrated; run nova-rft calibrate LABELS."
    ) in found.verdict.says


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("bedrock:us.amazon.nova-pro-v1:0", "bedrock:amazon.nova-pro-v1:0", True),
        (
            "bedrock:arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
            "bedrock:eu.amazon.nova-pro-v1:0",
            True,
        ),
        ("bedrock:openai.gpt-oss-120b-1:0", "openai:https://x/v1#openai.gpt-oss-120b", True),
        ("bedrock:amazon.nova-pro-v1:0", "bedrock:amazon.nova-lite-v1:0", False),
        ("scripted", "bedrock:amazon.nova-lite-v1:0", False),
        ("scripted", "scripted", True),
    ],
)
def test_a_judge_is_the_same_wherever_it_runs(one: str, other: str, same: bool) -> None:
    assert same_model(parse_judge(one), parse_judge(other)) is same


def test_the_primary_measure_is_one_that_there_is(place: Place) -> None:
    with pytest.raises(UsageError, match=r"no measure win_rate \(it needs a judge"):
        place.evaluate(primary="win_rate")
    with pytest.raises(UsageError, match="no measure wrong; name one of reward, right"):
        place.evaluate(primary="wrong")
    found = place.evaluate(primary="win_rate", judge=SCRIPTED)
    assert found.verdict.primary.measure.name == "win_rate" and found.verdict.smallest == 0.05
    short = "    - {name: short, type: kimi_length, of: right, unit: words}\n"
    settled = place.project(short).evaluating(
        base=parse_judge(place.weak), custom=place.strong, judge=SCRIPTED
    )
    assert settled.plan.left_out == ("short",)
    with pytest.raises(UsageError, match="compare a model's answers with each other"):
        place.evaluate(short, primary="short")


def test_models_that_cannot_be_compared(place: Place) -> None:
    with pytest.raises(UsageError, match="custom and base are the same model"):
        place.evaluate(custom=place.weak)
    with pytest.raises(UsageError, match="one model alone"):
        place.evaluate(custom="none")
    with pytest.raises(UsageError, match="at temperature 0 all answers"):
        place.evaluate(samples=2, temperature=0)
    with pytest.raises(UsageError, match="no record has such a field"):
        place.evaluate(slices=("nothing",))
    with pytest.raises(UsageError, match=r"--bedrock needs evaluation\.bedrock"):
        place.evaluate(bedrock=True)
    # What cannot be done is said before anything is paid.
    assert not (place.folder / "out").exists()


def test_a_gate_fails_closed(place: Place) -> None:
    found = place.evaluate(judge=SCRIPTED)
    assert passed(found, GainThresholds())
    assert passed(found, GainThresholds(gain=0.5, win_rate=0.5))
    assert unmet(found, GainThresholds(gain=1.01)) == (
        f"the low end of the gain in reward is {found.verdict.primary.gain.figure.low:.3g}; "
        "more than 1.01 is asked for",
    )
    few = place.evaluate(prompts=3)
    assert unmet(few, GainThresholds(gain=0.0, win_rate=0.5)) == (
        "the low end of the gain in reward is not known; more than 0 is asked for",
        "the low end of the length-controlled win rate is not known; more than 0.5 is asked for",
    )


def test_the_command_says_it_in_80_columns_and_by_its_exit_status(place: Place) -> None:
    estimate = place.run("--estimate", "--json")
    assert json.loads(estimate.stdout)["answers"] == 48 and place.total == 0
    met = place.run("--threshold", "0.1", "--slice", "topic", "--skills", "s=other.jsonl:right")
    assert met.returncode == 0, met.stderr
    assert "custom: real gain" in met.stderr and "met: all thresholds" in met.stderr
    assert max(map(len, met.stderr.splitlines())) <= 80
    page = (place.folder / "out/evaluation.html").read_text()
    assert "All thresholds met" in page and "I am quite sure." in page
    missed = place.run("--threshold", "1.5", "--json")
    assert missed.returncode == 1
    assert "not met: the low end of the gain in reward" in missed.stderr
    gate = json.loads(missed.stdout)["gate"]
    assert (gate["asked"], gate["passed"], len(gate["unmet"])) == (True, False, 1)
    wrong = place.run("--skills", "s=other.jsonl:nothing")
    assert wrong.returncode == 2 and "the reward has no term nothing" in wrong.stderr


def test_answers_that_did_not_come_are_told(place: Place) -> None:
    def failing(said: str) -> int:
        return 400 if said.endswith(("10", "11")) else 200

    with teaching(answers=("It is {n}.",), failing=failing) as (url, asked):
        found = place.evaluate(custom=f"openai:{url}#strong")
        assert found.models[1].missing == 2
        assert any("2 of 24 prompts are not in it" in one for one in found.verdict.says)
        assert found.verdict.primary.gain.prompts == 22
        before = len(asked)
        place.evaluate(custom=f"openai:{url}#strong")
        # What was refused is asked for again, and nothing else.
        assert len(asked) == before + 2


def test_a_log_of_something_else_is_no_evaluation(place: Place) -> None:
    (place.folder / "out").mkdir()
    (place.folder / "out/answers.jsonl").write_text('{"key": 1}\n')
    with pytest.raises(UsageError, match="no log of an evaluation's answers"):
        place.evaluate()
