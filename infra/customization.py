"""Customization: the service role that Bedrock assumes to run a job."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from acknowledgements import acknowledge_star
from settings import Settings

_DATASETS: Final = "datasets/*"
_JOBS: Final = "jobs/*"


class Customization(cdk.Stack):
    """A role for this account's customization jobs: its records, its results, its reward."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        data: s3.IBucket,
        output: s3.IBucket,
        reward: lambda_.IFunction,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        role = iam.Role(
            self,
            "JobRole",
            assumed_by=self._bedrock(),
            description=f"Bedrock's jobs for {settings.spec.project} ({settings.spec.stage}).",
        )
        for bucket, keys, actions in (
            (data, _DATASETS, ["s3:GetObject"]),
            (output, _JOBS, ["s3:GetObject", "s3:PutObject"]),
        ):
            role.add_to_policy(
                iam.PolicyStatement(actions=actions, resources=[bucket.arn_for_objects(keys)])
            )
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[bucket.bucket_arn],
                    conditions={"StringLike": {"s3:prefix": keys}},
                )
            )
            acknowledge_star(
                role,
                bucket,
                bucket.bucket_arn,
                f"/{keys}",
                "Objects are named by their content or by their job, in this prefix alone.",
            )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[f"{reward.function_arn}:*"]
            )
        )
        acknowledge_star(
            role,
            reward,
            reward.function_arn,
            ":*",
            "A job is pinned to a published version; older jobs call older versions of this function.",
        )
        cdk.CfnOutput(self, "JobRoleArn", value=role.role_arn)

    def _bedrock(self) -> iam.PrincipalWithConditions:
        """Bedrock, for customization jobs of this account and region, and for no one else's."""
        jobs = self.format_arn(
            service="bedrock", resource="model-customization-job", resource_name="*"
        )
        return iam.PrincipalWithConditions(
            iam.ServicePrincipal("bedrock.amazonaws.com"),
            {
                "StringEquals": {"aws:SourceAccount": self.account},
                "ArnEquals": {"aws:SourceArn": jobs},
            },
        )
