"""SageMaker's training jobs: create, look up, list, stop, tag, logs. Plain dictionaries in and out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused

# SageMaker has no code of its own for a job that is not there.
_ABSENT: Final = "not found"
_LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
# An account's ListTrainingJobs are two a second, which cannot be raised (Service Quotas, as told in
# aws-solutions/deepracer-on-aws issue 87, 2026-08-10): a thousand jobs are ten pages.
_PAGES_APART_S: Final = 0.5


def create_training_job(aws: Aws, request: dict[str, Any]) -> str:
    """Starts a training job and returns its ARN; a name is taken once.

    Raises:
        AwsRefused: SageMaker does not take the request; `ResourceInUse` where the name is taken.
    """
    with aws_errors():
        return aws.client("sagemaker").create_training_job(**request)["TrainingJobArn"]


def find_training_job(aws: Aws, name: str) -> dict[str, Any] | None:
    """What SageMaker says of a job, or None where there is none of that name."""
    try:
        with aws_errors():
            found = aws.client("sagemaker").describe_training_job(TrainingJobName=name)
    except AwsRefused as refused:
        if refused.code in ("ValidationException", "ResourceNotFound") and absent(refused):
            return None
        raise
    return dict(found)


def absent(refused: AwsRefused) -> bool:
    """Whether SageMaker's message says that something is not there."""
    return _ABSENT in str(refused).lower() or "does not exist" in str(refused).lower()


def list_training_jobs(
    aws: Aws,
    *,
    name_contains: str,
    status: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """Summaries of the jobs whose name holds a text, the newest first; pages no faster than allowed."""
    asked: dict[str, Any] = {
        "NameContains": name_contains,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 100,
    }
    for key, value in (
        ("StatusEquals", status),
        ("CreationTimeAfter", created_after),
        ("CreationTimeBefore", created_before),
    ):
        if value is not None:
            asked[key] = value
    with aws_errors():
        for page in aws.client("sagemaker").get_paginator("list_training_jobs").paginate(**asked):
            came = time.monotonic()
            for summary in page["TrainingJobSummaries"]:
                yield dict(summary)
            if "NextToken" in page:
                time.sleep(max(0.0, came + _PAGES_APART_S - time.monotonic()))


def stop_training_job(aws: Aws, name: str) -> None:
    """Asks SageMaker to stop a job; it ends Stopped some time later."""
    with aws_errors():
        aws.client("sagemaker").stop_training_job(TrainingJobName=name)


def tags_of_resource(aws: Aws, arn: str) -> dict[str, str]:
    """The tags of a training job or model package."""
    with aws_errors():
        pages = aws.client("sagemaker").get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def tag_resource(aws: Aws, arn: str, tags: Mapping[str, str]) -> None:
    """Adds tags to a training job."""
    with aws_errors():
        aws.client("sagemaker").add_tags(
            ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )


def log_lines(aws: Aws, name: str) -> Iterator[str]:
    """What a training job logged, in order; nothing where it has logged nothing yet."""
    client = aws.client("logs")
    try:
        with aws_errors():
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=_LOG_GROUP, logStreamNamePrefix=f"{name}/"
            )
            for page in pages:
                for event in page["events"]:
                    yield event["message"]
    except AwsRefused as refused:
        if refused.code != "ResourceNotFoundException":
            raise


def import_evaluator(aws: Aws, request: dict[str, Any]) -> str:
    """Registers hub content, once for each version, and returns its ARN.

    Raises:
        AwsRefused: there is no such hub, or it may not be written to.
    """
    client = aws.client("sagemaker")
    try:
        with aws_errors():
            return client.import_hub_content(**request)["HubContentArn"]
    except AwsRefused as refused:
        if refused.code not in ("ResourceInUse", "ResourceInUseException"):
            raise
    with aws_errors():
        there = client.describe_hub_content(
            HubName=request["HubName"],
            HubContentType=request["HubContentType"],
            HubContentName=request["HubContentName"],
            HubContentVersion=request["HubContentVersion"],
        )
    return there["HubContentArn"]


def public_model(aws: Aws, name: str) -> dict[str, Any]:
    """What SageMaker's public hub says of a model: the content of DescribeHubContent."""
    with aws_errors():
        return dict(
            aws.client("sagemaker").describe_hub_content(
                HubName="SageMakerPublicHub", HubContentType="Model", HubContentName=name
            )
        )
