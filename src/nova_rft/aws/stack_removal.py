"""Deleting stacks, and emptying what CloudFormation refuses to delete while it holds anything."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

# The first look comes soon, later ones no more often than CloudFormation's own waiter looks.
_WAITS_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
# DeleteObjects takes a thousand, which is also a page of ListObjectVersions.
_PAGE: Final = 1000

Counted = Callable[[int, int], None]
"""Told how many of a stack's resources are gone, and how many there were."""


def delete_stack(aws: Aws, name: str, *, counted: Counted = lambda *_: None) -> None:
    """Deletes a stack, and waits for its end; a deletion that goes on already is joined.

    Raises:
        AwsRefused: AWS refused, or something in the stack could not be deleted.
    """
    client = aws.client("cloudformation")
    with aws_errors():
        # By its id: under its name a deleted stack is not found any more.
        stack = client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        _, resources = _counts(client, stack)
        client.delete_stack(StackName=stack)
        for turn in itertools.count():
            status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            if status == "DELETE_COMPLETE":
                counted(len(resources), len(resources))
                return
            gone, resources = _counts(client, stack)
            counted(gone, len(resources))
            if status != "DELETE_IN_PROGRESS":
                raise _failed(name, status, _causes(client, stack, resources))
            time.sleep(_WAITS_S[min(turn, len(_WAITS_S) - 1)])


def _counts(client: CloudFormationClient, stack: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """How many resources are gone; of each its status and why."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
    found: dict[str, tuple[str, str]] = {
        one["LogicalResourceId"]: (one["ResourceStatus"], one.get("ResourceStatusReason", ""))
        for page in pages
        for one in page["StackResourceSummaries"]
    }
    gone = {"DELETE_COMPLETE", "DELETE_SKIPPED"}
    return sum(status in gone for status, _ in found.values()), found


def _causes(
    client: CloudFormationClient, stack: str, resources: Mapping[str, tuple[str, str]]
) -> list[str]:
    """Why what could not be deleted could not be; of the stack itself where nothing else is told."""
    causes = [
        f"{key}: {why}" for key, (state, why) in resources.items() if state == "DELETE_FAILED"
    ]
    if causes:
        return causes
    # The newest first.
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    told = (one for one in events if one.get("ResourceStatus") == "DELETE_FAILED")
    return [one.get("ResourceStatusReason", "") for one in itertools.islice(told, 1)]


def _failed(name: str, status: str, causes: Sequence[str]) -> AwsRefused:
    what = "; ".join(causes) or f"it is {status}"
    return AwsRefused(
        f"the stack {name} could not be deleted: {what}; mend that and run the same again",
        service="cloudformation",
        operation="DeleteStack",
        code=status,
    )


def empty_bucket(aws: Aws, bucket: str, *, removed: Callable[[int], None] = lambda _: None) -> int:
    """Deletes every version and every delete marker of a bucket; returns how many there were.

    Cut short, it goes on where it was: what is gone is not found again.

    Args:
        aws: Whose bucket.
        bucket: Its name; one that does not exist is empty.
        removed: Told after each page how many are gone.

    Raises:
        AwsRefused: AWS refused, for one of the objects at least.
    """
    client, count = aws.client("s3"), 0
    with aws_errors():
        if not _stop_logging(client, bucket):
            return 0
        # Always the first page: what was on it is gone.
        while found := _first_versions(client, bucket):
            _delete_versions(client, bucket, found)
            count += len(found)
            removed(count)
    return count


def delete_object(aws: Aws, bucket: str, key: str) -> int:
    """Deletes every version of one object; returns how many there were.

    Raises:
        AwsRefused: AWS refused.
    """
    client = aws.client("s3")
    with aws_errors():
        # More versions than a page holds would be of an object that somebody writes all the time.
        found = [one for one in _first_versions(client, bucket, key) if one["Key"] == key]
        if found:
            _delete_versions(client, bucket, found)
    return len(found)


def _stop_logging(client: S3Client, bucket: str) -> bool:
    """Ends a bucket's access log, which would fill another bucket; False where there is no bucket."""
    try:
        client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        return False
    return True


def _first_versions(
    client: S3Client, bucket: str, prefix: str = ""
) -> list[ObjectIdentifierTypeDef]:
    """The first page of versions and delete markers."""
    page = client.list_object_versions(Bucket=bucket, MaxKeys=_PAGE, Prefix=prefix)
    return [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
    ]


def _delete_versions(
    client: S3Client, bucket: str, objects: Sequence[ObjectIdentifierTypeDef]
) -> None:
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    for refused in answer.get("Errors", ()):
        raise AwsRefused(
            f"s3://{bucket}/{refused.get('Key')} could not be deleted: {refused.get('Message')}",
            service="s3",
            operation="DeleteObjects",
            code=refused.get("Code", "Unknown"),
        )


def empty_package_group(aws: Aws, group: str) -> int:
    """Deletes the model packages of a group; returns how many there were."""
    client = aws.client("sagemaker")
    with aws_errors():
        pages = client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
        arns = [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]
        for arn in arns:
            client.delete_model_package(ModelPackageName=arn)
    return len(arns)


def empty_hub(aws: Aws, hub: str) -> int:
    """Deletes the evaluators of a hub, in all their versions; returns how many there were."""
    client, count = aws.client("sagemaker"), 0
    with aws_errors():
        names = _contents(aws, hub)
        for name in names:
            versions = client.list_hub_content_versions(
                HubName=hub, HubContentType="JsonDoc", HubContentName=name
            )["HubContentSummaries"]
            for version in versions:
                client.delete_hub_content(
                    HubName=hub,
                    HubContentType="JsonDoc",
                    HubContentName=name,
                    HubContentVersion=version["HubContentVersion"],
                )
                count += 1
    return count


def _contents(aws: Aws, hub: str) -> list[str]:
    """Names of what is in a hub; SageMaker has no paginator for them."""
    client, names, token = aws.client("sagemaker"), list[str](), ""
    while True:
        asked: Any = {"HubName": hub, "HubContentType": "JsonDoc"}
        page = client.list_hub_contents(**(asked | {"NextToken": token} if token else asked))
        names += [one["HubContentName"] for one in page["HubContentSummaries"]]
        token = page.get("NextToken", "")
        if not token:
            return names
