"""Bedrock's customization jobs: create, look up, list, stop. Plain dictionaries in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused


def create_job(aws: Aws, request: dict[str, Any]) -> str:
    """Starts a job and returns its ARN; the same token twice starts one job.

    Raises:
        AwsRefused: Bedrock does not take the request.
    """
    with aws_errors():
        return aws.client("bedrock").create_model_customization_job(**request)["jobArn"]


def find_job(aws: Aws, name_or_arn: str) -> dict[str, Any] | None:
    """What Bedrock says of a job, or None where there is none of that name or ARN."""
    try:
        with aws_errors():
            found = aws.client("bedrock").get_model_customization_job(jobIdentifier=name_or_arn)
    except AwsRefused as refused:
        if refused.code == "ResourceNotFoundException":
            return None
        raise
    return dict(found)


def list_jobs(
    aws: Aws,
    *,
    name_contains: str,
    status: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Summaries of the jobs whose name holds a text, the newest first."""
    asked: dict[str, Any] = {
        "nameContains": name_contains,
        "sortBy": "CreationTime",
        "sortOrder": "Descending",
        # As many as a page may hold: each page is a call.
        "maxResults": 1000,
    }
    for key, value in (
        ("statusEquals", status),
        ("creationTimeAfter", created_after),
        ("creationTimeBefore", created_before),
    ):
        if value is not None:
            asked[key] = value
    with aws_errors():
        paginator = aws.client("bedrock").get_paginator("list_model_customization_jobs")
        for page in paginator.paginate(**asked):
            for summary in page.get("modelCustomizationJobSummaries", ()):
                yield dict(summary)


def stop_job(aws: Aws, arn: str) -> None:
    """Asks Bedrock to stop a job; it ends Stopped some time later."""
    with aws_errors():
        aws.client("bedrock").stop_model_customization_job(jobIdentifier=arn)


def tags_of(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of a job or model."""
    with aws_errors():
        tags = aws.client("bedrock").list_tags_for_resource(resourceARN=arn)["tags"]
    return {tag["key"]: tag["value"] for tag in tags}


def tag_resource(aws: Aws, arn: str, tags: Mapping[str, str]) -> None:
    """Adds tags to a job or model."""
    with aws_errors():
        aws.client("bedrock").tag_resource(
            resourceARN=arn, tags=[{"key": key, "value": value} for key, value in tags.items()]
        )
