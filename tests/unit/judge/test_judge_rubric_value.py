"""From verdicts to one number: weights, pitfalls, gates, what is missing."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.judge.rubric import Reading, Verdict, rubric_value, vote
from nova_rft.spec import Criterion

from .judges import criterion

Aggregate = Literal["weighted", "points"]


def value_of(
    weights: list[float], shares: list[float | None], aggregate: Aggregate = "weighted"
) -> Any:
    criteria = [criterion(f"c{place}", weight) for place, weight in enumerate(weights)]
    readings = {
        c.name: Reading(share, ())
        for c, share in zip(criteria, shares, strict=True)
        if share is not None
    }
    return rubric_value(criteria, readings, aggregate)


@pytest.mark.parametrize(
    ("weights", "shares", "weighted", "points"),
    [
        ([1], [1], 1.0, 1.0),
        ([1], [0], 0.0, 0.0),
        ([1, 1, 1], [1, 0, 1], 2 / 3, 2 / 3),
        ([1, 3], [1, 0], 0.25, 0.25),
        ([1, 3], [0.5, 0.5], 0.5, 0.5),
        # A pitfall that is avoided counts as met by weight, and as nothing by points.
        ([2, -1], [1, 0], 1.0, 1.0),
        ([2, -1], [1, 1], 2 / 3, 0.5),
        ([2, -1], [0, 0], 1 / 3, 0.0),
        ([2, -1], [0, 1], 0.0, -0.5),
        ([1, -4], [1, 1], 0.2, -3.0),
        ([1, 0], [1, 1], 1.0, 1.0),
        ([0.1] * 10, [1] * 10, 1.0, 1.0),
        # What could not be judged leaves with its weight.
        ([1, 3], [1, None], 1.0, 1.0),
        ([1, 3], [None, 0.5], 0.5, 0.5),
    ],
)
def test_by_hand(
    weights: list[float], shares: list[float | None], weighted: float, points: float
) -> None:
    assert value_of(weights, shares).raw == pytest.approx(weighted, abs=1e-15)
    assert value_of(weights, shares, "points").raw == pytest.approx(points, abs=1e-15)


def test_the_clipped_value_stands_beside_the_raw_one() -> None:
    value = value_of([1, -4], [1, 1], "points")
    assert value.raw == -3.0


def test_the_judged_share_counts_weights_by_size() -> None:
    assert value_of([1, -3], [1, None]).judged == 0.25
    assert value_of([1, -3], [None, None]).judged == 0.0
    assert value_of([1, -3], [1, None]).unjudged_pitfalls == ("c1",)


weights = st.floats(-100, 100).filter(lambda weight: abs(weight) > 1e-3)


@given(st.lists(st.tuples(weights, st.none() | st.floats(0, 1)), min_size=1, max_size=8))
def test_the_weighted_value_lies_between_0_and_1(pairs: list[tuple[float, float | None]]) -> None:
    value = value_of([weight for weight, _ in pairs], [share for _, share in pairs])
    assert -1e-12 <= value.raw <= 1 + 1e-12
    assert 0 <= value.judged <= 1 + 1e-12


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0, 1))
def test_an_unjudged_pitfall_is_no_free_pass(good: float, bad: float, share: float) -> None:
    """Leaving a pitfall unjudged never pays more than having avoided it."""
    avoided = value_of([good, -bad], [share, 0.0]).raw
    unjudged = value_of([good, -bad], [share, None]).raw
    assert unjudged <= avoided + 1e-12


def gated(**fields: Any) -> Criterion:
    return Criterion.model_validate({"name": "c", "question": "Is it so?", **fields})


SCALE = {"kind": "scale", "anchors": {1: "bad", 5: "good"}}


@pytest.mark.parametrize(
    ("fields", "share", "passes"),
    [
        ({}, 0.0, True),
        ({"gate": True}, 1.0, True),
        ({"gate": True}, 0.9, False),
        ({"gate": True, "weight": -1}, 0.0, True),
        ({"gate": True, "weight": -1}, 1.0, False),
        ({**SCALE, "gate": 3}, 0.5, True),
        ({**SCALE, "gate": 3}, 0.49, False),
        ({**SCALE, "gate": True}, 0.75, False),
    ],
)
def test_gates(fields: dict[str, Any], share: float, passes: bool) -> None:
    criteria = [gated(**fields), criterion("other")]
    value = rubric_value(criteria, {"c": Reading(share, ())})
    assert value.failed_gates == (() if passes else ("c",))
    assert value.unjudged_gates == ()
    unjudged = rubric_value(criteria, {"other": Reading(1.0, ())})
    assert unjudged.unjudged_gates == (("c",) if "gate" in fields else ())


def said(*shares: float) -> list[Verdict]:
    return [Verdict("c", str(share), share, "", "") for share in shares]


@pytest.mark.parametrize(
    ("shares", "mode", "mean"),
    [
        ((1.0,), 1.0, 1.0),
        ((1.0, 0.0, 1.0), 1.0, 2 / 3),
        ((0.25, 0.25, 0.5, 1.0), 0.25, 0.5),
        # A draw is never broken by who came first.
        ((1.0, 0.0), 0.5, 0.5),
        ((0.0, 1.0), 0.5, 0.5),
        ((0.0, 0.0, 0.5, 1.0, 1.0), 0.5, 0.5),
    ],
)
def test_votes(shares: tuple[float, ...], mode: float, mean: float) -> None:
    assert vote(said(*shares), "mode").share == mode
    assert vote(said(*shares), "mean").share == pytest.approx(mean)
