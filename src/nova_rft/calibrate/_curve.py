"""A curve from a judge's score to people's, chosen by cross-validation over prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import NO_ORDER, Draws
from nova_rft.calibrate._figure import Figure, missing, too_few
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Floats, Ints, Prompts, mean
from nova_rft.spec import Curve

_FOLDS: Final = 5
_LEAST: Final = 50
_BINS: Final = 10
_CLOSE: Final = 1e-10
# Platt's slope is kept finite where scores part people's labels cleanly.
_RIDGE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Bin:
    """Some of the responses, by the judge's score: its mean, the people's, and how many there are."""

    score: float
    people: float
    count: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """The curve that fits best, and by how much.

    Attributes:
        curve: None where the judge's own score is as good, or nothing could be fitted.
        gain: Squared error that it saves, cross-validated; people's scale is 0 to 1.
        errors: Mean squared error of each way, cross-validated: as_is, platt, isotonic.
        bins: Judge's score against people's, for a picture.
        reason: Why nothing was fitted; empty where something was.
    """

    curve: Curve | None
    gain: Figure
    errors: Mapping[str, float]
    bins: tuple[Bin, ...]
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        curve = None if self.curve is None else self.curve.model_dump(mode="json")
        shown = {"curve": curve, "gain": self.gain.as_dict(), "errors": dict(self.errors)}
        return {**shown, "reason": self.reason} if self.reason else shown


def fit_curve(sheet: Sheet, draws: Draws) -> Fitted:
    """Fits both curves, and keeps the better one if it is better than the judge's score as it is."""
    used_N = np.isfinite(sheet.score_N) & np.isfinite(sheet.human_value_N)
    reason = _why_not(sheet, int(used_N.sum()))
    if reason:
        return Fitted(None, missing(reason), {}, (), reason)
    low, high = np.min(sheet.human_value_N[used_N]), np.max(sheet.human_value_N[used_N])
    x_N = sheet.score_N[used_N]
    y_N = (sheet.human_value_N[used_N] - low) / (high - low)
    prompts = sheet.prompts.where(used_N)
    folds_N = _folds(prompts, draws.seed)
    as_is_N = _as_is(sheet, x_N, float(low), float(high))
    squares = {"as_is": (as_is_N - y_N) ** 2}
    squares |= {name: _left_out(name, x_N, y_N, folds_N) for name in ("platt", "isotonic")}
    errors = {name: float(np.mean(one_N)) for name, one_N in squares.items()}
    best = min(errors, key=lambda name: errors[name])
    gain = draws.figure(
        mean(squares["as_is"] - squares[best], prompts, "percentile"), sheet.prompts
    )
    return Fitted(_fit(best, x_N, y_N), gain, errors, _bins(x_N, y_N))


def _why_not(sheet: Sheet, rows: int) -> str:
    if sheet.pairs:
        return "a curve needs scores of single responses"
    if sheet.scale.places is None or not sheet.scale.known:
        return NO_ORDER
    if rows < _LEAST:
        return too_few(rows, needed=_LEAST)
    values = sheet.human_value_N[np.isfinite(sheet.human_value_N)]
    if np.ptp(values) == 0 or np.ptp(sheet.score_N[np.isfinite(sheet.score_N)]) == 0:
        return "all have the same score"
    return ""


def _folds(prompts: Prompts, seed: int) -> Ints:
    """Which fold each row is left out in; rows of one prompt in the same."""
    order_C = np.random.default_rng(seed).permutation(prompts.count)
    return (order_C % _FOLDS)[prompts.of_row_N]


def _as_is(sheet: Sheet, x_N: Floats, low: float, high: float) -> Floats:
    """The scores without a curve, as shares of people's scale."""
    # Numbers of 0 to 1 beside people's on a longer scale are shares of it already.
    shares = not sheet.scale.numeric or (high > 1 and bool(np.all((x_N >= 0) & (x_N <= 1))))
    return np.clip(x_N if shares else (x_N - low) / (high - low), 0, 1)


