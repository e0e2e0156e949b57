"""Juries: values made one, disagreement, jurors that are missing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from nova_rft.data import Rollout
from nova_rft.judge import Jury
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import JuryTerm

from .judges import rollout

DOWN = Abstention(Cause.JUDGE_UNAVAILABLE, "down")


class Says:
    """A judge that gives the same outcomes whatever it is shown."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        return self._outcomes


def spec(count: int, weights: Sequence[float] = (), **settings: Any) -> JuryTerm:
    model, criteria = {"provider": "scripted"}, ["tone"]
    judges = [
        {"name": f"j{n}", "type": "rubric", "model": model, "criteria": criteria, "weight": weight}
        for n, weight in enumerate(weights or [1.0] * count)
    ]
    return JuryTerm.model_validate({"name": "t", "type": "jury", "judges": judges, **settings})


def verdict(*outcomes: Outcome, weights: Sequence[float] = (), **settings: Any) -> Outcome:
    jurors = {f"j{n}": Says(outcome) for n, outcome in enumerate(outcomes)}
    (found,) = Jury(spec(len(outcomes), weights, **settings), jurors).score([rollout("four")])
    return found


@pytest.mark.parametrize(
    ("how", "values", "weights", "value"),
    [
        ("mean", (0.0, 0.5, 1.0, 1.0), (), 0.625),
        ("median", (0.0, 0.5, 0.9, 1.0), (), 0.7),
        ("majority", (0.4, 0.5, 0.9), (), 1.0),
        ("majority", (0.4, 0.4, 0.9), (), 0.0),
        # A draw is never broken by who came first.
        ("majority", (0.9, 0.1), (), 0.5),
        ("majority", (0.1, 0.9), (), 0.5),
        ("weighted", (0.0, 1.0), (1.0, 3.0), 0.75),
    ],
)
def test_values_made_one(
    how: str, values: tuple[float, ...], weights: tuple[float, ...], value: float
) -> None:
    found = verdict(*map(Score, values), weights=weights, combine=how)
    assert isinstance(found, Score)
    assert found.value == pytest.approx(value)
    assert found.metrics["disagreement"] == max(values) - min(values)
    assert found.metrics["j0"] == values[0]


def test_disagreement_past_the_limit_is_an_abstention() -> None:
    found = verdict(Score(0.1), Score(0.8), max_disagreement=0.6)
    assert isinstance(found, Abstention)
    assert found.cause == Cause.JUDGES_DISAGREE
    assert "differ by 0.7, more than 0.6: j0 0.1, j1 0.8" in found.detail
    assert isinstance(verdict(Score(0.1), Score(0.7), max_disagreement=0.6), Score)


def test_a_missing_juror_leaves_with_its_weight() -> None:
    found = verdict(Score(0.2), DOWN, Score(0.4), weights=(1, 5, 1), combine="weighted")
    assert isinstance(found, Score)
    assert found.value == pytest.approx(0.3)
    assert found.details["jurors"]["j1"]["abstained"]["cause"] == "judge_unavailable"


def test_too_few_jurors_are_no_jury() -> None:
    found = verdict(Score(0.2), DOWN, DOWN)
    assert found == Abstention(Cause.JUDGE_UNAVAILABLE, "1 of 3 judges gave a value: down")


def test_a_failed_gate_of_one_juror_closes_for_all() -> None:
    found = verdict(Score(1.0), Score(0.9, failed_gate="safety"), DOWN, max_disagreement=0.01)
    assert isinstance(found, Score)
    assert found.failed_gate == "j1: safety"


def test_every_rollout_gets_its_own_verdict() -> None:
    jurors = {"j0": Says(Score(0.0), Score(1.0)), "j1": Says(Score(1.0), Score(1.0))}
    found = Jury(spec(2), jurors).score([rollout("a"), rollout("b")])
    assert [one.value for one in found if isinstance(one, Score)] == [0.5, 1.0]


class Meets:
    """A judge that answers only once the other one is being asked too."""

    def __init__(self, both: threading.Barrier) -> None:
        self._both = both

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        self._both.wait(20)
        return [Score(1.0)]


def test_jurors_are_asked_at_the_same_time() -> None:
    both = threading.Barrier(2)
    found = Jury(spec(2), {"j0": Meets(both), "j1": Meets(both)}).score([rollout("a")])
    assert isinstance(found[0], Score)
