"""Judges whose flaws are known are found to have them; intervals cover as often as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from nova_rft.calibrate import Calibration, Figure
from tests.simulated import Simulate, agreeing, coverage, ranking

from .labelled import calibrated, response


@pytest.mark.simulations
@pytest.mark.parametrize("simulate", [agreeing, ranking])
def test_intervals_cover(simulate: Simulate) -> None:
    """What smaller sets give is in docs/calibration.md, measured by bench/calibrate.py."""
    # Many small products: threads would only wait for each other.
    with threadpool_limits(1):
        shares = coverage(simulate, prompts=200, simulations=1_000)
    assert all(0.93 <= one <= 0.97 for one in shares.values()), shares


def near(figure: Figure, truth: float, within: float) -> bool:
    """Whether a figure is that, its interval holds it, and tells which side of nothing it is on."""
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= truth <= figure.high
    return abs(figure.value - truth) < within


def flawed(folder: Path, *, longer: float, first: float, wrong: float) -> Calibration:
    """A judge that takes the longer response, else the first, else is wrong, each with its chance."""
    dice = np.random.default_rng(3)

    def look(human: str, long: str, shown: str) -> str:
        if dice.random() < longer:
            return long
        if dice.random() < first:
            return shown
        other = "b" if human == "a" else "a"
        return other if dice.random() < wrong else human

    rows = []
    for number in range(6_000):
        human, long = dice.choice(["a", "b"], 2)
        texts = {"a": "word " * 20, "b": "word " * 20, str(long): "word " * 40}
        judge = {f"first_{shown}": look(str(human), str(long), shown) for shown in "ab"}
        rows.append(
            {
                "prompt": f"p{number}",
                "response_a": texts["a"],
                "response_b": texts["b"],
                "human": str(human),
                "judge": judge,
            }
        )
    return calibrated(folder, rows)


def test_a_judge_that_likes_what_is_long_and_what_is_first(tmp_path: Path) -> None:
    found = flawed(tmp_path, longer=0.2, first=0.3, wrong=0.1)
    # Of the looks that are not decided by length, three in ten go to the first place.
    slot = 0.5 + 0.8 * 0.3 / 2
    assert near(found.position.first_slot, slot, 0.01)
    right_alone = 0.9 * 0.7 + 0.3 / 2
    assert near(found.position.first_a, 0.2 / 2 + 0.8 * right_alone, 0.02)
    # With both orders asked a pair counts as right where both are: the liking of length is that of both.
    when_long, when_short = 0.2 + 0.8 * 0.63, 0.8 * 0.63
    with_first, without = 0.8 * 0.3, 0.0
    both_long = (when_long + with_first) * (when_long + without)
    both_short = (when_short + with_first) * (when_short + without)
    assert near(found.biases.length, both_long - both_short, 0.04)
    assert found.biases.features["length"].net.low > 0  # type: ignore[operator]


def test_a_judge_without_flaws_has_none(tmp_path: Path) -> None:
    found = flawed(tmp_path, longer=0.0, first=0.0, wrong=0.1)
    assert near(found.position.first_slot, 0.5, 0.02)
    assert near(found.biases.length, 0.0, 0.03)
    assert near(found.position.consistent, 0.81 + 0.01, 0.02)
    assert str(found.ruling.fitness) == "fit"


def test_a_judge_that_dislikes_what_is_long(tmp_path: Path) -> None:
    dice = np.random.default_rng(5)
    rows = []
    for number in range(400):
        quality, words = dice.normal(), int(dice.integers(5, 60))
        score = quality - 0.03 * words + 0.5 * dice.normal()
        rows.append(response(quality, score, f"p{number}", "word " * words))
    found = calibrated(tmp_path, rows)
    assert found.biases.length.high < -0.3  # type: ignore[operator]


@pytest.mark.parametrize(("noise", "reads"), [(0.3, 1), (0.8, 3), (6.0, None)])
def test_noise_inside_prompts_is_told_from_what_responses_are_worth(
    tmp_path: Path, noise: float, reads: int | None
) -> None:
    dice = np.random.default_rng(7)
    rows = []
    for prompt in range(400):
        hard = dice.normal(scale=3)
        for _ in range(4):
            worth = dice.normal()
            said = [hard + worth + noise * dice.normal() for _ in range(3)]
            rows.append(response(hard + worth, said, f"p{prompt}"))
    told = calibrated(tmp_path, rows).signal
    assert (told.groups, told.with_signal.value) == (400, 1.0)
    assert near(told.reliability, 1 / (1 + noise**2), 0.05)
    assert told.reads == reads


def test_how_often_two_readings_agree(tmp_path: Path) -> None:
    dice = np.random.default_rng(8)
    rows = [
        response(human, dice.choice([human, other], 4, p=[0.8, 0.2]).tolist(), f"p{number}")
        for number in range(500)
        for human, other in (("yes", "no"), ("no", "yes"))
    ]
    found = calibrated(tmp_path, rows)
    assert near(found.signal.consistency, 0.8**2 + 0.2**2, 0.02)
    assert near(found.total.accuracy, 0.8, 0.03)


def test_groups_without_signal_are_counted(tmp_path: Path) -> None:
    rows = [
        response(n % 3, float(n % 3 if p % 4 else 1), f"p{p}") for p in range(40) for n in range(3)
    ]
    told = calibrated(tmp_path, rows).signal
    assert (told.groups, told.with_signal.value) == (40, 0.75)
    assert told.pair_accuracy.value == 0.75 + 0.25 / 2
    assert told.reliability.value is None


def test_a_judge_that_prefers_its_own_family(tmp_path: Path) -> None:
    dice = np.random.default_rng(9)
    rows = []
    for number in range(2_000):
        human = str(dice.choice(["a", "b"]))
        judge = "a" if dice.random() < 0.3 else human
        named = {"model_a": "us.amazon.nova-lite-v1:0", "model_b": "claude-3-haiku"}
        rows.append(
            {
                "prompt": f"p{number}",
                "response_a": "x",
                "response_b": "y",
                "human": human,
                "judge": {"model": "amazon.nova-pro-v1:0", "first_a": judge},
                **named,
            }
        )
    assert near(calibrated(tmp_path, rows).biases.own, 0.3 / 2, 0.02)


def test_a_judge_that_is_worse_in_one_language(tmp_path: Path) -> None:
    dice = np.random.default_rng(10)
    rows = []
    for number in range(1_500):
        code, chance = ("en", 0.9) if number % 2 else ("de", 0.7)
        judge = "yes" if dice.random() < chance else "no"
        rows.append(response("yes", judge, f"p{number}", language=code))
    assert near(calibrated(tmp_path, rows).biases.languages["de"], -0.2, 0.03)
