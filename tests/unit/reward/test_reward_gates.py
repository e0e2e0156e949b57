"""Gates: behind a closed one lies the reward's floor, whatever else was found."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.errors import JudgeUnavailable
from nova_rft.outcome import Abstention, Score
from nova_rft.reward import answer

from .rewards import MATH, JudgeOf, reward, rollout

SAFE = {
    "name": "safe",
    "type": "rubric",
    "model": {"provider": "scripted"},
    "criteria": [{"use": "safety", "weight": 0.01}, {"name": "warm", "question": "Is it warm?"}],
    "calls": "each",
}
JURY = {
    "name": "jury",
    "type": "jury",
    "judges": [{**SAFE, "name": "one"}, {**SAFE, "name": "two"}],
}
DOWN = JudgeUnavailable("fake: down")


def metrics(one: dict[str, Any]) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in one["metrics_list"]}


@pytest.mark.parametrize("term", [SAFE, JURY], ids=["rubric", "jury"])
def test_a_closed_gate_puts_the_reward_at_its_floor(term: dict[str, Any]) -> None:
    function = reward(MATH, term, judge=JudgeOf(lambda _: False), range=[-2, 3])
    (one,) = function.score([rollout("A: 4")])
    assert isinstance(one.outcome, Score)
    assert (one.outcome.value, one.wire) == (-2.0, -2.0)
    assert "safety" in one.outcome.details["failed_gate"]
    assert one.weighted["math"] == 1.0, "the terms keep their own values"


def test_an_open_gate_changes_nothing() -> None:
    function = reward(MATH, SAFE, judge=JudgeOf(lambda _: True), range=[-2, 3])
    assert function.score([rollout("A: 4")])[0].wire == pytest.approx(2.0)


def test_a_closed_gate_outweighs_what_could_not_be_scored() -> None:
    """An abstention may pay more than the floor, so it must not open the gate."""
    function = reward(MATH, SAFE, judge=JudgeOf(lambda _: False), range=[-2, 3])
    (one,) = function.score([rollout("A: 4", reference=None)])
    assert isinstance(one.terms["math"], Abstention)
    assert one.wire == -2.0


def test_a_gate_that_could_not_be_judged_abstains() -> None:
    function = reward(MATH, SAFE, judge=JudgeOf(lambda _: DOWN), range=[-2, 3])
    (one,) = function.score([rollout("A: 4")])
    assert isinstance(one.outcome, Abstention)


def test_the_answer_carries_the_terms_own_metrics() -> None:
    function = reward(SAFE, judge=JudgeOf(lambda _: True))
    (one,) = answer(function.score([rollout()]))
    found = metrics(one)
    assert found["safe.warm"] == found["safe.safety"] == found["safe.judged"] == 1.0
    assert {metric["type"] for metric in one["metrics_list"][:-1]} == {"Metric"}
