"""What the pipeline's stack made, by its outputs."""

from __future__ import annotations

from dataclasses import dataclass

from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import NotDeployed, outputs_of
from nova_rft.spec import Spec


@dataclass(frozen=True, slots=True)
class Place:
    """Where a project's pipeline is.

    Attributes:
        machine: The state machine's ARN.
        table: The table of runs.
        bucket: Where what is packed lies, under `pipelines/`.
    """

    machine: str
    table: str
    bucket: str


def place_of(aws: Aws, spec: Spec) -> Place:
    """Reads the outputs.

    Raises:
        NotDeployed: the stage has no pipeline, or it is not deployed.
        AwsRefused: AWS does not let the caller look.
    """
    stack = spec.stack_name("pipeline")
    outputs = outputs_of(aws, stack)
    if outputs is None:
        raise NotDeployed(
            f"the stack {stack} does not exist in {aws.region}; say `pipeline: {{}}` for the stage "
            f"{spec.stage} in stages.yaml and deploy: `nova-rft deploy`"
        )
    names = ("PipelineMachineArn", "PipelineTable", "PipelineBucket")
    missing = [name for name in names if name not in outputs]
    if missing:
        raise NotDeployed(
            f"the stack {stack} lacks the output {missing[0]}; deploy again: `nova-rft deploy`"
        )
    return Place(*(outputs[name] for name in names))
