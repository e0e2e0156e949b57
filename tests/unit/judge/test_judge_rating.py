"""Ratings: Borda and Bradley-Terry against formulas, and what length control does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.judge.preference._rating import borda, bradley_terry, without_length

_PLAYERS = 5
RESULTS = st.lists(
    st.tuples(
        st.integers(0, _PLAYERS - 1), st.integers(0, _PLAYERS - 1), st.sampled_from([0.0, 0.5, 1.0])
    ).filter(lambda result: result[0] != result[1]),
    max_size=40,
)
VIRTUAL = st.floats(0.1, 10)


@given(RESULTS, VIRTUAL)
def test_borda_lies_strictly_between_0_and_1(
    results: list[tuple[int, int, float]], virtual: float
) -> None:
    assert all(0 < value < 1 for value in borda(results, _PLAYERS, virtual))


def test_two_players_have_the_strengths_of_the_formula() -> None:
    # One win, one virtual drawn game each: by symmetry p_b = 1 / p_a, and p_a solves
    # 1.5 = p (1 / (p + 1/p) + 1 / (p + 1)).
    strong, weak = bradley_terry([(0, 1, 1.0)], 2, 1.0)
    p = math.exp(strong)
    assert strong == pytest.approx(-weak, abs=1e-9)
    assert p * (1 / (p + 1 / p) + 1 / (p + 1)) == pytest.approx(1.5, abs=1e-8)


@given(RESULTS, VIRTUAL)
def test_strengths_are_where_the_likelihoods_slope_is_nothing(
    results: list[tuple[int, int, float]], virtual: float
) -> None:
    theta = np.array(bradley_terry(results, _PLAYERS, virtual))
    slope = virtual * (0.5 - 1 / (1 + np.exp(-theta)))
    for a, b, share in results:
        fitted = 1 / (1 + math.exp(theta[b] - theta[a]))
        slope[a] += share - fitted
        slope[b] -= share - fitted
    assert np.abs(slope).max() < 1e-6


@given(RESULTS, VIRTUAL)
def test_turned_results_turn_the_signs(
    results: list[tuple[int, int, float]], virtual: float
) -> None:
    turned = [(a, b, 1 - share) for a, b, share in results]
    there = bradley_terry(results, _PLAYERS, virtual)
    back = bradley_terry(turned, _PLAYERS, virtual)
    assert [-one for one in back] == pytest.approx(there, abs=1e-6)


def test_an_undefeated_player_stays_finite_and_more_wins_count_more() -> None:
    once = bradley_terry([(0, 1, 1.0)], 2, 1.0)
    often = bradley_terry([(0, 1, 1.0)] * 20, 2, 1.0)
    assert once[0] < often[0] < math.inf


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.floats(-5000, 5000)), min_size=1, max_size=60
    )
)
def test_length_control_keeps_shares_and_is_fair_to_both_sides(
    games: list[tuple[float, float]],
) -> None:
    results = [(0, 1, share) for share, _ in games]
    lengths = [length for _, length in games]
    free = without_length(results, lengths)
    assert all(0 <= share <= 1 for *_, share in free)
    turned = without_length([(1, 0, 1 - s) for _, _, s in results], [-one for one in lengths])
    assert [1 - share for *_, share in turned] == pytest.approx(
        [share for *_, share in free], abs=1e-9
    )


def test_equal_lengths_change_nothing() -> None:
    results = [(0, 1, 1.0), (1, 2, 0.5)]
    assert without_length(results, [0.0, 0.0]) == results
    assert without_length([], []) == []


def test_the_longer_winning_always_is_mostly_length() -> None:
    results = [(0, 1, 1.0)] * 20 + [(0, 1, 0.0)] * 20
    free = without_length(results, [500.0] * 20 + [-500.0] * 20)
    assert all(share == pytest.approx(0.5, abs=0.15) for *_, share in free)
