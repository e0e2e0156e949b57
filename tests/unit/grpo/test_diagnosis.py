"""What rollouts have to teach: values worked by hand, chances by simulation, what is said of them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from nova_rft.errors import UsageError
from nova_rft.grpo import Diagnosis, PromptLesson, diagnose

UNIT = (0.0, 1.0)


def said(found: Diagnosis) -> dict[str, str]:
    return {finding.code: finding.text for finding in found.findings}


def test_prompts_worked_by_hand() -> None:
    rewards = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0.5, 0, 0, 0.7, math.nan, 0.2]
    groups = ["easy"] * 4 + ["hard"] * 4 + ["good"] * 4 + ["alone"] * 2 + ["other"]
    found = diagnose(rewards, groups, reward_range=UNIT, batch_size=10)
    verdicts = {lesson.group: lesson.verdict for lesson in found.prompts}
    assert verdicts == {
        "easy": "mastered",
        "hard": "hopeless",
        "good": "teaches",
        "alone": "single",
        "other": "single",
    }
    good = found.prompts[2]
    assert (good.mean, good.pass_rate, good.counts) == (0.375, 0.5, (2, 1, 1))
    assert good.deviation == pytest.approx(math.sqrt((0.625**2 + 0.125**2 + 2 * 0.375**2) / 3))
    assert found.pass_rates == (2, 0, 1, 0, 0, 2)
    assert found.rollouts == 15
    assert found.abstained == 1
    assert found.wasted == pytest.approx(11 / 15)
    assert found.effective_groups == 2
    assert found.baseline == pytest.approx(6.4 / 14)
    assert found.positive == pytest.approx(8 / 14)
    assert found.signal.share_without_signal == pytest.approx(2 / 3)


def test_ties_by_rounding_are_ties() -> None:
    noisy = [np.float32(0.7), np.nextafter(np.float32(0.7), np.float32(1))] * 2
    found = diagnose(noisy, "aaaa", reward_range=UNIT)
    assert found.prompts[0].verdict == "mastered"
    assert found.prompts[0].counts == (4,)


@pytest.mark.parametrize("counts", [(4,), (7, 1), (3, 3, 2), (1, 1, 1, 1)])
@pytest.mark.parametrize("samples", [2, 4, 8])
def test_the_chance_of_signal_is_what_a_simulation_gives(
    counts: tuple[int, ...], samples: int
) -> None:
    lesson = PromptLesson("a", 8, 8, 0.5, 0.1, 0.5, "teaches", counts)
    rng = np.random.default_rng(len(counts) * 10 + samples)
    seen = np.array(counts if len(counts) > 1 else (*counts, 0)) + 0.5
    shares = rng.dirichlet(seen, 20_000)
    tied = (shares**samples).sum(axis=1)
    assert lesson.chance_of_signal(samples) == pytest.approx(
        1 - tied.mean(), abs=4 * tied.std() / 141
    )


def test_no_rollouts_no_chance() -> None:
    assert PromptLesson("a", 1, 0, None, None, None, "unscored", ()).chance_of_signal(4) is None


@pytest.mark.parametrize(
    ("share", "samples"),
    # The rarer a success, the more rollouts a group needs to hold one beside a failure.
    [(0.5, 8), (0.1, 16)],
)
def test_advice_follows_the_pass_rate(share: float, samples: int) -> None:
    rng = np.random.default_rng(2)
    rewards = (rng.random(1600) < share).astype(float)
    advice = diagnose(rewards, np.repeat(range(100), 16).tolist(), reward_range=UNIT).advice
    assert advice is not None
    assert advice.samples_per_prompt == samples
    assert [size.samples for size in advice.sizes] == [2, 4, 8, 16]
    assert advice.sizes[0].telling == pytest.approx(2 * share * (1 - share), abs=0.07)
    telling = next(size.telling for size in advice.sizes if size.samples == samples)
    assert 32 <= advice.batch_size * telling < 64 + 32
    assert len(advice.reasons) == 3
    assert f"{samples} is the smallest that reaches 85%" in advice.reasons[1]


def test_prompts_that_teach_nothing_are_no_matter_of_numbers() -> None:
    advice = diagnose([0.0] * 5000, [n // 500 for n in range(5000)], reward_range=UNIT).advice
    assert advice is not None
    assert advice.batch_size == 512
    assert "change the prompts" in advice.reasons[-1]


@pytest.mark.parametrize(
    ("rewards", "reward_range", "code"),
    [
        ([0.97, 0.98, 0.96, 0.99], UNIT, "saturated"),
        ([0.0, 0.0, 0.0, 0.0], UNIT, "no_success"),
        ([-0.3, -0.1, -0.2, 0.0], (-0.5, 1.0), "no_success"),
        ([0.0] * 39 + [1.0], UNIT, "sparse"),
        ([math.nan, 0.5, 0.2, 0.6], UNIT, "abstentions"),
        ([math.nan] * 4, UNIT, "nothing_scored"),
        ([1.0, 1.0, 0.5, 0.5, 0.0, 1.0], UNIT, "ties"),
    ],
)
def test_what_stands_out_is_said(
    rewards: list[float], reward_range: tuple[float, float], code: str
) -> None:
    groups = [n // 2 for n in range(len(rewards))]
    assert code in said(diagnose(rewards, groups, reward_range=reward_range))


def test_a_healthy_set_has_no_findings() -> None:
    rng = np.random.default_rng(1)
    rewards, lengths = rng.random(80), rng.random(80)
    groups = [n // 8 for n in range(80)]
    found = diagnose(
        rewards, groups, reward_range=UNIT, figures={"length": lengths}, judge_noise=0.05
    )
    assert found.findings == ()


def test_terms_that_dominate_cancel_or_say_nothing() -> None:
    right = np.array([1.0, 0, 1, 0] * 4)
    terms = {"right": right, "style": 0.01 * right[::-1], "tone": np.ones(16)}
    groups = [n // 4 for n in range(16)]
    found = diagnose(sum(terms.values()), groups, reward_range=(0, 3), terms=terms)
    assert [term.verdict for term in found.terms] == ["dominates", "speaks", "silent"]
    assert found.terms[0].share == pytest.approx(1 / 0.99)
    assert found.terms[0].deviation == pytest.approx(math.sqrt(16 * 0.25 / 12))
    assert {"dominates", "silent"} <= set(said(found))

    against = {"right": right, "length": -0.8 * right}
    found = diagnose(sum(against.values()), groups, reward_range=UNIT, terms=against)
    assert found.cancelled == pytest.approx(1 - 0.2**2 / (1 + 0.8**2))
    assert found.terms[1].verdict == "against"
    assert {"cancelling", "against"} <= set(said(found))


def test_terms_are_looked_at_where_all_have_a_score() -> None:
    terms = {"a": [1.0, 0.0, math.nan, 0.0], "b": [0.0, 0.0, 5.0, math.nan]}
    found = diagnose([1.0, 0.0, 0.5, 0.5], "aaaa", reward_range=UNIT, terms=terms)
    assert [term.share for term in found.terms] == [1.0, 0.0]
    assert found.cancelled == 0


def test_figures_that_go_with_the_reward() -> None:
    rewards = np.array([0.1, 0.4, 0.6, 0.9] * 3)
    figures = {"words": 100 * rewards, "hedges": -rewards, "constant": np.ones(12)}
    # Longer prompts with lower rewards do not hide what happens inside groups.
    figures["words"] += np.repeat([0, 500, 1000], 4)
    found = diagnose(rewards, [n // 4 for n in range(12)], reward_range=UNIT, figures=figures)
    assert found.correlations == {
        "words": pytest.approx(1),
        "hedges": pytest.approx(-1),
        "constant": None,
    }
    texts = [finding.text for finding in found.findings if finding.code == "correlated"]
    assert "more words (r = +1.00)" in texts[0]
    assert "less hedges (r = -1.00)" in texts[1]


def test_reliability_worked_by_hand() -> None:
    """A variance of 0.5 and noise of variance 0.375 leave a quarter; twelve readings make it 0.8."""
    found = diagnose(
        [0, 1, 0, 1], "aabb", reward_range=UNIT, judge_noise=math.sqrt(0.375)
    ).reliability
    assert found is not None
    assert (found.spread, found.reliability) == pytest.approx((math.sqrt(0.5), 0.25))
    assert found.reads == 12
    assert found.after(12) == pytest.approx(0.8)
    assert found.below_noise == 0
    lost = diagnose([0.5, 0.6, 0.5, 0.6], "aabb", reward_range=UNIT, judge_noise=0.2)
    assert lost.reliability is not None
    assert (lost.reliability.reliability, lost.reliability.reads) == (0, None)
    assert lost.reliability.below_noise == 1
    assert "no readings mend it" in said(lost)["noise"]
    assert diagnose([1, 0], "ab", reward_range=UNIT, judge_noise=0.1).reliability is None


def test_it_is_plain_data_too() -> None:
    found = diagnose([1, 0, 0.5], "aab", reward_range=UNIT, figures={"words": [1, 2, 3]})
    data = json.loads(json.dumps(found.as_dict()))
    assert data["signal"]["share_without_signal"] == 0
    assert data["prompts"][0]["verdict"] == "teaches"
    assert data["advice"]["samples_per_prompt"] in (2, 4, 8, 16)


def test_nothing_to_look_at_is_not_zero() -> None:
    found = diagnose([], [], reward_range=UNIT)
    assert (found.wasted, found.baseline, found.effective_groups, found.advice) == (None,) * 4


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"rewards_N": [1.0]}, "rewards has shape"),
        ({"rewards_N": [1.0, math.inf]}, "rewards of rollout 1 is infinite"),
        ({"reward_range": (1.0, 0.0)}, "give the least and the best"),
        ({"passing": 2.0}, "passing is 2.0"),
        ({"terms": {"tone": [1.0]}}, "tone has shape"),
        ({"figures": {"words": [[1.0, 2.0]]}}, "words has shape"),
        ({"judge_noise": -1.0}, "judge_noise is -1.0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"tolerance": -1.0}, "tolerance is -1.0"),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], text: str) -> None:
    given = {"rewards_N": [1.0, 0.0], "groups_N": "ab", "reward_range": UNIT}
    with pytest.raises(UsageError, match=text):
        diagnose(**{**given, **change})
