"""IAM on the embedded AWS: roles, users, trust and sessions, where it is asked to enforce them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from nova_rft import local_aws
from nova_rft.errors import UsageError
from tests.contract.conftest import Local

ACCOUNT = "123456789012"
BEDROCK = {"Service": "bedrock.amazonaws.com"}
LAMBDA = {"Service": "lambda.amazonaws.com"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
CALLS = """
import boto3
def handler(event, context):
    try:
        called = getattr(boto3.client(event["service"]), event["operation"])(**event["asked"])
        return called.get("Arn") or "done"
    except Exception as error:
        return str(error)
"""


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass
class Guarded:
    """An embedded AWS that enforces; `local` enters it as the account's own master."""

    local: Local
    home: Path

    def role(
        self,
        principal: dict[str, Any],
        *statements: dict[str, Any],
        condition: dict[str, Any] | None = None,
        **more: Any,
    ) -> str:
        name = f"role-{uuid4().hex[:10]}"
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        if condition:
            trust["Condition"] = condition
        iam = self.local.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **more)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return str(made["Role"]["Arn"])

    def entered(self, service: str, key: str, secret: str, token: str | None = None) -> Any:
        """A client with other credentials."""
        return cast(Any, boto3).client(
            service,
            endpoint_url=self.local.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def assumed(self, service: str, role: str, **asked: Any) -> Any:
        """A client with the credentials of a session that the master makes."""
        made = self.local.client("sts").assume_role(RoleArn=role, RoleSessionName="me", **asked)
        return self._of(service, made["Credentials"])

    def _of(self, service: str, made: dict[str, str]) -> Any:
        return self.entered(
            service, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        )

    def bucket(self) -> str:
        name = f"bucket-{uuid4().hex[:10]}"
        self.local.client("s3").create_bucket(Bucket=name)
        self.local.client("s3").put_object(Bucket=name, Key="a/1", Body=b"one")
        return name


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, recording: Any) -> Iterator[Guarded]:
    home = tmp_path_factory.mktemp("guarded")
    running = local_aws.up(home, policy=f"recorded:{recording}", enforce_iam=True)
    local = Local(running.endpoint)
    yield Guarded(local, home)
    local.close()
    local_aws.down(home)


