"""Starting, resuming, stopping and answering: what people do with runs.

Nothing here is remembered on this machine. A run has the name of its job, an execution that of its run
and of how often that was resumed; so whatever is repeated finds what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nova_rft.aws.machine import (
    answer_task,
    execution_arn,
    execution_status,
    start_execution,
    stop_execution,
)
from nova_rft.aws.storage import exists, put
from nova_rft.errors import AwsRefused, FindingsError, JobFailed, UsageError
from nova_rft.jobs import Status
from nova_rft.pipeline._order import step_to_resume
from nova_rft.pipeline._pack import pack
from nova_rft.pipeline._place import Place
from nova_rft.pipeline._run import STEPS, Run, State
from nova_rft.pipeline._runs import Runs
from nova_rft.project import Project
from nova_rft.spec import PIPELINE_BACKENDS, Pipeline, Spec, load_stage

Progress = Callable[[str], None]
ENDED_BADLY: Final = ("FAILED", "TIMED_OUT", "ABORTED")


def start(
    project: Project,
    place: Place,
    *,
    again: bool = False,
    uncalibrated: bool = False,
    progress: Progress = lambda _: None,
) -> tuple[Run, bool]:
    """Starts the pipeline for what the project is now, or finds the run that did.

    Args:
        project: What is to be trained.
        place: Where its pipeline is.
        again: Whether a Failed or Stopped job is followed by a next attempt.
        uncalibrated: Whether judges may train that were not calibrated, or were found unfit.
        progress: Told each step in a few words.

    Returns:
        The run, and whether this call made it.

    Raises:
        FindingsError: the records or the deployment break a rule; nothing was started.
        JobFailed: the job exists and ended Failed or Stopped, and `again` is not given.
        AwsRefused: AWS refused a call.
    """
    supported(project.spec)
    runs = Runs(project.aws, place.table)
    name = _next_name(project, again=again, progress=progress)
    run, created = runs.find(name), False
    if run is None:
        progress("packing the project")
        packed = pack(project)
        if not exists(project.aws, place.bucket, packed.key):
            put(project.aws, place.bucket, packed.key, packed.body)
        created = runs.create(
            _new(project.spec, place, name, packed.digest, runs.moment(), uncalibrated)
        )
        run = runs.get(name)
    _start_if_needed(project, place, run, progress)
    return run, created


def _next_name(project: Project, *, again: bool, progress: Progress) -> str:
    """The name of the job that a run would make or find."""
    try:
        return project.next_job(again=again, progress=progress)[0]
    except JobFailed as failed:
        # What it advises is for whoever submits by hand.
        told = str(failed).replace("nova-rft submit --again", "nova-rft pipeline start --again")
        raise JobFailed(told) from failed


def _new(spec: Spec, place: Place, name: str, digest: str, now: str, uncalibrated: bool) -> Run:
    return Run(
        name,
        spec.project,
        spec.stage,
        State.RUNNING,
        STEPS[0],
        digest,
        created=now,
        updated=now,
        execution=execution_arn(place.machine, name),
        uncalibrated=uncalibrated,
    )


def _start_if_needed(
    project: Project, place: Place, run: Run, progress: Progress = lambda _: None
) -> bool:
    """Starts a run's execution where there is none: also where another start was killed before this."""
    if run.state.ended or execution_status(project.aws, run.execution) is not None:
        return False
    progress("starting the state machine")
    given = {"run": run.name, "resumed": run.resumed, "at": {"step": run.step}}
    start_execution(project.aws, place.machine, run.execution.rpartition(":")[2], given)
    return True


def resume(
    project: Project, place: Place, name: str | None = None, *, from_step: str | None = None
) -> Run:
    """Goes on with a run at the step that it failed at, by a new execution.

    Args:
        project: Whose run it is.
        place: Where its pipeline is.
        name: The run; by default the newest.
        from_step: Another step to go on from; every one before it has to be done.

    Raises:
        UsageError: there is no such run, it has not failed, or a step before `from_step` is not done.
        FindingsError: its job has failed: only another attempt helps.
    """
    runs = Runs(project.aws, place.table)
    run = _named(runs, project, name)
    if _start_if_needed(project, place, run):
        return run
    if not run.state.ended and execution_status(project.aws, run.execution) == "RUNNING":
        raise UsageError(f"{run.name} is running, at the step {run.step}; nothing to resume")
    if run.state is State.SUCCEEDED and from_step is None:
        raise UsageError(f"{run.name} has succeeded; nothing to resume")
    step = step_to_resume(run, from_step, _settings(project))
    _check_job(project, run, step)
    execution = execution_arn(place.machine, f"{run.name}.{run.resumed + 1}")
    runs.reopen(run, step, execution)
    # Whoever was faster, here or elsewhere: the execution has one name.
    reopened = runs.get(run.name)
    _start_if_needed(project, place, reopened)
    return reopened


