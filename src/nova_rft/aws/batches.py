"""Batch inference on Bedrock: jobs made once whatever happens, looked at, and their answers read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsBusy, AwsRefused

_RUNNING: Final = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
# There are answers, though not always to every record.
_READABLE: Final = ("Completed", "PartiallyCompleted", "Expired", "Stopped")
_FULL: Final = "ServiceQuotaExceededException"


@dataclass(frozen=True, slots=True)
class BatchState:
    """How a job stands.

    Attributes:
        status: Bedrock's word.
        message: Why it failed; empty where it did not.
        processed: Records that were looked at so far.
        total: All of its records.
    """

    status: str
    message: str
    processed: int
    total: int

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in _RUNNING

    @property
    def readable(self) -> bool:
        """Whether there are answers to read."""
        return self.status in _READABLE


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """What all jobs share.

    Attributes:
        role: That Bedrock assumes.
        bucket: Where records and answers lie.
        prefix: Under which they do, with a slash at its end.
    """

    role: str
    bucket: str
    prefix: str


def submit_batch(aws: Aws, place: BatchPlace, name: str, model: str, records: str) -> str:
    """Makes a job, or finds the one of that name; its ARN.

    Args:
        aws: The account.
        place: Its role and bucket.
        name: Made from the content, so that the same content is one job.
        model: Its id or its inference profile's.
        records: `s3://` address of the records.

    Raises:
        AwsBusy: as many jobs as there may be are running.
        AwsRefused: Bedrock refused it.
    """
    request: dict[str, Any] = {
        "jobName": name,
        "clientRequestToken": name,
        "roleArn": place.role,
        "modelId": model,
        "modelInvocationType": "Converse",
        "inputDataConfig": {"s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": records}},
        "outputDataConfig": {
            "s3OutputDataConfig": {"s3Uri": f"s3://{place.bucket}/{place.prefix}answers/"}
        },
    }
    try:
        with aws_errors():
            return aws.client("bedrock").create_model_invocation_job(**request)["jobArn"]
    except AwsRefused as refused:
        if refused.code == _FULL:
            raise AwsBusy(refused) from refused
        # Its token is known for some time alone; its name for ever.
        if refused.code == "ConflictException" and (found := _named(aws, name)):
            return found
        raise


def _named(aws: Aws, name: str) -> str | None:
    with aws_errors():
        pages = aws.client("bedrock").get_paginator("list_model_invocation_jobs")
        for page in pages.paginate(nameContains=name):
            for job in page["invocationJobSummaries"]:
                if job["jobName"] == name:
                    return job["jobArn"]
    return None


def batch_state(aws: Aws, arn: str) -> BatchState:
    """How a job stands now."""
    with aws_errors():
        job = aws.client("bedrock").get_model_invocation_job(jobIdentifier=arn)
    return BatchState(
        job["status"],
        job.get("message", ""),
        job.get("processedRecordCount", 0),
        job.get("totalRecordCount", 0),
    )


def batch_answers(aws: Aws, place: BatchPlace, arn: str) -> Iterator[dict[str, Any]]:
    """Each line of a job's answers, in whatever order and in however many files they lie there."""
    folder = f"{place.prefix}answers/{arn.rpartition('/')[2]}/"
    client = aws.client("s3")
    with aws_errors():
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=folder)
        keys = [one["Key"] for page in pages for one in page.get("Contents", ())]
        for key in keys:
            if key.endswith(".jsonl.out"):
                body = client.get_object(Bucket=place.bucket, Key=key)["Body"]
                for line in body.iter_lines():
                    if line.strip():
                        yield json.loads(line)
