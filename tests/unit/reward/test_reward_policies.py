"""Composition and what an abstention sends, by hand."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence

import pytest

from nova_rft.data import Rollout
from nova_rft.errors import JudgeRefused, JudgeUnavailable, UsageError
from nova_rft.reward import (
    Abstention,
    BadItem,
    Cause,
    Item,
    Outcome,
    RewardAbstained,
    RewardFunction,
    Score,
)
from nova_rft.reward._function import _ask
from nova_rft.spec import RewardSpec

from .rewards import (
    LONG,
    MATH,
    REPEATED,
    STYLE,
    JudgeOf,
    finite,
    models,
    reward,
    rollout,
    soon,
    wires,
)

DOWN = JudgeUnavailable("fake: down")


def style_fails_on(text: str) -> JudgeOf:
    """Met where the response holds "good"; no reply where it holds the text."""
    return JudgeOf(lambda response: DOWN if text in response else "good" in response)


@pytest.mark.parametrize(
    ("weights", "value"),
    [
        ((1, 1), 2.0),
        ((1, 0.5), 1.5),
        ((0, 1), 1.0),
        ((2, -1), 1.0),
        ((0, 0), 0.0),
        ((0.1, 0.2), 0.3),
    ],
)
def test_weighted_sum(weights: tuple[float, float], value: float) -> None:
    function = reward(
        {**MATH, "weight": weights[0]},
        {**STYLE, "weight": weights[1]},
        judge=JudgeOf(lambda _: True),
    )
    (one,) = function.score([rollout("A: 4")])
    assert isinstance(one.outcome, Score)
    assert one.outcome.value == one.wire
    assert one.wire == pytest.approx(value)
    assert dict(one.weighted) == {"math": weights[0], "style": weights[1]}
    assert {
        name: result.value for name, result in one.terms.items() if isinstance(result, Score)
    } == {
        "math": 1.0,
        "style": 1.0,
    }


@pytest.mark.parametrize(
    ("limits", "right", "wrong"),
    [([-1, 1], 1.0, -1.0), ([0.25, 2], 2.0, 0.25), ([-9, 9], 4.0, -4.0)],
)
def test_the_sum_is_clipped_to_the_range(limits: list[float], right: float, wrong: float) -> None:
    function = reward(
        {**MATH, "weight": 4},
        {**LONG, "weight": 4, "max_length": 2, "buffer": 1},
        range=limits,
    )
    assert wires(function.score([rollout("A: 4"[-1]), rollout("A: 5 and more")])) == [right, wrong]


def test_terms_come_in_the_order_of_the_spec_though_judges_are_asked_last() -> None:
    (one,) = reward(STYLE, MATH, LONG).score([rollout()])
    assert list(one.terms) == ["style", "math", "long"]


def test_order_of_the_rollouts_is_kept() -> None:
    items = [rollout(f"A: {n}", id=str(n)) for n in (5, 4, 3, 4)]
    scored = reward(MATH).score(items)
    assert [one.id for one in scored] == ["5", "4", "3", "4"]
    assert wires(scored) == [0.0, 1.0, 0.0, 1.0]


# math weighs 1, style 0.5. In group g: 1 + .5, 0 + 0 and one without a verdict; in h one alone
# without a verdict; and one item that holds no rollout.
ITEMS: list[Item] = [
    rollout("good\nA: 4", id="best"),
    rollout("A: 5", id="worst"),
    rollout("mute\nA: 4", id="sibling"),
    rollout("mute\nA: 4", id="alone", group="h"),
    BadItem("bad", "no messages"),
]


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        # The mean of 1.5 and 0; where no sibling was scored, the middle of the range.
        ("group_mean", [1.5, 0.0, 0.75, 0.5, 0.5]),
        ("neutral", [1.5, 0.0, 0.5, 0.5, 0.5]),
        # math alone is 1; a bad item has not even that.
        ("verifiers", [1.5, 0.0, 1.0, 1.0, 0.5]),
    ],
)
def test_what_an_abstention_sends(policy: str, sent: list[float]) -> None:
    function = reward(
        MATH,
        {**STYLE, "weight": 0.5},
        judge=style_fails_on("mute"),
        range=[-1, 2],
        on_abstain=policy,
    )
    scored = function.score(ITEMS)
    assert wires(scored) == sent
    assert [isinstance(one.outcome, Abstention) for one in scored] == [False, False] + [True] * 3
    assert scored[2].outcome == Abstention(Cause.JUDGE_UNAVAILABLE, "style: fake: down")
    assert dict(scored[2].weighted) == {"math": 1.0}, "what was scored is still shown"


def test_group_mean_leaves_the_siblings_advantages_alone() -> None:
    function = reward(MATH, STYLE, judge=style_fails_on("mute"), range=[-1, 2])
    sent = wires(function.score(ITEMS[:3]))
    assert sent[2] - sum(sent) / 3 == pytest.approx(0)


def test_verifiers_is_clipped_and_holds_every_deterministic_term() -> None:
    function = reward(
        {**MATH, "weight": 5},
        STYLE,
        {**LONG, "max_length": 2, "buffer": 1, "weight": 2},
        judge=JudgeOf(lambda _: DOWN),
        range=[-1, 2],
        on_abstain="verifiers",
    )
    right, wrong = rollout("A: 4"), rollout("no idea at all A: 5")
    assert wires(function.score([right, wrong])) == [2.0, -1.0]


def test_verifiers_falls_back_to_the_group_where_a_verifier_abstained() -> None:
    function = reward(MATH, STYLE, judge=JudgeOf(lambda _: True), on_abstain="verifiers")
    scored = function.score([rollout("A: 4"), rollout("A: 4", reference=None)])
    assert wires(scored) == [2.0, 2.0]
    assert isinstance(scored[1].outcome, Abstention)
    assert scored[1].outcome.cause is Cause.NO_REFERENCE


@pytest.mark.parametrize("spoilt", [rollout("mute"), BadItem("r", "no messages")])
def test_raise_fails_the_event_and_names_the_rollout(spoilt: Rollout | BadItem) -> None:
    function = reward(MATH, STYLE, judge=style_fails_on("mute"), on_abstain="raise")
    assert finite(function.score([rollout("good")]))
    with pytest.raises(RewardAbstained, match="rollout 'r' could not be scored"):
        function.score([rollout("good"), spoilt])


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (JudgeUnavailable("down"), Cause.JUDGE_UNAVAILABLE),
        (JudgeRefused("no access"), Cause.JUDGE_REFUSED),
        ("no verdict", Cause.UNREADABLE_VERDICT),
        (1, Cause.UNREADABLE_VERDICT),
        (KeyError("a bug"), Cause.TERM_FAILED),
    ],
)
def test_causes(error: object, cause: Cause, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    (one,) = reward(MATH, STYLE, judge=JudgeOf(lambda _: error)).score([rollout()])
    assert isinstance(one.outcome, Abstention)
    assert one.outcome.cause is cause
    assert one.terms["math"] == Score(1.0, {"answer": "4", "reference": "4"})


def test_a_term_without_weight_may_abstain() -> None:
    function = reward(MATH, {**STYLE, "weight": 0}, judge=JudgeOf(lambda _: DOWN))
    (one,) = function.score([rollout()])
    assert (one.outcome, one.wire) == (Score(1.0), 1.0)
    assert isinstance(one.terms["style"], Abstention)


def test_details_of_a_judgement_are_kept_for_people() -> None:
    (one,) = reward(STYLE, judge=JudgeOf(lambda _: True)).score([rollout()])
    style = one.terms["style"]
    assert isinstance(style, Score)
    assert style.details == {
        "judge": "fake",
        "verdicts": [
            {
                "criterion": "short",
                "label": "yes",
                "share": 1.0,
                "reason": "",
                "evidence": "",
                "met": True,
                "samples": ["yes"],
            }
        ],
        "said": "",
        "calls": 1,
        "input_tokens": 7,
        "output_tokens": 3,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
    }


class Broken:
    """A term that raises."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        raise RuntimeError("a bug")


