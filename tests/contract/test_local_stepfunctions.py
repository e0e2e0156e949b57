"""Step Functions on the embedded AWS: made by stacks, run, stopped at once, and heard of."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.conftest import Local, MakeFunction

ROLE = "arn:aws:iam::123456789012:role/machines"


def machine(local: Local, states: dict[str, Any], start: str) -> str:
    """A state machine, made by a stack."""
    name = f"m-{uuid4().hex[:8]}"
    template = {
        "Resources": {
            "M": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "StateMachineName": name,
                    "RoleArn": ROLE,
                    "DefinitionString": json.dumps({"StartAt": start, "States": states}),
                },
            }
        },
        "Outputs": {"Arn": {"Value": {"Ref": "M"}}},
    }
    stacks = local.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
    (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
    arn: str = stack["Outputs"][0]["OutputValue"]
    assert arn.endswith(f":stateMachine:{name}")
    return arn


def ended(local: Local, execution: str) -> dict[str, Any]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found: dict[str, Any] = local.client("stepfunctions").describe_execution(
            executionArn=execution
        )
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError("it does not end")


def start(local: Local, arn: str, name: str = "one", **given: Any) -> str:
    begun = local.client("stepfunctions").start_execution(
        stateMachineArn=arn, name=name, input=json.dumps(given)
    )
    return str(begun["executionArn"])


def test_a_machine_that_a_stack_made_runs(local: Local) -> None:
    states = {
        "Way": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.left", "BooleanEquals": True, "Next": "Left"}],
            "Default": "Right",
        },
        "Left": {"Type": "Pass", "Result": {"left": 1}, "End": True},
        "Right": {"Type": "Fail", "Error": "Right", "CausePath": "$.why"},
    }
    arn = machine(local, states, "Way")
    assert ended(local, start(local, arn, "a", left=True))["output"] == '{"left": 1}'
    failed = ended(local, start(local, arn, "b", left=False, why="so"))
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Right", "so")


def test_a_name_is_taken_once(local: Local) -> None:
    arn = machine(local, {"Rest": {"Type": "Wait", "Seconds": 1, "End": True}}, "Rest")
    first = start(local, arn, left=1)
    assert start(local, arn, left=1) == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(local, arn, left=2)
    ended(local, first)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        start(local, arn, left=1)


def test_what_is_stopped_is_aborted_at_once_and_stays_so(local: Local) -> None:
    states = {
        "Rest": {"Type": "Wait", "Seconds": 1, "Next": "No"},
        "No": {"Type": "Fail", "Error": "No"},
    }
    arn = machine(local, states, "Rest")
    execution = start(local, arn)
    time.sleep(0.2)
    machines = local.client("stepfunctions")
    machines.stop_execution(executionArn=execution)
    assert ended(local, execution)["status"] == "ABORTED"
    time.sleep(1.2)
    assert ended(local, execution)["status"] == "ABORTED"
    machines.stop_execution(executionArn=execution)


def test_a_history_ends_with_the_stop(local: Local, make_function: MakeFunction) -> None:
    source = "import time\ndef handler(event, context): time.sleep(0.5); raise ValueError('no')"
    function = make_function(f"f-{uuid4().hex[:8]}", source)
    retry = {"ErrorEquals": ["ValueError"], "IntervalSeconds": 1, "MaxAttempts": 9}
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function},
        "TimeoutSeconds": 30,
        "Retry": [retry],
        "End": True,
    }
    machines = local.client("stepfunctions")

    def history(execution: str) -> list[dict[str, Any]]:
        told = machines.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        return [dict(event) for event in told]

    at_once = start(local, machine(local, {"Call": call}, "Call"))
    machines.stop_execution(executionArn=at_once)
    assert history(at_once)[-1]["type"] == "ExecutionAborted"
    # While the function works, and while the machine waits for its next try.
    for seconds in (0.3, 1.2):
        execution = start(local, machine(local, {"Call": call}, "Call"))
        time.sleep(seconds)
        machines.stop_execution(executionArn=execution)
        told = history(execution)
        assert told[-1]["type"] == "ExecutionAborted"
        time.sleep(1.5)
        assert history(execution) == told


def test_a_task_is_answered_by_its_token(local: Local, make_function: MakeFunction) -> None:
    table = f"tokens-{uuid4().hex[:8]}"
    tables = local.client("dynamodb")
    tables.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    function = make_function(
        f"f-{uuid4().hex[:8]}",
        "import boto3\n"
        "def handler(event, context):\n"
        f"    boto3.client('dynamodb').put_item(TableName={table!r}, "
        "Item={'k': {'S': 't'}, 'token': {'S': event['token']}})\n",
    )
    states = {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": function,
                "Payload": {"token.$": "$$.Task.Token"},
            },
            "TimeoutSeconds": 20,
            "End": True,
        }
    }
    execution = start(local, machine(local, states, "Ask"))
    until = time.monotonic() + 15
    while "Item" not in (kept := tables.get_item(TableName=table, Key={"k": {"S": "t"}})):
        assert time.monotonic() < until
        time.sleep(0.05)
    machines = local.client("stepfunctions")
    with pytest.raises(ClientError, match="InvalidToken"):
        machines.send_task_success(taskToken="another", output="{}")
    token = kept["Item"]["token"]["S"]
    machines.send_task_success(taskToken=token, output='{"well": true}')
    assert ended(local, execution)["output"] == '{"well": true}'
    with pytest.raises(ClientError):
        machines.send_task_success(taskToken=token, output="{}")


def test_a_function_that_is_throttled_fails_by_lambdas_own_name(
    running: local_aws.Running, local: Local, make_function: MakeFunction
) -> None:
    function = make_function(f"f-{uuid4().hex[:8]}", "def handler(event, context): return {'a': 1}")
    retry = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1}
    states = {"Call": {"Type": "Task", "Resource": function, "Retry": [retry], "End": True}}
    fault = {"service": "lambda", "operation": "Invoke", "code": "TooManyRequestsException"}
    local_aws.ask_fault(running.endpoint, containing="mine", **fault)
    execution = start(local, machine(local, states, "Call"), mine=1)
    assert ended(local, execution)["status"] == "SUCCEEDED"
    history = local.client("stepfunctions").get_execution_history(executionArn=execution)
    assert "LambdaFunctionFailed" in [event["type"] for event in history["events"]]


@pytest.mark.parametrize(("kind", "slow"), [("Killed", 10), ("Killed", 0), ("Lost", 0)])
def test_a_function_that_is_killed_is_an_exit_error(
    running: local_aws.Running, local: Local, make_function: MakeFunction, kind: str, slow: int
) -> None:
    source = "import time\ndef handler(event, context): time.sleep(event.get('s', 0))"
    function = make_function(f"f-{uuid4().hex[:8]}", source)
    states = {"Call": {"Type": "Task", "Resource": function, "End": True}}
    local_aws.ask_fault(running.endpoint, service="lambda", operation=kind, containing=kind)
    failed = ended(local, start(local, machine(local, states, "Call"), s=slow, kind=kind))
    assert (failed["status"], failed["error"]) == ("FAILED", "Runtime.ExitError")


def heard(local: Local, make_function: MakeFunction, pattern: dict[str, Any]) -> str:
    """A table in which a function writes down the events that a rule lets through."""
    table = f"heard-{uuid4().hex[:8]}"
    local.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    function = make_function(
        table,
        "import boto3, json\n"
        "def handler(event, context):\n"
        f"    boto3.client('dynamodb').put_item(TableName={table!r}, "
        "Item={'id': {'S': event['id']}, 'event': {'S': json.dumps(event)}})\n",
    )
    events = local.client("events")
    events.put_rule(Name=table, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=table, Targets=[{"Id": "f", "Arn": function}])
    return table


def kept(local: Local, table: str, count: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 15
    while True:
        items = local.client("dynamodb").scan(TableName=table)["Items"]
        if len(items) >= count or time.monotonic() > until:
            return [json.loads(item["event"]["S"]) for item in items]
        time.sleep(0.05)


def test_an_executions_end_is_heard_of(local: Local, make_function: MakeFunction) -> None:
    arn = machine(local, {"No": {"Type": "Fail", "Error": "E", "Cause": "so"}}, "No")
    table = heard(
        local,
        make_function,
        {"source": ["aws.states"], "detail": {"stateMachineArn": [arn], "status": ["FAILED"]}},
    )
    execution = start(local, arn)
    (event,) = kept(local, table, 1)
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["detail"]["executionArn"] == execution and event["detail"]["cause"] == "so"


def custom(function: str, **properties: Any) -> str:
    return json.dumps(
        {
            "Resources": {
                "C": {
                    "Type": "AWS::CloudFormation::CustomResource",
                    "Properties": {"ServiceToken": function, **properties},
                }
            },
            "Outputs": {
                "Ref": {"Value": {"Ref": "C"}},
                "Said": {"Value": {"Fn::GetAtt": ["C", "Said"]}},
            },
        }
    )


_ANSWERS = """
import json, urllib.request
def handler(event, context):
    given = event["ResourceProperties"]
    old = event.get("OldResourceProperties", {}).get("Name", "-")
    said = "%s %s %s" % (event["RequestType"], event.get("PhysicalResourceId", "-"), old)
    answer = {"Status": given.get("Status", "SUCCESS"), "Reason": "as asked", "Data": {"Said": said},
              "PhysicalResourceId": given["Name"]}
    body = json.dumps(answer | {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")})
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body.encode(), method="PUT"))
"""


def test_a_custom_resource_is_what_its_function_says(
    local: Local, make_function: MakeFunction
) -> None:
    function = make_function(f"f-{uuid4().hex[:8]}", _ANSWERS)
    stacks, name = local.client("cloudformation"), f"custom-{uuid4().hex[:8]}"

    def outputs() -> dict[str, str]:
        (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    stacks.create_stack(StackName=name, TemplateBody=custom(function, Name="a"))
    assert outputs() == {"Ref": "a", "Said": "Create - -"}
    stacks.update_stack(StackName=name, TemplateBody=custom(function, Name="b"))
    assert outputs() == {"Ref": "b", "Said": "Update a a"}
    stacks.delete_stack(StackName=name)


def test_a_custom_resource_that_failed_fails_the_stack(
    local: Local, make_function: MakeFunction
) -> None:
    function = make_function(f"f-{uuid4().hex[:8]}", _ANSWERS)
    with pytest.raises(ClientError, match="as asked"):
        local.client("cloudformation").create_stack(
            StackName=f"custom-{uuid4().hex[:8]}",
            TemplateBody=custom(function, Name="a", Status="FAILED"),
        )
