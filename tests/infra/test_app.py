from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.iam.grants import grants
from tests.infra.conftest import KINDS, Make, Templates, spec_text
from tests.infra.plain import documents
from tests.infra.stages import CELLS, STAGES

# What is allowed on `*`, and why. But for the interfaces it is since the action knows no resources
# (Service Authorization Reference); a right that ends at something has no place here.
_NO_RESOURCE = "The action knows no resources."
_PLACED = "Lambda makes interfaces that have no name yet; the function's own code is denied it."
_LOOKED_AT = "Looking knows no resources: where a job's or a function's interfaces go."
_LOG = "Delivery of a state machine's log knows no resources."
_TRACE = "X-Ray's traces know no resources."
ON_EVERYTHING = {
    "bedrock-mantle:CallWithBearerToken": _NO_RESOURCE,
    "bedrock:CreateCustomModel": _NO_RESOURCE,
    "bedrock:ListModelCustomizationJobs": _NO_RESOURCE,
    "cloudwatch:GetMetricData": _NO_RESOURCE,
    "cloudwatch:PutMetricData": _NO_RESOURCE,
    "ecr:GetAuthorizationToken": _NO_RESOURCE,
    "sagemaker:ListTrainingJobs": _NO_RESOURCE,
    "states:SendTaskSuccess": "Whoever has a task's token may answer it.",
    **{f"ec2:Describe{one}": _LOOKED_AT for one in ("DhcpOptions", "NetworkInterfaces", "Subnets")},
    **{f"ec2:Describe{one}": _LOOKED_AT for one in ("SecurityGroups", "Vpcs")},
    **{f"ec2:{one}NetworkInterface": _PLACED for one in ("Create", "Delete")},
    **{f"ec2:{one}PrivateIpAddresses": _PLACED for one in ("Assign", "Unassign")},
    **{f"logs:{one}LogDelivery": _LOG for one in ("Create", "Delete", "Get", "Update")},
    **{f"logs:{one}": _LOG for one in ("ListLogDeliveries", "PutResourcePolicy")},
    **{f"logs:Describe{one}": _LOG for one in ("LogGroups", "ResourcePolicies")},
    **{f"xray:GetSampling{one}": _TRACE for one in ("Rules", "Targets")},
    **{f"xray:Put{one}": _TRACE for one in ("TelemetryRecords", "TraceSegments")},
}
UNTAGGABLE = {
    "AWS::S3::BucketPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Version",
    "AWS::CloudWatch::Dashboard",
}


def on_everything(templates: Templates) -> set[str]:
    """What the stacks' roles are allowed on all resources; actions are named in full."""
    found = set()
    for template in templates.values():
        for _, document in documents(template):
            for grant in grants(document):
                if grant.effect == "Allow":
                    assert "*" not in grant.action
                    found |= {grant.action} if grant.resource == "*" else set()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_granted_on_everything(of_kind: Callable[[str], Templates], kind: str) -> None:
    assert on_everything(of_kind(kind)) <= ON_EVERYTHING.keys()


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(stage, marks=() if stage.startswith("all") else pytest.mark.deployments)
        for stage in STAGES
    ],
)
def test_nor_by_what_a_stage_adds(made: Make, stage: str) -> None:
    for cell in (*CELLS, "rich"):
        assert on_everything(made(cell, stage)) <= ON_EVERYTHING.keys()


def test_what_is_known_of_everything_is_asked_for(
    of_kind: Callable[[str], Templates], synthesise: Callable[..., Templates], made: Make
) -> None:
    """The list holds nothing that no stack has."""
    found = set[str]().union(*(on_everything(of_kind(kind)) for kind in KINDS))
    found |= set[str]().union(*(on_everything(made(cell, "all new")) for cell in (*CELLS, "rich")))
    by_key = spec_text(KINDS["rft on bedrock-openai"])
    found |= on_everything(synthesise(by_key, stage={"pipeline": {}}))
    assert found == ON_EVERYTHING.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_takes_tags_has_them(
    of_kind: Callable[[str], Templates], kind: str
) -> None:
    wanted = [
        {"Key": "nova-rft:project", "Value": "p"},
        {"Key": "nova-rft:stage", "Value": "dev"},
    ]
    for template in of_kind(kind).values():
        for resource in template["Resources"].values():
            if resource["Type"] not in UNTAGGABLE:
                assert resource["Properties"]["Tags"] == wanted