class Of:
    """A term that gives fixed values."""

    def __init__(self, *values: float) -> None:
        self._values = values

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        return [Score(value) for value in self._values]


def test_a_term_that_raises_abstains_for_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    gone = Abstention(Cause.TERM_FAILED, "RuntimeError: a bug")
    assert _ask("broken", Broken(), [rollout(), rollout()], None) == [gone, gone]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_abstains(value: float) -> None:
    first, second = _ask("odd", Of(value, 1.0), [rollout(), rollout()], None)
    assert first == Abstention(Cause.TERM_FAILED, f"the term gave {value}, which is no reward")
    assert second == Score(1.0)


def test_a_broken_judge_does_not_lose_the_other_terms(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    judge = JudgeOf(lambda _: ZeroDivisionError("a bug"))
    scored = reward(MATH, STYLE, LONG, judge=judge, on_abstain="verifiers").score(
        [rollout("A: 4"), rollout("A: 5")]
    )
    assert wires(scored) == [1.0, 0.0]


def test_deadline_cuts_the_judge_and_keeps_the_rest() -> None:
    def hang(response: str) -> bool:
        time.sleep(1.0 if "slow" in response else 0)
        return True

    function = reward(STYLE, MATH, judge=JudgeOf(hang), on_abstain="verifiers")
    started = time.monotonic()
    quick, slow = function.score([rollout("A: 4"), rollout("slow\nA: 4")], deadline=soon(0.3))
    assert time.monotonic() - started < 0.9
    assert quick.outcome == Score(2.0)
    assert isinstance(slow.outcome, Abstention)
    assert slow.outcome.cause is Cause.JUDGE_UNAVAILABLE
    assert slow.wire == 1.0


def test_a_deadline_that_has_passed_still_gives_an_answer() -> None:
    function = reward(MATH, REPEATED, STYLE)
    scored = function.score([rollout("A: 4"), rollout("A: x + 1", reference="1 + x")], deadline=0.0)
    assert finite(scored)
    assert [isinstance(one.outcome, Abstention) for one in scored] == [True, True]
    assert isinstance(scored[0].terms["math"], Score), "two plain numbers cost no time"
    hard = scored[1].terms["math"]
    assert isinstance(hard, Abstention)
    assert hard.cause is Cause.DEADLINE


def test_a_judge_model_that_cannot_be_made_is_told_at_once() -> None:
    def refuse(_: object) -> JudgeOf:
        raise UsageError("no key")

    spec = RewardSpec.model_validate({"terms": [STYLE], "range": [0, 1]})
    with pytest.raises(UsageError, match="no key"):
        RewardFunction(spec, models(spec, refuse))


def test_no_judge_is_made_where_no_term_needs_one() -> None:
    def refuse(_: object) -> JudgeOf:
        raise AssertionError("asked for a judge")

    spec = RewardSpec.model_validate({"terms": [MATH, LONG], "range": [0, 1]})
    assert wires(RewardFunction(spec, models(spec, refuse)).score([rollout()])) == [1.0]
