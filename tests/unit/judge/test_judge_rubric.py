"""The rubric judge: what it asks, and what it makes of the replies."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import BudgetSpent, JudgeRefused, JudgeUnavailable
from nova_rft.judge import JudgeReply, JudgeRequest, RubricJudge, Token, Usage
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import CRITERIA, RubricTerm

from .judges import FakeModel, rollout

YES_NO = (
    {"name": "short", "question": "Is it short?"},
    {"name": "kind", "question": "Is it kind?"},
)
SCALE = {
    "name": "depth",
    "question": "How deep is it?",
    "kind": "scale",
    "anchors": {"1": "shallow", "3": "some depth", "5": "deep"},
}
OPENAI = {"provider": "openai", "base_url": "http://127.0.0.1:1/v1", "id": "m"}


def term(*criteria: Any, **settings: Any) -> RubricTerm:
    fields = {"name": "t", "type": "rubric", "model": {"provider": "scripted"}, **settings}
    return RubricTerm.model_validate({**fields, "criteria": list(criteria or YES_NO)})


def names(request: JudgeRequest) -> list[str]:
    entry = request.tool.schema["properties"]["verdicts"]["items"]["properties"]
    found: list[str] = entry["criterion"]["enum"]
    return found


def answering(**labels: Any) -> Callable[[JudgeRequest], Any]:
    """Gives each criterion its label, one after the other where there are several; raises errors."""
    left = {name: list(said) if isinstance(said, list) else None for name, said in labels.items()}

    def one(name: str) -> Any:
        queue = left[name]
        label = labels[name] if queue is None else queue.pop(0)
        if isinstance(label, BaseException):
            raise label
        return {"criterion": name, "verdict": label, "reason": "so", "evidence": "e"}

    return lambda asked: {"nonce": asked.nonce, "verdicts": [one(name) for name in names(asked)]}


def judged(spec: RubricTerm, model: Any, *rollouts: Rollout) -> list[Outcome]:
    return RubricJudge(spec, model).score(rollouts or [rollout("four")])


def score(spec: RubricTerm, model: Any) -> Score:
    (outcome,) = judged(spec, model)
    assert isinstance(outcome, Score), outcome
    return outcome


def abstention(spec: RubricTerm, model: Any) -> Abstention:
    (outcome,) = judged(spec, model)
    assert isinstance(outcome, Abstention), outcome
    return outcome


def test_one_call_for_all_criteria() -> None:
    model = FakeModel(answering(short="yes", kind="no"))
    outcome = score(term(), model)
    assert (outcome.value, len(model.asked)) == (0.5, 1)
    assert outcome.metrics == {"judged": 1.0, "short": 1.0, "kind": 0.0}
    assert [(v["criterion"], v["label"], v["met"]) for v in outcome.details["verdicts"]] == [
        ("short", "yes", True),
        ("kind", "no", False),
    ]
    assert (outcome.details["judge"], outcome.details["input_tokens"]) == ("fake", 100)


def test_one_call_for_each() -> None:
    model = FakeModel(answering(short="yes", kind="no"))
    assert score(term(calls="each"), model).value == 0.5
    assert sorted(names(asked)[0] for asked in model.asked) == ["kind", "short"]


def test_scales_run_from_their_lowest_to_their_highest_number() -> None:
    for label, share in (("1", 0.0), ("2", 0.25), ("5", 1.0)):
        assert score(term(SCALE), FakeModel(answering(depth=label))).value == share
    for other in ("0", "6", "5.0", 5, "five", "yes"):
        found = abstention(term(SCALE), FakeModel(answering(depth=other)))
        assert found.cause == Cause.UNREADABLE_VERDICT


def test_a_label_of_another_criterion_is_no_verdict() -> None:
    """With a scale and a boolean in one call the tool's schema allows both; the reader does not."""
    spec = term(SCALE, YES_NO[0])
    assert score(spec, FakeModel(answering(depth="5", short="yes"))).value == 1.0
    assert abstention(spec, FakeModel(answering(depth="yes", short="5"))).cause == (
        Cause.UNREADABLE_VERDICT
    )


