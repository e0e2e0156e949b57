"""The roles of a pipeline, and what tries each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.apart.pipelines import slack
from tests.iam.answers import answers
from tests.iam.cells import KINDS, Place, Proven, log_name
from tests.iam.line import deployed
from tests.iam.runs import Failing, Steps
from tests.iam.told import Heard, Started

# One for each kind of job that the steps treat otherwise.
PIPELINES = ("rft on bedrock", "sft on bedrock", "rft on sagemaker", "sft on sagemaker")
# Whose jobs are started by a deployment in another way; the other roles are those of any pipeline.
STARTED = ("rft on bedrock", "rft on sagemaker")


@contextmanager
def pipeline_proof(place: Place, kind: str, folder: Path) -> Iterator[list[Proven]]:
    """The roles of a pipeline for one kind of job; it is deployed as long as they are tried."""
    with slack() as (address, told), answers() as answered:
        line = deployed(place, kind, folder, address, starts=kind in STARTED)
        name = f"{kind}, pipeline"
        backend = KINDS[kind].backend

        def proven(role: str, holder: str, part: str, run: Callable[[], str]) -> Proven:
            names = {**line.names, log_name(f"/aws/lambda/{line.stack(part)}"): "LOG"}
            return Proven(name, backend, role, holder, names, run)

        steps = line.role_of("pipeline")
        roles = [proven("role of the steps", steps, "pipeline", Steps(line).run)]
        if kind in STARTED:
            begun = Started(line, answered)
            role = line.role_of("pipeline-start")
            roles.append(proven("role of the start", role, "pipeline-start", begun.run))
        if kind == PIPELINES[0]:
            heard = Heard(line, told)
            role = line.role_of("pipeline-events")
            roles.append(proven("role of the events", role, "pipeline-events", heard.run))
            role = line.machine_role()
            roles.append(proven("state machine's role", role, "pipeline", Failing(line).run))
        yield roles
