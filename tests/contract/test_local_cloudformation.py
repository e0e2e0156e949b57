"""CloudFormation on the embedded AWS: what moto lacks of the resources that a CDK app makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import MACHINE, RUNTIME, Local


def deny_plain_http(resource: Any) -> dict[str, Any]:
    """The policy that the CDK's `enforce_ssl` makes."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "s3:*",
                "Resource": resource,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def template(name: str, threshold: int = 1, version: str = "V1") -> dict[str, Any]:
    """A stack with every type that is added, and outputs of their attributes."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    alarm = {
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": threshold,
        "AlarmActions": [{"Ref": "Topic"}],
        "OKActions": [{"Ref": "Topic"}],
    }
    resources: dict[str, tuple[str, dict[str, Any]]] = {
        "Bucket": ("S3::Bucket", {"BucketName": name}),
        "BucketPolicy": (
            "S3::BucketPolicy",
            {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": deny_plain_http({"Fn::GetAtt": ["Bucket", "Arn"]}),
            },
        ),
        "Topic": ("SNS::Topic", {"TopicName": name}),
        "TopicPolicy": (
            "SNS::TopicPolicy",
            {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [], "Id": "own"},
            },
        ),
        "Alarm": ("CloudWatch::Alarm", {"AlarmName": name, **alarm}),
        "Role": (
            "IAM::Role",
            {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{**trust, "Action": "sts:AssumeRole"}],
                }
            },
        ),
        "Function": (
            "Lambda::Function",
            {
                "FunctionName": name,
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": RUNTIME,
                "Architectures": [MACHINE],
                "Description": version,
                "LoggingConfig": {"LogGroup": f"own-{name}"},
                "Code": {"ZipFile": f"def handler(event, context):\n    return '{version}'"},
            },
        ),
        version: ("Lambda::Version", {"FunctionName": {"Ref": "Function"}}),
        "Alias": (
            "Lambda::Alias",
            {
                "Name": "live",
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
            },
        ),
    }
    attributes = {"AlarmArn": ["Alarm", "Arn"], "Version": [version, "Version"]}
    return {
        "Resources": {
            key: {"Type": f"AWS::{kind}", "Properties": properties}
            for key, (kind, properties) in resources.items()
        },
        "Outputs": {
            **{key: {"Value": {"Fn::GetAtt": value}} for key, value in attributes.items()},
            "VersionArn": {"Value": {"Ref": version}},
            "AliasArn": {"Value": {"Ref": "Alias"}},
        },
    }


def outputs(local: Local, name: str) -> dict[str, str]:
    """A stack's outputs, once it is complete."""
    stack = local.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def refused(call: Callable[..., Any], code: str, **arguments: Any) -> None:
    """A call must be refused with a code."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_a_stack_from_its_making_to_its_end(local: Local) -> None:
    name = f"stack-{uuid4().hex[:12]}"
    cloudformation, s3 = local.client("cloudformation"), local.client("s3")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template(name)))
    made = outputs(local, name)
    assert made["Version"] == "1"
    assert made["VersionArn"].endswith(f":function:{name}:1")
    assert made["AliasArn"].endswith(f":function:{name}:live")
    assert made["AlarmArn"].endswith(f":alarm:{name}")

    kept = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert kept["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    assert s3.get_object(Bucket=name, Key="a")["Body"].read() == b"1"

    topic = local.client("sns").list_topics()["Topics"][-1]["TopicArn"]
    attributes = local.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(attributes["Policy"])["Id"] == "own"

    alarm = alarms(local, name)[0]
    assert (alarm["Threshold"], alarm["OKActions"]) == (1.0, [topic])

    answer = local.invoke(name, Qualifier="live")
    assert json.loads(answer["Payload"]) == "V1"
    groups = local.client("logs").describe_log_groups(logGroupNamePrefix=f"own-{name}")
    assert len(groups["logGroups"]) == 1

    changed = template(name, threshold=5, version="V2")
    cloudformation.update_stack(StackName=name, TemplateBody=json.dumps(changed))
    assert outputs(local, name)["Version"] == "2"
    assert alarms(local, name)[0]["Threshold"] == 5.0
    assert json.loads(local.invoke(name, Qualifier="live")["Payload"]) == "V2"

    s3.delete_object(Bucket=name, Key="a")
    cloudformation.delete_stack(StackName=name)
    assert alarms(local, name) == []
    refused(s3.head_bucket, "404", Bucket=name)
    refused(local.client("lambda").get_function, "ResourceNotFoundException", FunctionName=name)


def alarms(local: Local, name: str) -> list[dict[str, Any]]:
    """Alarms of a name."""
    found = local.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return list(found)


def test_a_policy_that_denies_without_a_condition_is_enforced(local: Local) -> None:
    bucket = f"denied-{uuid4().hex[:12]}"
    s3 = local.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    document = deny_plain_http(f"arn:aws:s3:::{bucket}/*")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    del document["Statement"][0]["Condition"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    with pytest.raises(ClientError, match=r"403|AccessDenied|Forbidden"):
        s3.get_object(Bucket=bucket, Key="a")


def test_an_alarm_over_an_expression(local: Local) -> None:
    name = f"alarm-{uuid4().hex[:12]}"
    metric = {"Namespace": "n", "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]}
    properties = {
        "AlarmName": name,
        "ComparisonOperator": "LessThanThreshold",
        "EvaluationPeriods": 2,
        "Threshold": 0.5,
        "Metrics": [
            {"Id": "e", "Expression": "m1 / 2", "Label": "half"},
            {
                "Id": "m1",
                "ReturnData": False,
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
            },
        ],
    }
    body = {"Resources": {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}
    cloudformation = local.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    found = alarms(local, name)[0]
    assert [one["Id"] for one in found["Metrics"]] == ["e", "m1"]
    assert found["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] == "m"
    cloudformation.delete_stack(StackName=name)


def test_a_key_with_tags(local: Local) -> None:
    name = f"stack-{uuid4().hex[:12]}"
    key = {"KeyPolicy": {"Statement": []}, "Tags": [{"Key": "of", "Value": name}]}
    body = {
        "Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": key}},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}},
    }
    local.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(body))
    tags = local.client("kms").list_resource_tags(KeyId=outputs(local, name)["Arn"])["Tags"]
    assert tags == [{"TagKey": "of", "TagValue": name}]


def test_what_an_update_exports_another_stacks_update_imports(local: Local) -> None:
    stacks, name = local.client("cloudformation"), f"s-{uuid4().hex[:8]}"

    def topic(of: str, shown: Any) -> dict[str, Any]:
        return {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": f"{name}-{of}", "DisplayName": shown},
        }

    def put(call: str, of: str, resources: dict[str, Any], **more: Any) -> None:
        body = json.dumps({"Resources": resources, **more})
        getattr(stacks, call)(StackName=f"{name}-{of}", TemplateBody=body)

    def exported() -> set[str]:
        pages = stacks.get_paginator("list_exports").paginate()
        return {one["Name"] for page in pages for one in page["Exports"]}

    put("create_stack", "gives", {"One": topic("one", "x")})
    put("create_stack", "takes", {"Two": topic("two", "x")})
    export = {"Name": f"{name}:one"}
    value = {"Fn::GetAtt": ["One", "TopicName"]}
    outputs = {"Out": {"Value": value, "Export": export}}
    put("update_stack", "gives", {"One": topic("one", "x")}, Outputs=outputs)
    assert f"{name}:one" in exported()
    imported = {"Fn::ImportValue": f"{name}:one"}
    put("update_stack", "takes", {"Two": topic("two", "x"), "Three": topic("three", imported)})
    topics = local.client("sns")
    (three,) = (
        one["TopicArn"]
        for page in topics.get_paginator("list_topics").paginate()
        for one in page["Topics"]
        if one["TopicArn"].endswith(f"{name}-three")
    )
    shown = topics.get_topic_attributes(TopicArn=three)["Attributes"]["DisplayName"]
    assert shown == f"{name}-one"
    put("update_stack", "takes", {"Two": topic("two", "x")})
    put("update_stack", "gives", {"One": topic("one", "x")})
    assert f"{name}:one" not in exported()