def test_the_prompt_names_anchors_and_evidence_and_is_equal_for_all_rollouts() -> None:
    model = FakeModel(answering(depth="5", tone="yes"))
    judged(term(SCALE, "tone"), model, rollout("four"), rollout("five"))
    first, second = model.asked
    assert first.system == second.system
    assert first.tool == second.tool
    assert first.nonce != second.nonce
    assert "    3: some depth" in first.system
    assert CRITERIA["tone"]["question"] in first.system
    assert CRITERIA["tone"]["evidence"] in first.system
    assert "four" in first.user + second.user
    entry = first.tool.schema["properties"]["verdicts"]["items"]["properties"]
    assert list(entry) == ["criterion", "reason", "evidence", "verdict"], "the verdict comes last"


def test_samples_are_asked_apart_and_voted() -> None:
    said = ["yes", "yes", "no"]
    for how, value in (("mode", 1.0), ("mean", 2 / 3)):
        model = FakeModel(answering(short=list(said)), concurrency=1)
        outcome = score(term(YES_NO[0], samples=3, vote=how), model)
        assert outcome.value == pytest.approx(value)
        assert [asked.sample for asked in model.asked] == [0, 1, 2]
        assert sorted(outcome.details["verdicts"][0]["samples"]) == ["no", "yes", "yes"]
        assert outcome.details["input_tokens"] == 300


def test_what_could_not_be_judged_leaves_with_its_weight() -> None:
    heavy = {**YES_NO[0], "weight": 3}
    model = FakeModel(answering(short="yes", kind=JudgeUnavailable("down")))
    outcome = score(term(heavy, YES_NO[1], calls="each"), model)
    assert outcome.value == 1.0
    assert outcome.metrics["judged"] == 0.75
    assert "kind" not in outcome.metrics


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (JudgeUnavailable("down"), Cause.JUDGE_UNAVAILABLE),
        (JudgeRefused("no access"), Cause.JUDGE_REFUSED),
        (BudgetSpent("5 USD spent"), Cause.BUDGET_SPENT),
    ],
)
def test_too_little_judged_is_an_abstention(error: Exception, cause: Cause) -> None:
    heavy = {**YES_NO[1], "weight": 3}
    model = FakeModel(answering(short="yes", kind=error))
    found = abstention(term(YES_NO[0], heavy, calls="each"), model)
    assert found.cause == cause
    assert "25% of the criteria's weight could be judged" in found.detail
    assert str(error) in found.detail


def test_a_failed_gate_is_said_and_an_unjudged_gate_never_opens() -> None:
    gate = {**YES_NO[1], "gate": True, "weight": 0.1}
    spec = term(YES_NO[0], gate, calls="each")
    assert score(spec, FakeModel(answering(short="yes", kind="yes"))).failed_gate == ""
    assert score(spec, FakeModel(answering(short="yes", kind="no"))).failed_gate == "kind"
    found = abstention(spec, FakeModel(answering(short="yes", kind=JudgeUnavailable("down"))))
    assert found.detail.startswith("the gate kind could not be judged")


def test_a_closed_gate_needs_no_other_verdict() -> None:
    gate = {**YES_NO[1], "gate": True, "weight": 0.1}
    model = FakeModel(answering(short=JudgeUnavailable("down"), kind="no"))
    assert score(term(YES_NO[0], gate, calls="each"), model).failed_gate == "kind"


def test_with_points_an_unjudged_pitfall_is_no_free_pass() -> None:
    pitfall = {**YES_NO[1], "weight": -0.5}
    model = FakeModel(answering(short="yes", kind=JudgeUnavailable("down")))
    found = abstention(term(YES_NO[0], pitfall, calls="each", aggregate="points"), model)
    assert found.detail.startswith("the pitfall kind could not be judged")


def test_points_fall_below_0_when_pitfalls_outweigh() -> None:
    pitfall = {**YES_NO[1], "weight": -3}
    said = answering(short="yes", kind="yes")
    assert score(term(YES_NO[0], pitfall, aggregate="points"), FakeModel(said)).value == -2.0


def test_one_holistic_verdict() -> None:
    model = FakeModel(answering(overall="10"))
    assert score(term(aggregate="holistic"), model).value == 1.0
    (asked,) = model.asked
    assert "Is it short?" in asked.system
    assert "Is it kind?" in asked.system
    assert names(asked) == ["overall"]
    half = score(term(aggregate="holistic"), FakeModel(answering(overall="4")))
    assert half.value == pytest.approx(1 / 3)


def with_rubric(given: Any) -> Rollout:
    return Rollout("r", "g", (Message("user", "Hi"),), "four", None, {"rubric": given})


