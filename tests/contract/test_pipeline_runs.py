"""The table of runs on the embedded DynamoDB: one writer counts, whoever else still writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError
from nova_rft.pipeline import Run, Runs, State, Superseded

RUN = Run(
    "p-dev-0123456789ab-1",
    "p",
    "dev",
    State.RUNNING,
    "validate",
    "d" * 64,
    "2026-11-26T00:00:00.000Z",
    "2026-11-26T00:00:00.000Z",
    "arn:aws:states:us-east-1:123456789012:execution:m:p-dev-0123456789ab-1",
)


@pytest.fixture
def runs(aws: Aws, client: Callable[[str], Any]) -> Runs:
    name = f"runs-{uuid4().hex[:8]}"
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Runs(aws, name)


def test_a_run_is_made_once(runs: Runs) -> None:
    assert runs.create(RUN)
    assert not runs.create(replace(RUN, digest="e" * 64))
    assert runs.get(RUN.name) == RUN
    assert runs.all() == [RUN]


def test_steps_leave_what_they_found(runs: Runs) -> None:
    runs.create(RUN)
    begun = runs.begin(RUN.name, "submit", 0)
    assert (begun.step, begun.steps["submit"].state) == ("submit", "Begun")
    runs.done(begun, "submit", "made it", job="arn:job")
    done = runs.get(RUN.name)
    assert (done.job, done.steps["submit"].said) == ("arn:job", "made it")
    assert done.steps["submit"].began == begun.steps["submit"].began


def test_a_failure_is_noted_once_and_names_its_step(runs: Runs) -> None:
    runs.create(RUN)
    begun = runs.begin(RUN.name, "gate", 0)
    assert runs.fail(begun, "gate", "unfit")
    assert not runs.fail(begun, "gate", "another reason")
    failed = runs.get(RUN.name)
    assert (failed.state, failed.step, failed.failure) == (State.FAILED, "gate", "unfit")
    assert failed.steps["gate"].state == "Failed"


def test_what_is_resumed_no_longer_listens_to_the_execution_before(runs: Runs) -> None:
    runs.create(RUN)
    before = runs.begin(RUN.name, "submit", 0)
    runs.fail(before, "submit", "stopped", State.STOPPED)
    assert runs.reopen(runs.get(RUN.name), "submit", "arn:second")
    with pytest.raises(Superseded):
        runs.begin(RUN.name, "look", 0)
    runs.done(before, "submit", "too late", job="arn:late")
    runs.fail(before, "submit", "too late")
    run = runs.get(RUN.name)
    assert (run.state, run.resumed, run.job, run.failure) == (State.RUNNING, 1, None, None)


def test_of_two_that_resume_one_is_let_through(runs: Runs) -> None:
    runs.create(RUN)
    runs.fail(RUN, "gate", "unfit")
    failed = runs.get(RUN.name)
    assert runs.reopen(failed, "gate", "arn:second")
    assert not runs.reopen(failed, "gate", "arn:second")


def test_the_token_is_kept_until_the_step_is_over_and_never_told(runs: Runs) -> None:
    runs.create(RUN)
    begun = runs.begin(RUN.name, "approve", 0)
    runs.wait(begun, "secret-token")
    waiting = runs.get(RUN.name)
    assert waiting.awaits_approval and "secret-token" not in str(waiting.as_dict())
    runs.done(waiting, "approve", "approved")
    assert not runs.get(RUN.name).awaits_approval


def test_a_run_that_is_not_there_is_named(runs: Runs) -> None:
    with pytest.raises(UsageError, match="no such run"):
        runs.get("nobody")
    with pytest.raises(UsageError, match="no such run"):
        runs.begin("nobody", "validate", 0)
