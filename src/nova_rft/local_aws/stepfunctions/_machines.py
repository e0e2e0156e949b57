"""What moto's Step Functions lack: running at all, being stopped at once, and events about it.

moto's interpreter of Amazon States Language is a whole one, but a stopped execution goes on to the end
of its state and may then end otherwise than aborted, nobody hears of an execution's end, a function that
Lambda does not run fails by a name that is none of AWS's, and each call of a function makes a client
anew, which takes longer than the call.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

# Tells of an execution that its status has changed.
Emit = Callable[[str, str, str, dict[str, Any], str], None]
_CHANGE: Final = "Step Functions Execution Status Change"
_ABORTED: Final = "ABORTED"


def mend(port: int, emit: Emit) -> None:
    """Has moto execute machines, which call the server at that port; the interpreter comes when used."""
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # Where the interpreter's own clients find their services.
    os.environ["MOTO_PORT"] = str(port)
    _EMIT[:] = [emit]


_EMIT: Final[list[Emit]] = []


@functools.cache
def learn() -> None:
    """Mends the interpreter, once in a process and not before it is needed: it is slow to import."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
        state_task_service_sqs,
    )
    from moto.stepfunctions.parser.backend import execution

    for module in (lambda_eval_utils, state_task_service_sqs):
        mended: Any = module
        mended.boto_client_for = _client(mended.boto_client_for)
    calls: Any = lambda_eval_utils
    calls.execute_lambda_function_integration = _named(calls.execute_lambda_function_integration)
    ended: Any = execution.BaseExecutionWorkerCommunication
    ended.terminated = _terminated(ended.terminated)
    run: Any = execution.Execution
    run.start = _started(run.start)
    run.stop = _stopped(run.stop)


def _client(make: Callable[..., Any]) -> Callable[..., Any]:
    kept = functools.cache(lambda region, service: make(region=region, service=service))

    def client(region: str, service: str, state_credentials: Any = None) -> Any:
        return kept(region, service)

    return client


def _named(call: Callable[..., Any]) -> Callable[..., Any]:
    """What Lambda refuses fails as `Lambda.CODE`, which is what machines try again by."""
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

    @functools.wraps(call)
    def named(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except ClientError as error:
            about = error.response["Error"]
            kind, message = f"Lambda.{about['Code']}", about["Message"]
            payload = json.dumps({"errorType": kind, "errorMessage": message})
            raise lambda_eval_utils.LambdaFunctionErrorException(kind, payload) from None

    return named


def _started(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def start(execution: Any) -> None:
        method(execution)
        _tell(execution)

    return start


def _stopped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def stop(execution: Any, *args: Any, **kwargs: Any) -> None:
        from moto.stepfunctions.parser.api import ExecutionStatus

        if execution.exec_status != ExecutionStatus.RUNNING:
            return  # One that has ended stays as it is.
        method(execution, *args, **kwargs)
        execution.exec_status = ExecutionStatus.ABORTED
        execution.stop_date = datetime.now(UTC)
        _tell(execution)

    return stop


def _terminated(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def terminated(communication: Any) -> None:
        if communication.execution.status == _ABORTED:
            return  # The state that was under way has come to its end; nobody asks for it.
        method(communication)
        _tell(communication.execution)

    return terminated


def _tell(execution: Any) -> None:
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "error": execution.error,
        "cause": execution.cause,
    }
    _EMIT[0](execution.region_name, "aws.states", _CHANGE, detail, execution.exec_arn)