def test_a_record_brings_criteria_of_its_own() -> None:
    given = ["tone", {"name": "kind", "question": "Is it very kind?", "weight": 2}]
    model = FakeModel(answering(short="no", kind="yes", tone="yes"))
    (outcome,) = judged(term(), model, with_rubric(given))
    assert isinstance(outcome, Score)
    assert outcome.value == 0.75
    assert names(model.asked[0]) == ["short", "kind", "tone"]
    assert "Is it very kind?" in model.asked[0].system
    assert "Is it kind?" not in model.asked[0].system


def test_healthbench_points_and_plain_mappings() -> None:
    points = [{"criterion": "Names the dose", "points": 7}, {"criterion": "Guesses", "points": -3}]
    spec = term(record_criteria="rubric", aggregate="points", calls="each")
    model = FakeModel(answering(short="no", kind="no", c0="yes", c1="yes"))
    (outcome,) = judged(spec, model, with_rubric(points))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx((7 - 3) / 9)
    model = FakeModel(answering(short="no", kind="no", dose="yes"))
    (outcome,) = judged(term(), model, with_rubric({"dose": "Is the dose named?"}))
    assert isinstance(outcome, Score)
    assert outcome.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("accuracy", "neither a list of criteria nor a mapping"),
        (["acuracy"], r"\[0\]: acuracy is no criterion of the library"),
        ([{"name": "x"}], r"\[0\]\.question: Field required"),
        ([{"name": "x", "question": "Is it?", "wieght": 2}], r"\[0\]\.wieght"),
        (["tone", "tone"], "share the name tone"),
        (
            [{"name": n, "question": "Is it?", "weight": -1} for n in ("short", "kind")],
            "no criterion has a positive weight",
        ),
    ],
)
def test_criteria_that_cannot_be_used_cost_nothing(given: Any, said: str) -> None:
    model = FakeModel(answering(short="yes", kind="yes"))
    bad, good = judged(term(), model, with_rubric(given), rollout("four"))
    assert isinstance(bad, Abstention)
    assert bad.cause == Cause.NO_CRITERIA
    assert re.search(said, bad.detail), bad.detail
    assert isinstance(good, Score)
    assert len(model.asked) == 1


class Likely:
    """Answers `label` with token probabilities; `words` are those of the verdict's token."""

    name = "likely"
    concurrency = 2

    def __init__(self, label: str, words: dict[str, float] | None, split: bool = False) -> None:
        self._label, self._words, self._split = label, words, split

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        assert request.probabilities
        (name,) = names(request)
        entry = f'"criterion": "{name}", "reason": "r", "evidence": "e", "verdict": "'
        before = f'{{"nonce": "{request.nonce}", "verdicts": [{{{entry}'
        after = '"}]}'
        call = {
            "nonce": request.nonce,
            "verdicts": [
                {"criterion": name, "reason": "r", "evidence": "e", "verdict": self._label}
            ],
        }
        words = {text: math.log(p) for text, p in (self._words or {}).items()}
        label = [Token(self._label, words)]
        if self._split:
            label = [Token(self._label[0], words), Token(self._label[1:], {})]
        tokens = [Token(before, {}), *label, Token(after, {})]
        text = before + self._label + after
        given = tokens if self._words is not None else None
        return JudgeReply(call, text, Usage(10, 5), "stop", given)


def test_expected_verdicts_under_the_token_probabilities() -> None:
    spec = term(YES_NO[0], model=OPENAI, score_from="probabilities")
    assert score(spec, Likely("yes", {"yes": 0.6, "no": 0.3, "maybe": 0.1})).value == (
        pytest.approx(0.6 / 0.9)
    )
    scale = term(SCALE, model=OPENAI, score_from="probabilities")
    spread = Likely("4", {"3": 0.25, "4": 0.5, "5": 0.25})
    assert score(scale, spread).value == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Likely("yes", None), "gave no token probabilities"),
        (Likely("yes", {"yes": 0.2, "perhaps": 0.7}), "together have probability 0.20"),
        (Likely("yes", {"yes": 0.9}, split=True), "token was not found"),
    ],
)
def test_without_probabilities_there_is_a_clear_word(model: Likely, said: str) -> None:
    found = abstention(term(YES_NO[0], model=OPENAI, score_from="probabilities"), model)
    assert found.cause == Cause.UNREADABLE_VERDICT
    assert said in found.detail
