"""What scored rollouts have to teach, beyond what `nova_rft.grpo` says of bare rewards."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.rollouts import Seen, SignalStanding, measured_noise, signal_of
from nova_rft.rollouts._standing import read_standing, write_standing
from tests.unit.rollouts.making import RIGHT, seen, spec

JUDGE = (
    "    - {name: tone, type: rubric, weight: 2, model: {provider: scripted}, criteria: [tone]}\n"
)
SIXTEEN = [
    seen(group, reward, f"{reward:g} " * (3 + place))
    for group, rewards in {
        "easy": (1, 1, 1, 1),
        "hard": (0, 0, 0, 0),
        "even": (1, 0, 0, 1),
        "rare": (0, 0, 0, 1),
    }.items()
    for place, reward in enumerate(rewards)
]


def test_what_the_spec_knows_is_held_against_the_rollouts() -> None:
    found = signal_of(SIXTEEN, spec(), "f.jsonl")
    assert [one.verdict for one in found.diagnosis.prompts] == [
        *("mastered", "hopeless", "teaches", "teaches"),
    ]
    # Of the spec's batches of 32 the half.
    assert found.diagnosis.effective_groups == 16
    assert found.settings.samples_per_prompt == 4
    assert found.settings.groups == pytest.approx(32 * (found.settings.telling or 0))
    # 0.15 of new pairs differ where four of four passed: half a rollout is added on each side.
    assert 0.15 < (found.settings.telling or 0) < 0.85
    told = json.loads(json.dumps(found.as_dict()))
    assert [one["prompt"] for one in told["prompts"]] == ["easy?", "hard?", "even?", "rare?"]
    assert told["settings"]["batch_size"] == 32


def test_the_same_prompt_in_another_event_is_another_group() -> None:
    rows = [
        seen("sum", reward, event=event)
        for event, rewards in (("a", (0, 0)), ("b", (1, 1)), ("a", (0,)))
        for reward in rewards
    ]
    found = signal_of(rows, spec(), "f.jsonl").diagnosis
    assert [(one.group, one.rollouts, one.verdict) for one in found.prompts] == [
        ("sum", 3, "hopeless"),
        ("sum (2)", 2, "mastered"),
    ]


def test_a_term_that_is_not_counted_has_no_share() -> None:
    asked = spec(RIGHT, "    - {name: other, type: match, how: contains, weight: 0}\n")
    rows = [seen("a", r, right=r, other=1 - r) for r in (0, 1)]
    assert [one.name for one in signal_of(rows, asked, "f").diagnosis.terms] == ["right"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "f.jsonl: holds no rollouts"),
        ([seen("a", 1), seen("b", 1)], "a single rollout, so there is nothing to compare"),
        ([Seen(seen("a", 1).rollout), seen("a", 1)], "1 of 2 rollouts are not scored"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(rows: list[Seen], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        signal_of(rows, spec(), "f.jsonl")
    assert "\n" not in str(caught.value)


def test_noise_is_the_pooled_deviation_of_readings() -> None:
    # Variances 0.5 and 0 of the rollouts that were read twice.
    found = measured_noise([[0.0, 1.0, None], [1.0, 1.0, 0.5]], "2 readings")
    assert found is not None
    assert found.value == pytest.approx(math.sqrt((0.5 + 0) / 2))
    assert measured_noise([[0.0], [None]], "2 readings") is None
    assert measured_noise([[0.0, 1.0]], "1 reading") is None


def test_noise_of_judges_comes_from_their_calibration() -> None:
    rows = [seen(group, 2 * v, tone=2 * v) for group in ("a", "b") for v in (0, 0.5, 0.5, 1)]
    asked = spec(JUDGE, range="[0, 2]")
    assert signal_of(rows, asked, "f").noise is None
    found = signal_of(rows, asked, "f", reliabilities={"tone": 0.75})
    deviation = found.diagnosis.terms[0].deviation
    assert found.noise is not None and found.diagnosis.reliability is not None
    assert found.noise.value == pytest.approx(math.sqrt(0.25) * deviation)
    assert found.diagnosis.reliability.reliability == pytest.approx(0.75)


def test_a_reward_without_judges_has_no_noise() -> None:
    found = signal_of(SIXTEEN, spec(), "f")
    assert found.noise is not None and found.noise.value == 0
    assert found.diagnosis.reliability is None


def test_answers_that_were_cut_off_are_told() -> None:
    rows = [
        seen("a", reward, noted={"stop": stop, "policy": "m"})
        for reward, stop in ((1, "max_tokens"), (0, "end_turn"))
    ]
    found = signal_of(rows, spec(), "f")
    assert (found.cut_off, found.policies) == (0.5, ("m",))
    assert "50% of the responses ended at the bound" in found.findings[-1].text
    assert signal_of(SIXTEEN, spec(), "f").cut_off is None


def test_what_was_seen_is_kept_by_the_reward(tmp_path: Path) -> None:
    tied = [seen(group, 0.5) for group in "abc" for _ in range(4)]
    kept = SignalStanding.of(signal_of(tied, spec(), "f"), "preview")
    write_standing(tmp_path, "a" * 64, kept)
    assert read_standing(tmp_path, "a" * 64) == kept
    assert kept.without_signal == 1
    assert len(kept.warnings) == 1 and kept.warnings[0].startswith("In 100% of the groups")
    assert read_standing(tmp_path, "b" * 64) is None
    # A digest that shares its beginning is another reward.
    assert read_standing(tmp_path, "a" * 63 + "b") is None
    (tmp_path / "signal" / f"{'a' * 16}.json").write_text("[]")
    assert read_standing(tmp_path, "a" * 64) is None
