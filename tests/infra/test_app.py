from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.conftest import KINDS, Templates, spec_text

# These know no resources.
ON_EVERYTHING = ("cloudwatch:PutMetricData", "ecr:GetAuthorizationToken")
UNTAGGABLE = {
    "AWS::S3::BucketPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::Version",
    "AWS::CloudWatch::Dashboard",
}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_granted_on_everything(of_kind: Callable[[str], Templates], kind: str) -> None:
    for template in of_kind(kind).values():
        for resource in template["Resources"].values():
            document = resource["Properties"].get("PolicyDocument", {})
            for statement in document.get("Statement", []):
                if statement["Action"] in ON_EVERYTHING:
                    continue
                named = statement["Resource"]
                assert "*" not in (named if isinstance(named, list) else [named])
                if statement["Effect"] == "Allow":
                    assert "*" not in json.dumps(statement["Action"])


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
