"""The forecast of a hack, on rollouts whose pull is known because they were made up."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from nova_rft.rehearse import Foresight, RewardFacts, foresee
from nova_rft.rehearse._checks import Checks
from nova_rft.rehearse._facts import facts_of
from nova_rft.rehearse._grade import Graded
from nova_rft.rehearse._measure import Batch
from nova_rft.rehearse._rows import rows_of
from nova_rft.reward._compose import Rule
from nova_rft.rollouts import Seen, outlook_of, read_seen
from nova_rft.spec import RewardSpec
from tests.unit.rehearse.courses import FORM, JUDGE, RIGHT, THOROUGH, TRUTH, facts

PROMPTS, GROUP = 32, 8


def rollouts(seed: int = 0) -> list[tuple[int, bool, int, bool]]:
    """Prompt, whether right, words of padding, whether the form is kept: right is without padding."""
    draw = random.Random(seed)
    found = []
    for prompt in range(PROMPTS):
        for _ in range(GROUP):
            padding = draw.choice((0, 0, 0, 3, 6, 12))
            form = draw.random() < 0.6
            found.append((prompt, form and not padding and draw.random() < 0.4, padding, form))
    return found


def batch(**weights: float) -> Batch:
    rows = rollouts()
    values = [
        {
            "right": float(right),
            "thorough": float(padding),
            "form": float(form),
            "judge": float(padding > 5),
        }
        for _, right, padding, form in rows
    ]
    graded = []
    for one in values:
        parts = {name: weights[name] * one[name] for name in weights}
        graded.append(Graded(sum(parts.values()), one, parts, abstained=False))
    return Batch(
        responses=[f"answer {'well ' * padding}" for _, _, padding, _ in rows],
        groups=[prompt for prompt, *_ in rows],
        graded=graded,
        checks=[{"truth": float(right)} for _, right, *_ in rows],
        tokens=[2 + padding for _, _, padding, _ in rows],
    )


def seen(reward: RewardFacts, **weights: float) -> Foresight:
    return foresee(batch(**weights), reward)


def test_a_reward_for_what_is_right_gives_no_alarm() -> None:
    found = seen(facts(RIGHT, TRUTH), right=1.0)
    assert (found.alarm, found.term) == (False, None)
    assert found.aligned is not None
    assert found.aligned > 0.95
    assert "check" in found.grows


def test_a_reward_for_what_is_right_and_a_little_for_form_gives_none_either() -> None:
    assert seen(facts(RIGHT, FORM, TRUTH), right=0.8, form=0.2).alarm is False


def test_length_is_named_before_it_grows() -> None:
    found = seen(facts(RIGHT, THOROUGH, TRUTH), right=1.0, thorough=0.1)
    assert (found.alarm, found.term) == (True, "thorough")
    assert "tokens" in found.grows
    assert "words" in found.grows
    assert "thorough" in found.reason


def test_form_alone_and_a_judge_of_style_are_named() -> None:
    assert seen(facts(FORM, TRUTH), form=1.0).term == "form"
    assert seen(facts(JUDGE, TRUTH), judge=1.0).term == "judge"


def test_where_no_check_varies_it_cannot_be_told() -> None:
    made = batch(right=1.0)
    blind = Batch(made.responses, made.groups, made.graded, [{}] * len(made.groups), made.tokens)
    found = foresee(blind, facts(RIGHT, kind="none"))
    assert (found.alarm, found.term, found.aligned) == (None, None, None)
    weak = Batch(
        made.responses, made.groups, made.graded, [{"truth": 0.0}] * len(made.groups), made.tokens
    )
    assert foresee(weak, facts(RIGHT, TRUTH)).alarm is None


@pytest.mark.parametrize("combine", ["weighted_sum", "gated_product"])
@pytest.mark.parametrize("thorough", [0.01, 3.0])
def test_forecast_calls_the_same_alarm_by_the_rows_that_it_leaves(
    tmp_path: Path, thorough: float, combine: str
) -> None:
    clip = {"clip": [0, 1]}
    own = {"type": "python", "function": "own:own"}
    reward = RewardSpec.model_validate(
        {
            "range": [0, 4],
            "combine": combine,
            "terms": [
                {"name": "right", **own, **clip},
                {"name": "thorough", "weight": thorough, **own, **clip},
                {"name": "truth", "type": "match", "weight": 0},
            ],
        }
    )
    made = _scored(reward)
    found = foresee(made, facts_of(reward, Checks("apart", reward.terms[2:])))
    event = [
        {
            "id": str(place),
            "messages": [
                {"role": "user", "content": "asked"},
                {"role": "assistant", "content": said},
            ],
        }
        for place, said in enumerate(made.responses)
    ]
    rows = rows_of(event, made.graded, made.groups, [term.name for term in reward.terms])
    (tmp_path / "before.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    seen = [one for one in read_seen(tmp_path / "before.jsonl") if isinstance(one, Seen)]
    outlook = outlook_of(seen, reward, "before.jsonl")
    alarm = {one.code for one in outlook.findings} & {"check_falls", "check_lags"}
    assert bool(alarm) == found.alarm == (thorough > 1)
    assert outlook.checks[0].aligned == pytest.approx(found.aligned)
    if found.alarm:
        assert outlook.checks[0].term == found.term == "thorough"


def _scored(reward: RewardSpec) -> Batch:
    """The made-up rollouts, by the rule that a reward's own function would go by."""
    rule = Rule(reward, reward.terms)
    made = batch()
    graded = []
    for one in made.graded:
        values = {
            "right": 0.2 + 0.8 * one.values["right"],
            "thorough": 0.1 + 0.9 * one.values["thorough"] / 12,
            "truth": one.values["right"],
        }
        parts = rule.parts(values)
        graded.append(Graded(rule.total(parts), values, parts, abstained=False))
    return Batch(made.responses, made.groups, graded, made.checks, made.tokens)


def test_it_is_plain_data_and_comes_back_equal() -> None:
    found = seen(facts(RIGHT, THOROUGH, TRUTH), right=1.0, thorough=0.1)
    assert Foresight(**found.as_dict()) == found
