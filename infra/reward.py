"""Reward: the Lambda that scores rollouts, its published version and its log."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

import rights
from bundling import reward_asset
from code_sandbox import CodeSandbox
from functions import acknowledge_runtime, asset_code, log_group, runtime_of
from given import Given
from judge_table import judge_table, table_statement
from judges import allow_model, bedrock_judges
from keys import TABLE, allow_key
from network import Joined
from nova_rft.spec import (
    Need,
    ReplayJudge,
    RewardSpec,
    Spec,
    digest,
    judge_models_of,
    runs_programs,
    single_judges,
)
from settings import Settings, SettingsError

TIMEOUT: Final = cdk.Duration.minutes(15)
_TRACES: Final = "traces/*"


class Reward(cdk.Stack):
    """The reward Lambda; jobs are pinned to its published versions, which are never deleted."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        output: s3.IBucket,
        *,
        key: str | None = None,
        network: Joined | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        _can_be_deployed(settings.spec.required_reward)
        # The name is ours, so that the log group is there before the first call.
        named = function_name(settings.spec)
        log = log_group(self, "Log", settings, named)
        table = judge_table(self, settings)
        holder = self._holder(settings, log, output)
        self.function = self._function(settings, named, log, output, holder)
        if network is not None:
            network.join(self.function, holder, named)
        if table is not None:
            self.function.add_environment("NOVA_RFT_JUDGE_TABLE", table.table_name)
            holder.add_to_policy(table_statement(table, settings.spec.required_reward))
            allow_key(holder, key, ["dynamodb"], TABLE)
        if runs_programs(settings.spec.required_reward.terms):
            sandbox = CodeSandbox(self, "Code", settings)
            self.function.add_environment("NOVA_RFT_CODE_FUNCTION", sandbox.version_arn)
            holder.add_to_policy(sandbox.invoke_statement())
        # Traces, and its own environment.
        allow_key(holder, key, ["lambda", "s3"])
        if isinstance(holder, Given):
            holder.tell("RewardRolePolicy")
        version = self.function.current_version
        cdk.CfnOutput(self, "RewardFunctionName", value=self.function.function_name)
        cdk.CfnOutput(self, "RewardVersionArn", value=version.function_arn)
        cdk.CfnOutput(self, "RewardVersion", value=version.version)
        cdk.CfnOutput(self, "RewardDigest", value=digest(settings.spec.required_reward))
        cdk.CfnOutput(self, "RewardLogGroup", value=log.log_group_name)

    def _function(
        self,
        settings: Settings,
        name: str,
        log: logs.LogGroup,
        output: s3.IBucket,
        holder: iam.Role | Given,
    ) -> lambda_.Function:
        target = settings.target
        asset = reward_asset(
            settings.spec.required_reward, settings.folder, target, settings.wheelhouse
        )
        function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"Scores rollouts for {settings.whose}.",
            **runtime_of(target),
            handler="handler.handler",
            code=asset_code("reward", asset),
            timeout=TIMEOUT,
            # One whole processor: verifiers and prompts are work, judges are waiting.
            memory_size=1769,
            reserved_concurrent_executions=settings.stage.concurrency.reserved,
            role=holder.role if isinstance(holder, Given) else holder,
            log_group=log,
            environment={
                "NOVA_RFT_PROJECT": settings.spec.project,
                "NOVA_RFT_STAGE": settings.spec.stage,
                "NOVA_RFT_TRACE_BUCKET": output.bucket_name,
            },
            current_version_options=lambda_.VersionOptions(
                # A running job goes on calling the version that it was made with.
                removal_policy=cdk.RemovalPolicy.RETAIN,
            ),
        )
        acknowledge_runtime(function)
        return function

    def _holder(
        self, settings: Settings, log: logs.LogGroup, output: s3.IBucket
    ) -> iam.Role | Given:
        """The function's role: ours, or the one that the stage names."""
        there = settings.stage.roles.reward
        role = Given(self, "Role", there) if there else self._role(settings)
        rights.allow(role, ["logs:CreateLogStream", "logs:PutLogEvents"], [log.log_group_arn])
        rights.allow_objects(
            role,
            output,
            _TRACES,
            ["s3:PutObject"],
            "Traces are written under keys that are not known beforehand, in their prefix alone.",
        )
        for judge in bedrock_judges(settings.spec.required_reward):
            allow_model(role, judge)
        rights.allow_secrets(role, judge_models_of(settings.spec.required_reward.terms))
        return role

    def _role(self, settings: Settings) -> iam.Role:
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"The reward Lambda of {settings.whose}.",
        )


def function_name(spec: Spec) -> str:
    """The function's name; 54 of Lambda's 64 characters at most.

    Another name is another function, and the versions of the old one go with it: a stage with the one
    does not become a stage with the other, since CloudFormation refuses while a role names the function.
    """
    # On HyperPod only functions with SageMaker in their names are called.
    named = Need.REWARD_NAMED in spec.cell.needs
    return spec.stack_name("SageMaker-reward" if named else "reward")


def _can_be_deployed(reward: RewardSpec) -> None:
    for judge in single_judges(reward.terms):
        for model in judge_models_of([judge]):
            if isinstance(model, ReplayJudge):
                raise SettingsError(
                    f"the term {judge.name} is judged by recorded replies ({model.file}), which "
                    "answer known prompts only; name a model that judges before you deploy"
                )
