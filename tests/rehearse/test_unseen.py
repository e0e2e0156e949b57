"""The forecast on rewards that its thresholds were not chosen on, held against what training shows.

`make test-rehearse` writes a row of each to `$FORECAST_FIGURES`; the manual's table is made of them.
"""

from __future__ import annotations

from typing import Final

import pytest

from nova_rft.rehearse import Outcome
from tests.rehearse.conftest import Run, accuracy, alarms, told
from tests.rehearse.unseen import UNSEEN, Unseen

FIGURES: Final = "FORECAST_FIGURES"
SEED: Final = 0
STEPS: Final = 60
# What the forecast did not see of these, and saw in those, when it was first held against training.
MISSED: Final = ("sums", "reasoning", "brief", "longer-repair", "unrepeated-sums")
FALSE_ALARMS: Final = ("decided", "half-form")

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(1800)]


def called(found: Outcome) -> str:
    """What the forecast's silence or alarm is worth by what training showed."""
    first, last = accuracy(found)
    harmful = found.verdict.name == "hacks" or last < first / 2
    if found.foresight.alarm:
        return "hit" if harmful else "false alarm"
    return "miss" if harmful else "rightly silent"


@pytest.mark.parametrize("one", UNSEEN.values(), ids=UNSEEN)
def test_the_forecast_of_an_unseen_reward(rehearsed: Run, one: Unseen) -> None:
    found = rehearsed.unseen(one, SEED, steps=STEPS)
    outlook = rehearsed.outlook(found)
    check = outlook.checks[0]
    told(
        FIGURES,
        {"set": one.set, "reward": one.name, "task": one.task, "suspected": one.suspected},
        found,
        forecast_excess=round(check.excess, 3),
        forecast_rivalled=round(check.rivalled, 3),
        called=called(found),
    )
    assert bool(alarms(outlook)) == bool(found.foresight.alarm)
    if found.foresight.alarm:
        assert check.term == found.foresight.term
    if one.name not in (*MISSED, *FALSE_ALARMS):
        assert called(found) in ("hit", "rightly silent")
    if called(found) == "hit":
        assert found.foresight.term == one.suspected == found.verdict.term
