"""Starting a run because a stack is deployed: what CloudFormation's custom resource is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get
from nova_rft.errors import FindingsError, NovaRftError
from nova_rft.pipeline._pack import unpack
from nova_rft.pipeline._place import Place
from nova_rft.pipeline._runs import Runs
from nova_rft.pipeline._start import start


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


def on_deploy(aws: Aws, place: Place, scratch: Path, event: Mapping[str, Any]) -> Deployed:
    """Starts the pipeline for a project that is deployed; deleting starts and stops nothing.

    Args:
        aws: The account and region.
        place: Where the pipeline is.
        scratch: A folder on this machine.
        event: CloudFormation's: `RequestType`, `ResourceProperties` with `Digest`, `Bucket`, `Key`.
    """
    known = str(event.get("PhysicalResourceId") or "none")
    if event["RequestType"] == "Delete":
        return Deployed(True, known, _left(aws, place, known))
    asked = event["ResourceProperties"]
    try:
        folder = scratch / str(asked["Digest"])
        project = unpack(get(aws, asked["Bucket"], asked["Key"]), folder)
        project.aws = aws
        run, created = start(project, place)
    except FindingsError as found:
        # What is wrong with records or with an earlier job is no reason to roll a deployment back.
        return Deployed(True, known, f"nothing was started: {found}")
    except NovaRftError as error:
        return Deployed(False, known, str(error))
    word = "started" if created else f"found, {run.state} at the step {run.step}"
    return Deployed(True, run.name, f"{run.name} was {word}")


def _left(aws: Aws, place: Place, name: str) -> str:
    """What goes on when the stack is deleted."""
    run = Runs(aws, place.table).find(name)
    if run is None:
        return f"{name}: no such run; nothing goes on"
    if run.state.ended:
        return f"{run.name} has ended {run.state}; what it made stays"
    job = f" Its job trains on, and costs: nova-rft stop {run.name}." if run.job else ""
    return (
        f"{run.name} is running, at the step {run.step}; its execution ends with the state machine, if "
        f"that is deleted too.{job}"
    )
