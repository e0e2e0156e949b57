"""The state machine that scores large files: found by the stack that made it, started, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nova_rft.aws.batches import BatchPlace
from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import NotDeployed, outputs_of
from nova_rft.spec import Spec

# Below it lie chunks, manifests, and what batches ask and answer.
PREFIX = "scoring/"


@dataclass(frozen=True, slots=True)
class ScoringStack:
    """What the stack made.

    Attributes:
        machine: The state machine's ARN; None where no reward Lambda is deployed.
        batch_role: What Bedrock's batches run with; None where no judge is on Bedrock.
        bucket: Where chunks, rows and records lie.
    """

    machine: str | None
    batch_role: str | None
    bucket: str

    @property
    def batches(self) -> BatchPlace:
        """Where batches read and write.

        Raises:
            NotDeployed: there is no role for them.
        """
        if self.batch_role is None:
            raise NotDeployed("the stack for scoring has no role for batches; deploy again")
        return BatchPlace(self.batch_role, self.bucket, f"{PREFIX}batches/")


def scoring_stack(aws: Aws, spec: Spec) -> ScoringStack:
    """The outputs of the project's stack for scoring.

    Raises:
        NotDeployed: it is not there.
        AwsRefused: AWS does not let the caller look.
    """
    name = spec.stack_name("scoring")
    outputs = outputs_of(aws, name)
    if outputs is None:
        raise NotDeployed(
            f"the stack {name} does not exist in {aws.region}; write scoring: true into the stage "
            f"{spec.stage} of stages.yaml, and deploy: `nova-rft deploy`"
        )
    return ScoringStack(
        outputs.get("ScoringMachineArn"), outputs.get("BatchRoleArn"), outputs["ScoringBucket"]
    )


def running_executions(aws: Aws, machine: str, prefix: str) -> Iterator[str]:
    """ARNs of a machine's executions that run, and whose names begin so."""
    with aws_errors():
        pages = aws.client("stepfunctions").get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"):
            for one in page["executions"]:
                if one["name"].startswith(prefix):
                    yield one["executionArn"]


def failure_of(aws: Aws, execution: str) -> str:
    """What an execution says of its failure; empty where it has not failed."""
    with aws_errors():
        found = aws.client("stepfunctions").describe_execution(executionArn=execution)
    if found["status"] in ("RUNNING", "SUCCEEDED"):
        return ""
    said = ": ".join(str(found[key]) for key in ("error", "cause") if found.get(key))
    return f"{found['status']}: {said}" if said else str(found["status"])
