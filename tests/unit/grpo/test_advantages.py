"""Advantages: values worked by hand, a slow reference, properties, refusals."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.errors import UsageError
from nova_rft.grpo import advantages
from nova_rft.grpo._advantages import Scale

SCALES: tuple[Scale, ...] = ("group", "batch", "none", "leave_one_out")


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        # Means 0.5 and 0.25; deviations 0.7071 and 0.3536; of all four 0.4787.
        ("none", [0.5, -0.5, 0.25, -0.25]),
        ("leave_one_out", [1.0, -1.0, 0.5, -0.5]),
        ("group", [0.5 / math.sqrt(0.5), -0.5 / math.sqrt(0.5)] * 2),
        ("batch", [x / statistics.stdev([1, 0, 0.5, 0]) for x in (0.5, -0.5, 0.25, -0.25)]),
    ],
)
def test_values_worked_by_hand(scale: Scale, expected: list[float]) -> None:
    found = advantages([1, 0, 0.5, 0], ["a", "a", "b", "b"], scale=scale, epsilon=0)
    assert found == pytest.approx(np.array(expected))


def test_the_population_deviation_is_smaller() -> None:
    assert advantages([1, 0], "aa", ddof=0, epsilon=0).tolist() == [1, -1]


def test_epsilon_is_added_to_the_deviation() -> None:
    assert advantages([1, 0], "aa", epsilon=0.5)[0] == pytest.approx(0.5 / (math.sqrt(0.5) + 0.5))


@pytest.mark.parametrize("scale", SCALES)
def test_rewards_that_differ_by_rounding_alone_have_none(scale: Scale) -> None:
    # Neighbours in single precision; other groups show that the rest is still scaled.
    noisy = [float(np.float32(1.2)), float(np.nextafter(np.float32(1.2), np.float32(2)))] * 4
    found = advantages([*noisy, 0, 1], ["a"] * 8 + ["b"] * 2, scale=scale)
    assert found[:8].tolist() == [0] * 8
    assert found[8] < 0 < found[9]
    assert advantages(noisy, ["a"] * 8, scale=scale, tolerance=0).all()


@pytest.mark.parametrize("scale", SCALES)
def test_abstentions_are_left_out_and_have_none(scale: Scale) -> None:
    groups = ["a", "a", "a", "b", "b", "c"]
    found = advantages([1.0, None, 0.0, math.nan, 0.7, 0.3], groups, scale=scale)
    alone = advantages([1.0, 0.0, 0.7, 0.3], ["a", "a", "b", "c"], scale=scale)
    assert found[[0, 2, 4, 5]] == pytest.approx(alone)
    assert found[[1, 3, 4, 5]].tolist() == [0, 0, 0, 0]


def test_several_rewards_are_weighted_and_summed() -> None:
    rewards = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.2]]
    found = advantages(rewards, "aaa", weights_K=[1, 0.5])
    assert found == pytest.approx(advantages([1, 0.5, 0.6], "aaa"))


def test_one_missing_reward_of_several() -> None:
    """It has no sum; normalised, it counts as its group's mean. A reward of weight 0 may be missing."""
    rewards = [[1, math.nan], [0.0, 1.0], [0.0, 0.0]]
    assert advantages(rewards, "aaa") == pytest.approx(
        np.array([0, 1, -1]) * math.sqrt(0.5), rel=1e-3
    )
    normalised = advantages(rewards, "aaa", combine="normalise")
    filled = advantages([[1, 0], [0, 0], [0, 0]], "aaa", combine="normalise")
    assert normalised[0] > 0
    assert filled[0] > 0
    weighted = advantages(rewards, "aaa", weights_K=[1, 0])
    assert weighted == pytest.approx(advantages([1, 0, 0], "aaa"))


def test_normalised_rewards_worked_by_hand() -> None:
    """GDPO: each reward by its own deviation, so a small one counts as much as a large one."""
    rewards = [[10.0, 0.0], [0.0, 0.1], [10.0, 0.1], [0.0, 0.0]]
    one = math.sqrt(0.75)
    summed = np.array([one - one, one - one, 2 * one, -2 * one])
    found = advantages(rewards, "aaaa", combine="normalise", epsilon=0)
    assert found == pytest.approx(summed / summed.std(ddof=1))


