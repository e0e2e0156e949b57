"""Listing 1,000 jobs, and watching 50 at once: how many calls a second that is, beside what AWS allows.

Against the embedded AWS, over HTTP, counted where botocore sends. Answers come faster than from AWS, and
so do the calls that follow on them: what is measured is more than what AWS sees.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast
from unittest.mock import patch

import boto3

from bench._figure import Figure, at_most
from nova_rft import local_aws
from nova_rft.aws import customization, training_jobs
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import put
from nova_rft.jobs import Identity
from nova_rft.jobs.requests import Place, bedrock_request, serverless_request
from nova_rft.project import Project, wait_all
from nova_rft.spec import Spec, parse

MANY, WATCHED, EVERY_S = 1_000, 50, 10.0
_REGION: Final = "us-east-1"
_SERVICES: Final = ("bedrock", "sagemaker", "s3", "cloudformation", "sts")
# Calls a second that an account has by default, and who says so. Of operations that are not here no rate
# was found written down (2026-11-25): an account's own Service Quotas may tell.
RATES: Final = {
    # Not adjustable: what Service Quotas says, as told in aws-solutions/deepracer-on-aws issue 87
    # (2026-08-10); AWS's own pages say only that SageMaker's rates are not adjustable. (unverified)
    "ListTrainingJobs": 2.0,
    # For each prefix: Amazon S3 User Guide, optimising performance.
    "ListObjectsV2": 5500.0,
}
_SPEC: Final = """\
project: scale-{backend}
technique: sft
backend: {backend}
model: {model}
data: {{train: train.jsonl}}
training: {{epochs: 1}}
"""
_TURNS: Final = [
    {"role": "user", "content": [{"text": "What is 1 plus 1?"}]},
    {"role": "assistant", "content": [{"text": "It is 2."}]},
]
_RECORD: Final = {"schemaVersion": "bedrock-conversation-2024", "messages": _TURNS}


@dataclass
class Calls:
    """What was sent, and when."""

    sent: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, event_name: str, **_: Any) -> None:
        """Told by botocore, of each request and each retry."""
        self.sent.append((time.monotonic(), event_name.rsplit(".", 1)[-1]))

    def figures(self, name: str, what: str) -> Iterator[Figure]:
        """How often each operation was called, and how often in the busiest second."""
        for operation, count in sorted(Counter(name for _, name in self.sent).items()):
            peak, rate = self._peak(operation), RATES.get(operation)
            yield Figure(
                f"{name}-{operation}",
                f"{operation} {what}, in the busiest second",
                peak,
                "calls",
                bound=None if rate is None else at_most(rate),
                note=f"{count} calls" + ("" if rate else "; no rate is documented"),
            )

    def _peak(self, operation: str) -> int:
        at = [moment for moment, name in self.sent if name == operation]
        return max(sum(start <= other < start + 1 for other in at) for start in at)


def measure() -> list[Figure]:
    """The table's rows."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch, _embedded(Path(scratch)):
        for backend, model in (
            ("bedrock", "amazon.nova-micro-v1:0:128k"),
            ("sagemaker", "amazon.nova-micro-v1:0:128k"),
        ):
            figures += _backend(backend, model, Path(scratch))
    return figures


@contextmanager
def _embedded(home: Path) -> Iterator[None]:
    running = local_aws.up(home)
    there = {**local_aws.environment(running.endpoint), "NOVA_RFT_HOME": str(home)}
    try:
        with patch.dict(os.environ, there):
            yield
    finally:
        local_aws.down(home)


def _backend(backend: str, model: str, folder: Path) -> list[Figure]:
    text = _SPEC.format(backend=backend, model=model)
    make = _maker(backend, parse(text, "bench"), Aws(_REGION))
    for number in range(MANY):
        make(number, False)
    listed = [*_listing(backend, text, folder)]
    names = [make(MANY + number, True) for number in range(WATCHED)]
    return [*listed, *_watching(backend, text, folder, names)]


def _listing(backend: str, text: str, folder: Path) -> Iterator[Figure]:
    project, calls = _project(text, folder)
    started = time.perf_counter()
    found = project.jobs()
    took = time.perf_counter() - started
    assert len(found) == MANY  # noqa: S101
    assert all(job.status.ended for job in found)  # noqa: S101
    what = f"list {MANY:,} jobs on {backend}"
    yield Figure(f"{backend}-list", what, took, "s", bound=at_most(10))
    yield from calls.figures(f"{backend}-list", f"for that list on {backend}")


def _watching(backend: str, text: str, folder: Path, names: list[str]) -> Iterator[Figure]:
    """Jobs end here within a second: so all change at one look, the most that can happen."""
    project, calls = _project(text, folder)
    handles = [project.handle(name) for name in names]
    asyncio.run(wait_all(*handles, every_s=EVERY_S))
    assert all(handle.job.status.ended for handle in handles)  # noqa: S101
    yield from calls.figures(f"{backend}-watch", f"when {WATCHED} jobs on {backend} all end")
    calls.sent.clear()
    assert project.changed(handles) == []  # noqa: S101
    count = len(calls.sent)
    what = f"a look at {WATCHED} jobs on {backend}, none changed"
    note = f"{count / EVERY_S:g}/s, at a look each {EVERY_S:g} s"
    yield Figure(f"{backend}-look", what, count, "calls", bound=at_most(1), note=note)


def _project(text: str, folder: Path) -> tuple[Project, Calls]:
    """A project whose calls are counted."""
    file = folder / "nova-rft.yaml"
    file.write_text(text)
    project, calls = Project.load(file), Calls()
    for service in _SERVICES:
        client: Any = cast(Callable[[str], Any], project.aws.client)(service)
        client.meta.events.register("before-send", calls)
    return project, calls


def _maker(backend: str, spec: Spec, aws: Aws) -> Callable[[int, bool], str]:
    """Makes one job: one that trains, or one whose records make it fail at once; its name."""
    bucket = f"bench-{backend}"
    cast(Any, boto3).client("s3").create_bucket(Bucket=bucket)
    lines = "".join(f"{json.dumps(_RECORD)}\n" for _ in range(200))
    put(aws, bucket, "good.jsonl", lines.encode())
    put(aws, bucket, "bad.jsonl", b"{}\n")
    place = Place(
        region=_REGION,
        account=aws.account(),
        role_arn=_role(backend),
        training_uri=f"s3://{bucket}/bad.jsonl",
        output_uri=f"s3://{bucket}/out/",
        records=200,
        package_group_arn=_group() if backend == "sagemaker" else None,
    )
    good = replace(place, training_uri=f"s3://{bucket}/good.jsonl")

    def make(number: int, trains: bool) -> str:
        identity = Identity(spec.project, spec.stage, f"{number:012x}".ljust(64, "0"))
        where = good if trains else place
        if backend == "bedrock":
            customization.create_job(aws, bedrock_request(spec, identity, where))
        else:
            training_jobs.create_training_job(aws, serverless_request(spec, identity, where))
        return identity.name

    return make


def _role(backend: str) -> str:
    """A role that the service may assume."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{backend}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    made = (
        cast(Any, boto3)
        .client("iam")
        .create_role(
            RoleName=f"bench-{backend}",
            AssumeRolePolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )
    )
    return str(made["Role"]["Arn"])


def _group() -> str:
    client = cast(Any, boto3).client("sagemaker")
    made = client.create_model_package_group(ModelPackageGroupName="bench")
    return str(made["ModelPackageGroupArn"])
