"""A Step Functions state machine: started once for each name, stopped, answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused

# The task is over: it has timed out, was answered before, or its execution has ended.
_OVER = ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")


def start_execution(aws: Aws, machine: str, name: str, given: Mapping[str, Any]) -> str:
    """Starts an execution, or finds the one of that name; its ARN.

    A name is taken for 90 days after its execution's end (StartExecution, read 2026-11-26).
    """
    execution = execution_arn(machine, name)
    try:
        with aws_errors():
            aws.client("stepfunctions").start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(given, sort_keys=True)
            )
    except AwsRefused as refused:
        if refused.code != "ExecutionAlreadyExists":
            raise
    return execution


def execution_arn(machine: str, name: str) -> str:
    """The ARN of an execution by its name."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def execution_status(aws: Aws, execution: str) -> str | None:
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; None where there is no such execution."""
    try:
        with aws_errors():
            found = aws.client("stepfunctions").describe_execution(executionArn=execution)
    except AwsRefused as refused:
        if refused.code == "ExecutionDoesNotExist":
            return None
        raise
    return str(found["status"])


def stop_execution(aws: Aws, execution: str, cause: str) -> None:
    """Stops an execution; one that has ended stays as it is."""
    with aws_errors():
        aws.client("stepfunctions").stop_execution(
            executionArn=execution, error="Stopped", cause=cause
        )


def answer_task(aws: Aws, token: str, answer: Mapping[str, Any]) -> bool:
    """Answers a task that waits; False where it waits no longer."""
    try:
        with aws_errors():
            aws.client("stepfunctions").send_task_success(
                taskToken=token, output=json.dumps(answer)
            )
    except AwsRefused as refused:
        if refused.code in _OVER:
            return False
        raise
    return True
