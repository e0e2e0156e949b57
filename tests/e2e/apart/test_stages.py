"""Two stages of one project side by side: deployed, used, changed, and gone without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.aws.stack_removal import empty_bucket
from nova_rft.aws.stacks import deployment
from nova_rft.deploy import deploy, removal
from nova_rft.errors import UsageError
from nova_rft.spec import load
from tests.support import EXAMPLE, Cloud, MakeProject, own_cloud, stdout_json

_NO_CLIENT_OF_OURS = ("iam", "ec2", "kms", "sqs", "events")
CHANGED = """\
stages:
  dev:
    removal: destroy
    kept: {log_days: 7}
    tags: {cost-centre: blue}
    pipeline: {}
    notify: {emails: [ml@example.com]}
  test: {removal: destroy, network: {}, key: new, kept: {trace_days: 5}, pipeline: {}}
"""


@pytest.fixture
def fresh(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """An embedded AWS of its own: this test deletes what is deployed."""
    home = tmp_path_factory.mktemp("stages")
    made = own_cloud(home, policy=f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}")
    for name, value in made.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    yield made
    local_aws.down(home)


def of_stage(cloud: Cloud, stage: str, *command: str) -> Any:
    """Runs a command in a stage; its JSON."""
    return stdout_json(cloud.run("--stage", stage, *command, "--json"))


def standing(aws: Aws) -> dict[str, list[str]]:
    """All that stacks make, but for the CDK's own, and what a new account has."""
    client: Any = aws._session.create_client
    iam, ec2, kms, sqs, events = (
        client(one, region_name="us-east-1") for one in _NO_CLIENT_OF_OURS
    )
    keys = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
    networks = ec2.describe_vpcs()["Vpcs"]
    found = {
        "stacks": [
            one["StackName"] for one in aws.client("cloudformation").describe_stacks()["Stacks"]
        ],
        "buckets": [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]],
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "functions": [
            one["FunctionName"] for one in aws.client("lambda").list_functions()["Functions"]
        ],
        "roles": [one["RoleName"] for one in iam.list_roles()["Roles"]],
        "logs": [
            one["logGroupName"] for one in aws.client("logs").describe_log_groups()["logGroups"]
        ],
        "networks": [one["VpcId"] for one in networks if not one["IsDefault"]],
        # Services have keys of their own, which stay.
        "keys": [
            one["KeyId"]
            for one in keys
            if one["KeyState"] != "PendingDeletion"
            and not one["Description"].startswith("Default master key")
        ],
        "alarms": [
            one["AlarmName"]
            for one in aws.client("cloudwatch").describe_alarms().get("MetricAlarms", [])
        ],
        "dashboards": [
            one["DashboardName"]
            for one in aws.client("cloudwatch").list_dashboards().get("DashboardEntries", [])
        ],
        "topics": [one["TopicArn"] for one in aws.client("sns").list_topics()["Topics"]],
        "queues": sqs.list_queues().get("QueueUrls", []),
        "machines": [
            one["name"]
            for one in aws.client("stepfunctions").list_state_machines()["stateMachines"]
        ],
        "rules": [one["Name"] for one in events.list_rules()["Rules"]],
    }
    return {
        kind: sorted(name for name in names if not name.startswith(("cdk-", "CDKToolkit")))
        for kind, names in found.items()
    }


# Five runs of the CDK: a target of their own (make test-deployments).
@pytest.mark.deployments
@pytest.mark.timeout(900)
def test_two_stages(fresh: Cloud, make_project: MakeProject) -> None:
    spec = make_project()
    file, aws = str(spec), Aws("us-east-1")
    before = standing(aws)
    _changed_without_loss(fresh, spec, aws)
    of_stage(fresh, "test", "deploy", file)
    stacks = standing(aws)["stacks"]
    project = load(spec).project
    assert {name.removeprefix(f"{project}-").split("-")[0] for name in stacks} == {"dev", "test"}
    _used_side_by_side(fresh, spec, aws)
    _destroyed(fresh, spec, aws)
    assert standing(aws) == before
    done = fresh.run("--stage", "test", "destroy", file)
    assert (done.returncode, "Nothing of" in done.stderr) == (0, True)


def _changed_without_loss(cloud: Cloud, spec: Path, aws: Aws) -> None:
    """From the defaults to a stage that says otherwise: the bucket stays, and what is in it."""
    outputs = of_stage(cloud, "dev", "deploy", str(spec))
    bucket = outputs["storage"]["DataBucket"]
    aws.client("s3").put_object(Bucket=bucket, Key="kept", Body=b"1")
    spec.with_name("stages.yaml").write_text(CHANGED)
    with pytest.raises(UsageError, match=r"but .* is deployed with removal: retain .*deploy first"):
        removal(spec)
    done = cloud.run("diff", str(spec))
    assert done.returncode == 1, done.stderr
    assert "RetentionInDays" in done.stderr
    again = of_stage(cloud, "dev", "deploy", str(spec))
    assert again["storage"] == outputs["storage"]
    assert aws.client("s3").get_object(Bucket=bucket, Key="kept")["Body"].read() == b"1"
    made = deployment(aws, load(spec))
    assert made.tags == {"cost-centre": "blue"}
    same = of_stage(cloud, "dev", "diff", str(spec))
    assert (same["changed"], same["left_alone"]) == (False, [])
    for stack in same["stacks"]:
        assert (stack["exists"], stack["changes"]) == (True, [])


