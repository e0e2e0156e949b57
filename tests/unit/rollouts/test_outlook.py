"""Where a reward would lead, from rollouts whose truth is known."""

from __future__ import annotations

import json
import random

import pytest

from nova_rft.errors import FindingsError, UsageError
from nova_rft.rollouts import Seen, feature, outlook_of
from nova_rft.rollouts._phrases import frequent_phrases
from tests.unit.rollouts.making import RIGHT, seen, spec

LONG = "    - {name: long, type: python, function: 'rewards:long', clip: [0, 1]}\n"


def rollouts(prompts: int = 24, samples: int = 8, *, by: str, seed: int = 0) -> list[Seen]:
    """Responses of which the long ones are mostly wrong; the reward is `long`, `right` or `both`."""
    rng = random.Random(seed)
    found = []
    for prompt in range(prompts):
        for sample in range(samples):
            words = rng.randint(3, 40)
            right = float(rng.random() < (0.8 if words < 20 else 0.2))
            long = words / 40
            closing = "as I have said before" if words > 25 else "that is all there is"
            text = " ".join(["well"] * words + [closing])
            reward = {"long": long, "right": right, "both": (long + right) / 2}[by]
            id = f"p{prompt}-{sample}"
            mark = {"mark": bool(right)}
            found.append(
                seen(f"p{prompt}", reward, text, id=id, fields=mark, right=right, long=long)
            )
    return found


def test_a_reward_for_length_is_called_out_by_the_check() -> None:
    asked = spec("    - {name: right, type: match, how: contains, weight: 0}\n", LONG)
    found = outlook_of(rollouts(by="long"), asked.required_reward, "f")
    falls = found.findings[0]
    assert falls.code == "check_falls"
    assert "while the check right falls" in falls.text and "pulls at long" in falls.text
    assert [one.kind for one in found.checks] == ["apart"]
    assert (found.checks[0].aligned or 0) < 0
    grown = [one.name for one in found.forecast.going("grows")]
    assert {"reward", "words", "term long"} <= set(grown)
    words = feature(found.forecast, "words")
    assert words.changes[-1].low > 0
    longest = {one.rollout.id: len(one.rollout.response) for one in rollouts(by="long")}
    assert all(longest[id] > 100 for id in words.drivers)
    said = {one.name: one.direction for one in found.phrases}
    assert said["\u201cas i have\u201d"] == "grows"
    assert said["\u201call there is\u201d"] == "vanishes"
    assert json.loads(json.dumps(found.as_dict()))["checks"][0]["name"] == "right"


def test_a_good_reward_raises_no_alarm() -> None:
    found = outlook_of(rollouts(by="right"), spec().required_reward, "f")
    assert found.findings == ()
    assert [(one.name, one.kind) for one in found.checks] == [("right", "proven")]
    assert found.checks[0].aligned == pytest.approx(1)
    assert feature(found.forecast, "words").direction == "vanishes"


def test_a_field_of_the_records_can_be_the_check() -> None:
    rows = rollouts(by="long")
    found = outlook_of(rows, spec(LONG).required_reward, "f", fields=["mark"])
    assert [(one.name, one.kind) for one in found.checks] == [("mark", "field")]
    assert found.findings[0].code == "check_falls"
    with pytest.raises(
        UsageError, match="no rollout has a number, or true or false, in the field no"
    ):
        outlook_of(rows, spec(LONG).required_reward, "f", fields=["no"])


def test_without_a_check_that_is_said() -> None:
    found = outlook_of(rollouts(by="long"), spec(LONG).required_reward, "f")
    assert [one.code for one in found.findings] == ["no_check"]


def test_a_check_that_could_move_and_hardly_does_is_told() -> None:
    rng = random.Random(1)
    rows = [
        seen(f"p{prompt}", long, "x", right=right, long=long)
        for prompt in range(30)
        for _ in range(8)
        for long, right in [(rng.random(), float(rng.random() < 0.5))]
    ]
    asked = spec("    - {name: right, type: match, how: contains, weight: 0}\n", LONG)
    found = outlook_of(rows, asked.required_reward, "f")
    assert [one.code for one in found.findings] == ["check_lags"]
    assert "pulls at long" in found.findings[0].text


def test_where_rewards_never_differ_nothing_is_pulled() -> None:
    with pytest.raises(FindingsError, match="in no group do rewards differ"):
        outlook_of([seen("a", 1), seen("a", 1)], spec().required_reward, "f")


def test_few_prompts_are_told() -> None:
    found = outlook_of(rollouts(3, by="right"), spec(RIGHT).required_reward, "f")
    assert [one.code for one in found.findings] == ["few_prompts"]


def test_phrases_are_those_that_split_the_responses() -> None:
    texts = ["In short, it is 4.", "In short, it is 5!", "Well then, let me see: 4.", "It's 7"] * 5
    found = frequent_phrases(texts)
    # "in short it" and "short it is" come together: one of them stands for both.
    assert sorted(found) == ["in short it", "let me see"] or len(found) == 2
    assert all(0 < values.mean() < 1 for values in found.values())
    assert frequent_phrases(["one two three"] * 9) == {}