def stop(project: Project, place: Place, name: str | None = None) -> Run:
    """Stops a run's execution; the job that it submitted goes on.

    Raises:
        UsageError: there is no such run, or it has ended.
    """
    runs = Runs(project.aws, place.table)
    run = _named(runs, project, name)
    if run.state.ended:
        raise UsageError(f"{run.name} has ended already ({run.state}); nothing to stop")
    if execution_status(project.aws, run.execution) is not None:
        stop_execution(project.aws, run.execution, "stopped by hand")
    runs.fail(run, run.step, "stopped by hand", State.STOPPED)
    return runs.get(run.name)


def decide(
    project: Project, place: Place, name: str | None, *, approved: bool, why: str | None = None
) -> Run:
    """Says whether a model that waits for approval is to be served.

    Raises:
        UsageError: there is no such run.
        FindingsError: it does not wait for approval, or no longer.
    """
    runs = Runs(project.aws, place.table)
    run = _named(runs, project, name)
    if not run.awaits_approval or run.token is None:
        raise FindingsError(
            f"{run.name} does not wait for approval; it is {run.state}, at the step {run.step}"
        )
    word = "approved" if approved else "rejected"
    said = f"{word} by {project.aws.caller()}" + (f": {why}" if why else "")
    following = "serve" if approved else "tell"
    answer = {"step": following, "approved": approved, "said": said}
    if not answer_task(project.aws, run.token, answer):
        raise FindingsError(
            f"{run.name} waits for approval no longer; `nova-rft pipeline resume` asks again"
        )
    # Only now: an answer that comes too late changes nothing.
    if run.trial and not approved:
        _withdraw(project, runs, run)
    return runs.get(run.name)


def _withdraw(project: Project, runs: Runs, run: Run) -> None:
    """Deletes the deployment that a rejected model was compared by, with the rights of who rejects it.

    The pipeline itself may delete none: a deployment's ARN does not say whose it is.
    """
    try:
        project.unserve(run.name)
    except AwsRefused:
        return  # The run still says so, and the message about its end says how.
    except UsageError:
        pass  # Somebody was faster.
    runs.withdrawn(run)


def supported(spec: Spec) -> None:
    """Refuses backends whose jobs the pipeline's function cannot submit.

    Raises:
        UsageError: the spec's is one.
    """
    if spec.backend not in PIPELINE_BACKENDS:
        raise UsageError(
            f"the pipeline does not submit jobs on {spec.backend}: they run on a cluster of yours; "
            "submit them by hand: nova-rft submit --start"
        )


def _settings(project: Project) -> Pipeline:
    """The stage's, as they are here; the steps go by what was deployed, and refuse as well."""
    return load_stage(project.file, project.spec.stage).pipeline or Pipeline()


def _check_job(project: Project, run: Run, step: str) -> None:
    """Refuses to go on to a job that has failed: no look at it ends otherwise."""
    if STEPS.index(step) > STEPS.index("look") or (run.job is None and step != "look"):
        return
    job = project.job(run.job or run.name)
    if job.status in (Status.FAILED, Status.STOPPED):
        raise FindingsError(
            f"the job of this run ended {job.status}: {job.failure or 'no reason given'}; start the "
            "next attempt with `nova-rft pipeline start --again`"
        )


def find(project: Project, place: Place, name: str | None = None) -> Run:
    """A run by its name, or the newest.

    Where its execution has ended and nobody could write that down, it is written down now.

    Raises:
        UsageError: there is none.
    """
    runs = Runs(project.aws, place.table)
    run = _named(runs, project, name)
    if run.state.ended:
        return run
    status = execution_status(project.aws, run.execution)
    if status not in ENDED_BADLY:
        return run
    # Its own words may be on their way; a look at the table comes after the execution's end.
    run = runs.get(run.name)
    state = State.STOPPED if status == "ABORTED" else State.FAILED
    runs.fail(run, run.step, f"its execution ended {status}; its history says why", state)
    return runs.get(run.name)


def _named(runs: Runs, project: Project, name: str | None) -> Run:
    if name is not None:
        return runs.get(name)
    newest = next(iter(runs.all()), None)
    if newest is None:
        spec = project.spec
        raise UsageError(
            f"{spec.project} ({spec.stage}) has no run yet; start one: nova-rft pipeline start"
        )
    return newest
