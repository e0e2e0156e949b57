"""What a request asks for, and what that needs: the table, against AWS's own reference of actions."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from moto.backends import get_backend

from nova_rft.local_aws._protocol import Request, service_model
from nova_rft.local_aws.iam._actions import ACTIONS, needed
from nova_rft.local_aws.iam._calls import ApiCall, call_of
from nova_rft.local_aws.iam._keys import MANTLE_ACTIONS

REGION, ACCOUNT = "us-east-1", "123456789012"
NEEDED = [
    ("s3", "GET", "/b/a/b%20c?x-id=GetObject", "GetObject", ["s3:GetObject arn:aws:s3:::b/a/b c"]),
    ("s3", "GET", "/b/k?tagging", "GetObjectTagging", None),
    ("s3", "HEAD", "/b/k", "HeadObject", ["s3:GetObject arn:aws:s3:::b/k"]),
    ("s3", "HEAD", "/b", "HeadBucket", ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3", "GET", "/b?list-type=2&prefix=p%2F", "ListObjectsV2", ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3", "PUT", "/b/k", "PutObject", ["s3:PutObject arn:aws:s3:::b/k"]),
    ("s3", "PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart", ["s3:PutObject arn:aws:s3:::b/k"]),
    ("s3", "POST", "/b/k?uploads", "CreateMultipartUpload", ["s3:PutObject arn:aws:s3:::b/k"]),
    ("s3", "DELETE", "/b/k", "DeleteObject", ["s3:DeleteObject arn:aws:s3:::b/k"]),
    ("s3", "PUT", "/b", "CreateBucket", None),
    (
        "lambda",
        "POST",
        "/2015-03-31/functions/f/invocations?Qualifier=3",
        "Invoke",
        [f"lambda:InvokeFunction arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:3"],
    ),
    (
        "lambda",
        "POST",
        f"/2015-03-31/functions/arn%3Aaws%3Alambda%3A{REGION}%3A{ACCOUNT}%3Afunction%3Af%3A2/invocations",
        "Invoke",
        [f"lambda:InvokeFunction arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:2"],
    ),
    (
        "bedrock",
        "POST",
        "/model/us.amazon.nova-pro-v1%3A0/converse",
        "Converse",
        [
            f"bedrock:InvokeModel arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/"
            "us.amazon.nova-pro-v1:0",
            *(
                f"bedrock:InvokeModel arn:aws:bedrock:{place}::foundation-model/amazon.nova-pro-v1:0"
                for place in ("us-east-1", "us-east-2", "us-west-2")
            ),
        ],
    ),
    ("bedrock", "GET", "/model-customization-jobs", "ListModelCustomizationJobs",
     ["bedrock:ListModelCustomizationJobs *"]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "method", "url", "operation", "expected"), NEEDED)
def test_requests_by_path(
    service: str, method: str, url: str, operation: str, expected: list[str] | None
) -> None:
    path, _, query = url.partition("?")
    call = call_of(Request(method, path, query, b"", REGION, {}), service)
    assert call is not None and call.operation == operation
    found = needed(call)
    assert (
        None if found is None else [f"{one.action} {one.resource}" for one in found]
    ) == expected


def test_a_copy_reads_one_object_and_writes_another() -> None:
    headers = {"x-amz-copy-source": "/from/a%20b?versionId=1"}
    call = call_of(Request("PUT", "/to/k", "", b"", REGION, headers), "s3")
    assert call is not None
    assert [(one.action, one.resource) for one in needed(call) or ()] == [
        ("s3:GetObject", "arn:aws:s3:::from/a b"),
        ("s3:PutObject", "arn:aws:s3:::to/k"),
    ]


def json_call(service: str, operation: str, **asked: Any) -> list[tuple[str, str, dict[str, str]]]:
    prefix = service_model(service).metadata["targetPrefix"]
    headers = {"x-amz-target": f"{prefix}.{operation}"}
    body = json.dumps(asked).encode()
    call = call_of(Request("POST", "/", "", body, REGION, headers), service)
    assert call is not None
    return [(one.action, one.resource, dict(one.context)) for one in needed(call) or ()]


def test_a_job_of_sagemakers_needs_its_role_passed_on() -> None:
    asked = {"TrainingJobName": "j", "RoleArn": "arn:aws:iam::1:role/r", "Tags": [{"Key": "k"}]}
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/j"
    assert json_call("sagemaker", "CreateTrainingJob", **asked) == [
        ("sagemaker:CreateTrainingJob", job, {}),
        ("sagemaker:AddTags", job, {}),
        ("iam:PassRole", asked["RoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    ]


def test_names_and_arns_are_the_same_resource() -> None:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"
    for name in ("t", arn):
        assert json_call("dynamodb", "GetItem", TableName=name) == [("dynamodb:GetItem", arn, {})]


def test_tags_at_creation_are_tagging() -> None:
    body = json.dumps({"modelArn": "arn:aws:bedrock:r:1:custom-model/m", "tags": [{"key": "a"}]})
    path = "/model-customization/custom-model-deployments"
    call = call_of(Request("POST", path, "", body.encode(), REGION, {}), "bedrock")
    assert call is not None
    assert [(one.action, one.resource) for one in needed(call) or ()] == [
        ("bedrock:CreateCustomModelDeployment", "arn:aws:bedrock:r:1:custom-model/m"),
        ("bedrock:TagResource", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:custom-model-deployment/*"),
    ]


def test_a_queue_is_known_by_its_address() -> None:
    found = json_call("sqs", "SendMessage", QueueUrl=f"http://localhost:1/{ACCOUNT}/q")
    assert found == [("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", {})]


def test_that_nothing_is_there_is_told_to_those_who_may_list() -> None:
    backend = get_backend("s3")[ACCOUNT]["aws"]
    backend.create_bucket("kept", REGION)
    try:
        backend.put_object("kept", "there", b"")
        reads = [("s3:GetObject", "arn:aws:s3:::kept/there")]
        lists = [("s3:GetObject", "arn:aws:s3:::kept/not"), ("s3:ListBucket", "arn:aws:s3:::kept")]
        for key, expected in (("there", reads), ("not", lists)):
            for operation in ("GetObject", "HeadObject"):
                call = ApiCall("s3", operation, {"Bucket": "kept", "Key": key}, REGION)
                assert [(one.action, one.resource) for one in needed(call) or ()] == expected
    finally:
        backend.reset()


def test_a_form_is_read() -> None:
    body = b"Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&Version=2011-06-15"
    call = call_of(Request("POST", "/", "", body, REGION, {}), "sts")
    assert call == ApiCall("sts", "AssumeRole", call.parameters if call else {}, REGION)
    assert [one.resource for one in needed(call) or ()] == ["arn:aws:iam::1:role/r"]


def test_a_key_that_looks_like_an_arn_is_a_key() -> None:
    call = ApiCall("s3", "GetObject", {"Bucket": "b", "Key": "arn:aws:s3:::other/k"}, REGION)
    assert [one.resource for one in needed(call) or ()] == ["arn:aws:s3:::b/arn:aws:s3:::other/k"]


def test_what_is_no_operation_is_none() -> None:
    assert call_of(Request("PATCH", "/nowhere", "", b"", REGION, {}), "bedrock") is None
    assert call_of(Request("GET", "/", "", b"", REGION, {}), "no-such-service") is None


def test_every_operation_and_action_of_the_table_is_aws_own() -> None:
    reference = json.loads(
        (files("cfnlint") / "data" / "AdditionalSpecs" / "Policies.json").read_text()
    )
    for key in ACTIONS:
        service, _, operation = key.partition(".")
        assert operation in service_model(service).operation_names, key
    members = ["Bucket", "CopySource", "FunctionName", "Key", "QueueUrl", "RoleArn", "RoleARN"]
    members += ["customModelTags", "jobTags", "modelId", "roleArn", "tags"]
    given = dict.fromkeys(members, "x/y")
    for key in ACTIONS:
        service, _, operation = key.partition(".")
        for one in needed(ApiCall(service, operation, given, REGION)) or ():
            prefix, _, action = one.action.partition(":")
            assert action.lower() in reference[prefix]["Actions"], key
    mantle = reference["bedrock-mantle"]["Actions"]
    assert {one.lower() for one in MANTLE_ACTIONS.values()} <= mantle.keys()