def refused(call: Any, **asked: Any) -> str:
    """Code and message of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**asked)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_a_role_may_what_its_policy_says_and_nothing_else(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    prefix = {"Condition": {"StringLike": {"s3:prefix": "a/*"}}}
    own = f"arn:aws:s3:::{bucket}"
    role = guarded.role(
        ROOT, allow("s3:GetObject", f"{own}/a/*"), allow("s3:ListBucket", own, **prefix)
    )
    s3 = guarded.assumed("s3", role)
    assert s3.get_object(Bucket=bucket, Key="a/1")["Body"].read() == b"one"
    assert s3.list_objects_v2(Bucket=bucket, Prefix="a/")["KeyCount"] == 1
    name = role.rsplit("/", 1)[-1]
    assert refused(s3.put_object, Bucket=bucket, Key="a/1", Body=b"") == (
        f"AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/me is not authorized to "
        f"perform: s3:PutObject on resource: {own}/a/1 because no identity-based policy allows the "
        "s3:PutObject action"
    )
    for asked in ({"Prefix": "b/"}, {}):
        assert refused(s3.list_objects_v2, Bucket=bucket, **asked).startswith("AccessDenied")
    assert refused(s3.get_object, Bucket=bucket, Key="b/1").startswith("AccessDenied")
    # Each service says it in its own form.
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
        ("bedrock-runtime", "converse", {"modelId": "amazon.nova-pro-v1:0", "messages": []}),
        ("sts", "assume_role", {"RoleArn": role, "RoleSessionName": "again"}),
    ]
    for service, operation, given in calls:
        said = refused(getattr(guarded.assumed(service, role), operation), **given)
        assert "is not authorized to perform" in said, said
        assert said.startswith("AccessDenied"), said


def test_what_is_taken_away_is_missed_at_once(guarded: Guarded) -> None:
    bucket, iam = guarded.bucket(), guarded.local.client("iam")
    role = guarded.role(ROOT, allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    s3 = guarded.assumed("s3", role)
    s3.get_object(Bucket=bucket, Key="a/1")
    iam.delete_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyName="own")
    assert refused(s3.get_object, Bucket=bucket, Key="a/1").startswith("AccessDenied")


def test_boundaries_denials_and_session_policies_narrow(guarded: Guarded) -> None:
    bucket, iam = guarded.bucket(), guarded.local.client("iam")
    reads = policy(allow("s3:GetObject"))
    made = iam.create_policy(PolicyName=f"p-{uuid4().hex[:8]}", PolicyDocument=reads)
    bound = guarded.role(
        ROOT, allow("s3:*"), PermissionsBoundary=made["Policy"]["Arn"], MaxSessionDuration=3600
    )
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    for s3, why in (
        (guarded.assumed("s3", bound), "because no permissions boundary allows"),
        (guarded.assumed("s3", guarded.role(ROOT, allow("*"), deny)), "with an explicit deny"),
        (
            guarded.assumed("s3", guarded.role(ROOT, allow("*")), Policy=reads),
            "because no session policy allows",
        ),
    ):
        s3.get_object(Bucket=bucket, Key="a/1")
        assert why in refused(s3.put_object, Bucket=bucket, Key="x", Body=b"")


def test_managed_policies_count_and_unknown_conditions_refuse(guarded: Guarded) -> None:
    bucket, iam = guarded.bucket(), guarded.local.client("iam")
    role = guarded.role(ROOT)
    made = iam.create_policy(
        PolicyName=f"p-{uuid4().hex[:8]}", PolicyDocument=policy(allow("s3:GetObject"))
    )
    iam.attach_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyArn=made["Policy"]["Arn"])
    s3 = guarded.assumed("s3", role)
    s3.get_object(Bucket=bucket, Key="a/1")
    unknown = allow("s3:*", Condition={"StringEquals": {"aws:UserAgent": "me"}})
    iam.put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName="own", PolicyDocument=policy(unknown)
    )
    said = refused(s3.get_object, Bucket=bucket, Key="a/1")
    assert "the condition key aws:UserAgent is not known to the embedded AWS" in said


def test_an_operation_that_is_not_mapped_is_refused_to_roles_alone(guarded: Guarded) -> None:
    s3 = guarded.assumed("s3", guarded.role(ROOT, allow("*")))
    said = refused(s3.list_buckets)
    assert "does not know which rights s3 ListBuckets needs; map it in" in said
    assert guarded.local.client("s3").list_buckets()["Buckets"]


def test_credentials_that_are_nobodys_are_refused(guarded: Guarded) -> None:
    for key, token in (("ASIAXXXXXXXXXXXXXXXX", "t"), ("AKIAXXXXXXXXXXXXXXXX", None)):
        sts = guarded.entered("sts", key, "secret", token)
        assert "security token included" in refused(sts.get_caller_identity)
    made = guarded.local.client("sts").assume_role(
        RoleArn=guarded.role(ROOT), RoleSessionName="me"
    )["Credentials"]
    forged = guarded.entered("sts", made["AccessKeyId"], made["SecretAccessKey"], "other")
    assert refused(forged.get_caller_identity).startswith("InvalidToken")


OWN_JOBS = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnEquals": {
        "aws:SourceArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/*"
    },
}


def job_role(guarded: Guarded, request: dict[str, Any], **more: Any) -> str:
    """A role for the job of a request."""
    bucket = request["outputDataConfig"]["s3Uri"].removeprefix("s3://").split("/")[0]
    grader = request["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
    function = grader["lambdaArn"].rsplit(":", 1)[0]
    return guarded.role(
        BEDROCK,
        allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*"),
        allow("lambda:InvokeFunction", f"{function}:*"),
        **more,
    )


def test_a_job_acts_in_its_role(guarded: Guarded) -> None:
    local = guarded.local
    request = local.request()
    role = request["roleArn"] = job_role(guarded, request, condition=OWN_JOBS)
    job = local.ended(local.create(**request))
    assert job["status"] == "Completed", job.get("failureMessage")
    local.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyName="deny",
        PolicyDocument=policy({"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}),
    )
    again = local.request(roleArn=role)
    again["trainingDataConfig"] = request["trainingDataConfig"]
    again["outputDataConfig"] = request["outputDataConfig"]
    again["customizationConfig"] = request["customizationConfig"]
    job = local.ended(local.create(**again))
    assert job["status"] == "Failed"
    assert "not authorized to perform: lambda:InvokeFunction" in job["failureMessage"]
    assert "explicit deny" in job["failureMessage"]


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceAccount": "999999999999"}},
        {"ArnEquals": {"aws:SourceArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:evaluation-job/*"}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:*"}},
    ],
)
def test_a_job_of_somebody_elses_cannot_assume_the_role(
    guarded: Guarded, condition: dict[str, Any]
) -> None:
    request = guarded.local.request()
    request["roleArn"] = job_role(guarded, request, condition=condition)
    said = refused(guarded.local.client("bedrock").create_model_customization_job, **request)
    assert "bedrock.amazonaws.com is not authorized to perform: sts:AssumeRole" in said


def test_nobody_else_can_assume_a_jobs_role(guarded: Guarded) -> None:
    role = guarded.role(BEDROCK, allow("s3:*"), condition=OWN_JOBS)
    sts = guarded.local.client("sts")
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="me").startswith("AccessDenied")
    # Not even who is allowed to, by their own policy.
    other = guarded.assumed("sts", guarded.role(ROOT, allow("sts:AssumeRole")))
    assert "sts:AssumeRole" in refused(other.assume_role, RoleArn=role, RoleSessionName="me")
    trusting = guarded.role(ROOT, allow("s3:*"))
    other.assume_role(RoleArn=trusting, RoleSessionName="me")
    powerless = guarded.assumed("sts", guarded.role(ROOT))
    assert "no identity-based policy" in refused(
        powerless.assume_role, RoleArn=trusting, RoleSessionName="me"
    )
    assert powerless.get_caller_identity()["Arn"].endswith("/me")


def function(guarded: Guarded, role: str) -> str:
    """A function that calls what its event names, in its role."""
    local = guarded.local
    name = local.function(CALLS, Timeout=20)
    local.client("lambda").update_function_configuration(FunctionName=name, Role=role)
    return name


def test_a_function_calls_in_its_own_role(guarded: Guarded) -> None:
    bucket = guarded.bucket()
    role = guarded.role(LAMBDA, allow("s3:PutObject", f"arn:aws:s3:::{bucket}/traces/*"))
    name = function(guarded, role)

    def call(service: str, operation: str, **asked: Any) -> str:
        event = {"service": service, "operation": operation, "asked": asked}
        return str(json.loads(guarded.local.invoke(name, event)["Payload"]))

    role_name = role.rsplit("/", 1)[-1]
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{name}"
    assert call("sts", "get_caller_identity") == who
    assert call("s3", "put_object", Bucket=bucket, Key="traces/1") == "done"
    assert "not authorized to perform: s3:PutObject" in call(
        "s3", "put_object", Bucket=bucket, Key="else/1"
    )
    job = guarded.role(BEDROCK, allow("s3:*"), condition=OWN_JOBS)
    assert "sts:AssumeRole" in call("sts", "assume_role", RoleArn=job, RoleSessionName="me")
    # Its role lets it write no log, so there is none.
    groups = guarded.local.client("logs").describe_log_groups()["logGroups"]
    assert f"/aws/lambda/{name}" not in [one["logGroupName"] for one in groups]


def test_what_is_denied_to_a_functions_code_is_denied_to_it_alone(guarded: Guarded) -> None:
    role = guarded.role(LAMBDA)
    inside, beside = function(guarded, role), function(guarded, role)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{inside}"
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    document = policy(allow("s3:GetObject"), {**deny, "Condition": condition})
    guarded.local.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName="own", PolicyDocument=document
    )
    asked = {"Bucket": guarded.bucket(), "Key": "a/1"}
    event = {"service": "s3", "operation": "get_object", "asked": asked}
    said = [json.loads(guarded.local.invoke(name, event)["Payload"]) for name in (inside, beside)]
    assert "with an explicit deny" in said[0]
    assert said[1] == "done"


def test_a_function_whose_role_does_not_trust_lambda_does_not_run(guarded: Guarded) -> None:
    name = function(guarded, guarded.role(BEDROCK))
    said = refused(guarded.local.client("lambda").invoke, FunctionName=name)
    assert "cannot be assumed by Lambda" in said


def test_a_restricted_user_must_be_allowed_to_pass_the_role(guarded: Guarded) -> None:
    iam, user = guarded.local.client("iam"), f"user-{uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    request = guarded.local.request()
    role = request["roleArn"] = job_role(guarded, request)
    bedrock = guarded.entered("bedrock", key["AccessKeyId"], key["SecretAccessKey"])
    create = bedrock.create_model_customization_job
    assert "bedrock:CreateModelCustomizationJob" in refused(create, **request)

    def give(*statements: dict[str, Any]) -> None:
        iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=policy(*statements))

    submits = allow("bedrock:CreateModelCustomizationJob")
    give(submits)
    assert "not authorized to perform: iam:PassRole" in refused(create, **request)
    to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    give(submits, allow("iam:PassRole", role, Condition=to_sagemaker))
    assert "not authorized to perform: iam:PassRole" in refused(create, **request)
    to_bedrock = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    give(submits, allow("iam:PassRole", role, Condition=to_bedrock))
    assert guarded.local.ended(create(**request)["jobArn"])["status"] == "Completed"


def status(url: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)  # noqa: S310 - the embedded AWS
    caught.value.close()
    return caught.value.code


def test_who_signs_nothing_is_refused(guarded: Guarded) -> None:
    bucket, asked = guarded.bucket(), "get_object"
    assert status(f"{guarded.local.endpoint}/{bucket}/a/1") == 403
    key = {"Bucket": bucket, "Key": "a/1"}
    url = guarded.local.client("s3").generate_presigned_url(asked, Params=key)
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the embedded AWS
        assert answer.read() == b"one"
    powerless = guarded.assumed("s3", guarded.role(ROOT))
    assert status(powerless.generate_presigned_url(asked, Params=key)) == 403


def test_one_that_enforces_nothing_is_another_one(guarded: Guarded, tmp_path: Path) -> None:
    assert local_aws.up(guarded.home, enforce_iam=True).endpoint == guarded.local.endpoint
    # The same one, said to enforce nothing.
    known = json.loads((guarded.home / "local" / "state.json").read_text())
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "state.json").write_text(json.dumps({**known, "enforces_iam": False}))
    with pytest.raises(UsageError, match="with other settings"):
        local_aws.up(tmp_path, enforce_iam=True)
