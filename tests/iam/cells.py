"""What is deployed and run to see which rights are missed: a job for each kind of cell, and events."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
from aws_bedrock_token_generator import BedrockTokenGenerator
from botocore.credentials import Credentials

from nova_rft import Project, local_aws
from nova_rft.errors import JobFailed, NovaRftError
from nova_rft.jobs import Job
from nova_rft.spec import CAPABILITIES, Capability
from tests.e2e.apart.matrix import cells, project_name, write_project
from tests.support import Cloud, stdout_json

# One cell for each kind of need that the embedded AWS has jobs for.
KINDS: dict[str, Capability] = {}
for _cell in CAPABILITIES:
    if (_cell.backend, _cell.needs) not in {(one.backend, one.needs) for one in KINDS.values()}:
        KINDS[f"{_cell.technique} on {_cell.backend}"] = _cell
_LOG = "/aws/sagemaker/TrainingJobs"
_SERVICES = {"bedrock": "bedrock", "bedrock-openai": "bedrock-mantle"}


@dataclass
class Proven:
    """Roles that are to be tried, and what tries them.

    Attributes:
        name: Such as `rft on bedrock`.
        backend: The cell's.
        role: What the role, or policy, is called in the page.
        holder: Its ARN.
        names: Plain names by the start of the ARNs that they stand for.
        run: Runs the product; what failed, in a sentence, or nothing.
    """

    name: str
    backend: str
    role: str
    holder: str
    names: dict[str, str]
    run: Callable[[], str]


@dataclass
class Place:
    """An embedded AWS that enforces, entered by this process as the account's own master."""

    cloud: Cloud
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        """A client of any service."""
        if name not in self.clients:
            self.clients[name] = cast(Any, boto3).client(name)
        return self.clients[name]

    def forget_log(self, group: str) -> None:
        """Deletes a log group's streams, and the group where it is nobody's."""
        logs = self.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return
        if group.startswith("/aws/sagemaker/"):
            logs.delete_log_group(logGroupName=group)
            return
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            logs.delete_log_stream(logGroupName=group, logStreamName=stream["logStreamName"])

    def logged(self, group: str) -> int:
        """How many lines are in a log group; none where it is not there."""
        logs = self.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return 0
        return len(logs.filter_log_events(logGroupName=group)["events"])

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return self.cloud.environment["AWS_ENDPOINT_URL"]


def job_proof(place: Place, kind: str, folder: Path) -> Proven:
    """A cell's job: its role, tried by submitting and following one."""
    cell = KINDS[kind]
    spec = write_project(folder, cells(cell.technique, cell.backend)[0])
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    made = outputs["customization"]
    holder = made.get("JobRoleArn") or made["ApiKeyPolicyArn"]
    role = "key's policy" if cell.backend == "bedrock-openai" else "job's role"
    with_key = _key(place, holder) if cell.backend == "bedrock-openai" else {}

    def run() -> str:
        with _environment(with_key):
            return _job(place, Project.load(spec))

    names = plain_names(outputs, project_name(cell))
    return Proven(kind, cell.backend, role, holder, names, run)


def _job(place: Place, project: Project) -> str:
    """Runs one job; what failed, if anything did. It leaves nothing that the next would find."""
    place.forget_log(_LOG)
    try:
        handle = project.submit(again=True)
    except NovaRftError as error:
        return str(error)
    try:
        handle.wait(every_s=0.2, timeout_s=600)
    except JobFailed:
        return f"the job fails: {handle.refresh().failure}"
    finally:
        _forget(place, handle.refresh())
    if handle.job.backend.startswith("sagemaker") and not place.logged(_LOG):
        return "the job completes, and leaves no log: `watch` has nothing of it to show"
    return ""


def _forget(place: Place, job: Job) -> None:
    service = _SERVICES.get(job.backend, "sagemaker")
    local_aws.forget_job(place.endpoint, service, job.arn)
    if job.custom_model_arn and service == "bedrock":
        place.client("bedrock").delete_custom_model(modelIdentifier=job.custom_model_arn)


def log_name(group: str) -> str:
    """The ARN of a log group and all that is in it."""
    return f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*"


def plain_names(outputs: dict[str, dict[str, str]], project: str) -> dict[str, str]:
    """Plain names for what a deployment calls otherwise each time."""
    names = {
        f"arn:aws:s3:::{outputs['storage']['DataBucket']}": "DATA",
        f"arn:aws:s3:::{outputs['storage']['OutputBucket']}": "OUTPUT",
    }
    for key, plain in (("JobRoleArn", "JOB-ROLE"), ("KmsKeyArn", "KEY")):
        if key in outputs["customization"]:
            names[outputs["customization"][key]] = plain
    if "reward" in outputs:
        arn = outputs["reward"]["RewardVersionArn"].rsplit(":", 1)[0]
        names |= {arn: "REWARD", log_name(outputs["reward"]["RewardLogGroup"]): "LOG"}
    for part, key in (("packages", "PackageGroupName"), ("evaluators", "HubName")):
        if key in outputs.get(part, {}):
            names[outputs[part][key]] = "GROUP" if part == "packages" else "HUB"
    return names


def _key(place: Place, policy: str) -> dict[str, str]:
    """Credentials of a user who may use the API, and has the policy that is tried."""
    iam = place.client("iam")
    iam.create_user(UserName="key")
    iam.attach_user_policy(UserName="key", PolicyArn=policy)
    may = {"Effect": "Allow", "Action": "bedrock-mantle:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName="key", PolicyName="api", PolicyDocument=document)
    made = iam.create_access_key(UserName="key")["AccessKey"]
    credentials = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    token = BedrockTokenGenerator().get_token(credentials, "us-east-1")
    return {"AWS_BEARER_TOKEN_BEDROCK": token}


@contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]
