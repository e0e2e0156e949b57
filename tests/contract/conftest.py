"""An embedded AWS for the contract tests, with a bucket, a role and a way to make functions."""

from __future__ import annotations

import gzip
import io
import json
import platform
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

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