def _used_side_by_side(cloud: Cloud, spec: Path, aws: Aws) -> None:
    """A job in each stage: neither sees the other's, and each is put where its stage says."""
    names = {}
    for stage in ("dev", "test"):
        names[stage] = of_stage(cloud, stage, "submit", str(spec))["job"]["name"]
    for stage, name in names.items():
        listed = of_stage(cloud, stage, "jobs", "--spec", str(spec))["jobs"]
        assert [one["name"] for one in listed] == [name]
    shown = {
        stage: aws.client("bedrock").get_model_customization_job(jobIdentifier=name)
        for stage, name in names.items()
    }
    assert "vpcConfig" not in shown["dev"]
    assert "outputModelKmsKeyArn" not in shown["dev"]
    assert len(shown["test"]["vpcConfig"]["subnetIds"]) == 2
    assert ":key/" in shown["test"]["outputModelKmsKeyArn"]
    cloud.run("--stage", "test", "stop", names["test"], "--spec", str(spec))
    watched = cloud.run("--stage", "dev", "watch", names["dev"], "--spec", str(spec))
    assert watched.returncode == 0, watched.stderr


def _destroyed(cloud: Cloud, spec: Path, aws: Aws) -> None:
    """Each alone, by its name; what was trained stays."""
    done = cloud.run("--stage", "dev", "destroy", str(spec))
    assert done.returncode == 2
    assert "nobody can be asked without a terminal; say --yes" in done.stderr
    gone = of_stage(cloud, "dev", "destroy", str(spec), "--yes")
    (model,) = gone["models"]
    assert aws.client("bedrock").get_custom_model(modelIdentifier=model)["modelName"] == model
    project = load(spec).project
    assert all(name.startswith(f"{project}-test-") for name in standing(aws)["stacks"])
    # Cut short after its first stack, and gone on with.
    aws.client("cloudformation").delete_stack(StackName=f"{project}-test-pipeline")
    gone = of_stage(cloud, "test", "destroy", str(spec), "--yes")
    assert f"{project}-test-pipeline" not in [one["name"] for one in gone["stacks"]]
    assert gone["models"] == []


def test_another_project_of_the_same_stacks_and_another_account_are_refused(
    fresh: Cloud, tmp_path: Path
) -> None:
    """`a` in `b-c` and `a-b` in `c`: by their names alone the stacks would be the same."""
    text = "technique: sft\nmodel: amazon.nova-lite-v1:0:300k\ndata: {train: t.jsonl}\n"
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(f"project: a\nstage: b-c\n{text}")
    other.write_text(f"project: a-b\nstage: c\n{text}")
    aws = Aws("us-east-1")
    aws.client("cloudformation").create_stack(
        StackName="a-b-c-storage",
        TemplateBody='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}',
        Tags=[
            {"Key": "nova-rft:project", "Value": "a"},
            {"Key": "nova-rft:stage", "Value": "b-c"},
        ],
    )
    assert removal(one).stacks[0].name == "a-b-c-storage"
    with pytest.raises(
        UsageError, match="is of the project a in the stage b-c, and this is a-b in c"
    ):
        removal(other)
    tmp_path.joinpath("stages.yaml").write_text("stages: {b-c: {account: '999988887777'}}\n")
    for refused in (deploy, removal):
        with pytest.raises(UsageError, match=r"but stages.yaml names 999988887777 for this stage"):
            refused(one)


def test_a_bucket_of_many_versions_is_emptied(fresh: Cloud) -> None:
    client = Aws("us-east-1").client("s3")
    client.create_bucket(Bucket="full")
    client.put_bucket_versioning(Bucket="full", VersioningConfiguration={"Status": "Enabled"})
    for turn in range(700):
        client.put_object(Bucket="full", Key=f"k{turn % 350}", Body=b"")
    client.delete_objects(
        Bucket="full", Delete={"Objects": [{"Key": f"k{turn}"} for turn in range(350)]}
    )
    told: list[int] = []
    assert empty_bucket(Aws("us-east-1"), "full", removed=told.append) == 1050
    assert told == [1000, 1050]
    client.delete_bucket(Bucket="full")
    assert empty_bucket(Aws("us-east-1"), "full") == 0
