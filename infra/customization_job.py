"""A customization job as part of a stack: deploying starts the pipeline, once for each digest.

CloudFormation waits for the start, never for the training, and rolls nothing back that trains. Deleting
the stack leaves the job alone and tells the stage's topic so; where nobody is told, the function's log
says it, which outlives the stack.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from acknowledgements import acknowledge
from nova_rft.pipeline import pack
from nova_rft.project import Project
from pipeline_functions import PipelineFunctions
from rights import allow
from settings import Settings
from step_rights import allow_starting

_TIMEOUT: Final = cdk.Duration.minutes(15)


class CustomizationJob(Construct):
    """Starts the pipeline when spec or records change.

    Attributes:
        run: The run's name, which is its job's, as a token.
        said: What was done, or why nothing was (`nova_rft.pipeline.on_deploy`), as a token.
        pack: Where what it starts with lies among the CDK's assets, as the address of an object.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        functions: PipelineFunctions,
        output: s3.IBucket,
    ) -> None:
        super().__init__(scope, name)
        # The same archive that `nova-rft pipeline start` uploads; it travels with the app's assets.
        packed = pack(Project(settings.spec, settings.folder / "nova-rft.yaml"))
        file = Path(tempfile.mkdtemp(prefix="nova-rft-")) / "project.zip"
        file.write_bytes(packed.body)
        asset = assets.Asset(self, "Project", path=str(file), asset_hash=packed.digest)
        function, role = functions.function("Start", "pipeline-start", "on_deploy", _TIMEOUT)
        self._allow(role, settings, functions, output, asset)
        resource = cdk.CustomResource(
            self,
            "Run",
            service_token=function.function_arn,
            properties={
                # What changes it is what is to be trained; a reward that is deployed anew is not.
                "Digest": packed.digest,
                "Bucket": asset.s3_bucket_name,
                "Key": asset.s3_object_key,
            },
        )
        # The role's rights are there before it is asked, and still when the stack is deleted.
        resource.node.add_dependency(role)
        self.run = resource.ref
        self.said = resource.get_att_string("Said")
        self.pack = asset.s3_object_url

    def _allow(
        self,
        role: iam.Role,
        settings: Settings,
        functions: PipelineFunctions,
        output: s3.IBucket,
        asset: assets.Asset,
    ) -> None:
        allow_starting(role, settings.spec, output=output)
        key = asset.bucket.arn_for_objects(asset.s3_object_key)
        allow(role, ["s3:GetObject"], [key])
        allow(role, ["dynamodb:PutItem"], [functions.table.table_arn])
        allow(role, ["states:StartExecution"], [functions.machine_arn])
        executions = functions.machine_arn.replace(":stateMachine:", ":execution:")
        allow(role, ["states:DescribeExecution"], [f"{executions}:*"])
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::{executions}:*]",
            "Executions are named by their runs, of this state machine alone.",
        )
