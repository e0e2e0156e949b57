"""A project whose jobs call no reward: fewer stacks, and none left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.aws.stacks import Deployment, NotDeployed, deployment
from nova_rft.errors import UsageError
from nova_rft.project import Project
from nova_rft.spec import load
from tests.support import Cloud, own_cloud, stdout_json

SFT = """
project: letters
technique: sft
model: amazon.nova-lite-v1:0:300k
data: {train: train.jsonl}
"""


# Deployments of their own: make test-deployments.
pytestmark = pytest.mark.deployments


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded AWS of its own: this test deletes what is deployed."""
    home = tmp_path_factory.mktemp("sft")
    yield own_cloud(home, policy=None)
    local_aws.down(home)


def _left_by_an_earlier_spec(cloudformation: Any) -> None:
    """A reward stack as RFT of the same project would have left it: it imports a bucket's name."""
    exports = {one["Name"] for one in cloudformation.list_exports()["Exports"]}
    (name,) = (one for one in exports if "ExportsOutputRefOutput" in one)
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": name}}}
    body = json.dumps({"Resources": {"Bound": topic}})
    whose = {"nova-rft:project": "letters", "nova-rft:stage": "dev"}
    cloudformation.create_stack(
        StackName="letters-dev-reward",
        TemplateBody=body,
        Tags=[{"Key": key, "Value": value} for key, value in whose.items()],
    )


def test_sft_deploys_without_a_reward(
    fresh: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fresh.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    spec = tmp_path / "nova-rft.yaml"
    spec.write_text(SFT)
    # There are no wheels to be had, and none are needed.
    outputs = stdout_json(
        fresh.run("deploy", str(spec), "--json", NOVA_RFT_WHEELHOUSE=str(tmp_path / "none"))
    )
    assert {part: set(values) for part, values in outputs.items()} == {
        "storage": {"DataBucket", "OutputBucket"},
        "customization": {"JobRoleArn", "Backend", "Technique", "BaseModel"},
    }
    assert not (tmp_path / "none").exists()
    aws = Aws()
    made = deployment(aws, load(spec))
    assert made == Deployment(
        account=aws.account(),
        data_bucket=outputs["storage"]["DataBucket"],
        output_bucket=outputs["storage"]["OutputBucket"],
        job_role_arn=outputs["customization"]["JobRoleArn"],
        technique="sft",
        base_model="amazon.nova-lite-v1:0:300k",
    )
    with pytest.raises(UsageError, match="sft calls no reward Lambda, so none is deployed"):
        Project.load(spec).reward_lambda()
    spec.write_text(f"{SFT}backend: sagemaker-recipe\n")
    with pytest.raises(
        NotDeployed, match=r"are there for jobs on bedrock, but .* sagemaker-recipe"
    ):
        deployment(aws, load(spec))
    spec.write_text(SFT)
    cloudformation = aws.client("cloudformation")
    _left_by_an_earlier_spec(cloudformation)
    done = subprocess.run(
        [sys.executable, "-m", "nova_rft.deploy", "destroy", str(spec)],
        env=fresh.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "deleting letters-dev-reward (2 of 3 stacks)" in done.stderr
    standing = {stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]}
    assert standing == {"CDKToolkit"}
