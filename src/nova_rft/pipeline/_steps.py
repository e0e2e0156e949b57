"""The pipeline's steps, one for each call: by the methods of `Project` that the command line calls.

A step may be repeated: it was killed, throttled, or its answer was lost. Each looks before it makes
anything, and what it makes has a name that is known beforehand. What it found goes to the table of runs;
the state machine is told no more than which way to go.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from nova_rft.aws.machine import answer_task
from nova_rft.errors import AwsRefused, FindingsError, JobFailed
from nova_rft.jobs import NotYet, Status
from nova_rft.pipeline._fitness import fitness
from nova_rft.pipeline._order import refuse_a_leap
from nova_rft.pipeline._run import REJECTED, Run, State
from nova_rft.pipeline._runs import Superseded
from nova_rft.pipeline._words import about_approval, about_end, about_failure
from nova_rft.pipeline._workplace import Passing, Workplace
from nova_rft.project import Project, passes

Answer = dict[str, Any]
# Of the time that a job has taken, the part that a look may come too late by.
_LATE: Final = 100
_SAID: Final = 1000
_PAUSE_S: Final = 60
# Of the time that a call has, what is left for writing down what was found.
_RESERVE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of one run."""

    place: Workplace
    run: Run
    event: Mapping[str, Any]
    until: float

    @property
    def project(self) -> Project:
        return self.place.project(self.run.digest)

    @property
    def pause_s(self) -> int:
        """Seconds between two looks at a deployment, or at an evaluation."""
        return min(_PAUSE_S, self.place.settings.look_every_s)

    def done(self, name: str, said: str, **found: Any) -> None:
        self.place.runs.done(self.run, name, said[:_SAID], **found)


def take_step(place: Workplace, event: Mapping[str, Any], *, left_s: float) -> Answer:
    """Takes one step.

    Args:
        place: What it works with.
        left_s: Seconds that there are for it.
        event: `step`, `run`, `resumed`, and `at`: what the step before answered; of those that wait
            `token`, of `fail` `error` and `cause`.

    Raises:
        Passing: AWS refused for a reason that passes.
        Superseded: the run has ended, or another execution takes its steps by now.
        FindingsError: a step that has to be done before this one is not.
        NovaRftError: whatever else the step found wrong.
    """
    name = event["step"]
    try:
        if name == "fail":
            return _fail(place, event)
        until = time.monotonic() + max(left_s - _RESERVE_S, 0.0)
        return _STEPS[name](_Step(place, _begun(place, event), event, until))
    except Superseded:
        if name != "tell" or not _told(place, event):
            raise
        return {"step": "end"}
    except AwsRefused as refused:
        if passes(refused):
            raise Passing(str(refused)) from refused
        raise


def _begun(place: Workplace, event: Mapping[str, Any]) -> Run:
    step = _TAKEN_FOR.get(event["step"], event["step"])
    run = place.runs.begin(event["run"], step, event["resumed"], **_answered(place, event))
    refuse_a_leap(run, step, place.settings)
    return run


def _answered(place: Workplace, event: Mapping[str, Any]) -> dict[str, Any]:
    """What was said on a model. Whoever answered knows no table; the step after it writes it down."""
    before = event.get("at", {})
    if "approved" not in before:
        return {}
    said = str(before.get("said", ""))
    return place.runs.answered(event["run"], said, approved=before["approved"] is True)


def _told(place: Workplace, event: Mapping[str, Any]) -> bool:
    """Whether the last step had done all, and only its answer was lost."""
    run = place.runs.get(event["run"])
    ended = run.state in (State.SUCCEEDED, State.REJECTED)
    return ended and run.resumed == event["resumed"]


def _validate(step: _Step) -> Answer:
    project = step.project
    checks = project.check()
    found = [one for _, check in checks for one in check.findings] + project.check_terms()
    errors = [one for one in found if one.severity == "error"]
    if errors:
        raise FindingsError(
            f"{errors[0]} (errors in all: {len(errors)}; nova-rft check shows them)"
        )
    counts = ", ".join(f"{check.records} in {name}" for name, check in checks)
    step.done("validate", f"records: {counts}; {len(found)} warnings")
    return {"step": "gate"}


def _gate(step: _Step) -> Answer:
    if step.run.uncalibrated:
        step.done("gate", "left out, as asked for with --uncalibrated")
    else:
        step.project.check_standing()
        step.done("gate", "nothing speaks against the judges")
    return {"step": "submit"}


