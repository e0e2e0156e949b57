"""What the functions have in common: how their code is bundled and what it runs on."""

from __future__ import annotations

from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from acknowledgements import acknowledge
from bundling import HANDLERS, Asset, LocalBundling
from settings import Settings
from wheelhouse import Target


def asset_code(function: str, asset: Asset) -> lambda_.AssetCode:
    """The code of the function whose handler lies in that folder of `lambdas/`."""
    return lambda_.Code.from_asset(
        str(HANDLERS / function),
        asset_hash=asset.digest,
        bundling=cdk.BundlingOptions(
            image=cdk.DockerImage.from_registry("unused"),
            local=LocalBundling(asset),
            output_type=cdk.BundlingOutput.ARCHIVED,
        ),
    )


def log_group(scope: Construct, name: str, settings: Settings, function: str) -> logs.LogGroup:
    """The log of a function by its name, kept as long as the stage says."""
    return log_named(scope, name, settings, f"/aws/lambda/{function}")


def log_named(scope: Construct, name: str, settings: Settings, log: str) -> logs.LogGroup:
    """A log by its name, kept as long as the stage says."""
    # A log group that stayed would make the next deployment of the same name fail.
    return _log(scope, name, settings, cdk.RemovalPolicy.DESTROY, log)


def log_that_stays(scope: Construct, name: str, settings: Settings) -> logs.LogGroup:
    """A log that outlives its stack, under a name that CloudFormation gives it: each has its own."""
    return _log(scope, name, settings, cdk.RemovalPolicy.RETAIN)


def _log(
    scope: Construct,
    name: str,
    settings: Settings,
    removal: cdk.RemovalPolicy,
    log: str | None = None,
) -> logs.LogGroup:
    group = logs.LogGroup(scope, name, log_group_name=log, removal_policy=removal)
    # Days as the service takes them: CDK has a word for each number.
    plain = cast(logs.CfnLogGroup, group.node.default_child)
    plain.retention_in_days = settings.stage.kept.log_days
    return group


def runtime_of(target: Target) -> dict[str, Any]:
    """Python's version and the processor, as the function takes them."""
    return {
        "runtime": lambda_.Runtime(f"python{target.python}", lambda_.RuntimeFamily.PYTHON),
        "architecture": lambda_.Architecture.custom(target.machine),
    }


def acknowledge_runtime(function: lambda_.Function) -> None:
    """Accepts that the runtime is not the newest."""
    acknowledge(
        function,
        "AwsSolutions-L1",
        "The runtime is the Python that the wheels are pinned and tested for; with the target "
        "`host` it is this machine's, for the embedded AWS alone.",
    )
