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
from tests.iam.told import Heard, SentOn, Started
from tests.unit.judge.servers import Reply, serving

# One for each kind of job that the steps treat otherwise.
PIPELINES = (
    *("rft on bedrock", "sft on bedrock", "rft on sagemaker", "sft on sagemaker"),
    "rft on bedrock-openai",
)
# Whose jobs are started by a deployment in another way; the other roles are those of any pipeline.
STARTED = ("rft on bedrock", "rft on sagemaker", "rft on bedrock-openai")
# Of the one in a network, what is not elsewhere.
INSIDE = "pipeline in a network"
_ANSWER = Reply(
    body={
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "It is 4."},
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
)


@contextmanager
def pipeline_proof(place: Place, kind: str, folder: Path) -> Iterator[list[Proven]]:
    """The roles of a pipeline for one kind of job; it is deployed as long as they are tried."""
    with slack() as (address, told), answers() as answered, serving(_ANSWER) as other:
        starts = kind in STARTED
        line = deployed(place, kind, folder, address, starts=starts, model=other.url)
        name = f"{kind}, pipeline"
        backend = KINDS[kind].backend

        def proven(role: str, holder: str, part: str, run: Callable[[], str]) -> Proven:
            names = {**line.names, log_name(f"/aws/lambda/{line.stack(part)}"): "LOG"}
            return Proven(name, backend, role, holder, names, run)

        steps = line.role_of("pipeline")
        roles = [proven("role of the steps", steps, "pipeline", Steps(line).run)]
        if kind in STARTED:
            begun = Started(line, answered, told)
            role = line.role_of("pipeline-start")
            roles.append(proven("role of the start", role, "pipeline-start", begun.run))
        if kind == PIPELINES[0]:
            heard = Heard(line, told)
            role = line.role_of("pipeline-events")
            roles.append(proven("role of the events", role, "pipeline-events", heard.run))
            role = line.machine_role()
            roles.append(proven("state machine's role", role, "pipeline", Failing(line).run))
        yield roles


@contextmanager
def inside_proof(place: Place, folder: Path) -> Iterator[list[Proven]]:
    """The role of the messenger, which a pipeline has in a network alone."""
    with slack() as (address, told):
        line = deployed(place, PIPELINES[1], folder, address, starts=False, network={})
        names = {**line.names, log_name(f"/aws/lambda/{line.stack('pipeline-slack')}"): "LOG"}
        sent, role = SentOn(line, told), line.role_of("pipeline-slack")
        yield [Proven(INSIDE, "bedrock", "role of the messenger", role, names, sent.run)]
