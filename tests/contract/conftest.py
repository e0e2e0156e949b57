"""An embedded AWS for the contract tests, with a bucket, a role and a way to make functions."""

from __future__ import annotations

import gzip
import io
import json
import platform
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from nova_rft import local_aws
from nova_rft.aws.session import Aws

REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MakeFunction = Callable[..., str]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rollouts for each of 120 prompts."""
    file = tmp_path_factory.mktemp("recording") / "rollouts.jsonl.gz"
    with gzip.open(file, "wt") as stream:
        for prompt in range(120):
            for sample in range(2):
                turns = [
                    {"role": "user", "content": f"question {prompt}"},
                    {"role": "assistant", "content": f"answer {sample} " * (sample + 1)},
                ]
                stream.write(json.dumps({"id": f"{prompt}-{sample}", "messages": turns}) + "\n")
    return file


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, recording: Path
) -> Iterator[local_aws.Running]:
    """One embedded AWS for all contract tests."""
    home = tmp_path_factory.mktemp("home")
    yield local_aws.up(home, policy=f"recorded:{recording}")
    local_aws.down(home)


@pytest.fixture
def aws(running: local_aws.Running, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Clients that speak to it."""
    for name, value in local_aws.environment(running.endpoint).items():
        monkeypatch.setenv(name, value)
    return Aws(REGION)


@pytest.fixture
def client(aws: Aws) -> Callable[[str], Any]:
    """A client of any service, typed as anything: contract tests send what types forbid."""
    return cast("Callable[[str], Any]", aws.client)


@pytest.fixture
def make_function(client: Callable[[str], Any]) -> MakeFunction:
    """Publishes a function from source and gives the ARN of its version."""

    def make(name: str, source: str, **settings: Any) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("handler.py", source)
        machine = "arm64" if platform.machine() == "aarch64" else "x86_64"
        made = client("lambda").create_function(
            **{
                "FunctionName": name,
                "Runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
                "Architectures": [machine],
                "Role": client("iam").get_role(RoleName="any")["Role"]["Arn"],
                "Handler": "handler.handler",
                "Code": {"ZipFile": archive.getvalue()},
                "Timeout": 20,
                "Publish": True,
            }
            | settings
        )
        arn: str = made["FunctionArn"]
        return f"{arn}:1" if arn.count(":") == 6 else arn

    return make


@pytest.fixture(autouse=True)
def _account(client: Callable[[str], Any]) -> None:
    iam = client("iam")
    if not any(role["RoleName"] == "any" for role in iam.list_roles()["Roles"]):
        iam.create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(TRUST))
        client("s3").create_bucket(Bucket="contract-bucket")


RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
BASE = "amazon.nova-2-lite-v1:0:256k"
REWARD = """
def handler(event, context):
    return [
        {"id": i["id"], "aggregate_reward_score": float(len(i["messages"][-1]["content"])),
         "metrics_list": []}
        for i in event
    ]
"""


@dataclass
class Local:
    """An embedded AWS, and the making of what jobs need in it."""

    endpoint: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def client(self, name: str) -> Any:
        if name not in self._clients:
            self._clients[name] = cast(Any, boto3).client(
                name,
                endpoint_url=self.endpoint,
                region_name="us-east-1",
                aws_access_key_id="embedded",
                aws_secret_access_key="embedded",
                # What the server refuses is the test's to see, not the client's.
                config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
            )
        return self._clients[name]

    def role(self, service: str = "bedrock.amazonaws.com") -> str:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }
        made = self.client("iam").create_role(
            RoleName=f"role-{uuid4().hex[:12]}",
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
        return str(made["Role"]["Arn"])

    def function(self, code: str, **settings: Any) -> str:
        """A function made from one file; its name."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("handler.py", code)
        name = f"function-{uuid4().hex[:12]}"
        given = {"Runtime": RUNTIME, "Architectures": [MACHINE], "Timeout": 5, **settings}
        self.client("lambda").create_function(
            FunctionName=name,
            Role=self.role("lambda.amazonaws.com"),
            Handler="handler.handler",
            Code={"ZipFile": archive.getvalue()},
            **given,
        )
        return name

    def invoke(self, name: str, event: Any = None, **asked: Any) -> Any:
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **asked)
        answer["Payload"] = answer["Payload"].read()
        return answer

    def request(self, code: str = REWARD, **changes: Any) -> dict[str, Any]:
        """A request for a job that works, with everything it needs; `changes` replace members."""
        bucket = f"bucket-{uuid4().hex[:12]}"
        self.client("s3").create_bucket(Bucket=bucket)
        self.client("s3").put_object(Bucket=bucket, Key="train.jsonl", Body=training())
        function = self.function(code)
        version = self.client("lambda").publish_version(FunctionName=function)["FunctionArn"]
        name = f"job-{uuid4().hex[:12]}"
        return {
            "jobName": name,
            "customModelName": name,
            "roleArn": self.role(),
            "clientRequestToken": uuid4().hex,
            "baseModelIdentifier": BASE,
            "customizationType": "REINFORCEMENT_FINE_TUNING",
            "trainingDataConfig": {"s3Uri": f"s3://{bucket}/train.jsonl"},
            "outputDataConfig": {"s3Uri": f"s3://{bucket}/out"},
            "customizationConfig": rft(version),
            **changes,
        }

    def create(self, **request: Any) -> str:
        return str(self.client("bedrock").create_model_customization_job(**request)["jobArn"])

    def job(self, identifier: str) -> Any:
        return self.client("bedrock").get_model_customization_job(jobIdentifier=identifier)

    def ended(self, identifier: str) -> Any:
        """The job once it has ended."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            job = self.job(identifier)
            if job["status"] not in ("InProgress", "Stopping"):
                return job
            time.sleep(0.1)
        raise AssertionError(f"{identifier} does not end")


def rft(lambda_arn: str, **hyperparameters: Any) -> dict[str, Any]:
    """A `customizationConfig`."""
    given = {"batchSize": 64, "trainingSamplePerPrompt": 2, "epochCount": 1, **hyperparameters}
    grader = {"lambdaGrader": {"lambdaArn": lambda_arn}}
    return {"rftConfig": {"graderConfig": grader, "hyperParameters": given}}


def prompt(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"question {number}"}]


def training(count: int = 100) -> bytes:
    """So many records whose prompts are recorded."""
    records = (
        {"messages": prompt(n), "reference_answer": str(2 * n), "topic": "sums"}
        for n in range(count)
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture(scope="session")
def local(running: local_aws.Running) -> Iterator[Local]:
    """The embedded AWS of all contract tests, by clients that check nothing themselves."""
    made = Local(running.endpoint)
    yield made
    made.close()
