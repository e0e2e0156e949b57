"""SageMaker's hubs, model packages and tags on the embedded AWS, and the stacks that make them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nova_rft.local_aws.sagemaker._parameters import PARAMETERS
from tests.contract.conftest import Local
from tests.contract.sagemaker_support import (
    World,
    evaluator,
    import_evaluator,
    make_world,
    talks,
    unique,
)

PUBLIC = "SageMakerPublicHub"
LITE = {
    "HubName": PUBLIC,
    "HubContentType": "Model",
    "HubContentName": "nova-textgeneration-lite-v2",
}


@pytest.fixture(scope="module")
def world(local: Local) -> World:
    return make_world(local)


@pytest.fixture(autouse=True)
def _account() -> None:
    """In place of the one that makes other clients for each test: a world has all it needs."""


def test_a_hub_from_its_making_to_its_end(world: World) -> None:
    name = unique("hub")
    made = {"HubName": name, "HubDescription": "x", "HubDisplayName": "X", "Tags": []}
    arn = world.create_hub(**made)["HubArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:hub/{name}"
    for identifier in (name, arn):
        hub = world.describe_hub(HubName=identifier)
        assert (hub["HubArn"], hub["HubStatus"]) == (arn, "InService")
        assert hub["HubDisplayName"] == "X"
    assert world.refused("create_hub", **made)[0] == "ResourceInUse"
    listed = world.list_hubs(NameContains=name)["HubSummaries"]
    assert [one["HubArn"] for one in listed] == [arn]
    world.delete_hub(HubName=arn)
    for operation in ("describe_hub", "delete_hub"):
        assert world.refused(operation, HubName=name)[0] == "ResourceNotFound"
    assert world.list_hubs(NameContains=name)["HubSummaries"] == []


def test_contents_have_versions(world: World) -> None:
    name = unique("doc")
    place = {"HubName": world.hub, "HubContentType": "JsonDoc", "HubContentName": name}
    for version in ("0.0.2", "0.0.10", "0.0.9"):
        import_evaluator(world, name, f"reward-{version}", HubContentVersion=version)
    newest = world.describe_hub_content(**place)
    assert newest["HubContentVersion"] == "0.0.10"
    assert newest["HubContentDocument"] == evaluator("reward-0.0.10")
    assert newest["HubContentStatus"] == "Available"
    older = world.describe_hub_content(**place, HubContentVersion="0.0.2")
    path = f"hub-content/{world.hub}/JsonDoc/{name}/0.0.2"
    assert older["HubContentArn"] == f"arn:aws:sagemaker:us-east-1:123456789012:{path}"

    def versions(**asked: Any) -> list[str]:
        found = world.list_hub_content_versions(**place, **asked)["HubContentSummaries"]
        return [one["HubContentVersion"] for one in found]

    assert versions() == ["0.0.2", "0.0.10", "0.0.9"]
    assert versions(MinVersion="0.0.9", SortOrder="Descending") == ["0.0.9", "0.0.10"]
    listed = world.list_hub_contents(
        HubName=world.hub, HubContentType="JsonDoc", NameContains=name
    )["HubContentSummaries"]
    assert [one["HubContentVersion"] for one in listed] == ["0.0.10"]
    given = {
        **place,
        "HubContentVersion": "0.0.2",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentDocument": evaluator("x"),
    }
    assert world.refused("import_hub_content", **given)[0] == "ResourceInUse"
    assert world.refused("delete_hub", HubName=world.hub)[0] == "ResourceInUse"
    for version in ("0.0.2", "0.0.9", "0.0.10"):
        world.delete_hub_content(**place, HubContentVersion=version)
    assert world.refused("describe_hub_content", **place)[0] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"DocumentSchemaVersion": "1.0.0"}, "ValidationException", "2.0.0"),
        ({"HubContentDocument": "{"}, "ValidationException", "not JSON"),
        ({"HubContentDocument": "{}"}, "ValidationException", "SubType"),
        ({"HubContentVersion": "1"}, "ValidationException", "HubContentVersion"),
        ({"HubName": "nobody"}, "ResourceNotFound", "nobody"),
        ({"HubName": PUBLIC}, "AccessDeniedException", PUBLIC),
    ],
)
def test_contents_that_are_refused(
    world: World, change: dict[str, str], code: str, says: str
) -> None:
    asked = {
        "HubName": world.hub,
        "HubContentName": unique("bad"),
        "HubContentType": "JsonDoc",
        "DocumentSchemaVersion": "2.0.0",
        "HubContentDocument": evaluator("x"),
        **change,
    }
    refused = world.refused("import_hub_content", **asked)
    assert refused[0] == code
    assert says in refused[1]


def test_the_public_hub_says_what_a_job_may_be_told(world: World) -> None:
    assert world.describe_hub(HubName=PUBLIC)["HubArn"].endswith(f":aws:hub/{PUBLIC}")
    model = world.describe_hub_content(**LITE)
    assert model["HubContentArn"] == (
        "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/"
        "nova-textgeneration-lite-v2/1.0.0"
    )
    collection = json.loads(model["HubContentDocument"])["RecipeCollection"]
    by_kind = {(one["CustomizationTechnique"], one.get("Peft")): one for one in collection}
    assert set(by_kind) == {(t, p) for t in ("SFT", "RLVR") for p in ("LORA", None)}
    overrides = json.loads(world.read(by_kind["RLVR", "LORA"]["SmtjOverrideParamsS3Uri"]))
    assert overrides.keys() == PARAMETERS["nova_smtj_lora_rft"].keys()
    assert overrides["global_batch_size"] == {
        "type": "integer",
        "required": True,
        "min": 16,
        "max": 128,
        "default": 64,
    }
    assert overrides["lora_alpha"]["enum"] == [16, 32, 64]
    listed = world.list_hub_contents(HubName=PUBLIC, HubContentType="Model")
    assert [one["HubContentName"] for one in listed["HubContentSummaries"]] == [
        f"nova-textgeneration-{size}" for size in ("lite-v2", "lite", "micro", "pro")
    ]
    absent = {**LITE, "HubContentName": "nova-textgeneration-premier"}
    assert world.refused("describe_hub_content", **absent)[0] == "ResourceNotFound"
    other = {**LITE, "HubContentVersion": "9.0.0"}
    assert world.refused("describe_hub_content", **other)[0] == "ResourceNotFound"


def test_every_captured_hyperparameter_is_in_the_overrides(world: World) -> None:
    for capture in ("sft", "sftfull", "rlvr", "dpo"):
        asked = world.request(capture, b"")
        config = asked["ServerlessJobConfig"]
        name = config["BaseModelArn"].split("/")[-2]
        model = world.describe_hub_content(**{**LITE, "HubContentName": name})
        entry = next(
            one
            for one in json.loads(model["HubContentDocument"])["RecipeCollection"]
            if one["CustomizationTechnique"] == config["CustomizationTechnique"]
            and one.get("Peft") == config.get("Peft")
        )
        overrides = json.loads(world.read(entry["SmtjOverrideParamsS3Uri"]))
        assert asked["HyperParameters"].keys() <= overrides.keys()


def test_a_package_group_from_its_making_to_its_end(world: World) -> None:
    name = unique("group")
    group = {"ModelPackageGroupName": name}
    tags = [{"Key": "project", "Value": "sums"}]
    arn = world.create_model_package_group(**group, Tags=tags)["ModelPackageGroupArn"]
    assert world.refused("create_model_package_group", **group)[1] == (
        f"Model Package Group already exists: {arn}"
    )
    for identifier in (name, arn):
        found = world.describe_model_package_group(ModelPackageGroupName=identifier)
        assert (found["ModelPackageGroupArn"], found["ModelPackageGroupStatus"]) == (
            arn,
            "Completed",
        )
    listed = world.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]
    assert [one["ModelPackageGroupName"] for one in listed] == [name]
    first, second = (
        world.create_model_package(ModelPackageGroupName=name)["ModelPackageArn"] for _ in "12"
    )
    assert (first[-2:], second[-2:]) == ("/1", "/2")
    assert world.refused("delete_model_package_group", **group)[0] == "ConflictException"
    world.delete_model_package(ModelPackageName=second)
    third = world.create_model_package(ModelPackageGroupName=arn)["ModelPackageArn"]
    # A version is given out once.
    assert third.endswith("/3")
    shown = world.describe_model_package(ModelPackageName=third)
    assert shown["ModelPackageVersion"] == 3
    assert shown["ModelApprovalStatus"] == "PendingManualApproval"
    for package in (first, third):
        world.delete_model_package(ModelPackageName=package)
    world.delete_model_package_group(**group)
    code, message = world.refused("describe_model_package_group", **group)
    assert (code, message) == ("ValidationException", f"ModelPackageGroup {arn} does not exist.")


def test_packages_are_listed_in_pages(world: World) -> None:
    group = unique("pages")
    world.create_model_package_group(ModelPackageGroupName=group)
    for _ in range(3):
        world.create_model_package(ModelPackageGroupName=group)
    alone = unique("alone")
    world.create_model_package(ModelPackageName=alone)
    pages = (
        world.local.client("sagemaker")
        .get_paginator("list_model_packages")
        .paginate(ModelPackageGroupName=group, PaginationConfig={"PageSize": 2})
    )
    found = [
        [one["ModelPackageVersion"] for one in page["ModelPackageSummaryList"]] for page in pages
    ]
    assert found == [[1, 2], [3]]
    kinds = {}
    for kind in ("Versioned", "Unversioned", "Both"):
        listed = world.list_model_packages(ModelPackageType=kind, MaxResults=100)
        kinds[kind] = {one["ModelPackageName"] for one in listed["ModelPackageSummaryList"]}
    assert alone in kinds["Unversioned"] & kinds["Both"]
    assert group in kinds["Versioned"] - kinds["Unversioned"]
    assert not world.list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved"
    )["ModelPackageSummaryList"]


def test_tags_come_and_go(world: World) -> None:
    arn = world.create_training_job(**world.request("sft", talks(200)))["TrainingJobArn"]
    many = [{"Key": f"k{n}", "Value": ""} for n in range(50)]
    for resource in (
        arn,
        world.group,
        world.evaluator,
        world.describe_hub(HubName=world.hub)["HubArn"],
    ):
        world.add_tags(ResourceArn=resource, Tags=[{"Key": "team", "Value": "blue"}])
        world.add_tags(ResourceArn=resource, Tags=[{"Key": "team", "Value": "red"}])
        assert world.tags(resource)["team"] == "red"
        assert "50 tags" in world.refused("add_tags", ResourceArn=resource, Tags=many)[1]
        world.delete_tags(ResourceArn=resource, TagKeys=["team", "none"])
        assert "team" not in world.tags(resource)
    code, message = world.refused("list_tags", ResourceArn=f"{arn}x")
    assert code == "ValidationException"
    assert "does not exist" in message


def test_tags_of_other_resources_are_motos(world: World) -> None:
    client, name = world.local.client("sagemaker"), unique("experiment")
    arn = client.create_experiment(ExperimentName=name)["ExperimentArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def template(name: str, description: str) -> str:
    tags = [{"Key": "stage", "Value": description}]
    resources = {
        "Hub": {
            "Type": "AWS::SageMaker::Hub",
            "Properties": {"HubName": name, "HubDescription": description, "Tags": tags},
        },
        "Group": {
            "Type": "AWS::SageMaker::ModelPackageGroup",
            "Properties": {"ModelPackageGroupName": name, "Tags": tags},
        },
    }
    values = {
        "HubRef": {"Ref": "Hub"},
        "HubArn": {"Fn::GetAtt": ["Hub", "HubArn"]},
        "GroupRef": {"Ref": "Group"},
        "GroupArn": {"Fn::GetAtt": ["Group", "ModelPackageGroupArn"]},
        "GroupStatus": {"Fn::GetAtt": ["Group", "ModelPackageGroupStatus"]},
    }
    outputs = {key: {"Value": value} for key, value in values.items()}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def test_stacks_make_hubs_and_groups(world: World) -> None:
    name = unique("stack")
    stacks = world.local.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=template(name, "first"))
    stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    hub = world.describe_hub(HubName=name)
    group = world.describe_model_package_group(ModelPackageGroupName=name)
    assert outputs == {
        "HubRef": hub["HubArn"],
        "HubArn": hub["HubArn"],
        "GroupRef": group["ModelPackageGroupArn"],
        "GroupArn": group["ModelPackageGroupArn"],
        "GroupStatus": "Completed",
    }
    assert world.tags(hub["HubArn"]) == {"stage": "first"}

    stacks.update_stack(StackName=name, TemplateBody=template(name, "second"))
    assert world.describe_hub(HubName=name)["HubDescription"] == "second"
    for arn in (hub["HubArn"], group["ModelPackageGroupArn"]):
        assert world.tags(arn) == {"stage": "second"}

    stacks.delete_stack(StackName=name)
    assert world.refused("describe_hub", HubName=name)[0] == "ResourceNotFound"
    assert (
        "does not exist"
        in world.refused("describe_model_package_group", ModelPackageGroupName=name)[1]
    )