def _left_out(how: str, x_N: Floats, y_N: Floats, folds_N: Ints) -> Floats:
    """Squared errors on rows that the curve was not fitted on."""
    found = np.empty(x_N.size)
    for fold in range(_FOLDS):
        out_N = folds_N == fold
        if how == "platt":
            slope, intercept = platt(x_N[~out_N], y_N[~out_N])
            told_N = 1 / (1 + np.exp(-np.clip(slope * x_N[out_N] + intercept, -500, 500)))
        else:
            points = np.array(isotonic(x_N[~out_N], y_N[~out_N]))
            told_N = np.interp(x_N[out_N], points[:, 0], points[:, 1])
        found[out_N] = (told_N - y_N[out_N]) ** 2
    return found


def _fit(how: str, x_N: Floats, y_N: Floats) -> Curve | None:
    match how:
        case "platt":
            slope, intercept = platt(x_N, y_N)
            return Curve(method="platt", slope=slope, intercept=intercept)
        case "isotonic":
            return Curve(method="isotonic", points=isotonic(x_N, y_N))
    return None


def platt(x_N: Floats, y_N: Floats) -> tuple[float, float]:
    """Slope and intercept of a logistic regression with Platt's targets (1999), by Newton's method.

    Args:
        x_N: Scores.
        y_N: Labels of 0 and 1, or shares between.
    """
    yes, no = float(y_N.sum()), float((1 - y_N).sum())
    high, low = (yes + 1) / (yes + 2), 1 / (no + 2)
    target_N = low + (high - low) * y_N
    middle, spread = float(x_N.mean()), float(x_N.std()) or 1.0
    design_N2 = np.stack([(x_N - middle) / spread, np.ones(x_N.size)], axis=-1)
    found = np.zeros(2)
    for _ in range(100):
        told_N = 1 / (1 + np.exp(-np.clip(design_N2 @ found, -500, 500)))
        slope = design_N2.T @ (target_N - told_N) - _RIDGE * found
        curve = (design_N2 * (told_N * (1 - told_N))[:, None]).T @ design_N2 + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found + step
        if np.abs(step).max() < _CLOSE:
            break
    return float(found[0] / spread), float(found[1] - found[0] * middle / spread)


def isotonic(x_N: Floats, y_N: Floats) -> tuple[tuple[float, float], ...]:
    """Points of a rising curve: means of pooled blocks (Ayer and others, 1955) at the blocks' middles.

    Straight lines between the middles (centred isotonic regression, Oron and Flournoy, 2017) keep
    responses apart that steps would make equal, and with them what a group can teach.
    """
    values, inverse = np.unique(x_N, return_inverse=True)
    counts = np.bincount(inverse).astype(np.float64)
    means = np.bincount(inverse, weights=y_N) / counts
    points: list[tuple[float, float]] = []
    for start, end, level in pooled(means, counts):
        weights = counts[start:end]
        middle = float(np.sum(values[start:end] * weights) / weights.sum())
        points.append((middle, min(max(level, 0.0), 1.0)))
    return tuple(points)


def pooled(means: Floats, counts: Floats) -> list[tuple[int, int, float]]:
    """Pool adjacent violators: runs of neighbours and their means, rising strictly."""
    blocks: list[tuple[int, int, float, float]] = []
    for place, (value, count) in enumerate(zip(means.tolist(), counts.tolist(), strict=True)):
        start, total, weight = place, value * count, count
        while blocks and blocks[-1][2] / blocks[-1][3] >= total / weight:
            begun, _, other, heavy = blocks.pop()
            start, total, weight = begun, total + other, weight + heavy
        blocks.append((start, place + 1, total, weight))
    return [(start, end, total / weight) for start, end, total, weight in blocks]


def _bins(x_N: Floats, y_N: Floats) -> tuple[Bin, ...]:
    """As many responses in each, equal scores never apart."""
    edges = np.unique(np.quantile(x_N, np.linspace(0, 1, _BINS + 1)))
    place_N = np.clip(np.searchsorted(edges, x_N, side="right") - 1, 0, max(edges.size - 2, 0))
    found = []
    for one in np.unique(place_N):
        here = place_N == one
        found.append(Bin(float(x_N[here].mean()), float(y_N[here].mean()), int(here.sum())))
    return tuple(found)
