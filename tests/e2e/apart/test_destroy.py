"""What `destroy` does with stacks as they are deployed: made here by hand, which takes no CDK."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.deploy import Held, destroy, removal
from nova_rft.errors import AwsRefused, UsageError
from tests.support import PROGRAM, Cloud, own_cloud

SPEC = """
project: p
technique: sft
backend: sagemaker
model: amazon.nova-lite-v1:0:300k
data: {train: train.jsonl}
"""
OURS = {"nova-rft:project": "p", "nova-rft:stage": "dev"}
BUCKET = {"Type": "AWS::S3::Bucket"}
GROUP = {
    "Type": "AWS::SageMaker::ModelPackageGroup",
    "Properties": {"ModelPackageGroupName": "p-dev-group"},
}
HUB = {
    "Type": "AWS::SageMaker::Hub",
    "Properties": {"HubName": "p-dev-hub", "HubDescription": "Evaluators."},
}
KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": []}}}


# Deployments of their own: make test-deployments.
pytestmark = pytest.mark.deployments


@pytest.fixture
def fresh(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("destroy")
    made = own_cloud(home, policy=None)
    for name, value in made.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    yield made
    local_aws.down(home)


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "nova-rft.yaml"
    file.write_text(SPEC)
    return file


def stage(spec: Path, text: str) -> None:
    spec.with_name("stages.yaml").write_text(f"stages: {{dev: {{{text}}}}}\n")


def stack(aws: Aws, part: str, policy: str, **resources: Mapping[str, Any]) -> None:
    """A stack as a deployment would have left it."""
    made = {name: {**one, "DeletionPolicy": policy} for name, one in resources.items()}
    aws.client("cloudformation").create_stack(
        StackName=f"p-dev-{part}",
        TemplateBody=json.dumps({"Resources": made}),
        Tags=[{"Key": key, "Value": value} for key, value in OURS.items()],
    )


def names(aws: Aws) -> list[str]:
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return sorted(one["StackName"] for one in stacks)


def test_what_sagemaker_refuses_to_delete_is_emptied_and_nothing_else(
    fresh: Cloud, spec: Path
) -> None:
    stage(spec, "removal: destroy")
    aws = Aws("us-east-1")
    sagemaker = aws.client("sagemaker")
    stack(aws, "storage", "Delete", Data=BUCKET)
    stack(aws, "packages", "Delete", Group=GROUP)
    # Of an earlier spec: RFT had evaluators.
    stack(aws, "evaluators", "Delete", Hub=HUB)
    sagemaker.create_model_package_group(ModelPackageGroupName="another")
    sagemaker.create_model_package(ModelPackageGroupName="another")
    for _ in range(2):
        sagemaker.create_model_package(ModelPackageGroupName="p-dev-group")
    document = json.dumps({"SubType": "AWS/Evaluator", "JsonContent": "{}"})
    for version in ("0.0.1", "0.0.2"):
        sagemaker.import_hub_content(
            HubName="p-dev-hub",
            HubContentName="reward",
            HubContentType="JsonDoc",
            HubContentVersion=version,
            DocumentSchemaVersion="2.0.0",
            HubContentDocument=document,
        )
    (bucket,) = (one["Name"] for one in aws.client("s3").list_buckets()["Buckets"])
    aws.client("s3").put_object(Bucket=bucket, Key="kept", Body=b"1")
    # As plain `cdk destroy` would: CloudFormation refuses, and nothing is lost.
    aws.client("cloudformation").delete_stack(StackName="p-dev-storage")
    (refused,) = aws.client("cloudformation").describe_stacks(StackName="p-dev-storage")["Stacks"]
    assert refused["StackStatus"] == "DELETE_FAILED"
    told: list[str] = []
    done = destroy(spec, progress=told.append)
    assert [one.name for one in done.stacks] == [
        "p-dev-evaluators",
        "p-dev-packages",
        "p-dev-storage",
    ]
    assert {"deleting 2 model packages", "deleting 2 evaluators"} <= set(told)
    assert names(aws) == []
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [one["ModelPackageGroupName"] for one in groups] == ["another"]
    left = sagemaker.list_model_packages(ModelPackageGroupName="another")
    assert len(left["ModelPackageSummaryList"]) == 1


def test_a_key_that_encrypts_a_custom_model_is_left_alone(fresh: Cloud, spec: Path) -> None:
    stage(spec, "removal: destroy, key: new")
    aws = Aws("us-east-1")
    stack(aws, "key", "Delete", Key=KEY)
    stack(aws, "storage", "Delete", Data=BUCKET)
    (key,) = aws.client("cloudformation").list_stack_resources(StackName="p-dev-key")[
        "StackResourceSummaries"
    ]
    arn = f"arn:aws:kms:us-east-1:123456789012:key/{key['PhysicalResourceId']}"
    package = "arn:aws:sagemaker:us-east-1:123456789012:model-package/g/1"
    for name, tags in (("p-dev-0123456789ab-1", OURS), ("p-dev-more-0123456789ab-1", {})):
        aws.client("bedrock").create_custom_model(
            modelName=name,
            customModelDataSource={"modelPackageArnDataSource": {"modelPackageArn": package}},
            modelKmsKeyArn=arn,
            modelTags=[{"key": tag, "value": value} for tag, value in tags.items()],
        )
    done = destroy(spec)
    # A name that begins alike does not make it ours.
    assert done.models == ("p-dev-0123456789ab-1",)
    (why,) = done.left_alone.values()
    assert why == "its key encrypts 1 custom models, which nothing could read without it"
    assert names(aws) == ["p-dev-key"]
    aws.client("bedrock").delete_custom_model(modelIdentifier="p-dev-0123456789ab-1")
    destroy(spec)
    assert names(aws) == []


def test_what_is_deployed_counts_and_not_what_was_never_deployed(fresh: Cloud, spec: Path) -> None:
    aws = Aws("us-east-1")
    stack(aws, "storage", "Retain", Data=BUCKET)
    stack(aws, "evaluators", "Delete", Hub=HUB)
    stage(spec, "removal: destroy")
    with pytest.raises(
        UsageError, match=r"p-dev-storage is deployed with removal: retain \(bucket"
    ):
        removal(spec)
    stage(spec, "removal: retain")
    planned = removal(spec)
    assert planned.goes == ()
    (bucket,) = planned.stays
    assert planned.left_alone == {
        "p-dev-evaluators": (
            "deleting it would delete the hub p-dev-hub, and the stage's removal is retain"
        )
    }
    destroy(spec)
    assert names(aws) == ["p-dev-evaluators"]
    buckets = [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]]
    assert bucket == Held("bucket", buckets[0])


def test_a_stack_that_cannot_be_deleted_says_why_and_stays(fresh: Cloud, spec: Path) -> None:
    aws = Aws("us-east-1")
    exported = {"Name": {"Value": "x", "Export": {"Name": "p-dev-reward:Name"}}}
    topic = {"Type": "AWS::SNS::Topic"}
    aws.client("cloudformation").create_stack(
        StackName="p-dev-reward",
        TemplateBody=json.dumps({"Resources": {"Topic": topic}, "Outputs": exported}),
        Tags=[{"Key": key, "Value": value} for key, value in OURS.items()],
    )
    imports = {"DisplayName": {"Fn::ImportValue": "p-dev-reward:Name"}}
    aws.client("cloudformation").create_stack(
        StackName="theirs",
        TemplateBody=json.dumps({"Resources": {"Topic": {**topic, "Properties": imports}}}),
    )
    with pytest.raises(
        AwsRefused, match=r"p-dev-reward could not be deleted: Export .* by theirs;"
    ):
        destroy(spec)
    assert names(aws) == ["p-dev-reward", "theirs"]
    aws.client("cloudformation").delete_stack(StackName="theirs")
    destroy(spec)
    assert names(aws) == []


def with_packs(aws: Aws, bucket: str, policy: str) -> None:
    """A pipeline's stack that deploying packed two projects for, the older one's run in its table."""
    runs = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": policy,
        "Properties": {
            "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
    outputs = {
        "PipelinePack": {"Value": f"s3://{bucket}/newest.zip"},
        "PipelineTable": {"Value": {"Ref": "Runs"}},
    }
    aws.client("cloudformation").create_stack(
        StackName="p-dev-pipeline",
        TemplateBody=json.dumps({"Resources": {"Runs": runs}, "Outputs": outputs}),
        Tags=[{"Key": key, "Value": value} for key, value in OURS.items()],
    )
    (table,) = aws.client("dynamodb").list_tables()["TableNames"]
    run = {"name": {"S": "p-dev-0-1"}, "digest": {"S": "older"}}
    aws.client("dynamodb").put_item(TableName=table, Item=run)


def test_what_was_packed_among_the_assets_goes_with_the_pipeline(fresh: Cloud, spec: Path) -> None:
    stage(spec, "removal: destroy, pipeline: {on_deploy: true}")
    aws = Aws("us-east-1")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_bucket_versioning(Bucket="assets", VersioningConfiguration={"Status": "Enabled"})
    for key in ("newest.zip", "newest.zip", "older.zip", "newest.zip.of-another"):
        s3.put_object(Bucket="assets", Key=key, Body=b"records")
    with_packs(aws, "assets", "Delete")
    planned = removal(spec)
    packed = [one.name for one in planned.goes if one.kind == "packed project"]
    assert packed == ["s3://assets/newest.zip", "s3://assets/older.zip"]
    assert destroy(spec).left_alone == {}
    left = s3.list_object_versions(Bucket="assets")
    assert [one["Key"] for one in left["Versions"]] == ["newest.zip.of-another"]
    assert "DeleteMarkers" not in left
    assert names(aws) == []


def test_a_pack_that_may_not_be_deleted_is_said_and_the_rest_goes(fresh: Cloud, spec: Path) -> None:
    stage(spec, "removal: destroy, pipeline: {on_deploy: true}")
    aws = Aws("us-east-1")
    with_packs(aws, "of-nobody", "Delete")
    done = fresh.run("destroy", str(spec), "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert "Left alone: s3://of-nobody/newest.zip; AWS refused" in done.stderr
    assert "s3://of-nobody/older.zip" in json.loads(done.stdout)["left_alone"]
    assert names(aws) == []


def test_where_things_are_retained_what_was_packed_is_too(fresh: Cloud, spec: Path) -> None:
    stage(spec, "removal: retain, pipeline: {on_deploy: true}")
    aws = Aws("us-east-1")
    aws.client("s3").create_bucket(Bucket="assets")
    aws.client("s3").put_object(Bucket="assets", Key="newest.zip", Body=b"records")
    with_packs(aws, "assets", "Retain")
    destroy(spec)
    assert aws.client("s3").list_objects_v2(Bucket="assets")["KeyCount"] == 1
    assert names(aws) == []


def test_the_name_is_asked_for_at_a_terminal(fresh: Cloud, spec: Path) -> None:
    stage(spec, "removal: destroy")
    stack(Aws("us-east-1"), "storage", "Delete", Data=BUCKET)

    def answered(text: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        os.write(ours, f"{text}\n".encode())
        done = subprocess.run(
            [PROGRAM, "destroy", str(spec)],
            stdin=theirs,
            capture_output=True,
            text=True,
            env=fresh.environment,
            check=False,
        )
        os.close(ours)
        os.close(theirs)
        return done.returncode, done.stderr

    status, said = answered("p-prod")
    assert (status, "that was not p-dev; nothing was deleted" in said) == (2, True)
    assert names(Aws("us-east-1")) == ["p-dev-storage"]
    status, said = answered("p-dev")
    assert status == 0, said
    assert names(Aws("us-east-1")) == []