def test_no_bootstrap_rule_and_no_telemetry(templates: Templates) -> None:
    for template in templates.values():
        assert "Rules" not in template
        assert "Parameters" not in template
        assert not any("Metadata" in r["Type"] for r in template["Resources"].values())


def test_cdk_nag_is_on(tmp_path: Path) -> None:
    """The other tests synthesise, so they prove that nothing is found; this, that it would be."""
    import aws_cdk as cdk
    from aws_cdk import aws_sns as sns

    from app import build
    from nova_rft.spec import load
    from settings import Settings
    from wheelhouse import ARM64

    example = Path(__file__).parents[2] / "examples" / "gsm8k-math" / "nova-rft.yaml"
    settings = Settings(load(example), example.parent, "111122223333", "us-east-1", tmp_path, ARM64)
    app = build(settings, context={"aws:cdk:bundling-stacks": []}, outdir=str(tmp_path))
    sns.Topic(cdk.Stack(app, "another"), "Bare")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((tmp_path / "validation-report.json").read_text())
    rules = {v["ruleName"] for p in report["pluginReports"] for v in p["violations"]}
    assert rules == {"AwsSolutions-SNS3"}


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ("NOVA_RFT_SPEC", "NOVA_RFT_SPEC is not set; it names the spec's file"),
        ("NOVA_RFT_WHEELHOUSE", "NOVA_RFT_WHEELHOUSE is not set"),
        ("CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_ACCOUNT is not set; it names the AWS account"),
        ("CDK_DEFAULT_REGION", "no AWS region is named; write region into the spec"),
    ],
)
def test_settings_assume_nothing(without: str, sentence: str, example: Path) -> None:
    from settings import SettingsError, from_environment

    environment = _environment(example)
    del environment[without]
    with pytest.raises(SettingsError, match=sentence):
        from_environment(environment)


def test_settings_ask_for_no_wheels_where_there_is_no_lambda(tmp_path: Path, example: Path) -> None:
    from settings import from_environment

    file = tmp_path / "s.yaml"
    file.write_text(spec_text(KINDS["sft on hyperpod"]))
    environment = _environment(example) | {"NOVA_RFT_SPEC": str(file)}
    del environment["NOVA_RFT_WHEELHOUSE"]
    assert from_environment(environment).spec.technique == "sft"


def test_settings_refuse_an_unknown_target(example: Path) -> None:
    from settings import SettingsError, from_environment

    environment = _environment(example) | {"NOVA_RFT_LAMBDA_TARGET": "riscv"}
    with pytest.raises(SettingsError, match="'riscv' is unknown; use arm64 or host"):
        from_environment(environment)


def test_the_specs_region_wins(tmp_path: Path, example: Path) -> None:
    from settings import from_environment

    spec = tmp_path / "s.yaml"
    spec.write_text("region: eu-west-1\n" + (example / "nova-rft.yaml").read_text())
    environment: Mapping[str, Any] = _environment(example) | {"NOVA_RFT_SPEC": str(spec)}
    assert from_environment(environment).region == "eu-west-1"


def _environment(example: Path) -> dict[str, str]:
    return {
        "NOVA_RFT_SPEC": str(example / "nova-rft.yaml"),
        "NOVA_RFT_WHEELHOUSE": "/nowhere",
        "CDK_DEFAULT_ACCOUNT": "111122223333",
        "CDK_DEFAULT_REGION": "us-east-1",
    }
