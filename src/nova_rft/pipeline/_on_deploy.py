"""Starting a run because a stack is deployed: what CloudFormation's custom resource is answered.

A job costs money, so a deployment must never start one twice, nor silently leave it unstarted.

What is wrong with records, or with an earlier job of the same name, does not fail the deployment:
rolling back would take the pipeline away with which it is mended (`pipeline start --again`), and on a
first deployment the whole stack. Nor does the next deployment of the same digest try again: a run has
the name of its published reward too, so that a reward deployed anew would start a second job for records
that were trained on already, or that somebody has started by hand meanwhile. So people decide, and are
told: by the stage's topic, by the stack's output `PipelineSaid`, which stays there, and by `nova-rft
deploy`, which prints that output as a warning. Whatever else goes wrong fails the deployment, and the
next one tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.aws.storage import get
from nova_rft.errors import FindingsError, NovaRftError
from nova_rft.pipeline._pack import unpack
from nova_rft.pipeline._place import Place
from nova_rft.pipeline._run import State
from nova_rft.pipeline._start import start
from nova_rft.pipeline._words import about_left, about_unstarted
from nova_rft.pipeline._workplace import Workplace
from nova_rft.project import Project

# What begins so in the output `PipelineSaid` is for people to mend.
WARNING: Final = "warning: "
# Of a cause in that output: an answer to CloudFormation has 4 KiB in all.
_CAUSE: Final = 600


@dataclass(frozen=True, slots=True)
class Deployed:
    """What CloudFormation is answered.

    Attributes:
        ok: Whether the deployment goes on.
        run: The run's name, which is the resource's id.
        said: What was done, or is left as it is.
    """

    ok: bool
    run: str
    said: str


def on_deploy(work: Workplace, place: Place, event: Mapping[str, Any]) -> Deployed:
    """Starts the pipeline for a project that is deployed; deleting starts and stops nothing.

    Args:
        work: What the pipeline works with, and who is told.
        place: Where the pipeline is.
        event: CloudFormation's: `RequestType`, `ResourceProperties` with `Digest`, `Bucket`, `Key`.
    """
    known = str(event.get("PhysicalResourceId") or "none")
    if event["RequestType"] == "Delete":
        return Deployed(True, known, _left(work, known))
    asked = event["ResourceProperties"]
    try:
        folder = work.scratch / str(asked["Digest"])
        project = unpack(get(work.aws, asked["Bucket"], asked["Key"]), folder)
        project.aws = work.aws
        return _started(work, place, project, known)
    except NovaRftError as error:
        return Deployed(False, known, str(error))


def _started(work: Workplace, place: Place, project: Project, known: str) -> Deployed:
    start_by_hand = f"nova-rft --stage {project.spec.stage} pipeline start"
    try:
        run, created = start(project, place)
    except FindingsError as found:
        mend = f"mend that and run `{start_by_hand}`; after a job that ended, with --again"
        return _warned(work, project, known, f"nothing was started: {_short(found)}", mend)
    if run.state in (State.FAILED, State.STOPPED):
        why = _short(run.failure or "no reason is known")
        said = f"nothing was started: {run.name} has {run.state} at the step {run.step}: {why}"
        mend = f"mend that and run `nova-rft --stage {run.stage} pipeline resume --run {run.name}`"
        return _warned(work, project, run.name, said, mend)
    word = "started" if created else f"found, {run.state} at the step {run.step}"
    return Deployed(True, run.name, f"{run.name} was {word}")


def _warned(work: Workplace, project: Project, run: str, found: str, mend: str) -> Deployed:
    """Tells that nothing was started; the deployment goes on."""
    spec = project.spec
    said = f"{found}. Deploying the same again does not try again: {mend}"
    work.tell(*about_unstarted(spec.project, spec.stage, said))
    return Deployed(True, run, f"{WARNING}{work.runs.moment()}: {said}")


def _short(cause: object) -> str:
    said = str(cause).rstrip(".")
    return said if len(said) <= _CAUSE else f"{said[:_CAUSE]} ..."


def _left(work: Workplace, name: str) -> str:
    """What goes on when the stack is deleted, or starts something else; people are told."""
    run = work.runs.find(name)
    if run is None:
        return f"{name}: deploying started no such run, so none goes on"
    if run.state.ended:
        return f"{run.name} has ended {run.state}; what it made stays"
    subject, said = about_left(run)
    work.tell(subject, said)
    return said
