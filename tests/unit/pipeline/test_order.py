"""From where a run goes on: no step is leapt over that has to be done before."""

from __future__ import annotations

import pytest

from nova_rft.errors import FindingsError, UsageError
from nova_rft.pipeline import STEPS, Run, State, StepState
from nova_rft.pipeline._order import refuse_a_leap, step_to_resume
from nova_rft.spec import Pipeline

ASKED = Pipeline()
UNASKED = Pipeline(approval=False)


def run(step: str, word: str = "Failed", state: State = State.FAILED) -> Run:
    """A run that came to a step; all before it are done."""
    steps = {one: StepState("Done") for one in STEPS[: STEPS.index(step)]}
    steps[step] = StepState(word)
    return Run("p-1", "p", "dev", state, step, "d", "now", "now", "arn", steps=steps)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_goes_on_where_it_failed_or_before(step: str) -> None:
    failed = run(step)
    assert step_to_resume(failed, None, ASKED) == step
    for asked in STEPS[: STEPS.index(step) + 1]:
        assert step_to_resume(failed, asked, ASKED) == asked
    for asked in STEPS[STEPS.index(step) + 1 :]:
        with pytest.raises(UsageError, match=rf"from {asked}: the step {step} before it .*Failed"):
            step_to_resume(failed, asked, ASKED)
        with pytest.raises(FindingsError, match=f"{asked} is not taken, because {step} "):
            refuse_a_leap(failed, asked, ASKED)


def test_what_the_stage_leaves_out_is_not_waited_for() -> None:
    evaluated = run("approve", "Begun")
    assert step_to_resume(evaluated, "serve", UNASKED) == "serve"
    assert step_to_resume(evaluated, "tell", Pipeline(approval=False, serve=False)) == "tell"
    with pytest.raises(UsageError, match="the step serve before it is not done"):
        step_to_resume(evaluated, "tell", UNASKED)


def test_a_run_whose_approval_was_never_written_down_is_asked_about_again() -> None:
    """It failed at serve, before anything of serve ran."""
    steps = run("approve", "Begun").steps
    failed = Run("p-1", "p", "dev", State.FAILED, "serve", "d", "n", "n", "arn", steps=steps)
    assert step_to_resume(failed, None, ASKED) == "approve"


@pytest.mark.parametrize("word", ["Rejected", "Done"])
@pytest.mark.parametrize("settings", [ASKED, UNASKED])
def test_a_rejected_model_is_asked_about_again_before_it_is_served(
    word: str, settings: Pipeline
) -> None:
    """Earlier versions wrote down `Done` for a rejection; the run's own state says what it was."""
    rejected = run("approve", word, State.REJECTED)
    assert step_to_resume(rejected, None, settings) == "approve"
    assert step_to_resume(rejected, "tell", settings) == "tell"
    with pytest.raises(UsageError, match=r"the step approve before it is not done \(Rejected\)"):
        step_to_resume(rejected, "serve", settings)


def test_a_step_that_is_none_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="deploy is no step of the pipeline; steps are validate"):
        step_to_resume(run("tell"), "deploy", ASKED)
