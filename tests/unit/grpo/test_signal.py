"""Group signal: known cases, and a slow reference on random data."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import numpy as np
import pytest

from nova_rft.errors import UsageError
from nova_rft.grpo import GroupSignal, group_signal


def test_known_case() -> None:
    rewards = [1.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 1.0, 0.3]
    groups = ["a", "a", "b", "b", "c", "c", "d", "d", "e"]
    found = group_signal(rewards, groups)
    _same(found, GroupSignal(5, 1, 3, 1, 1, math.sqrt(0.5) / 4))
    assert found.compared == 4
    assert found.share_without_signal == 0.75


def test_groups_need_not_be_neighbours() -> None:
    assert group_signal([1, 0, 1, 1], ["a", "b", "a", "b"]).without_signal == 1


def test_ties_that_rounding_broke_are_ties() -> None:
    # Neighbours in single precision, as sums of terms in another order leave them.
    rewards = np.array([np.float32(1.2), np.nextafter(np.float32(1.2), np.float32(2))] * 2)
    assert rewards.std() > 0
    assert group_signal(rewards, ["a"] * 4).without_signal == 1
    assert group_signal(rewards, ["a"] * 4, tolerance=0).without_signal == 0


def test_all_equal_is_highest_and_lowest() -> None:
    found = group_signal([0.2] * 4, [1, 1, 2, 2])
    assert (found.without_signal, found.at_highest, found.at_lowest) == (2, 2, 2)


def test_nothing_to_compare_is_not_zero() -> None:
    empty, single = group_signal([], []), group_signal([0.1, 0.9], ["a", "b"])
    assert (empty.share_without_signal, empty.mean_deviation) == (None, None)
    assert (single.single, single.share_without_signal, single.mean_deviation) == (2, None, None)


@pytest.mark.parametrize(
    ("rewards", "groups", "tolerance", "said"),
    [
        ([1.0], ["a", "b"], 1e-6, "one group for each reward"),
        ([[1.0]], ["a"], 1e-6, "one group for each reward"),
        ([1.0, math.nan], ["a", "a"], 1e-6, "reward 1 is nan"),
        ([1.0], ["a"], -1.0, "0 or more"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    rewards: list[float], groups: list[str], tolerance: float, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        group_signal(rewards, groups, tolerance=tolerance)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_a_slow_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 300))
    rewards = rng.choice([0.0, 0.5, 1.0], size) + rng.choice([0.0, 4e-7], size)
    groups = rng.integers(0, max(size // 3, 1), size).tolist()
    _same(group_signal(rewards, groups), _slow(rewards.tolist(), groups))


def _same(left: GroupSignal, right: GroupSignal) -> None:
    assert replace(left, mean_deviation=None) == replace(right, mean_deviation=None)
    assert left.mean_deviation == pytest.approx(right.mean_deviation, rel=1e-6, abs=1e-9)


def _slow(rewards: list[float], groups: list[int]) -> GroupSignal:
    members = {g: [r for r, of in zip(rewards, groups, strict=True) if of == g] for g in groups}
    several = [found for found in members.values() if len(found) > 1]
    tied = [found for found in several if max(found) - min(found) <= 1e-6]
    return GroupSignal(
        groups=len(members),
        single=len(members) - len(several),
        without_signal=len(tied),
        at_highest=sum(max(found) >= max(rewards) - 1e-6 for found in tied),
        at_lowest=sum(min(found) <= min(rewards) + 1e-6 for found in tied),
        mean_deviation=statistics.fmean(statistics.stdev(found) for found in several)
        if several
        else None,
    )
