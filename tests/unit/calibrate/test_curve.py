"""The curve from a judge's score to people's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from nova_rft.calibrate._curve import isotonic, platt, pooled
from nova_rft.spec import Curve

from .labelled import calibrated, response


@pytest.mark.parametrize("levels", [3, 20, 1_000])
def test_pooled_means_are_those_of_scikit_learn(levels: int) -> None:
    for seed in range(10):
        dice = np.random.default_rng(seed)
        x = dice.integers(0, levels, 200).astype(float)
        y = (dice.random(200) < x / levels).astype(float)
        values, inverse = np.unique(x, return_inverse=True)
        counts = np.bincount(inverse).astype(float)
        ours = np.empty(values.size)
        for start, end, level in pooled(np.bincount(inverse, weights=y) / counts, counts):
            ours[start:end] = level
        theirs = IsotonicRegression().fit(x, y).predict(values)
        assert ours == pytest.approx(theirs, abs=1e-9)


def test_platt_is_the_most_likely_curve_of_his_targets() -> None:
    dice = np.random.default_rng(1)
    x = dice.normal(3, 2, 300)
    y = (dice.random(300) < 1 / (1 + np.exp(-(1.5 * x - 4)))).astype(float)
    yes, no = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (yes + 1) / (yes + 2), 1 / (no + 2))

    def loss(at: Any) -> float:
        z = at[0] * x + at[1]
        return float(np.sum(np.logaddexp(0, z) - target * z))

    theirs = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x
    assert platt(x, y) == pytest.approx(theirs, abs=1e-4)


def test_scores_that_part_labels_cleanly_give_a_finite_curve() -> None:
    x = np.arange(60.0)
    slope, intercept = platt(x, (x > 29).astype(float))
    assert math.isfinite(slope)
    assert slope > 0
    assert -intercept / slope == pytest.approx(29.5, abs=0.1)


def test_an_isotonic_curve_keeps_apart_what_steps_would_make_equal() -> None:
    points = isotonic(np.array([1, 2, 3, 4.0]), np.array([0.0, 0.6, 0.4, 1.0]))
    assert points == ((1.0, 0.0), (2.5, 0.5), (4.0, 1.0))
    curve = Curve(method="isotonic", points=points)
    assert [curve(x) for x in (0, 1, 1.75, 2.5, 3.0, 9)] == pytest.approx(
        [0, 0, 0.25, 0.5, 2 / 3, 1]
    )
    xs, ys = zip(*points, strict=True)
    for x in np.linspace(-1, 6, 50):
        assert curve(float(x)) == pytest.approx(float(np.interp(x, xs, ys)))


def test_a_curve_of_platt_does_not_overflow() -> None:
    curve = Curve(method="platt", slope=1e6, intercept=0)
    assert (curve(-1e6), curve(0), curve(1e6)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize("points", [(), ((1, 0), (1, 1)), ((1, 1), (2, 0))])
def test_points_that_do_not_rise_are_no_curve(points: Any) -> None:
    with pytest.raises(ValidationError):
        Curve(method="isotonic", points=points)


def rows(shape: Any, count: int = 400) -> list[dict[str, Any]]:
    dice = np.random.default_rng(4)
    made = []
    for number in range(count):
        score = float(dice.random())
        human = "pass" if dice.random() < shape(score) else "fail"
        made.append(response(human, score, f"p{number}"))
    return made


def test_a_judge_that_is_too_kind_gets_a_curve(tmp_path: Path) -> None:
    fitted = calibrated(tmp_path, rows(lambda score: score**3)).curve
    assert fitted.curve is not None
    assert fitted.gain.low > 0.01  # type: ignore[operator]
    for score in (0.2, 0.5, 0.8):
        assert fitted.curve(score) == pytest.approx(score**3, abs=0.12)
    assert sum(one.count for one in fitted.bins) == 400


def test_a_judge_that_says_what_people_say_needs_none(tmp_path: Path) -> None:
    fitted = calibrated(tmp_path, rows(lambda score: score, 2_000)).curve
    assert fitted.errors["as_is"] < min(fitted.errors["isotonic"], fitted.errors["platt"]) + 5e-4


def test_a_longer_scale_of_peoples_is_a_share(tmp_path: Path) -> None:
    dice = np.random.default_rng(6)
    made = []
    for number in range(300):
        score = float(dice.random())
        made.append(response(round(1 + 4 * score), score**2, f"p{number}"))
    fitted = calibrated(tmp_path, made).curve
    assert fitted.curve is not None
    assert fitted.curve(0.25) == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (rows(lambda score: score, 20), "too few: 20 rows, 50 are needed"),
        ([response("red", "blue", f"p{n}") for n in range(60)], "the labels have no order"),
        ([response(("pass", "fail")[n % 2], 0.5, f"p{n}") for n in range(60)], "all have the same"),
    ],
)
def test_where_there_is_no_curve_it_says_why(tmp_path: Path, made: Any, why: str) -> None:
    fitted = calibrated(tmp_path, made).curve
    assert fitted.curve is None
    assert fitted.reason.startswith(why)
