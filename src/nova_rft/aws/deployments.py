"""Custom models' deployments for on-demand use: create, look up, list, delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused


def create_deployment(
    aws: Aws, *, name: str, model_arn: str, token: str, tags: Mapping[str, str]
) -> str:
    """Starts a deployment and returns its ARN; the same token twice makes one."""
    with aws_errors():
        return aws.client("bedrock").create_custom_model_deployment(
            modelDeploymentName=name,
            modelArn=model_arn,
            clientRequestToken=token,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )["customModelDeploymentArn"]


def find_deployment(aws: Aws, name_or_arn: str) -> dict[str, Any] | None:
    """What Bedrock says of a deployment, or None where there is none of that name or ARN."""
    try:
        with aws_errors():
            return dict(
                aws.client("bedrock").get_custom_model_deployment(
                    customModelDeploymentIdentifier=name_or_arn
                )
            )
    except AwsRefused as refused:
        if refused.code == "ResourceNotFoundException":
            return None
        raise


def list_deployments(aws: Aws, *, name_contains: str | None = None) -> Iterator[dict[str, Any]]:
    """Summaries of the deployments, the newest first."""
    asked: dict[str, Any] = {"sortBy": "CreationTime", "sortOrder": "Descending"}
    if name_contains:
        asked["nameContains"] = name_contains
    with aws_errors():
        paginator = aws.client("bedrock").get_paginator("list_custom_model_deployments")
        for page in paginator.paginate(**asked):
            for summary in page.get("modelDeploymentSummaries", ()):
                yield dict(summary)


def delete_deployment(aws: Aws, name_or_arn: str) -> None:
    """Deletes a deployment; the model stays."""
    with aws_errors():
        aws.client("bedrock").delete_custom_model_deployment(
            customModelDeploymentIdentifier=name_or_arn
        )


def import_model(aws: Aws, *, name: str, source: str, role_arn: str, token: str) -> str:
    """Makes a Bedrock model of one that was trained on SageMaker; returns its ARN.

    Args:
        aws: The account and region.
        name: The model's name in Bedrock.
        source: A model package's ARN, or the S3 address of a checkpoint.
        role_arn: The role that may read it.
        token: Makes asking twice ask once.
    """
    where: dict[str, Any] = {"modelSourceConfig": {"s3DataSource": {"s3Uri": source}}}
    if not source.startswith("s3://"):
        package = {"modelPackageArnDataSource": {"modelPackageArn": source}}
        where = {"customModelDataSource": package}
    with aws_errors():
        return aws.client("bedrock").create_custom_model(
            modelName=name, roleArn=role_arn, clientRequestToken=token, **where
        )["modelArn"]


def find_model(aws: Aws, name_or_arn: str) -> dict[str, Any] | None:
    """What Bedrock says of a custom model, or None where there is none."""
    try:
        with aws_errors():
            return dict(aws.client("bedrock").get_custom_model(modelIdentifier=name_or_arn))
    except AwsRefused as refused:
        if refused.code == "ResourceNotFoundException":
            return None
        raise
