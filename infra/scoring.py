"""Scoring large files: a state machine over the reward Lambda, and what Bedrock's batches run with.

A child of the map is told where its chunk lies and where its rows go, and nothing else: a state holds
256 KiB at most, an event of 256 rollouts a megabyte.
"""

from __future__ import annotations

import json
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from acknowledgements import acknowledge_resource, acknowledge_star
from bundling import score_asset
from functions import acknowledge_runtime, asset_code, log_group, log_named, runtime_of
from judges import allow_model, bedrock_judges
from keys import allow_key
from rights import allow, allow_reward, batch_jobs
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
    """What `nova-rft score --engine map` and `--engine batch` need in the account."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        output: s3.IBucket,
        reward: lambda_.IFunction | None = None,
        key: str | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        self._settings, self._output, self._key = settings, output, key
        cdk.CfnOutput(self, "ScoringBucket", value=output.bucket_name)
        judges = bedrock_judges(settings.spec.reward) if settings.spec.reward else []
        if judges:
            role = self._batch_role(judges)
            cdk.CfnOutput(self, "BatchRoleArn", value=role.role_arn)
        if reward is not None:
            machine = self._machine(self._function(reward))
            cdk.CfnOutput(self, "ScoringMachineArn", value=machine.state_machine_arn)

    @property
    def _whose(self) -> str:
        spec = self._settings.spec
        return f"{spec.project} ({spec.stage})"

    def _batch_role(self, judges: list[str]) -> iam.Role:
        """For Bedrock's batches of this account and region, which call a profile's models as it."""
        role = iam.Role(
            self,
            "BatchRole",
            assumed_by=self._service("bedrock.amazonaws.com", "ArnEquals", batch_jobs(self)),
            description=f"Batches of judges' questions for {self._whose}.",
        )
        self._allow_objects(role, "s3:GetObject", _RECORDS)
        self._allow_objects(role, "s3:PutObject", _ANSWERS)
        prefixes = {"StringLike": {"s3:prefix": [_RECORDS, _ANSWERS]}}
        allow(role, ["s3:ListBucket"], [self._output.bucket_arn], prefixes)
        allow_key(role, self._key, ["s3"])
        for judge in judges:
            allow_model(role, judge)
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
            description=f"Scores chunks of large files for {self._whose}.",
        )
        log.grant_write(role)
        self._allow_objects(role, "s3:GetObject", _CHUNKS)
        for action in ("s3:GetObject", "s3:PutObject"):
            self._allow_objects(role, action, _ROWS)
        # Without it S3 calls what is not there forbidden.
        prefix = {"StringLike": {"s3:prefix": _ROWS}}
        allow(role, ["s3:ListBucket"], [self._output.bucket_arn], prefix)
        allow_reward(role, reward)
        allow_key(role, self._key, ["lambda", "s3"])
        function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=f"Scores one chunk of a large file for {self._whose}.",
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
        return function

    def _machine(self, function: lambda_.Function) -> sfn.StateMachine:
        name = self._settings.spec.stack_name("scoring")
        role = self._machine_role(name, function)
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(
                json.dumps(
                    definition(self.partition, function.function_arn, self._output.bucket_name)
                )
            ),
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=log_named(
                    self, "MachineLog", self._settings, f"/aws/vendedlogs/states/{name}"
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        machine.node.add_dependency(role)
        return machine

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
            assumed_by=self._service("states.amazonaws.com", "ArnLike", f"{machine}*"),
            description=f"The state machine that scores large files for {self._whose}.",
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
        self._allow_objects(role, "s3:GetObject", _MANIFESTS)
        for action in (
            "GetObject",
            "PutObject",
            "ListMultipartUploadParts",
            "AbortMultipartUpload",
        ):
            self._allow_objects(role, f"s3:{action}", _RESULTS)
        acknowledge_resource(
            role,
            "*",
            "Delivery of logs and X-Ray know no resources (CDK adds them, as Step Functions asks for).",
        )
        return role

    def _allow_objects(self, role: iam.Role, action: str, keys: str) -> None:
        allow(role, [action], [self._output.arn_for_objects(keys)])
        acknowledge_star(role, self._output, self._output.bucket_arn, f"/{keys}", _NAMED)

    def _service(self, service: str, matches: str, source: str) -> iam.PrincipalBase:
        return iam.PrincipalWithConditions(
            iam.ServicePrincipal(service),
            {
                "StringEquals": {"aws:SourceAccount": self.account},
                matches: {"aws:SourceArn": source},
            },
        )
