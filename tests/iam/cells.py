"""What is deployed and run to see which rights are missed: a job for each kind of cell, and events."""

from __future__ import annotations

import io
import json
import os
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
from aws_bedrock_token_generator import BedrockTokenGenerator
from botocore.credentials import Credentials

from nova_rft import Project, local_aws
from nova_rft.errors import NovaRftError
from nova_rft.jobs import Job
from nova_rft.spec import CAPABILITIES, Capability
from tests.e2e.apart.matrix import cells, project_name, write_project
from tests.support import Cloud, stdout_json

# One cell for each kind of need that the embedded AWS has jobs for.
KINDS: dict[str, Capability] = {}
for _cell in CAPABILITIES:
    if (_cell.backend, _cell.needs) not in {(one.backend, one.needs) for one in KINDS.values()}:
        KINDS[f"{_cell.technique} on {_cell.backend}"] = _cell
_SERVICES = {"bedrock": "bedrock", "bedrock-openai": "bedrock-mantle"}
_LOG = "/aws/lambda/judged-dev-reward"
_JUDGED = """
project: judged
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 3]
  on_abstain: neutral
  cache: true
  budget: {total: 1000}
  prices: {us.amazon.nova-pro-v1:0: {input: 1, output: 1}}
  terms:
    - name: kind
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}
      criteria: [{name: kind, question: Is it kind?}]
    - {name: cases, type: code, tests: tests, limits: {time_s: 2, memory_mb: 256}}
"""


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

    names = _names(outputs, project_name(cell))
    return Proven(kind, cell.backend, role, holder, names, run)


def _job(place: Place, project: Project) -> str:
    """Runs one job; what failed, if anything did. It leaves nothing that the next would find."""
    place.forget_log("/aws/sagemaker/TrainingJobs")
    try:
        handle = project.submit(again=True)
    except NovaRftError as error:
        return str(error)
    try:
        handle.wait(every_s=0.2, timeout_s=120)
        measured = handle.live().measures
    except NovaRftError as error:
        return str(error)
    finally:
        _forget(place, handle.refresh())
    if project.spec.technique != "distillation" and not measured:
        return "the job completes, and `watch` has nothing of it to show: it has no log"
    return ""


def _forget(place: Place, job: Job) -> None:
    service = _SERVICES.get(job.backend, "sagemaker")
    local_aws.forget_job(place.endpoint, service, job.arn)
    if job.custom_model_arn and service == "bedrock":
        place.client("bedrock").delete_custom_model(modelIdentifier=job.custom_model_arn)


def event_proof(place: Place, folder: Path) -> list[Proven]:
    """The reward's own roles, tried by an event that is judged, runs a program and is kept."""
    folder.mkdir()
    (folder / "train.jsonl").write_text("")
    spec = folder / "nova-rft.yaml"
    spec.write_text(_JUDGED)
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    names = _names(outputs, "judged")
    arn = outputs["reward"]["RewardVersionArn"]
    functions = place.client("lambda")
    reward = functions.get_function_configuration(FunctionName=arn)
    code = reward["Environment"]["Variables"]["NOVA_RFT_CODE_FUNCTION"]
    names[f"arn:aws:dynamodb:us-east-1:123456789012:table/{_table(place)}"] = "TABLE"
    names[code] = "CODE:VERSION"
    sandbox = functions.get_function_configuration(FunctionName=code)
    scored = Scored(place, arn, outputs["storage"]["OutputBucket"], _table(place))
    probe = Probe(place, code.rsplit(":", 1)[0])
    return [
        Proven("rft", "reward", "reward's role", reward["Role"], names, scored.run),
        Proven("rft", "code", "role of the code's function", sandbox["Role"], names, probe.run),
    ]


@dataclass
class Scored:
    """An event through the deployed reward, and what is to be left of it."""

    place: Place
    function: str
    bucket: str
    table: str

    def run(self) -> str:
        """Scores one rollout, twice: the second time its reply is known."""
        self.place.forget_log(_LOG)
        mark = uuid.uuid4().hex
        event = json.dumps([_rollout(mark)])
        before = self._left()
        for _ in range(2):
            done = self.place.client("lambda").invoke(FunctionName=self.function, Payload=event)
            body = done["Payload"].read().decode()
            if "FunctionError" in done:
                return f"the function fails: {body[:200]}"
            metrics = {one["name"]: one["value"] for one in json.loads(body)[0]["metrics_list"]}
            if metrics["abstained"]:
                return "the rollout is not scored: the judge, its table or the program abstains"
        after = self._left()
        for what, count in after.items():
            if count == before[what]:
                return f"the rollout is scored, but {what} is not kept"
        return ""

    def _left(self) -> dict[str, float]:
        traces = self.place.client("s3").list_objects_v2(Bucket=self.bucket, Prefix="traces/")
        items = self.place.client("dynamodb").scan(TableName=self.table)["Items"]
        streams = self.place.client("logs").filter_log_events(logGroupName=_LOG)
        return {
            "its trace": traces["KeyCount"],
            "its log": len(streams["events"]),
            "the judge's reply": sum("reply" in item for item in items),
            "what it cost": sum(float(item["amount"]["N"]) for item in items if "amount" in item),
        }


@dataclass
class Probe:
    """Other code in the place of the function that runs programs: it tries what its role allows."""

    place: Place
    function: str

    def run(self) -> str:
        """Nothing where the code is denied everything."""
        client = self.place.client("lambda")
        client.update_function_code(FunctionName=self.function, ZipFile=_packed(_PROBE))
        body = client.invoke(FunctionName=self.function, Payload=b"{}")["Payload"].read().decode()
        return (
            ""
            if "AccessDenied" in body or "Unauthorized" in body
            else f"the program may: {body[:80]}"
        )


_PROBE = """
import boto3
def handler(event, context):
    try:
        return str(boto3.client("ec2").describe_subnets()["ResponseMetadata"]["HTTPStatusCode"])
    except Exception as error:
        return str(error)
"""


def _packed(code: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", code)
    return archive.getvalue()


def _rollout(mark: str) -> dict[str, Any]:
    program = f"```python\ndef double(n):\n    return 2 * n  # {mark}\n```"
    return {
        "id": mark,
        "messages": [
            {"role": "user", "content": "Write a function that doubles, kindly."},
            {"role": "assistant", "content": program},
        ],
        "metadata": {"tests": [{"call": "double(2)", "output": 4}]},
    }


def _table(place: Place) -> str:
    names = place.client("dynamodb").list_tables()["TableNames"]
    return str(next(name for name in names if name.startswith("judged-")))


def _names(outputs: dict[str, dict[str, str]], project: str) -> dict[str, str]:
    """Plain names for what a deployment calls otherwise each time."""
    names = {
        f"arn:aws:s3:::{outputs['storage']['DataBucket']}": "DATA",
        f"arn:aws:s3:::{outputs['storage']['OutputBucket']}": "OUTPUT",
    }
    for key, plain in (("JobRoleArn", "ROLE"), ("KmsKeyArn", "KEY")):
        if key in outputs["customization"]:
            names[outputs["customization"][key]] = plain
    if "reward" in outputs:
        arn = outputs["reward"]["RewardVersionArn"].rsplit(":", 1)[0]
        names |= {arn: "REWARD", outputs["reward"]["RewardLogGroup"]: "REWARD-LOG"}
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
