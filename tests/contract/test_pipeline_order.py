"""What people and executions ask of a run against its order, on the embedded DynamoDB and Bedrock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nova_rft.aws.session import Aws
from nova_rft.errors import FindingsError, UsageError
from nova_rft.pipeline import (
    STEPS,
    Place,
    Run,
    Runs,
    State,
    StepState,
    Workplace,
    decide,
    resume,
    take_step,
)
from nova_rft.project import Project
from nova_rft.spec import Pipeline
from tests.contract.bedrock_jobs import imported, settled
from tests.contract.conftest import Local

SPEC = """\
project: p
technique: sft
model: amazon.nova-2-lite-v1:0:256k
region: us-east-1
data: {train: train.jsonl}
"""
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:p-dev-pipeline"


@pytest.fixture
def place(client: Callable[[str], Any]) -> Place:
    name = f"runs-{uuid4().hex[:8]}"
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Place(MACHINE, name, "no-bucket")


@pytest.fixture
def project(tmp_path: Path, aws: Aws) -> Project:
    del aws  # For the environment that it sets.
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    return Project.load(tmp_path / "nova-rft.yaml")


@pytest.fixture
def work(aws: Aws, place: Place, tmp_path: Path) -> Workplace:
    return Workplace(aws, Runs(aws, place.table), place.bucket, Pipeline(), tmp_path / "scratch")


def a_run(step: str, state: State, **more: Any) -> Run:
    """A run that came to a step; all before it are done."""
    name = f"p-dev-{uuid4().hex[:12]}-1"
    steps = {one: StepState("Done") for one in STEPS[: STEPS.index(step)]}
    made = Run(name, "p", "dev", state, step, "d" * 64, "2026", "2026", f"{MACHINE}:{name}")
    return replace(made, steps={**steps, step: StepState("Failed")}, **more)


def event(run: Run, step: str, **before: Any) -> dict[str, Any]:
    return {"step": step, "run": run.name, "resumed": run.resumed, "at": {"step": step, **before}}


def test_resuming_leaps_over_no_failed_step(
    work: Workplace, place: Place, project: Project
) -> None:
    failed = a_run("look", State.FAILED)
    work.runs.create(failed)
    with pytest.raises(UsageError, match="cannot go on from tell: the step look before it"):
        resume(project, place, failed.name, from_step="tell")
    assert work.runs.get(failed.name) == failed


@pytest.mark.parametrize("step", ["serve", "tell"])
def test_a_step_is_not_taken_before_what_precedes_it(work: Workplace, step: str) -> None:
    """Also where an execution asks for it that no command of ours has started."""
    run = a_run("evaluate", State.RUNNING)
    work.runs.create(run)
    with pytest.raises(FindingsError, match=f"{step} is not taken, because evaluate before it"):
        take_step(work, event(run, step), left_s=60)
    assert not work.runs.get(run.name).state.ended


def test_a_rejection_that_failed_to_be_told_stays_one(work: Workplace) -> None:
    run = a_run("approve", State.RUNNING)
    work.runs.create(run)
    said = {"approved": False, "said": "rejected by anna: worse"}
    lost = {**event(run, "fail", **said), "error": "Lambda.Unknown", "cause": ""}
    lost["at"]["step"] = "tell"
    take_step(work, lost, left_s=60)
    failed = work.runs.get(run.name)
    assert (failed.state, failed.steps["approve"].state) == (State.FAILED, "Rejected")
    work.runs.reopen(failed, "tell", f"{failed.execution}.1")
    take_step(work, event(work.runs.get(run.name), "tell"), left_s=60)
    told = work.runs.get(run.name)
    assert (told.state, told.failure) == (State.REJECTED, "rejected by anna: worse")


def test_an_approval_is_known_where_the_step_after_it_is_begun(work: Workplace) -> None:
    run = a_run("approve", State.RUNNING)
    work.runs.create(run)
    answer = work.runs.answered(run.name, "approved by anna", approved=True)
    begun = work.runs.begin(run.name, "serve", 0, **answer)
    assert (begun.step, begun.steps["approve"].state) == ("serve", "Done")


def test_a_rejection_that_comes_too_late_deletes_nothing(
    work: Workplace, place: Place, project: Project, local: Local
) -> None:
    waiting = a_run("approve", State.RUNNING, trial=True, token="long gone")
    work.runs.create(waiting)
    bedrock = local.client("bedrock")
    bedrock.create_custom_model_deployment(
        modelDeploymentName=waiting.name, modelArn=imported(local)
    )

    def status() -> str:
        found = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=waiting.name)
        return str(found["status"])

    assert settled(status) == "Active"
    with pytest.raises(FindingsError, match="waits for approval no longer"):
        decide(project, place, waiting.name, approved=False)
    assert status() == "Active"
    assert work.runs.get(waiting.name).trial
