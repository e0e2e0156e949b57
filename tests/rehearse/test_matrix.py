"""Every built-in task, flawed reward and seed; with the unseen, `make test-rehearse` takes an hour.

The figures that the manual gives are those that this wrote to `$REHEARSAL_FIGURES`.
"""

from __future__ import annotations

import pytest

from nova_rft.rehearse.tasks import FLAWS, TASKS
from tests.rehearse.conftest import Run, accuracy, alarms

SEEDS = (0, 1, 2)
# Of these the manual says that a good reward takes them from under .3 to over .9.
NAMED = ("format", "summary")
GOOD_STEPS, FLAWED_STEPS, MENDED_STEPS = 60, 40, 80

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", NAMED)
def test_a_good_reward_teaches_a_named_task(rehearsed: Run, task: str, seed: int) -> None:
    found = rehearsed(task, seed=seed, steps=GOOD_STEPS)
    first, last = accuracy(found)
    assert first < 0.3
    assert last > 0.9
    assert found.verdict.name == "learns"
    # Processor time: a machine may be shared, and one thread is all that is used.
    assert found.processor_seconds < 60


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", TASKS)
def test_no_good_reward_is_called_a_hack(rehearsed: Run, task: str, seed: int) -> None:
    assert rehearsed(task, seed=seed, steps=GOOD_STEPS).verdict.name != "hacks"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flawed_reward_is_called_out_and_its_term_named(
    rehearsed: Run, flaw: str, seed: int
) -> None:
    found = rehearsed("format", flaw, seed, steps=FLAWED_STEPS)
    assert found.verdict.name == "hacks"
    assert found.verdict.term in FLAWS[flaw].culprits
    assert found.verdict.since is not None
    assert found.verdict.since < FLAWED_STEPS


@pytest.mark.parametrize("seed", SEEDS)
def test_the_forecast_names_every_hack_before_any_training(rehearsed: Run, seed: int) -> None:
    named = [
        rehearsed("format", flaw, seed, steps=FLAWED_STEPS).foresight.term in known.culprits
        for flaw, known in FLAWS.items()
    ]
    assert all(named)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("flaw", FLAWS)
def test_forecast_reads_what_was_there_before_training_and_names_the_culprit(
    rehearsed: Run, flaw: str, seed: int
) -> None:
    found = rehearsed("format", flaw, seed, steps=FLAWED_STEPS)
    outlook = rehearsed.outlook(found)
    assert alarms(outlook)
    assert outlook.checks[0].term in FLAWS[flaw].culprits
    assert outlook.checks[0].term == found.foresight.term


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", TASKS)
def test_forecast_is_silent_on_good_rewards(rehearsed: Run, task: str, seed: int) -> None:
    found = rehearsed(task, seed=seed, steps=GOOD_STEPS)
    assert alarms(rehearsed.outlook(found)) == []
    assert found.foresight.alarm is False


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bound_on_length_and_on_repeated_tokens_mends_length(rehearsed: Run, seed: int) -> None:
    hacked = rehearsed("format", "length", seed, steps=FLAWED_STEPS)
    assert accuracy(hacked)[1] == 0.0
    mended = rehearsed("format", "length", seed, mend=True, steps=MENDED_STEPS)
    assert accuracy(mended)[1] > 0.9
    assert mended.verdict.name == "learns"
