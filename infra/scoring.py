"""Scoring large files: a state machine over the reward Lambda, and what Bedrock's batches run with.

A child of the map is told where its chunk lies and where its rows go, and nothing else: a state holds
256 KiB at most, an event of 256 rollouts a megabyte.
"""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from bundling import score_asset
from functions import acknowledge_runtime, asset_code, log_group, runtime_of
from judges import allow_model
from keys import allow_key
from machines import state_machine
from network import Joined
from nova_rft.pipeline import compared_models
from nova_rft.spec import BedrockJudge, judge_models_of
from rights import allow, allow_objects, allow_reward, batch_jobs, trusted
from scoring_machine import definition
from settings import Settings

# What is asked and scored lies below these, in the output bucket.
_CHUNKS: Final = "scoring/chunks/*"
_MANIFESTS: Final = "scoring/manifests/*"
_RESULTS: Final = "scoring/results/*"
_RECORDS: Final = "scoring/batches/records/*"
_ANSWERS: Final = "scoring/batches/answers/*"
_ROWS: Final = "scores/*"
_NAMED: Final = "Chunks, rows and records are named by their content, in their prefix alone."


class Scoring(cdk.Stack):
    """What `score --engine map`, and `score` and `evaluate --engine batch` need in the account."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        output: s3.IBucket,
        reward: lambda_.IFunction | None = None,
        key: str | None = None,
        network: Joined | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        self._settings, self._output, self._key = settings, output, key
        self._network = network
        cdk.CfnOutput(self, "ScoringBucket", value=output.bucket_name)
        models = self._batched()
        if models:
            role = self._batch_role(models)
            cdk.CfnOutput(self, "BatchRoleArn", value=role.role_arn)
        if reward is not None:
            machine = self._machine(self._function(reward))
            cdk.CfnOutput(self, "ScoringMachineArn", value=machine.state_machine_arn)

    def _batched(self) -> list[str]:
        """Judges, and what an evaluation compares; a custom model is in no batch."""
        spec = self._settings.spec
        if spec.reward is None:
            return []
        asked = [*judge_models_of(spec.reward.terms), *compared_models(spec, self.region)]
        bedrock = (one for one in asked if isinstance(one, BedrockJudge))
        return sorted({one.id for one in bedrock if not one.not_batched})

    def _batch_role(self, models: list[str]) -> iam.Role:
        """For Bedrock's batches of this account and region, which call a profile's models as it."""
        role = iam.Role(
            self,
            "BatchRole",
            assumed_by=trusted(self, "bedrock.amazonaws.com", "ArnEquals", batch_jobs(self)),
            description=f"Batches of questions to judges and models, for {self._settings.whose}.",
        )
        allow_objects(role, self._output, _RECORDS, ["s3:GetObject"], _NAMED)
        allow_objects(role, self._output, _ANSWERS, ["s3:PutObject"], _NAMED)
        prefixes = {"StringLike": {"s3:prefix": [_RECORDS, _ANSWERS]}}
        allow(role, ["s3:ListBucket"], [self._output.bucket_arn], prefixes)
        allow_key(role, self._key, ["s3"])
        for model in models:
            allow_model(role, model)
        return role

    def _function(self, reward: lambda_.IFunction) -> lambda_.Function:
        """Scores one chunk: it waits for the reward Lambda, so the smallest will do."""
        target = self._settings.target
        name = self._settings.spec.stack_name("score")
        log = log_group(self, "Log", self._settings, name)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Scores chunks of large files for {self._settings.whose}.",
        )
        log.grant_write(role)
        allow_objects(role, self._output, _CHUNKS, ["s3:GetObject"], _NAMED)
        allow_objects(role, self._output, _ROWS, ["s3:PutObject"], _NAMED)
        # What is there already is not scored again.
        prefix = {"StringLike": {"s3:prefix": _ROWS}}
        allow(role, ["s3:ListBucket"], [self._output.bucket_arn], prefix)
        allow_reward(role, reward)
        allow_key(role, self._key, ["lambda", "s3"])
        function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"Scores one chunk of a large file for {self._settings.whose}.",
            **runtime_of(target),
            handler="handler.handler",
            code=asset_code("score", score_asset(target, self._settings.wheelhouse)),
            timeout=cdk.Duration.minutes(15),
            memory_size=256,
            role=role,
            log_group=log,
            environment={"NOVA_RFT_BUCKET": self._output.bucket_name},
        )
        acknowledge_runtime(function)
        if self._network is not None:
            self._network.join(function, role, name)
        return function

    def _machine(self, function: lambda_.Function) -> sfn.StateMachine:
        name = self._settings.spec.stack_name("scoring")
        role = self._machine_role(name, function)
        made = definition(self.partition, function.function_arn, self._output.bucket_name)
        return state_machine(self, self._settings, name, made, role)

    def _machine_role(self, name: str, function: lambda_.Function) -> iam.Role:
        """What the map and its children do; a distributed map starts its own machine's children."""

        def states(resource: str, named: str) -> str:
            return self.format_arn(
                service="states",
                resource=resource,
                resource_name=named,
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )

        machine = states("stateMachine", name)
        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=trusted(self, "states.amazonaws.com", "ArnLike", f"{machine}*"),
            description=f"The state machine that scores large files for {self._settings.whose}.",
        )
        allow(role, ["lambda:InvokeFunction"], [function.function_arn])
        allow(role, ["states:StartExecution"], [machine])
        allow(
            role,
            ["states:DescribeExecution", "states:StopExecution"],
            [states("execution", f"{name}:*"), states("execution", f"{name}/*")],
            stars="Step Functions names the children of a map, of this machine alone.",
        )
        allow_key(role, self._key, ["s3", "states"])
        allow_objects(role, self._output, _MANIFESTS, ["s3:GetObject"], _NAMED)
        parts = ["GetObject", "PutObject", "ListMultipartUploadParts", "AbortMultipartUpload"]
        actions = [f"s3:{part}" for part in parts]
        allow_objects(role, self._output, _RESULTS, actions, _NAMED)
        return role
