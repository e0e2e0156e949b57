"""What the app is told from outside: typed, and refused in one sentence where it is incomplete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aws_cdk as cdk

from nova_rft import spec as specs
from wheelhouse import Target, WheelhouseError
from wheelhouse import target as target_named


class SettingsError(ValueError):
    """The app cannot run as it was called; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the stacks depend on.

    Attributes:
        spec: The project.
        stage: What `stages.yaml` beside the spec says of the spec's stage.
        folder: Where its spec lies, and what the reward names beside it.
        account: The account that is deployed to.
        region: The region that is deployed to.
        wheelhouse: Folder of wheels that the Lambda's asset is made from, where there is a Lambda.
        target: What the Lambda runs on.
    """

    spec: specs.Spec
    folder: Path
    account: str
    region: str
    wheelhouse: Path
    target: Target
    stage: specs.Stage = field(default_factory=specs.Stage)

    @property
    def whose(self) -> str:
        """Project and stage, as descriptions say them."""
        return f"{self.spec.project} ({self.spec.stage})"

    @property
    def removal(self) -> cdk.RemovalPolicy:
        """What becomes of that which holds something, once nothing asks for it any more."""
        destroyed = self.stage.removal == "destroy"
        return cdk.RemovalPolicy.DESTROY if destroyed else cdk.RemovalPolicy.RETAIN


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Reads the settings; the CDK command line gives the account and the region.

    Raises:
        SettingsError: something is missing; nothing is assumed in its place.
        UsageError: the spec cannot be read or is not valid.
    """
    file = Path(_needed(environment, "NOVA_RFT_SPEC", "the spec's file"))
    spec = specs.load(file)
    region = spec.region or environment.get("CDK_DEFAULT_REGION")
    if not region:
        raise SettingsError("no AWS region is named; write region into the spec or set AWS_REGION")
    stage = specs.load_stage(file, spec.stage)
    account = _needed(
        environment,
        "CDK_DEFAULT_ACCOUNT",
        "the AWS account, which the CDK command line finds where there are credentials",
    )
    stage.check_account(account)
    return Settings(
        spec=spec,
        folder=file.parent,
        account=account,
        region=region,
        wheelhouse=_wheels(spec, stage, environment),
        stage=stage,
        target=_target(environment.get("NOVA_RFT_LAMBDA_TARGET") or "arm64"),
    )


def _wheels(spec: specs.Spec, stage: specs.Stage, environment: Mapping[str, str]) -> Path:
    if not (spec.cell.calls_reward or stage.pipeline or stage.scoring):
        return Path()
    return Path(_needed(environment, "NOVA_RFT_WHEELHOUSE", "the folder that wheelhouse.py fills"))


def _needed(environment: Mapping[str, str], name: str, what: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"{name} is not set; it names {what}")
    return value


def _target(name: str) -> Target:
    try:
        return target_named(name)
    except WheelhouseError as error:
        raise SettingsError(f"NOVA_RFT_LAMBDA_TARGET: {error}") from None
