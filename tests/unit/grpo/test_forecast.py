"""Tilts against closed forms; forecasts of what is planted, of nothing, and by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.errors import UsageError
from nova_rft.grpo import Forecast, advantages, forecast
from nova_rft.grpo._arrays import numbered
from nova_rft.grpo._tilt import divergence, solve_tilt, tilted


def test_a_tilt_worked_by_hand() -> None:
    """Two rollouts at +-1 and a strength of log 2 / 2: weights 2/3 and 1/3."""
    groups = numbered("aab")
    weights = tilted(np.array([1.0, -1.0, 0.0]), groups, math.log(2) / 2)
    assert weights == pytest.approx(np.array([2 / 3, 1 / 3, 1]))
    spent = (2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)) / 2
    assert divergence(weights, groups) == pytest.approx(spent)
    found = solve_tilt(np.array([1.0, -1.0, 0.0]), groups, spent)
    assert found.strength == pytest.approx(math.log(2) / 2)
    assert found.divergence == pytest.approx(spent)


@settings(max_examples=40)
@given(
    rewards=st.lists(st.sampled_from([0.0, 0.2, 0.5, 1.0]), min_size=2, max_size=30),
    budget=st.floats(1e-4, 3),
)
def test_a_budget_is_spent_or_there_is_no_better_policy(
    rewards: list[float], budget: float
) -> None:
    groups = [n // 4 for n in range(len(rewards))]
    pull, numbers = advantages(rewards, groups), numbered(groups)
    found = solve_tilt(pull, numbers, budget)
    weights = tilted(pull, numbers, found.strength)
    assert np.bincount(numbers, weights=weights) == pytest.approx(np.ones(numbers.max() + 1))
    if abs(found.divergence - budget) > 1e-8:
        assert found.divergence < budget
        # All weight lies on the best of each group.
        best = np.array([max(pull[numbers == n]) for n in numbers])
        assert weights[pull < best - 1e-9] == pytest.approx(0, abs=1e-6)


def test_no_other_weights_within_the_budget_earn_more() -> None:
    rng = np.random.default_rng(0)
    rewards, groups = rng.random(24), np.repeat([0, 1, 2], 8)
    found = solve_tilt(rewards, groups, 0.2)
    most = tilted(rewards, groups, found.strength) @ rewards
    for _ in range(2_000):
        other = rng.gamma(rng.choice([0.5, 5.0, 50.0]), size=24)
        other /= np.bincount(groups, weights=other)[groups]
        if divergence(other, groups) <= 0.2:
            assert other @ rewards <= most + 1e-9


def test_a_forecast_worked_by_hand() -> None:
    """Weights 2/3 and 1/3: a feature of 12 and 0 goes from 6 to 8 in one prompt of two."""
    spent = (2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)) / 2
    found = forecast(
        {"words": [12, 0, 5, 5]}, [1, -1, 0, 0], "aabb", ids_N=["w", "x", "y", "z"], budgets=[spent]
    )
    (words,) = found.features
    assert words.mean == 5.5
    assert words.changes[0].change == pytest.approx(1.0)
    assert words.slope == pytest.approx(3.0)
    assert words.drivers == ("w", "x")
    assert words.standardised == pytest.approx(1 / np.std([12, 0, 5, 5]))


def test_the_slope_is_that_of_small_tilts() -> None:
    rng = np.random.default_rng(1)
    pull, feature = rng.standard_normal(40), rng.random(40)
    groups, names = [n // 5 for n in range(40)], [str(n) for n in range(40)]
    found = forecast({"f": feature}, pull, groups, ids_N=names, budgets=[1e-8])
    strength = found.tilts[0].strength
    (one,) = found.features
    assert one.changes[0].change / strength == pytest.approx(one.slope, rel=1e-3)


def test_many_rollouts_show_the_true_policy() -> None:
    """Four answers of known chances, rewards and lengths: the best policy within a budget is known."""
    chances, rewards, lengths = np.array(
        [[0.4, 0.3, 0.2, 0.1], [0.0, 0.3, 0.6, 1.0], [5.0, 20.0, 10.0, 40.0]]
    )
    drawn = np.repeat(np.arange(4), np.round(chances * 1000).astype(int))
    found = forecast(
        {"length": lengths[drawn]},
        advantages(rewards[drawn], ["p"] * 1000, scale="none"),
        ["p"] * 1000,
        ids_N=[str(n) for n in range(1000)],
        budgets=[0.3],
    )
    raised = chances * np.exp(found.tilts[0].strength * rewards)
    raised /= raised.sum()
    assert raised @ np.log(raised / chances) == pytest.approx(0.3)
    change = found.features[0].changes[0].change
    assert change == pytest.approx((raised - chances) @ lengths)


def seeded(seed: int, prompts: int = 60) -> tuple[np.ndarray, list[int], list[str]]:
    rng = np.random.default_rng(seed)
    groups = [n // 8 for n in range(prompts * 8)]
    rewards = rng.choice([0.0, 0.5, 1.0], prompts * 8)
    return rewards, groups, [f"r{n}" for n in range(prompts * 8)]


def test_what_is_planted_is_found_and_ranked() -> None:
    rewards, groups, names = seeded(2)
    rng = np.random.default_rng(3)
    features = {
        "copied": 4 * rewards + rng.standard_normal(rewards.size),
        "refused": (rng.random(rewards.size) < 0.4 - 0.3 * rewards).astype(float),
        "constant": np.ones(rewards.size),
        "noise": rng.standard_normal(rewards.size),
    }
    found = forecast(features, advantages(rewards, groups), groups, ids_N=names)
    assert [feature.name for feature in found.going("grows")] == ["copied"]
    assert [feature.name for feature in found.going("vanishes")] == ["refused"]
    assert {feature.name for feature in found.going("open")} == {"constant", "noise"}
    assert [feature.name for feature in found.features[:2]] == ["copied", "refused"]
    copied = found.features[0]
    assert [change.budget for change in copied.changes] == [0.01, 0.1, 0.5]
    assert all(change.low < change.change < change.high for change in copied.changes)
    assert [tilt.divergence for tilt in found.tilts] == pytest.approx([0.01, 0.1, 0.5])
    pull = advantages(rewards, groups)
    assert all(pull[names.index(name)] != 0 for name in copied.drivers)


def test_intervals_hold_what_they_promise() -> None:
    """Of 300 features that have nothing to do with the reward, about one in twenty seems to."""
    rewards, groups, names = seeded(4)
    noise = np.random.default_rng(5).standard_normal((300, rewards.size))
    features = {f"n{n}": noise[n] for n in range(300)}
    found = forecast(features, advantages(rewards, groups), groups, ids_N=names, resamples=400)
    assert 3 <= len(found.going("grows")) + len(found.going("vanishes")) <= 30


def test_features_that_some_rollouts_lack() -> None:
    """They are compared among those that have them; a prompt without them is left out."""
    given: dict[str, Any] = {"budgets": [0.05], "ids_N": list("uvwxyz")}
    pull = [1, -1, 0.5, 1, -1, 0]
    holes = forecast({"f": [3, 1, math.nan, math.nan, math.nan, 7]}, pull, "aaabbc", **given)
    strength = holes.tilts[0].strength
    weight = math.exp(strength) / (math.exp(strength) + math.exp(-strength))
    (one,) = holes.features
    assert one.mean == pytest.approx((2 + 7) / 2)
    assert one.changes[0].change == pytest.approx((weight * 3 + (1 - weight) - 2) / 2)
    (none,) = forecast({"f": [math.nan] * 6}, pull, "aaabbc", **given).features
    assert (none.changes[0].change, none.direction, none.drivers) == (0, "open", ())


def test_without_signal_nothing_moves() -> None:
    found = forecast({"f": [1, 2, 3, 4]}, [0] * 4, "aabb", ids_N=list("wxyz"), budgets=[0.1])
    assert found.tilts[0].divergence == 0
    assert found.features[0].changes[0].change == 0
    assert found.features[0].direction == "open"


def test_it_is_plain_data_and_the_same_again() -> None:
    rewards, groups, names = seeded(6, prompts=10)

    def again() -> Forecast:
        return forecast({"f": rewards**2}, advantages(rewards, groups), groups, ids_N=names)

    assert again() == again()
    data = json.loads(json.dumps(again().as_dict()))
    assert data["features"][0]["direction"] == "grows"
    assert data["features"][0]["standardised"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"advantages_N": [1.0]}, "do not go together"),
        ({"ids_N": ["a"]}, "do not go together"),
        ({"advantages_N": [1.0, math.nan]}, "advantage 1 is nan"),
        ({"budgets": []}, "budgets is empty"),
        ({"budgets": [-0.1]}, "a budget is -0.1"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"resamples": 0}, "resamples is 0"),
        ({"features": {"f": [1.0]}}, "feature f has shape"),
        ({"features": {"f": [1.0, math.inf]}}, "infinite somewhere"),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], said: str) -> None:
    given_ = {"features": {"f": [1, 2]}, "advantages_N": [1, -1], "groups_N": "aa", "ids_N": "xy"}
    with pytest.raises(UsageError, match=said):
        forecast(**{**given_, **change})
