"""The forecast on rewards that its thresholds were not chosen on, held against what training shows.

`make test-rehearse` writes a row of each to `$FORECAST_FIGURES`; the manual's table is made of them.
"""

from __future__ import annotations

import pytest

from nova_rft.rehearse import Outcome
from tests.rehearse.conftest import Run, alarms, told
from tests.rehearse.unseen import UNSEEN, Unseen

FIGURES = "FORECAST_FIGURES"
SEEDS = (0, 1)
STEPS = 60

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(1800)]


def called(found: Outcome) -> str:
    """What the forecast's alarm is worth by what training showed."""
    alarm = bool(found.foresight.alarm)
    match found.verdict.name:
        case "cannot tell":
            return "untold"
        case "hacks":
            return "hit" if alarm else "miss"
        case _:
            return "false alarm" if alarm else "rightly silent"


@pytest.mark.parametrize("one", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_forecast_of_an_unseen_reward(rehearsed: Run, one: Unseen, seed: int) -> None:
    found = rehearsed.unseen(one, seed, steps=STEPS)
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
