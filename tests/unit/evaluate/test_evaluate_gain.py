"""Paired differences: tests against exact ones, intervals, power, and what claims nothing."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from nova_rft.calibrate import Figure
from nova_rft.calibrate._correct import benjamini_hochberg
from nova_rft.calibrate.metrics import Floats
from nova_rft.evaluate import Comparison, Gain, How, gains
from nova_rft.evaluate._compare import Column, compare, sliced
from nova_rft.evaluate._gain import _student
from nova_rft.evaluate._length import length_controlled
from nova_rft.evaluate._measures import Measure
from nova_rft.evaluate._verdict import Finding, SkillResult, finding_of, verdict_of

HOW = How(draws=1_000, flips=10_000)
REWARD = Measure("reward", "reward")


def gain(*differences: float, how: How = HOW) -> Gain:
    return gains(np.array(differences)[:, None], how)[0]


def test_the_test_is_that_of_all_signs() -> None:
    values = [0.5, -0.25, 1.0, 0.75, 0.25, 0.5, -0.5, 1.0, 0.0]
    signs = itertools.product((1, -1), repeat=len(values))
    sums = [abs(sum(s * v for s, v in zip(sign, values, strict=True))) for sign in signs]
    exact = sum(one >= sum(values) - 1e-9 for one in sums) / len(sums)
    found = gain(*values)
    assert found.p == pytest.approx(exact, abs=0.005)
    assert (found.prompts, found.differing) == (9, 8)


def test_a_prompt_without_a_value_is_in_nothing() -> None:
    both = gains(np.array([[0.1, 0.1], [0.3, math.nan], [0.2, 0.2], [0.4, math.nan]]), HOW)
    assert (both[0].prompts, both[1].prompts) == (4, 2)
    assert both[1].figure.value == pytest.approx(0.15)
    assert "too few: 2 prompts" in both[1].figure.reason


def test_the_interval_is_wider_than_plain_percentiles_where_prompts_are_few() -> None:
    dice = np.random.default_rng(1)
    for prompts, factor in ((6, 1.28), (200, 1.01)):
        values = dice.normal(size=prompts)
        found = gain(*values).figure
        plain = 2 * 1.96 * np.std(values) / math.sqrt(prompts)
        assert found.low is not None and found.high is not None
        assert (found.high - found.low) / plain == pytest.approx(factor, rel=0.15)


def test_students_quantiles_are_those_of_the_tables() -> None:
    for freedom, known in ((4, 2.776), (9, 2.262), (29, 2.045), (1_000, 1.962)):
        assert _student(freedom) == pytest.approx(known, abs=0.002)


def test_what_is_all_alike_is_not_known_for_certain() -> None:
    same = gain(*[0.0] * 60)
    assert same.p == 1 and same.figure.value == 0
    # Clopper-Pearson: 0 of 60 may be 1 - .025^(1/60).
    assert same.figure.high == pytest.approx(1 - 0.025 ** (1 / 60))
    swept = gain(*[1.0] * 20).figure
    assert swept.low == pytest.approx(0.025 ** (1 / 20)) and swept.high == 1
    assert gains(np.full((20, 1), 7.0), HOW, [0.0])[0].figure.low is None


def test_prompts_needed_are_those_of_the_paired_test() -> None:
    dice = np.random.default_rng(2)
    found = gain(*dice.normal(scale=0.5, size=50))
    spread = found.spread or 0
    assert found.needed(0.1) == math.ceil(((1.959964 + 0.841621) * spread / 0.1) ** 2)
    # So many prompts detect that gain.
    assert found.detectable() == pytest.approx(2.801585 * spread / math.sqrt(50))
    assert gain(0.1, 0.2).needed(0.1) is None
    # The rule of three where nothing differs.
    assert gain(*[0.0] * 30).needed(0.05) == math.ceil((2.801585 / 0.05) ** 2 * 0.1)


def test_benjamini_and_hochberg_hold_the_share_of_false_findings() -> None:
    corrected = benjamini_hochberg([0.01, 0.04, 0.03, 0.005])
    assert corrected == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([]) == []


def comparison(
    differences: Floats, measure: Measure = REWARD, corrected: float | None = None
) -> Comparison:
    column = Column(measure, np.zeros(len(differences)), differences)
    found = compare([column], HOW)[0]
    return found if corrected is None else replace(found, corrected=corrected)


def test_every_finding() -> None:
    dice = np.random.default_rng(3)
    noise = dice.normal(scale=0.2, size=100)
    noise -= noise.mean()
    assert finding_of(comparison(noise + 0.1), 0.05) is Finding.REAL_GAIN
    assert finding_of(comparison(noise - 0.1), 0.05) is Finding.WORSE
    assert finding_of(comparison(noise), 0.05) is Finding.CANNOT_TELL
    assert finding_of(comparison(noise), 0.07) is Finding.NO_GAIN
    # Corrected for others, the same gain is none.
    assert finding_of(comparison(noise + 0.1, corrected=0.06), 0.07) is Finding.NO_GAIN
    few = verdict_of("custom", "base", comparison(noise[:20]), 0.01)
    assert few.finding is Finding.CANNOT_TELL
    assert few.needed and f"{few.needed:,} prompts are needed; there are 20." in few.says[1]
    none = verdict_of("custom", "base", comparison(np.full(3, math.nan)), 0.01)
    assert none.finding is Finding.CANNOT_TELL and "on no prompt" in none.says[0]


def test_less_is_better_of_a_pitfall_and_neither_of_a_habit() -> None:
    less = -np.abs(np.random.default_rng(4).normal(0.3, 0.1, size=30))
    assert comparison(less, Measure("x", "criterion", -1)).word == "better"
    assert comparison(less, Measure("x", "habit", -1)).word == "less"
    assert comparison(-less, Measure("x", "habit", 0, 0.0)).word == "more"
    assert comparison(less[:4]).word == "too few"


def test_a_skill_is_kept_by_its_interval_and_lost_by_a_test() -> None:
    dice = np.random.default_rng(5)
    noise = dice.normal(scale=0.1, size=100)
    noise -= noise.mean()
    said = {
        shift: SkillResult("s", 0.05, comparison(noise + shift), None).says
        for shift in (0.0, -0.02, -0.06, -0.2)
    }
    assert said == {0.0: "kept", -0.02: "kept", -0.06: "lost", -0.2: "lost"}
    assert SkillResult("s", 0.05, comparison(noise[:8] - 0.03), None).says == "cannot tell"


def test_slices_are_of_their_records_alone() -> None:
    column = Column(REWARD, np.zeros(6), np.array([1.0, 1, 1, 0, 0, 0]))
    parts = sliced(column, {"topic": ["a", "a", "a", "b", None, "b"]})
    assert [(one.slice, float(np.nanmean(one.difference_C))) for one in parts] == [
        (("topic", "a"), 1.0),
        (("topic", "b"), 0.0),
    ]


def wins(share: Floats, longer: Floats) -> Figure:
    return length_controlled(share, longer, np.arange(share.size), share.size, How(300, 1))


def test_a_win_rate_that_length_alone_makes_vanishes_where_answers_are_equally_long() -> None:
    dice = np.random.default_rng(6)
    longer = dice.normal(200, 200, size=1_500)

    def rate(better: float, liking: float) -> tuple[float, Figure]:
        odds = better + liking * np.tanh(longer / np.std(longer))
        share = (dice.random(longer.size) < 1 / (1 + np.exp(-odds))).astype(float)
        return float(share.mean()), wins(share, longer)

    plain, controlled = rate(better=0.0, liking=2.0)
    assert plain > 0.65
    assert controlled.value == pytest.approx(0.5, abs=0.08)
    assert controlled.low is not None and controlled.high is not None
    assert controlled.low < 0.5 < controlled.high
    _, better = rate(better=1.0, liking=0.0)
    assert better.value == pytest.approx(1 / (1 + math.exp(-1)), abs=0.05)


def test_a_clean_sweep_is_finite_and_no_pairs_are_nothing() -> None:
    swept = wins(np.ones(20), np.zeros(20))
    assert swept.value is not None and 0.95 < swept.value < 1
    assert swept.low == pytest.approx(0.025 ** (1 / 20))
    assert wins(np.zeros(0), np.zeros(0)).reason == "no pair was judged"
    assert wins(np.ones(3), np.zeros(3)).low is None
