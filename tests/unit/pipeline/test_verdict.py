"""What a job's own figures say of its model."""

from __future__ import annotations

from nova_rft.jobs import Advice, Measure
from nova_rft.pipeline import verdict


def series(name: str, *values: float) -> list[Measure]:
    return [Measure(step, {name: value}) for step, value in enumerate(values, start=1)]


def test_a_reward_that_rose_is_fit() -> None:
    found = verdict(series("reward", 0.2, 0.3, 0.5, 0.6), [], least_gain=0.1)
    assert found.fit and found.gain is not None and abs(found.gain - 0.4) < 1e-9


def test_a_reward_that_fell_is_not() -> None:
    found = verdict(series("reward", 0.6, 0.2), [], least_gain=0.0)
    assert found.fit is False and "less than least_gain" in found.said[0]


def test_validation_counts_before_training() -> None:
    both = [
        Measure(1, {"reward": 0.1, "validation_reward": 0.5}),
        Measure(2, {"reward": 0.9, "validation_reward": 0.4}),
    ]
    found = verdict(both, [], least_gain=0.0)
    assert found.fit is False and "validation reward" in found.said[0]


def test_signs_of_a_hacked_reward_outweigh_its_rise() -> None:
    advice = [Advice("validation_falls", 3, "the policy learns the reward and not the task")]
    found = verdict(series("reward", 0.1, 0.9), advice, least_gain=0.0)
    assert found.fit is False and found.said == (advice[0].message,)


def test_other_advice_is_no_verdict() -> None:
    advice = [Advice("plateau", 3, "it stays")]
    assert verdict(series("reward", 0.1, 0.2), advice, least_gain=0.0).fit


def test_a_loss_that_fell_is_fit() -> None:
    assert verdict(series("loss", 2.0, 1.0), [], least_gain=0.0).fit
    assert verdict(series("validation_loss", 1.0, 2.0), [], least_gain=0.0).fit is False


def test_without_figures_nothing_is_said() -> None:
    assert verdict([], [], least_gain=0.0).fit is None
    assert verdict(series("reward", 0.5), [], least_gain=0.0).fit is None
