"""What a stage's settings make, whatever the cell: clean for cdk-nag, and nothing left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infra.conftest import ACCOUNT, KINDS, Make, Templates, resources, spec_text
from tests.infra.stages import BUCKETS, CELLS, JOB, KEY, REWARD, STAGES, VPC

# What holds something that outlives a job.
HOLDERS = {
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::SageMaker::Hub",
}


def everything(templates: Templates) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each resource of all stacks, and its type."""
    for template in templates.values():
        for resource in template["Resources"].values():
            yield resource["Type"], resource


@pytest.mark.parametrize(
    ("cell", "stage"),
    [
        pytest.param(
            cell,
            stage,
            marks=() if cell == "rich" or stage.startswith("all") else pytest.mark.deployments,
        )
        for cell in (*CELLS, "rich")
        for stage in STAGES
    ],
)
def test_whatever_a_stage_asks_for(made: Make, cell: str, stage: str) -> None:
    """Made without a finding; every role is bounded, every holder goes or stays as the stage says."""
    asked = STAGES[stage]
    policy = "Delete" if asked.get("removal") == "destroy" else "Retain"
    tags = {"nova-rft:project": "p", "nova-rft:stage": "dev", **asked.get("tags", {})}
    for kind, resource in everything(made(cell, stage)):
        properties = resource.get("Properties", {})
        if kind == "AWS::IAM::Role":
            assert properties.get("PermissionsBoundary") == asked.get("permissions_boundary")
        if kind in HOLDERS:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == policy
        if kind == "AWS::Lambda::Version":
            assert resource["DeletionPolicy"] == "Retain"
        if "Tags" in properties:
            found = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
            assert tags.items() <= found.items()
            assert ("nova-rft:removal" in found) is (policy == "Delete")
        if kind == "AWS::Logs::LogGroup":
            assert properties["RetentionInDays"] == asked.get("kept", {}).get("log_days", 90)
    assert all(template["Resources"] for template in made(cell, stage).values())


@pytest.mark.parametrize(
    "stage", ["all new", pytest.param("all there", marks=pytest.mark.deployments)]
)
def test_cloudformation_would_take_it(made: Make, stage: str) -> None:
    """By CloudFormation's own schemas: a second for each template, so those that hold it all."""
    # It ships no types.
    from cfnlint.api import lint  # type: ignore[import-untyped]
    from cfnlint.config import ManualArgs  # type: ignore[import-untyped]

    templates = [*made("rich", stage).values()]
    if stage == "all new":
        templates.append(made("distillation on sagemaker-recipe", stage)["network"])
    found = {
        f"{match.rule.id}: {match.message}"
        for template in templates
        for match in lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))
        # The CDK names a dependency twice; an output may say what another stack made.
        if match.rule.id not in ("W3005", "W6001")
    }
    assert found == set()


def named(templates: Templates) -> set[str]:
    """What is unique in an account: stacks are by their exports, resources by names that we give."""
    names = set()
    for template in templates.values():
        names |= {
            output["Export"]["Name"]
            for output in template["Outputs"].values()
            if "Export" in output
        }
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::IAM::Policy":
                continue  # Named inside its role.
            for key, value in resource.get("Properties", {}).items():
                given = isinstance(value, str) or (isinstance(value, dict) and "Fn::Join" in value)
                if key.endswith("Name") and given and not key.startswith(("Service", "Metric")):
                    names.add(json.dumps(value))
    return names


def test_stages_and_projects_side_by_side_have_no_name_in_common(
    synthesise: Callable[..., Templates],
) -> None:
    texts = [
        spec_text(KINDS["rft on sagemaker"], f"stage: {stage}").replace(
            "project: p", f"project: {project}"
        )
        for project in ("p", "q")
        for stage in ("dev", "test")
    ]
    found = [named(synthesise(text, stage=STAGES["all new"])) for text in texts]
    assert all(len(names) > 10 for names in found)
    assert len(set.union(*found)) == sum(map(len, found))


# Network.


