"""Starting from an earlier job: its spec, with changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import get
from nova_rft.errors import AwsRefused, UsageError
from nova_rft.jobs._job import Job
from nova_rft.spec import Spec, parse


def spec_of(aws: Aws, bucket: str, job: Job, changes: Mapping[str, Any] | None = None) -> Spec:
    """The spec that a job was submitted with, with changes.

    Args:
        aws: The account and region.
        bucket: The output bucket, which keeps each job's spec.
        job: The job.
        changes: Values by their dotted keys, such as `training.learning_rate`; None leaves one out.

    Raises:
        UsageError: the job was not submitted by this package.
        InvalidSpec: the changed spec is not valid; every problem is named.
    """
    try:
        tree = json.loads(get(aws, bucket, f"jobs/{job.name}/spec.json"))
    except AwsRefused as refused:
        if refused.code in ("NoSuchKey", "404"):
            raise UsageError(
                f"{job.name} was not submitted by nova-rft, so its spec is not kept; write one"
            ) from None
        raise
    if job.training_uri and job.training_uri.startswith("s3://"):
        # The records as they were; the file that they came from may be anywhere.
        tree["data"] = {**tree["data"], "train": job.training_uri, "shape": None, "columns": {}}
        tree["data"] = {key: value for key, value in tree["data"].items() if value}
    for key, value in (changes or {}).items():
        _put(tree, key.split("."), value)
    return parse(json.dumps(tree), f"the spec of {job.name}")


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    *way, last = path
    for step in way:
        below = tree.setdefault(step, {})
        if not isinstance(below, dict):
            raise UsageError(f"{'.'.join(path)}: {step} holds no keys; name a key of the spec")
        tree = below
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = value


def start_of(job: Job) -> str:
    """What a job that goes on from this one starts from: the model that it made.

    Raises:
        UsageError: it has made none.
    """
    if job.custom_model_arn is None:
        raise UsageError(f"{job.name} is {job.status} and has made no model to go on from")
    return job.custom_model_arn
