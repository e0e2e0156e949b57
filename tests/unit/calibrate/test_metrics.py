"""Every statistic against the library that its field takes for right, and where there is none."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal

import choix
import krippendorff
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from nova_rft.calibrate._resample import Resampling, Statistic
from nova_rft.calibrate.metrics import (
    Prompts,
    Weights,
    alpha,
    alpha_of_numbers,
    difference,
    kappa,
    kappa_of_numbers,
    kendall,
    partial_spearman,
    share,
    spearman,
)
from nova_rft.judge.preference._rating import bradley_terry

SIZES = (5, 8, 40, 300)
SEEDS = range(10)


def alone(count: int) -> Prompts:
    """Each row its own prompt."""
    return Prompts(np.arange(count), count)


def same(ours: Statistic, theirs: float, prompts: int) -> None:
    found = ours.value(prompts)
    if math.isnan(theirs):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(theirs, abs=1e-9)


def cohen(one: Any, other: Any, **how: Any) -> float:
    with warnings.catch_warnings():
        # It warns where a figure is not defined, and gives NaN.
        warnings.simplefilter("ignore")
        return float(cohen_kappa_score(one, other, **how))


def correlation(how: Any, one: Any, other: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(how(one, other).statistic)


def raters(seed: int, count: int, kinds: int) -> tuple[Any, Any]:
    """Two that agree somewhat."""
    dice = np.random.default_rng(seed)
    one = dice.integers(0, kinds, count)
    return one, np.where(dice.random(count) < 0.5, one, dice.integers(0, kinds, count))


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kinds", [1, 2, 3, 7])
@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_kappa(count: int, kinds: int, weights: Weights) -> None:
    theirs = None if weights == "none" else weights
    for seed in SEEDS:
        one, other = raters(seed, count, kinds)
        ours = kappa(one, other, np.arange(float(kinds)), alone(count), weights=weights)
        same(ours, cohen(one, other, labels=list(range(kinds)), weights=theirs), count)
        if weights == "quadratic":
            numbers = kappa_of_numbers(one + 0.0, other + 0.0, alone(count))
            same(numbers, ours.value(count), count)


@pytest.mark.parametrize("count", SIZES)
def test_rows_without_a_label_are_in_no_kappa(count: int) -> None:
    one, other = raters(1, 2 * count, 3)
    gaps = np.arange(2 * count) % 2 == 0
    ours = kappa(np.where(gaps, -1, one), other, np.arange(3.0), alone(2 * count))
    same(ours, cohen(one[~gaps], other[~gaps], labels=[0, 1, 2]), 2 * count)
    numbers = kappa_of_numbers(np.where(gaps, np.nan, one), other + 0.0, alone(2 * count))
    without = kappa_of_numbers(one[~gaps] + 0.0, other[~gaps] + 0.0, alone(count))
    same(numbers, without.value(count), 2 * count)


def test_scott_takes_both_marginals_together() -> None:
    one, other = raters(3, 50, 3)
    both = np.bincount(np.concatenate([one, other]), minlength=3) / 100
    by_hand = 1 - float(np.mean(one != other)) / (1 - float(np.sum(both**2)))
    same(kappa(one, other, np.arange(3.0), alone(50), chance="scott"), by_hand, 50)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kinds", [2, 3, 7])
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha(
    count: int, kinds: int, missing: float, level: Literal["nominal", "ordinal", "interval"]
) -> None:
    for seed in SEEDS:
        dice = np.random.default_rng(seed)
        truth, noise = dice.integers(0, kinds, (count, 1)), dice.integers(0, kinds, (count, 4))
        said = np.where(dice.random((count, 4)) < 0.6, truth, noise).astype(float)
        said[dice.random((count, 4)) < missing] = np.nan
        if level == "interval":
            ours = alpha_of_numbers(said, alone(count))
        else:
            codes = np.nan_to_num(said, nan=-1).astype(int)
            ours = alpha(codes, kinds, alone(count), level=level)
        theirs = krippendorff.alpha(reliability_data=said.T, level_of_measurement=level)
        same(ours, float(theirs), count)


def test_one_label_alone_is_no_agreement_beyond_chance() -> None:
    labels, numbers = np.zeros((9, 2), dtype=int), np.full((9, 2), 0.1)
    flat, rising = numbers[:, 0], np.arange(9.0)
    for made in (
        alpha(labels, 2, alone(9)),
        alpha_of_numbers(numbers, alone(9)),
        kappa_of_numbers(flat, flat, alone(9)),
        spearman(flat, rising, alone(9)),
        kendall(flat, rising, alone(9)),
    ):
        same(made, math.nan, 9)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("step", [0.0, 0.5, 2.0])
def test_rank_correlations(count: int, step: float) -> None:
    for seed in SEEDS:
        dice = np.random.default_rng(seed)
        one = dice.normal(size=count)
        other = one + dice.normal(size=count)
        if step:
            one, other = np.round(one / step), np.round(other)
        same(spearman(one, other, alone(count)), correlation(stats.spearmanr, one, other), count)
        same(kendall(one, other, alone(count)), correlation(stats.kendalltau, one, other), count)


def test_a_missing_value_leaves_its_row_out_of_a_rank_correlation() -> None:
    one = np.array([1, 2, 3, np.nan, 5, 6, 9.0])
    other = np.array([2, 1, np.nan, 4, 7, 6, 8.0])
    both = np.isfinite(one) & np.isfinite(other)
    for ours, theirs in ((kendall, stats.kendalltau), (spearman, stats.spearmanr)):
        same(ours(one, other, alone(7)), correlation(theirs, one[both], other[both]), 7)


def test_weights_are_how_often_a_prompt_counts() -> None:
    dice = np.random.default_rng(5)
    one = np.round(dice.normal(size=60), 1)
    other = np.round(one + dice.normal(size=60), 1)
    codes, others = (one > 0).astype(int), (other > 0).astype(int)
    prompts = Prompts(dice.integers(0, 20, 60), 20)
    weights = dice.integers(0, 4, (3, 20)).astype(float)
    made = [
        kendall(one, other, prompts),
        spearman(one, other, prompts),
        kappa(codes, others, np.arange(2.0), prompts),
        alpha_of_numbers(np.stack([one, other], 1), prompts),
        alpha(np.stack([codes, others], 1), 2, prompts, level="ordinal"),
    ]
    for draw in range(3):
        again = np.repeat(np.arange(60), weights[draw][prompts.of_row_N].astype(int))
        numbers, labels = np.stack([one, other])[:, again], np.stack([codes, others])[:, again]
        theirs = [
            correlation(stats.kendalltau, *numbers),
            correlation(stats.spearmanr, *numbers),
            cohen(*labels),
            krippendorff.alpha(numbers, level_of_measurement="interval"),
            krippendorff.alpha(labels, level_of_measurement="ordinal"),
        ]
        found = [float(one.of(weights)[draw]) for one in made]
        assert found == pytest.approx(theirs, abs=1e-9)


def test_a_partial_correlation_is_that_of_what_the_third_leaves() -> None:
    dice = np.random.default_rng(2)
    third = dice.normal(size=80)
    one, other = third + dice.normal(size=80), third + dice.normal(size=80)
    ranks = [stats.rankdata(side) for side in (one, other, third)]
    left = [side - np.polyval(np.polyfit(ranks[2], side, 1), ranks[2]) for side in ranks[:2]]
    theirs = correlation(stats.pearsonr, *left)
    same(partial_spearman(one, other, third, alone(80)), theirs, 80)


def test_shares_and_their_difference() -> None:
    hit = np.array([1, 0, 1, 1, 0, 1], dtype=bool)
    long = np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    short = np.array([0, 0, 0, 1, 1, 0], dtype=bool)
    same(share(hit, alone(6)), 4 / 6, 6)
    same(difference(hit, long, short, alone(6)), 2 / 3 - 1 / 2, 6)
    same(difference(hit, long, long & short, alone(6)), math.nan, 6)


def test_equal_shares_in_every_prompt_are_no_edge() -> None:
    """Each resample is the same, and yet two thirds are neither nothing nor all."""
    prompts = Prompts.of([n // 3 for n in range(60)])
    hit = np.array([1, 1, 0] * 20, dtype=bool)
    one = np.array([1, 0, 0] * 20, dtype=bool)
    for statistic in (share(hit, prompts), difference(hit, one, ~one, prompts)):
        figure = Resampling(20, draws=200).figure(statistic)
        assert figure.value is not None
        assert (figure.low, figure.high) == (None, None)
        assert figure.reason == "no interval: every resample is the same"
    everything = Resampling(20, draws=200).figure(share(hit | ~hit, prompts))
    assert everything.high == 1.0
    assert everything.low is not None


def test_strengths_of_a_tournament_are_those_of_choix() -> None:
    dice = np.random.default_rng(4)
    players = 6
    pairs = [dice.choice(players, 2, replace=False) for _ in range(40)]
    results = [(int(a), int(b), float(dice.choice([0.0, 0.5, 1.0]))) for a, b in pairs]
    # Every game counted twice, a drawn one as a win and a loss; the virtual ones against a seventh.
    wins = [(a, b) for a, b, points in results for _ in range(round(2 * points))]
    wins += [(b, a) for a, b, points in results for _ in range(round(2 - 2 * points))]
    wins += [pair for player in range(players) for pair in ((player, players), (players, player))]
    theirs = choix.mm_pairwise(players + 1, wins, max_iter=100_000, tol=1e-12)
    ours = bradley_terry(results, players, virtual=1.0)
    assert ours == pytest.approx(list(theirs[:players] - theirs[players]), abs=1e-7)
