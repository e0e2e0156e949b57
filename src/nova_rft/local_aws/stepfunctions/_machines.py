"""What moto's Step Functions lack: running at all, being stopped at once, and events about it.

moto's interpreter of Amazon States Language is a whole one, but a stopped execution goes on to the end
of its state, writes what it finds into its history, and may then end otherwise than aborted, nobody
hears of an execution's end, a function that Lambda does not run fails by a name that is none of AWS's,
each call of a function makes a client anew, which takes longer than the call, and it calls with keys of
its own (see `_roles`).
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from nova_rft.local_aws.stepfunctions._roles import Roles

if TYPE_CHECKING:
    from nova_rft.local_aws.iam import Guard

# Tells of an execution that its status has changed.
Emit = Callable[[str, str, str, dict[str, Any], str], None]
_CHANGE: Final = "Step Functions Execution Status Change"
_ABORTED: Final = "ABORTED"
_BEGINS_WITHIN_S: Final = 10
_LOOK_S: Final = 0.01
# moto's modules in which a state calls a service.
_STATES: Final = "moto.stepfunctions.parser.asl.component.state.exec"
_FUNCTIONS: Final = "state_task.lambda_eval_utils"
_CALLING: Final = (
    _FUNCTIONS,
    "state_task.service.state_task_service_sqs",
    "state_map.item_reader.eval.resource_eval_s3",
    "state_map.result_writer.resource_eval.resource_eval_s3",
)


def mend(port: int, emit: Emit, guard: Guard | None = None) -> None:
    """Has moto execute machines; the interpreter comes when used.

    Args:
        port: Of the server that machines call.
        emit: Sends events about executions.
        guard: Who holds machines to their roles, where rights are enforced.
    """
    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # Where the interpreter's own clients find their services.
    os.environ["MOTO_PORT"] = str(port)
    _EMIT[:] = [emit]
    _ROLES[:] = [Roles(guard, f"http://localhost:{port}")] if guard else []


_EMIT: Final[list[Emit]] = []
# Of the server's own; none where rights are not enforced.
_ROLES: Final[list[Roles]] = []


@functools.cache
def learn() -> None:
    """Mends the interpreter, once in a process and not before it is needed: it is slow to import."""
    from moto.stepfunctions.parser.backend import execution

    for name in _CALLING:
        module = import_module(f"{_STATES}.{name}")
        mended: Any = module
        mended.boto_client_for = _client(mended.boto_client_for)
    calls: Any = import_module(f"{_STATES}.{_FUNCTIONS}")
    calls.execute_lambda_function_integration = _named(calls.execute_lambda_function_integration)
    maps = import_module(f"{_STATES}.state_map.iteration.distributed_iteration_component")
    children: Any = maps.DistributedIterationComponent
    children._map_run = _allowed(children._map_run)
    ended: Any = execution.BaseExecutionWorkerCommunication
    ended.terminated = _terminated(ended.terminated)
    run: Any = execution.Execution
    run.start = _started(run.start)
    run.stop = _stopped(run.stop)


def _client(make: Callable[..., Any]) -> Callable[..., Any]:
    kept = functools.cache(lambda region, service: make(region=region, service=service))

    def client(region: str, service: str, state_credentials: Any) -> Any:
        if _ROLES:
            return _ROLES[0].client(state_credentials.role_arn, region, service)
        return kept(region, service)

    return client


def _allowed(run: Callable[..., Any]) -> Callable[..., Any]:
    """The children of a distributed map are executions of the machine, which its role must start."""

    @functools.wraps(run)
    def allowed(component: Any, env: Any, *args: Any, **kwargs: Any) -> Any:
        if _ROLES:
            machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
            _ROLES[0].require(env.aws_execution_details.role_arn, "states:StartExecution", machine)
        return run(component, env, *args, **kwargs)

    return allowed


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
        if _ROLES:
            _ROLES[0].enter(execution.role_arn, execution.state_machine.arn)
        method(execution)
        # A short one may have come to its end by now, and tells that itself.
        _tell(execution, status="RUNNING", error=None, cause=None)

    return start


def _stopped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def stop(execution: Any, *args: Any, **kwargs: Any) -> None:
        from moto.stepfunctions.parser.api import ExecutionStatus

        if execution.exec_status != ExecutionStatus.RUNNING:
            return  # One that has ended stays as it is.
        _end_history(execution.exec_worker)
        method(execution, *args, **kwargs)
        execution.exec_status = ExecutionStatus.ABORTED
        execution.stop_date = datetime.now(UTC)
        _tell(execution)

    return stop


def _end_history(worker: Any) -> None:
    """The stop is the last that a history tells.

    The state that is under way goes on in an interpreter that no longer evaluates anything, and would
    write events of what it then finds, with values in wrong places.
    """
    until = time.monotonic() + _BEGINS_WITHIN_S
    # A thread of its own makes the environment; moto's stop fails before that.
    while worker.env is None and time.monotonic() < until:
        time.sleep(_LOOK_S)
    history = worker.env.event_manager
    history.add_event(
        context=worker.env.event_history_context,
        event_type="ExecutionAborted",
        event_details={"executionAbortedEventDetails": {}},
    )
    history.add_event = lambda *args, **kwargs: 0


def _terminated(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def terminated(communication: Any) -> None:
        if communication.execution.status == _ABORTED:
            return  # The state that was under way has come to its end; nobody asks for it.
        method(communication)
        _tell(communication.execution)

    return terminated


def _tell(execution: Any, **instead: Any) -> None:
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "error": execution.error,
        "cause": execution.cause,
    } | instead
    _EMIT[0](execution.region_name, "aws.states", _CHANGE, detail, execution.exec_arn)