def test_nothing_leaves_a_new_network_but_by_endpoints(made: Make) -> None:
    network = made("rich", "a new network")["network"]
    for kind in ("InternetGateway", "NatGateway", "Route", "VPCGatewayAttachment", "EIP"):
        assert not resources(network, f"AWS::EC2::{kind}")
    assert len(resources(network, "AWS::EC2::Subnet")) == 2
    zones = {
        json.dumps(one["Properties"]["AvailabilityZone"])
        for one in resources(network, "AWS::EC2::Subnet").values()
    }
    assert len(zones) == 2
    ends = {
        one["Properties"]["ServiceName"].removeprefix("com.amazonaws.us-east-1."): one["Properties"]
        for one in resources(network, "AWS::EC2::VPCEndpoint").values()
    }
    assert set(ends) == {"bedrock-runtime", "lambda", "s3", "dynamodb"}
    for service, end in ends.items():
        (statement,) = end["PolicyDocument"]["Statement"]
        caller = statement["Condition"]["StringEquals"]
        assert caller["aws:PrincipalAccount"] == ACCOUNT
        assert ("aws:ResourceAccount" in caller) is (service in ("s3", "dynamodb"))
        assert (end["VpcEndpointType"] == "Gateway") is (service in ("s3", "dynamodb"))
    (flow,) = resources(network, "AWS::EC2::FlowLog").values()
    assert flow["Properties"]["TrafficType"] == "ALL"


