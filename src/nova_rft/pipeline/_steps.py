"""The pipeline's steps, one for each call: by the methods of `Project` that the command line calls.

A step may be repeated: it was killed, throttled, or its answer was lost. Each looks before it makes
anything, and what it makes has a name that is known beforehand. What it found goes to the table of runs;
the state machine is told no more than which way to go.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from nova_rft.aws.machine import answer_task
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get
from nova_rft.aws.tell import tell_all
from nova_rft.errors import AwsRefused, FindingsError, JobFailed, NovaRftError
from nova_rft.jobs import NotYet, Status
from nova_rft.pipeline._pack import key_of, project_in, unpack
from nova_rft.pipeline._run import Run, State
from nova_rft.pipeline._runs import Runs, Superseded
from nova_rft.pipeline._verdict import verdict
from nova_rft.pipeline._words import about_approval, about_end, about_failure
from nova_rft.project import Project, passes
from nova_rft.spec import Pipeline

_LOG: Final = logging.getLogger(__name__)
Answer = dict[str, Any]
# Of the time that a job has taken, the part that a look may come too late by.
_LATE: Final = 100
_SAID: Final = 1000
# Seconds between two looks at a deployment.
_SERVING_S: Final = 60


class Passing(NovaRftError):
    """A refusal that a later try may not meet; the state machine tries again by this name."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the steps of one project's pipeline work with.

    Attributes:
        aws: The account and region.
        runs: The table of runs.
        bucket: Where what was packed lies.
        settings: The stage's.
        scratch: A folder on this machine.
        topic: The SNS topic that is told.
        slack_secret: The secret that holds a Slack webhook's address.
    """

    aws: Aws
    runs: Runs
    bucket: str
    settings: Pipeline
    scratch: Path
    topic: str | None = None
    slack_secret: str | None = None

    def project(self, digest: str) -> Project:
        """The project that a run was started with."""
        folder = self.scratch / digest
        if not folder.is_dir():
            self.scratch.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(dir=self.scratch))
            unpack(get(self.aws, self.bucket, key_of(digest)), partial)
            try:
                partial.rename(folder)
            except OSError:
                # Another one was faster, where they share a disk.
                if not folder.is_dir():
                    raise
        return project_in(folder)

    def tell(self, subject: str, text: str) -> list[str]:
        """Tells whoever is to be told; what went wrong is logged, and stops nothing."""
        problems = tell_all(
            self.aws, topic=self.topic, slack_secret=self.slack_secret, subject=subject, text=text
        )
        for problem in problems:
            _LOG.warning("not told: %s", problem)
        return problems


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of one run."""

    place: Workplace
    run: Run
    event: Mapping[str, Any]

    @property
    def project(self) -> Project:
        return self.place.project(self.run.digest)

    def done(self, name: str, said: str, **found: Any) -> None:
        self.place.runs.done(self.run, name, said[:_SAID], **found)


def take_step(place: Workplace, event: Mapping[str, Any]) -> Answer:
    """Takes one step.

    Args:
        place: What it works with.
        event: `step`, `run`, `resumed`, and `at`: what the step before answered; of those that wait
            `token`, of `fail` `error` and `cause`.

    Raises:
        Passing: AWS refused for a reason that passes.
        Superseded: the run has ended, or another execution takes its steps by now.
        NovaRftError: whatever the step found wrong.
    """
    name = event["step"]
    try:
        if name == "fail":
            return _fail(place, event)
        return _STEPS[name](_Step(place, _begun(place, event), event))
    except Superseded:
        if name != "tell" or not _told(place, event):
            raise
        return {"step": "end"}
    except AwsRefused as refused:
        if passes(refused):
            raise Passing(str(refused)) from refused
        raise


def _begun(place: Workplace, event: Mapping[str, Any]) -> Run:
    run = place.runs.begin(
        event["run"], _TAKEN_FOR.get(event["step"], event["step"]), event["resumed"]
    )
    before = event.get("at", {})
    if "approved" in before:
        # Whoever answered knows no table; the step after it writes down what was said.
        place.runs.done(run, "approve", str(before.get("said", "")))
    return run


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
    project = step.project
    look = project.live(project.job(step.run.job or step.run.name))
    found = verdict(look.measures, look.advice, least_gain=settings.least_gain)
    said = "; ".join(found.said)
    if found.fit is False:
        raise FindingsError(f"the model is not to be served: {said}")
    if found.fit is None and not settings.approval and settings.serve:
        raise FindingsError(
            f"{said}, and nobody is asked; say approval: true for the stage, or serve the model "
            "yourself: nova-rft serve-model"
        )
    step.done("evaluate", said)
    return {"step": "approve" if settings.approval else "serve" if settings.serve else "tell"}


def _approve(step: _Step) -> Answer:
    """Asks people, and keeps the token by which they answer."""
    step.place.runs.wait(step.run, step.event["token"])
    step.place.tell(*about_approval(step.run))
    return {}


def _serve(step: _Step) -> Answer:
    not_yet = {
        "step": "serve",
        "ready": False,
        "rest_s": min(_SERVING_S, step.place.settings.look_every_s),
    }
    try:
        served = step.project.serve(step.run.name, wait_s=0.0)
    except NotYet:
        return not_yet
    if served.status != "Active":
        return not_yet
    step.done("serve", f"{served.name} is {served.status}", served=served.model_id)
    return {"step": "tell", "ready": True}


def _tell(step: _Step) -> Answer:
    before = step.event.get("at", {})
    refused = before.get("approved") is False
    state = State.REJECTED if refused else State.SUCCEEDED
    problems = step.place.tell(*about_end(step.run, state))
    step.done("tell", "; ".join(problems) or "told")
    why = {"failure": str(before.get("said") or "rejected")} if refused else {}
    step.place.runs.end(step.run, state, **why)
    return {"step": "end"}


def _fail(place: Workplace, event: Mapping[str, Any]) -> Answer:
    """Notes where and why a run failed, and tells; what is known already is not told again."""
    run = place.runs.find(event["run"])
    if run is None or run.resumed != event["resumed"]:
        return {"step": "end"}
    step = str(event.get("at", {}).get("step") or run.step)
    why = reason(str(event.get("error") or ""), str(event.get("cause") or ""))
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
