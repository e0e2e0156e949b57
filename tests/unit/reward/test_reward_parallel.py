"""Scoring on several processes: the same scores, in the same order, and errors as they are."""

from __future__ import annotations

from functools import partial

import pytest

from nova_rft.judge import ScriptedModel
from nova_rft.reward import (
    JudgeModels,
    RewardAbstained,
    RewardFunction,
    answer,
    read_item,
    score_all,
)
from nova_rft.spec import RewardSpec

from .rewards import item

SPEC = RewardSpec.model_validate(
    {"range": [0, 1], "terms": [{"name": "right", "type": "match"}], "on_abstain": "raise"}
)


def make(spec: RewardSpec) -> RewardFunction:
    return RewardFunction(spec, JudgeModels(spec, lambda _: ScriptedModel()))


@pytest.mark.parametrize("count", [1, 8, 40])
def test_several_processes_give_what_one_gives(count: int) -> None:
    events = [
        [read_item(item(f"A: {number % 3 + 3}", id=f"{number}-{row}")) for row in range(3)]
        for number in range(count)
    ]
    one = list(score_all(partial(make, SPEC), iter(events), workers=1))
    several = list(score_all(partial(make, SPEC), iter(events), workers=2))
    assert [answer(event) for event in several] == [answer(event) for event in one]
    assert len(several) == count


def test_an_error_in_another_process_is_the_same_error() -> None:
    events = [[read_item(item(id=str(number)))] for number in range(40)]
    events[30] = [read_item({"id": "bad"})]
    with pytest.raises(RewardAbstained, match="rollout 'bad' could not be scored"):
        list(score_all(partial(make, SPEC), iter(events), workers=2))
