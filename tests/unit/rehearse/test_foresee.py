"""The forecast of a hack, on rollouts whose pull is known because they were made up."""

from __future__ import annotations

import random

from nova_rft.rehearse import Foresight, RewardFacts, foresee
from nova_rft.rehearse._grade import Graded
from nova_rft.rehearse._measure import Batch
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


def test_it_is_plain_data_and_comes_back_equal() -> None:
    found = seen(facts(RIGHT, THOROUGH, TRUTH), right=1.0, thorough=0.1)
    assert Foresight(**found.as_dict()) == found