def test_endpoints_let_in_functions_and_jobs_alone(made: Make) -> None:
    network = made("rich", "a new network")["network"]
    groups = resources(network, "AWS::EC2::SecurityGroup")
    assert set(groups) == {"Inside", "Endpoints"}
    assert "SecurityGroupIngress" not in groups["Inside"]["Properties"]
    (rule,) = groups["Endpoints"]["Properties"]["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["Inside", "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    (out,) = groups["Endpoints"]["Properties"]["SecurityGroupEgress"]
    assert out["CidrIp"] == "255.255.255.255/32"


@pytest.mark.parametrize(
    ("cell", "called"),
    [
        ("rft on bedrock", {"lambda", "s3"}),
        ("rft on sagemaker", {"lambda", "logs", "monitoring", "sagemaker.api", "sts", "s3"}),
        (
            "distillation on sagemaker-recipe",
            {"bedrock", "bedrock-runtime", "logs", "monitoring", "sts", "s3"},
        ),
        ("sft on hyperpod", {"s3"}),
    ],
)
def test_there_is_an_endpoint_for_what_is_called(made: Make, cell: str, called: set[str]) -> None:
    network = made(cell, "a new network")["network"]
    ends = resources(network, "AWS::EC2::VPCEndpoint").values()
    start = "com.amazonaws.us-east-1."
    assert {one["Properties"]["ServiceName"].removeprefix(start) for one in ends} == called


def function(template: dict[str, Any], name: str) -> Any:
    found = [one["Properties"] for one in resources(template, "AWS::Lambda::Function").values()]
    (one,) = [properties for properties in found if properties["FunctionName"] == name]
    return one


def allowed(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    (policy,) = [
        one["Properties"]
        for one in resources(template, "AWS::IAM::Policy").values()
        if one["Properties"]["Roles"][0]["Ref"].startswith(role)
    ]
    return list(policy["PolicyDocument"]["Statement"])


@pytest.mark.parametrize("stage", ["a new network", "a network that is there"])
def test_the_reward_runs_there_and_its_code_may_not_touch_it(made: Make, stage: str) -> None:
    reward = made("rich", stage)["reward"]
    config = function(reward, "p-dev-reward")["VpcConfig"]
    if stage == "a network that is there":
        assert config == {"SubnetIds": VPC["subnets"], "SecurityGroupIds": VPC["security_groups"]}
    else:
        names = [one["Fn::ImportValue"] for one in config["SubnetIds"]]
        assert all(name.startswith("p-dev-network:") for name in names)
    touching = [one for one in allowed(reward, "Role") if "ec2:" in json.dumps(one["Action"])]
    assert {one["Effect"]: one.get("Condition") for one in touching} == {
        "Allow": None,
        "Deny": {
            "ArnEquals": {
                "lambda:SourceFunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:p-dev-reward"
            }
        },
    }
    assert touching[0]["Action"] == touching[1]["Action"]
    # The one that runs programs stays where nothing leads out.
    assert function(reward, "p-dev-code")["VpcConfig"]["SubnetIds"][0].get("Ref")


@pytest.mark.parametrize("cell", CELLS)
def test_jobs_are_told_where_and_may_make_interfaces_there_alone(made: Make, cell: str) -> None:
    template = made(cell, "a network that is there")["customization"]
    assert template["Outputs"]["Subnets"]["Value"] == ",".join(VPC["subnets"])
    assert template["Outputs"]["SecurityGroups"]["Value"] == "sg-0a1b2c3d"
    found = [one for one in allowed(template, "JobRole") if "ec2:" in json.dumps(one["Action"])]
    on = {
        action: one
        for one in found
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }
    start = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
    subnets = [f"{start}:subnet/{one}" for one in VPC["subnets"]]
    held = on["ec2:DeleteNetworkInterface"]
    assert held["Resource"] == f"{start}:network-interface/*"
    assert held["Condition"]["ArnEquals"]["ec2:Subnet"] == subnets
    tagged = "ec2:ResourceTag/BedrockManaged" in json.dumps(held["Condition"])
    assert tagged is ("ec2:CreateTags" in on) is (cell == "rft on bedrock")
    making = [one for one in found if one["Action"] == "ec2:CreateNetworkInterface"]
    where = {json.dumps(one["Resource"]) for one in making}
    assert all(one in "".join(where) for one in [*subnets, f"{start}:security-group/sg-0a1b2c3d"])


@pytest.mark.parametrize("stage", ["all new", "all there"])
def test_every_function_is_inside_but_the_messenger(made: Make, stage: str) -> None:
    """And its own code may not touch the interfaces that its role has Lambda make."""
    templates = made("rich", stage)
    outside = {
        resource["Properties"]["FunctionName"]
        for kind, resource in everything(templates)
        if kind == "AWS::Lambda::Function" and "VpcConfig" not in resource["Properties"]
    }
    assert outside == ({"p-dev-pipeline-slack"} if stage == "all new" else set())
    touching = [
        one for one in allowed(templates["scoring"], "Role") if "ec2:" in json.dumps(one["Action"])
    ]
    score = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:p-dev-score"
    assert {one["Effect"]: one.get("Condition") for one in touching} == {
        "Allow": None,
        "Deny": {"ArnEquals": {"lambda:SourceFunctionArn": score}},
    }
    assert touching[0]["Action"] == touching[1]["Action"]


def test_scoring_has_an_endpoint_to_the_reward(synthesise: Callable[..., Templates]) -> None:
    text = spec_text(KINDS["rft on bedrock-openai"])
    for scoring in (False, True):
        made = synthesise(text, stage={"network": {}, "scoring": scoring})
        ends = json.dumps(resources(made["network"], "AWS::EC2::VPCEndpoint"))
        assert ("com.amazonaws.us-east-1.lambda" in ends) is scoring


def test_a_judge_that_no_endpoint_leads_to_is_refused(synthesise: Callable[..., Templates]) -> None:
    text = spec_text(KINDS["rft on bedrock"]).replace(
        "{provider: scripted}", "{provider: openai, id: m, base_url: 'https://judges.example/v1'}"
    )
    with pytest.raises(ValueError, match=r"judges.example, to which no way leads out of a new VPC"):
        synthesise(text, stage=STAGES["a new network"])
    assert synthesise(text, stage=STAGES["a network that is there"])
    mantle = text.replace("judges.example", "bedrock-mantle.us-east-1.api.aws")
    network = synthesise(mantle, stage=STAGES["a new network"])["network"]
    assert "bedrock-mantle" in json.dumps(resources(network, "AWS::EC2::VPCEndpoint"))


# The key.


def is_key(value: Any) -> bool:
    """Whether it is the stage's, made or named."""
    imported = value if isinstance(value, str) else value["Fn::ImportValue"]
    return bool(imported == KEY or imported.startswith("p-dev-key:"))


@pytest.mark.parametrize("stage", ["all new", "all there"])
def test_what_a_pipeline_stores_is_encrypted_by_the_key_alone(made: Make, stage: str) -> None:
    """SQS takes its own key or ours: with both it refuses to make the queue."""
    seen = set()
    for kind, resource in everything(made("rich", stage)):
        properties = resource.get("Properties", {})
        if kind == "AWS::SQS::Queue":
            assert is_key(properties["KmsMasterKeyId"])
            assert "SqsManagedSseEnabled" not in properties
        elif kind == "AWS::StepFunctions::StateMachine":
            how = properties["EncryptionConfiguration"]
            assert how["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
            assert is_key(how["KmsKeyId"])
        elif kind == "AWS::SNS::Topic":
            assert is_key(properties["KmsMasterKeyId"])
        else:
            continue
        seen.add(kind)
    assert len(seen) == (3 if stage == "all new" else 2)


@pytest.mark.parametrize("stage", ["a new key", "a key that is there"])
def test_all_that_is_stored_is_encrypted(made: Make, stage: str) -> None:
    seen = set()
    for kind, resource in everything(made("rich", stage)):
        properties = resource.get("Properties", {})
        if kind == "AWS::S3::Bucket":
            (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            how = rule["ServerSideEncryptionByDefault"]
            if "LoggingConfiguration" not in properties:
                # S3 writes no access log into a bucket that a customer key encrypts.
                assert how == {"SSEAlgorithm": "AES256"}
                continue
            assert how["SSEAlgorithm"] == "aws:kms"
            assert rule["BucketKeyEnabled"] is True
            assert is_key(how["KMSMasterKeyID"])
        elif kind == "AWS::DynamoDB::Table":
            assert is_key(properties["SSESpecification"]["KMSMasterKeyId"])
        elif kind == "AWS::Logs::LogGroup":
            assert is_key(properties["KmsKeyId"])
        elif kind == "AWS::Lambda::Function":
            assert is_key(properties["KmsKeyArn"])
        else:
            continue
        seen.add(kind)
    assert len(seen) == 4
    assert is_key(made("rich", stage)["customization"]["Outputs"]["StorageKeyArn"]["Value"])


def test_a_new_key_turns_and_is_the_accounts_and_its_logs_alone(made: Make) -> None:
    (key,) = resources(made("rich", "a new key")["key"], "AWS::KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    account, logs = key["Properties"]["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"}
    }


def test_the_key_serves_events_of_the_pipelines_own_rules_alone(made: Make) -> None:
    templates = made("rich", "all new")
    (key,) = resources(templates["key"], "AWS::KMS::Key").values()
    events = {"Service": "events.amazonaws.com"}
    (found,) = [
        one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Principal"] == events
    ]
    rules = resources(templates["pipeline"], "AWS::Events::Rule").values()
    start = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/"
    assert found["Condition"]["ArnEquals"]["aws:SourceArn"] == sorted(
        start + one["Properties"]["Name"] for one in rules
    )


def test_the_key_is_used_by_way_of_services_alone(made: Make) -> None:
    templates = made("rich", "a key that is there")
    for part, role in (("reward", "Role"), ("customization", "JobRole")):
        found = [
            one for one in allowed(templates[part], role) if "kms:" in json.dumps(one["Action"])
        ]
        assert found
        for one in found:
            assert one["Resource"] == KEY
            assert one["Condition"]["StringEquals"]["kms:ViaService"]


def test_with_a_key_a_teachers_answers_have_none_of_their_own(made: Make) -> None:
    cell = "distillation on sagemaker-recipe"
    own = made(cell, "defaults")["customization"]
    assert len(resources(own, "AWS::KMS::Key")) == 1
    assert "StorageKeyArn" not in own["Outputs"]
    template = made(cell, "a key that is there")["customization"]
    assert not resources(template, "AWS::KMS::Key")
    assert template["Outputs"]["KmsKeyArn"]["Value"] == KEY


# What is there already.


def test_what_is_there_is_used_and_never_made_or_changed(made: Make) -> None:
    templates = made("rich", "all there")
    assert not resources(templates["storage"], "AWS::S3::Bucket")
    assert not resources(templates["storage"], "AWS::S3::BucketPolicy")
    outputs = {key: value["Value"] for key, value in templates["storage"]["Outputs"].items()}
    assert outputs == {"DataBucket": BUCKETS["data"], "OutputBucket": BUCKETS["output"]}
    assert function(templates["reward"], "p-dev-reward")["Role"] == REWARD
    assert templates["customization"]["Outputs"]["JobRoleArn"]["Value"] == JOB
    assert not resources(templates["customization"], "AWS::IAM::Role")
    named = json.dumps([one for _, one in everything(templates)])
    assert "role/jobs" not in named
    # The one role that is made is that of what runs programs, in which there is nothing.
    assert len(resources(templates["reward"], "AWS::IAM::Role")) == 1


def document(template: dict[str, Any], output: str) -> Any:
    """A policy that a stack tells, with what it imports by name."""
    value = template["Outputs"][output]["Value"]
    parts = [value] if isinstance(value, str) else value["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "imported" for part in parts))


@pytest.mark.parametrize("cell", CELLS)
def test_a_role_that_is_there_is_told_what_ours_would_be_allowed(made: Make, cell: str) -> None:
    ours = allowed(made(cell, "defaults")["customization"], "JobRole")
    told = document(made(cell, "roles that are there")["customization"], "JobRolePolicy")

    def actions(statements: Any) -> set[str]:
        return {
            action
            for one in statements
            for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        }

    assert actions(told["Statement"]) == actions(ours)


def test_the_rewards_role_is_told_too(made: Make) -> None:
    told = document(made("rich", "all there")["reward"], "RewardRolePolicy")
    said = json.dumps(told)
    for needed in ("logs:PutLogEvents", "their-results/traces/*", "dynamodb:GetItem", KEY):
        assert needed in said
    assert {one["Effect"] for one in told["Statement"]} == {"Allow", "Deny"}


def test_a_stack_of_which_all_is_there_has_a_resource_still(made: Make) -> None:
    (nothing,) = made("rich", "all there")["storage"]["Resources"].values()
    assert nothing["Type"] == "AWS::CloudFormation::WaitConditionHandle"


# Account.


def test_another_account_is_refused(tmp_path: Any) -> None:
    from nova_rft.errors import UsageError
    from settings import from_environment

    spec = tmp_path / "nova-rft.yaml"
    spec.write_text(spec_text(KINDS["sft on bedrock"]))
    spec.with_name("stages.yaml").write_text("stages: {dev: {account: '999988887777'}}\n")
    environment = {
        "NOVA_RFT_SPEC": str(spec),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": "us-east-1",
    }
    with pytest.raises(UsageError, match=f"belong to the account {ACCOUNT}, but .* 999988887777"):
        from_environment(environment)
    environment["CDK_DEFAULT_ACCOUNT"] = "999988887777"
    assert from_environment(environment).stage.account == "999988887777"


# Upgrades.


def kept(templates: Templates) -> dict[str, dict[str, Any]]:
    """What must never be replaced: by part and logical id, with the properties that would do that."""
    # CloudFormation's reference, "Update requires: Replacement".
    replacing = {
        "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
        "AWS::DynamoDB::Table": ("TableName", "KeySchema", "AttributeDefinitions"),
        "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
        "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupName",),
        "AWS::SageMaker::Hub": ("HubName",),
    }
    return {
        f"{part}/{key}": {
            "Type": resource["Type"],
            **{
                name: resource["Properties"][name]
                for name in replacing[resource["Type"]]
                if name in resource["Properties"]
            },
        }
        for part, template in templates.items()
        for key, resource in template["Resources"].items()
        if resource["Type"] in HOLDERS
    }


def test_an_upgrade_replaces_nothing_that_holds_something(made: Make, root: Any) -> None:
    """The file is what was deployed by the versions before: it may grow, and never change."""
    file = root / "tests" / "infra" / "kept.json"
    found = kept(made("rich", "defaults")) | kept(made("rft on sagemaker", "a new key"))
    found |= kept(made("distillation on sagemaker-recipe", "defaults"))
    assert json.loads(file.read_text()) == found