def _submit(step: _Step) -> Answer:
    made = step.project.submit(named=step.run.name, uncalibrated=True)
    word = "submitted" if made.created else "found"
    step.done("submit", f"{word} {made.name}", job=made.job.arn)
    return {"step": "look"}


def _look(step: _Step) -> Answer:
    job = step.project.job(step.run.job or step.run.name)
    if job.status in (Status.FAILED, Status.STOPPED):
        raise JobFailed(f"{job.name} ended {job.status}: {job.failure or 'no reason given'}")
    if job.status is not Status.COMPLETED:
        age = datetime.now(UTC) - job.created
        pause = max(timedelta(seconds=step.place.settings.look_every_s), age / _LATE)
        return {"step": "look", "ended": False, "rest_s": round(pause.total_seconds())}
    step.done("look", f"{job.name} completed", model=job.custom_model_arn)
    return {"step": "evaluate", "ended": True}


def _rest(step: _Step) -> Answer:
    """Keeps the token by which an event ends the wait; a job that has just ended ends it here."""
    token = step.event["token"]
    step.place.runs.wait(step.run, token)
    if step.project.job(step.run.job or step.run.name).status.ended:
        answer_task(step.place.aws, token, {"step": "look"})
    return {}


def _evaluate(step: _Step) -> Answer:
    settings = step.place.settings
    found = fitness(step.place, step.run, step.project, step.until)
    if found is None:
        return {"step": "evaluate", "evaluated": False, "rest_s": step.pause_s}
    step.done("evaluate", found.said, evaluation=found.address)
    following = "approve" if settings.approval else "serve" if settings.serve else "tell"
    return {"step": following, "evaluated": True}


def _approve(step: _Step) -> Answer:
    """Asks people, and keeps the token by which they answer."""
    step.place.runs.wait(step.run, step.event["token"])
    step.place.tell(*about_approval(step.run))
    return {}


def _serve(step: _Step) -> Answer:
    not_yet = {"step": "serve", "ready": False, "rest_s": step.pause_s}
    try:
        served = step.project.serve(step.run.name, wait_s=0.0)
    except NotYet:
        return not_yet
    if served.status != "Active":
        return not_yet
    step.done("serve", f"{served.name} is {served.status}", served=served.model_id, trial=False)
    return {"step": "tell", "ready": True}


def _tell(step: _Step) -> Answer:
    asked = step.run.steps.get("approve")
    refused = asked is not None and asked.state == REJECTED
    state = State.REJECTED if refused else State.SUCCEEDED
    problems = step.place.tell(*about_end(step.run, state))
    step.done("tell", "; ".join(problems) or "told")
    why = {"failure": asked.said or "rejected"} if asked is not None and refused else {}
    step.place.runs.end(step.run, state, **why)
    return {"step": "end"}


def _fail(place: Workplace, event: Mapping[str, Any]) -> Answer:
    """Notes where and why a run failed, and tells; what is known already is not told again."""
    run = place.runs.find(event["run"])
    if run is None or run.resumed != event["resumed"]:
        return {"step": "end"}
    step = str(event.get("at", {}).get("step") or run.step)
    why = reason(str(event.get("error") or ""), str(event.get("cause") or ""))
    # The step that was to write the answer down may never have run.
    if answered := _answered(place, event):
        place.runs.note(run, **answered)
    if place.runs.fail(run, step, why[:_SAID]):
        place.tell(*about_failure(run, step, why))
    return {"step": "end"}


def reason(error: str, cause: str) -> str:
    """Why a state failed, in a sentence: the function's own message where there is one."""
    if error == "States.Timeout":
        return "it took longer than the stage allows"
    try:
        told = json.loads(cause)
        message = str(told["errorMessage"])
    except (ValueError, KeyError, TypeError):
        message = cause
    return message or error or "no reason given"


# The wait belongs to the looking: a run that fails there is resumed by a look.
_TAKEN_FOR: Final = {"rest": "look"}
_STEPS: Final[Mapping[str, Callable[[_Step], Answer]]] = {
    "validate": _validate,
    "gate": _gate,
    "submit": _submit,
    "look": _look,
    "rest": _rest,
    "evaluate": _evaluate,
    "approve": _approve,
    "serve": _serve,
    "tell": _tell,
}