def test_normalised_rewards_that_cancel_leave_nothing() -> None:
    rewards = [[x, -x / 3] for x in (0.1, 0.7, 0.2, 0.9)]
    assert advantages(rewards, "aaaa", combine="normalise", epsilon=0).tolist() == [0] * 4


def test_nothing_in_nothing_out() -> None:
    assert advantages([], []).shape == (0,)
    assert advantages([math.nan, math.nan], "aa", scale="batch").tolist() == [0, 0]
    assert advantages([[1, 2], [3, 4]], "aa", weights_K=[0, 0]).tolist() == [0, 0]


numbers = st.floats(-10, 10, allow_subnormal=False).map(lambda x: round(x, 3))
batches = st.lists(
    st.tuples(st.one_of(numbers, st.just(math.nan)), st.integers(0, 5)), min_size=1, max_size=40
)


@settings(max_examples=60)
@given(batch=batches, scale=st.sampled_from(SCALES), ddof=st.sampled_from([0, 1]))
def test_agrees_with_a_slow_reference(
    batch: list[tuple[float, int]], scale: Scale, ddof: int
) -> None:
    rewards, groups = zip(*batch, strict=True)
    found = advantages(rewards, groups, scale=scale, ddof=ddof)
    assert found == pytest.approx(np.array(_slow(rewards, groups, scale, ddof)), rel=1e-8, abs=1e-8)


@settings(max_examples=60)
@given(batch=batches, scale=st.sampled_from(SCALES), shift=numbers)
def test_of_mean_zero_in_each_group_wherever_the_rewards_lie(
    batch: list[tuple[float, int]], scale: Scale, shift: float
) -> None:
    rewards, groups = np.array([r for r, _ in batch]), [g for _, g in batch]
    found = advantages(rewards, groups, scale=scale)
    sums = np.bincount(groups, weights=found)
    assert sums == pytest.approx(np.zeros(sums.size), abs=1e-8)
    offset = shift * np.array(groups)
    if scale != "batch":
        assert advantages(rewards + offset, groups, scale=scale) == pytest.approx(found, abs=1e-6)
    better = np.argsort(np.nan_to_num(rewards))
    for first, second in itertools.pairwise(better):
        if groups[first] == groups[second] and not np.isnan(rewards[[first, second]]).any():
            assert found[first] <= found[second]


def _slow(rewards: Sequence[float], groups: Sequence[int], scale: str, ddof: int) -> list[float]:
    known = [r for r in rewards if not math.isnan(r)]
    found = []
    for reward, group in zip(rewards, groups, strict=True):
        own = [r for r, g in zip(rewards, groups, strict=True) if g == group and not math.isnan(r)]
        if math.isnan(reward) or max(own) - min(own) <= 1e-6:
            found.append(0.0)
            continue
        less = reward - statistics.fmean(own)
        deviation = statistics.stdev if ddof else statistics.pstdev
        divisor = {
            "group": deviation(own) + 1e-4,
            "batch": deviation(known) + 1e-4,
            "none": 1.0,
            "leave_one_out": (len(own) - 1) / len(own),
        }
        found.append(less / divisor[scale])
    return found


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"rewards_NK": [1.0]}, "one group for each rollout"),
        ({"rewards_NK": [[[1.0]], [[2.0]]]}, "one group for each rollout"),
        ({"rewards_NK": [[], []]}, "one group for each rollout"),
        ({"rewards_NK": [1.0, math.inf]}, "reward of rollout 1 is infinite"),
        ({"weights_K": [1, 2]}, "give 1 finite numbers"),
        ({"weights_K": [math.nan]}, "give 1 finite numbers"),
        ({"scale": "std"}, "scale is 'std'; use one of group, batch, none, leave_one_out"),
        ({"combine": "max"}, "combine is 'max'; use one of sum, normalise"),
        ({"combine": "normalise", "scale": "none"}, "does not go with it"),
        ({"ddof": 2}, "ddof is 2"),
        ({"epsilon": -1}, "epsilon is -1"),
        ({"tolerance": math.nan}, "tolerance is nan"),
    ],
)
def test_wrong_input_is_refused(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        advantages(**{"rewards_NK": [1.0, 0.0], "groups_N": "ab", **given_})
