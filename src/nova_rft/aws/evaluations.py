"""Bedrock's evaluation jobs: started once, found again, and what they wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get, list_keys, split_uri
from nova_rft.data import json_lines


def find_evaluation(aws: Aws, name: str) -> dict[str, Any] | None:
    """What Bedrock says of an evaluation job, or None where there is none of that name."""
    client = aws.client("bedrock")
    with aws_errors():
        for page in client.get_paginator("list_evaluation_jobs").paginate(nameContains=name):
            for summary in page.get("jobSummaries", ()):
                if summary["jobName"] == name:
                    return dict(client.get_evaluation_job(jobIdentifier=summary["jobArn"]))
    return None


def start_evaluation(aws: Aws, request: Mapping[str, Any]) -> dict[str, Any]:
    """Starts an evaluation job; what Bedrock then says of it."""
    client = aws.client("bedrock")
    with aws_errors():
        arn = client.create_evaluation_job(**request)["jobArn"]
        return dict(client.get_evaluation_job(jobIdentifier=arn))


def evaluation_rows(aws: Aws, output: str) -> Iterator[Mapping[str, Any]]:
    """The lines that a job has written under its output's address, whatever files they are in.

    Which folders lie between (job, model, task, dataset) is not documented as fixed, so all files that
    end in `_output.jsonl` are read.
    """
    bucket, prefix = split_uri(output)
    for key in list_keys(aws, bucket, prefix):
        if key.endswith("_output.jsonl"):
            for line in json_lines(get(aws, bucket, key).splitlines(keepends=True)):
                if isinstance(line.value, Mapping):
                    yield line.value
