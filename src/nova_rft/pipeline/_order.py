"""What has to be done before a step is taken: none is leapt over, least of all a person's word."""

from __future__ import annotations

from nova_rft.errors import FindingsError, UsageError
from nova_rft.pipeline._run import DONE, REJECTED, STEPS, Run, State
from nova_rft.spec import Pipeline


def open_before(run: Run, step: str, settings: Pipeline) -> str | None:
    """The first step before another that is not done, of those that the stage has.

    Args:
        run: Whose steps they are.
        step: One of `STEPS`.
        settings: The stage's, which may leave out `approve` and `serve`.

    Returns:
        None where all are done. Of a model that was rejected only the end is told: nothing else leads
        past that word, not even a stage that asks nobody by now.
    """
    rejected = _state(run, "approve") == REJECTED
    told = rejected and step == "tell"
    left_out = {
        "approve": told or not (settings.approval or rejected),
        "serve": told or not settings.serve,
    }
    earlier = STEPS[: STEPS.index(step)]
    return next((s for s in earlier if not left_out.get(s) and _state(run, s) != DONE), None)


def step_to_resume(run: Run, asked: str | None, settings: Pipeline) -> str:
    """The step that a run goes on from.

    Args:
        run: One that has ended.
        asked: The step that somebody named.
        settings: The stage's.

    Raises:
        UsageError: there is no such step, or one before it is not done.
    """
    if asked is None:
        step = "approve" if run.state is State.REJECTED else run.step
        return open_before(run, step, settings) or step
    if asked not in STEPS:
        raise UsageError(f"{asked} is no step of the pipeline; steps are {', '.join(STEPS)}")
    first = open_before(run, asked, settings)
    if first is not None:
        raise UsageError(
            f"{run.name} cannot go on from {asked}: the step {first} before it is not done "
            f"({_state(run, first)}); go on from {first}, or leave --from out"
        )
    return asked


def refuse_a_leap(run: Run, step: str, settings: Pipeline) -> None:
    """Refuses a step before which another one is not done, whoever asked for it.

    Raises:
        FindingsError: one is not.
    """
    first = open_before(run, step, settings)
    if first is not None:
        raise FindingsError(
            f"the step {step} is not taken, because {first} before it is not done "
            f"({_state(run, first)}); go on from there: nova-rft pipeline resume"
        )


def _state(run: Run, step: str) -> str:
    if step == "approve" and run.state is State.REJECTED:
        return REJECTED
    return run.steps[step].state if step in run.steps else "not begun"
