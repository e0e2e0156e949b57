"""What the deployed functions and jobs may not do, tried with their own roles."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from nova_rft import Project
from nova_rft.aws.session import Aws
from nova_rft.errors import JobFailed
from tests.support import EXAMPLE, Cloud, MakeProject, stdout_json

PROBE = """
import boto3
def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["operation"])(**event["asked"])
        return "done"
    except Exception as error:
        return str(error)
"""


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> dict[str, Any]:
    return stdout_json(cloud.run("deploy", str(EXAMPLE / "nova-rft.yaml"), "--json"))


@pytest.fixture
def probe(in_cloud: Aws, outputs: dict[str, Any]) -> Iterator[str]:
    """A function with the reward's role and other code."""
    functions = in_cloud.client("lambda")
    reward = functions.get_function_configuration(
        FunctionName=outputs["reward"]["RewardFunctionName"]
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", PROBE)
    made = functions.create_function(
        FunctionName="probe",
        Runtime=reward["Runtime"],
        Architectures=reward["Architectures"],
        Role=reward["Role"],
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )
    yield made["FunctionName"]
    functions.delete_function(FunctionName=made["FunctionName"])


def test_the_rewards_role_reaches_traces_and_its_judge_alone(
    in_cloud: Aws, outputs: dict[str, Any], probe: str
) -> None:
    data, output = outputs["storage"]["DataBucket"], outputs["storage"]["OutputBucket"]

    def tried(service: str, operation: str, **asked: Any) -> str:
        event = json.dumps({"service": service, "operation": operation, "asked": asked})
        done = in_cloud.client("lambda").invoke(FunctionName=probe, Payload=event)
        return str(json.loads(done["Payload"].read()))

    assert tried("s3", "put_object", Bucket=output, Key="traces/probe", Body="x") == "done"
    messages = [{"role": "user", "content": [{"text": "Anything."}]}]
    assert "authorized" not in tried(
        "bedrock-runtime", "converse", modelId="us.amazon.nova-pro-v1:0", messages=messages
    )
    job_role = outputs["customization"]["JobRoleArn"]
    for service, operation, asked, action in (
        ("s3", "get_object", {"Bucket": data, "Key": "datasets/x"}, "s3:GetObject"),
        ("s3", "list_objects_v2", {"Bucket": data}, "s3:ListBucket"),
        ("s3", "get_object", {"Bucket": output, "Key": "traces/probe"}, "s3:GetObject"),
        ("s3", "put_object", {"Bucket": output, "Key": "jobs/probe"}, "s3:PutObject"),
        ("s3", "delete_object", {"Bucket": output, "Key": "traces/probe"}, "s3:DeleteObject"),
        (
            "bedrock-runtime",
            "converse",
            {"modelId": "us.amazon.nova-lite-v1:0", "messages": messages},
            "bedrock:InvokeModel",
        ),
        # The model behind the profile, but not through it.
        (
            "bedrock-runtime",
            "converse",
            {"modelId": "amazon.nova-pro-v1:0", "messages": messages},
            "bedrock:InvokeModel",
        ),
        ("lambda", "invoke", {"FunctionName": probe}, "lambda:InvokeFunction"),
        ("sts", "assume_role", {"RoleArn": job_role, "RoleSessionName": "me"}, "sts:AssumeRole"),
    ):
        assert f"not authorized to perform: {action}" in tried(service, operation, **asked)


def test_a_job_that_may_not_call_its_reward_fails_and_says_so(
    in_cloud: Aws, outputs: dict[str, Any], make_project: MakeProject
) -> None:
    role = outputs["customization"]["JobRoleArn"].rsplit("/", 1)[-1]
    iam: Any = boto3.client("iam")
    deny = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    iam.put_role_policy(RoleName=role, PolicyName="probe", PolicyDocument=document)
    try:
        handle = Project.load(make_project(learning_rate=1.125e-5)).submit()
        with pytest.raises(JobFailed, match=r"not authorized to perform: lambda:InvokeFunction"):
            handle.wait(every_s=0.3, timeout_s=60)
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="probe")


@pytest.fixture
def machine(in_cloud: Aws) -> Iterator[tuple[str, str, str]]:
    """A machine that sends a message, its role without rights, and the queue."""
    iam: Any = boto3.client("iam")
    states, sqs = in_cloud.client("stepfunctions"), boto3.client("sqs")
    queue = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:sends"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="sends", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": queue, "MessageBody": "word"},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Send", "States": {"Send": send}})
    for name in ("sends", "other"):
        states.create_state_machine(name=name, definition=definition, roleArn=role)
    yield arn, "sends", queue
    for name in ("sends", "other"):
        states.delete_state_machine(stateMachineArn=arn.replace("sends", name))
    sqs.delete_queue(QueueUrl=queue)
    for policy in iam.list_role_policies(RoleName="sends")["PolicyNames"]:
        iam.delete_role_policy(RoleName="sends", PolicyName=policy)
    iam.delete_role(RoleName="sends")


def test_a_state_machine_calls_in_its_role(in_cloud: Aws, machine: tuple[str, str, str]) -> None:
    arn, role, _ = machine
    states: Any = in_cloud.client("stepfunctions")

    def ran() -> dict[str, Any]:
        # Without a name of their own, moto takes the second for the first.
        started = states.start_execution(stateMachineArn=arn, name=uuid.uuid4().hex)
        execution = started["executionArn"]
        until = time.monotonic() + 30
        while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < until
            time.sleep(0.05)
        return dict(found)

    refused = ran()
    assert refused["status"] == "FAILED"
    assert "not authorized to perform: sqs:SendMessage" in refused["cause"]
    allowed = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:123456789012:letters",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam: Any = boto3.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=document)
    assert ran()["status"] == "SUCCEEDED"
    # A role that trusts one machine is not another's.
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        states.start_execution(stateMachineArn=arn.replace("sends", "other"))
