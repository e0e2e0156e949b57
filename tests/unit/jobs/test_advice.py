"""AWS's rules of thumb: each speaks where it should, and stays silent where it should not."""

from __future__ import annotations

import pytest

from nova_rft.jobs._advice import advise
from nova_rft.jobs._measures import Measure
from nova_rft.spec import Spec, parse

RFT = parse(
    """
project: tone
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 1]
  terms: [{name: same, type: match}]
"""
)
SFT = parse(
    """
project: tone
technique: sft
model: amazon.nova-lite-v1:0:300k
data: {train: train.jsonl}
"""
)


def series(**columns: list[float]) -> list[Measure]:
    length = max(map(len, columns.values()))
    return [
        Measure(
            step + 1, {name: values[step] for name, values in columns.items() if step < len(values)}
        )
        for step in range(length)
    ]


def rules(measures: list[Measure], spec: Spec = RFT) -> dict[str, int]:
    return {advice.rule: advice.since for advice in advise(measures, spec)}


HEALTHY = [0.2 + 0.02 * step for step in range(20)]


def test_a_healthy_training_is_left_in_peace() -> None:
    assert rules(series(reward=HEALTHY, reward_max=[1.0] * 20)) == {}


def test_too_few_steps_say_nothing() -> None:
    assert rules(series(reward=[0.99, 0.99])) == {}
    assert rules([]) == {}


@pytest.mark.parametrize(
    ("first", "rule"),
    [(0.97, "baseline_too_good"), (0.03, "reward_sparse")],
)
def test_the_baseline(first: float, rule: str) -> None:
    assert rules(series(reward=[first] * 4, reward_max=[1.0] * 4)) == {rule: 1}


def test_a_baseline_of_nothing_needs_sft_first() -> None:
    found = rules(series(reward=[0.0] * 4, reward_max=[0.0] * 4))
    assert found == {"baseline_zero": 1}


def test_a_plateau_under_015_and_none_above() -> None:
    low = [0.1 + 0.001 * (step % 2) for step in range(20)]
    assert rules(series(reward=low))["plateau"] == 11
    assert "plateau" not in rules(series(reward=[0.5 + 0.001 * (s % 2) for s in range(20)]))
    assert "plateau" not in rules(series(reward=[0.06 + 0.004 * s for s in range(20)]))


def test_variance_that_rises_is_told_from_a_trend() -> None:
    wild = [0.5] * 10 + [0.5 + 0.2 * (-1) ** step for step in range(10)]
    assert rules(series(reward=wild))["variance_rises"] == 11
    steep = [0.5] * 10 + [0.5 + 0.04 * step for step in range(10)]
    assert "variance_rises" not in rules(series(reward=steep))


def test_validation_that_falls_while_training_rises() -> None:
    held = [0.3, 0.4, 0.5, 0.45, 0.3]
    measures = series(reward=HEALTHY)
    for place, value in enumerate(held):
        step = 4 * (place + 1)
        measures[step - 1] = Measure(
            step, {**measures[step - 1].values, "validation_reward": value}
        )
    assert rules(measures) == {"validation_falls": 12}


def test_losses_that_part() -> None:
    falling = [2.0 - 0.05 * step for step in range(20)]
    apart = series(
        loss=falling,
        validation_loss=[2.0 - 0.05 * s for s in range(10)] + [1.6 + 0.02 * s for s in range(10)],
    )
    assert rules(apart, SFT) == {"overfitting": 10}
    together = series(loss=falling, validation_loss=[value + 0.1 for value in falling])
    assert rules(together, SFT) == {}
