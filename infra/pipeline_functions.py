"""The pipeline's functions: one asset, one handler each, one role each."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from bundling import pipeline_asset
from functions import acknowledge_runtime, asset_code, log_group, log_that_stays, runtime_of
from keys import TABLE, allow_key
from network import Joined
from notices import Notices
from rights import allow
from settings import Settings


class PipelineFunctions:
    """Makes functions that all know the table of runs."""

    def __init__(
        self,
        scope: Construct,
        settings: Settings,
        *,
        bucket: str,
        table: dynamodb.Table,
        machine_arn: str,
        notices: Notices,
        key: str | None = None,
        network: Joined | None = None,
    ) -> None:
        """Takes what every function is told.

        Args:
            scope: Where they are made.
            settings: The app's.
            bucket: The name of the output bucket.
            table: The table of runs.
            machine_arn: The state machine's, which functions answer.
            notices: Who is told.
            key: What the stage stores is encrypted with.
            network: Where the stage's functions are put.
        """
        self._scope, self._settings, self._notices = scope, settings, notices
        self._network = network
        self.table, self.machine_arn, self._key = table, machine_arn, key
        asked = settings.stage.pipeline
        self._environment = {
            "NOVA_RFT_PIPELINE": asked.model_dump_json() if asked else "{}",
            "NOVA_RFT_PIPELINE_TABLE": table.table_name,
            "NOVA_RFT_PIPELINE_BUCKET": bucket,
            "NOVA_RFT_PIPELINE_MACHINE": machine_arn,
        }

    def messenger(self, timeout: cdk.Duration) -> tuple[lambda_.Function, iam.Role]:
        """Tells Slack what the topic is told, from outside a network that no way leads out of."""
        function, role = self._made("Slack", "pipeline-slack", "on_notice", timeout)
        # Its environment, and the dead letters.
        allow_key(role, self._key, ["lambda", "sqs"])
        self._notices.send(function)
        return function, role

    def _made(
        self, name: str, part: str, handler: str, timeout: cdk.Duration
    ) -> tuple[lambda_.Function, iam.Role]:
        """One function, and its role, which may write its log."""
        spec, target = self._settings.spec, self._settings.target
        function_name = spec.stack_name(part)
        if handler == "on_deploy" and self._notices.topic is None:
            # What it says of a run that the deleted stack leaves behind is said there alone.
            log = log_that_stays(self._scope, f"{name}Log", self._settings)
        else:
            log = log_group(self._scope, f"{name}Log", self._settings, function_name)
        role = iam.Role(
            self._scope,
            f"{name}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"The function {function_name} of {self._settings.whose}.",
        )
        log.grant_write(role)
        asset = pipeline_asset(spec, target, self._settings.wheelhouse)
        function = lambda_.Function(
            self._scope,
            name,
            function_name=function_name,
            description=f"The pipeline of {self._settings.whose}: {handler}.",
            **runtime_of(target),
            handler=f"handler.{handler}",
            code=asset_code("pipeline", asset),
            timeout=timeout,
            memory_size=1769,
            # Records, packed and unpacked.
            ephemeral_storage_size=cdk.Size.gibibytes(2),
            role=role,
            log_group=log,
            environment=self._environment,
        )
        acknowledge_runtime(function)
        return function, role

    def function(
        self, name: str, part: str, handler: str, timeout: cdk.Duration
    ) -> tuple[lambda_.Function, iam.Role]:
        """A function that takes part in runs, inside the stage's network where there is one.

        Its role may read runs and tell of them, and but for the start change them.

        Args:
            name: In the stack.
            part: In the function's own name.
            handler: Of `lambdas/pipeline/handler.py`.
            timeout: Its limit.
        """
        function, role = self._made(name, part, handler, timeout)
        if self._network is not None:
            self._network.join(function, role, self._settings.spec.stack_name(part))
        allow(role, ["dynamodb:GetItem"], [self.table.table_arn])
        # Files, its own environment, the machine that it answers, the topic and the dead letters.
        allow_key(role, self._key, ["lambda", "s3", "sns", "sqs", "states"])
        allow_key(role, self._key, ["dynamodb"], TABLE)
        if handler != "on_deploy":
            allow(role, ["dynamodb:UpdateItem"], [self.table.table_arn])
            allow(
                role,
                ["states:SendTaskSuccess"],
                ["*"],
                stars="The action knows no resources: whoever has a task's token may answer it.",
            )
        self._notices.allow(function)
        return function, role
